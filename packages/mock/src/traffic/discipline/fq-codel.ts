/** Fair queueing with controlled delay (`net/sched/sch_fq_codel.c`; RFC 8290). @module */
import type { FqCodelOptions } from '@vnet/core'
import { flowHash } from '../../stack/flow-hash.js'
import { actionControl } from '../classify/control.js'
import { majorOf, type QdiscEntry } from '../entry.js'
import type { Waiting } from '../tally.js'
import { Codel, type CodelEffects } from './codel.js'
import { type Admission, admission, Discipline, type Line } from './discipline.js'
import { marked, typeOfService } from './ecn.js'
import { Queue, type QueuedFrame } from './queue.js'

/** What a frame takes of memory besides its octets (`struct sk_buff` and `skb_shared_info` of a 64-bit kernel). */
const overhead = 576

/** Octets of memory of a frame (`truesize`): the kernel's pieces are powers of two. */
const memoryOf = ({ length }: QueuedFrame): number => 2 ** Math.ceil(Math.log2(length + overhead)) + 256

/** A flow. */
class Flow {
  readonly queue = new Queue()
  readonly codel = new Codel()
  /** Octets that it may still send in its turn. */
  deficit = 0
  /** Whether it has its turns. */
  isActive = false
}

const milliseconds = 1e6

/** `fq_codel`. */
export class FairQueues extends Discipline {
  readonly #flows = new Map<number, Flow>()
  /** Flows that have just begun to wait, and those that have waited for longer. */
  #new: Flow[] = []
  #old: Flow[] = []
  #length = 0
  #octets = 0
  #memory = 0
  readonly #effects: CodelEffects

  constructor(line: Line, entry: QdiscEntry) {
    super(line, entry)
    this.#effects = {
      mark: (frame) => this.#mark(frame, 'ecnMarks'),
      drop: (frame) => {
        this.#left(frame)
        this.line.dropped(frame)
        this.entry.tally.drops++
        this.lost(1)
      },
      see: ({ length }) => {
        const { ownTally } = this.entry
        ownTally.largestPacket = Math.max(ownTally.largestPacket, length)
      },
    }
  }

  get #options(): Required<FqCodelOptions> {
    return this.entry.options as unknown as Required<FqCodelOptions>
  }

  /** Flows of both sorts, and the memory that they take. */
  get flowCounts(): { readonly newFlowQueues: number; readonly oldFlowQueues: number; readonly memoryUsed: number } {
    return { newFlowQueues: this.#new.length, oldFlowQueues: this.#old.length, memoryUsed: this.#memory }
  }

  #mark(frame: QueuedFrame, counter: 'ecnMarks' | 'ceMarks'): boolean {
    if (counter === 'ecnMarks' && !this.#options.ecn) return false
    const instead = marked(frame.frame, this.line.isEthernet)
    if (instead === undefined) return false
    frame.frame = instead
    this.entry.ownTally[counter]++
    return true
  }

  /** A frame is no longer there. */
  #left(frame: QueuedFrame): void {
    this.#length--
    this.#octets -= frame.length
    this.#memory -= memoryOf(frame)
  }

  enqueue(frame: QueuedFrame): Admission {
    const index = this.#flowOf(frame)
    if (typeof index !== 'number') return index.became
    let flow = this.#flows.get(index)
    if (flow === undefined) {
      flow = new Flow()
      this.#flows.set(index, flow)
    }
    frame.time = this.line.now
    flow.queue.push(frame)
    this.#length++
    this.#octets += frame.length
    this.#memory += memoryOf(frame)
    if (!flow.isActive) {
      flow.isActive = true
      this.#new.push(flow)
      this.entry.ownTally.newFlows++
      flow.deficit = this.#options.quantum
    }
    const { limit, memoryLimit } = this.#options
    const isOverMemory = this.#memory > memoryLimit
    if (this.#length <= limit && !isOverMemory) return admission.queued
    const [fat, count] = this.#dropFromFattest()
    this.entry.ownTally.limitDrops += count
    if (isOverMemory) this.entry.ownTally.memoryDrops += count
    // The caller counts one for a frame of its own flow, and those outside the others.
    this.lost(fat === flow ? count - 1 : count)
    return fat === flow ? admission.congested : admission.queued
  }

  #flowOf(frame: QueuedFrame): number | { readonly became: Admission } {
    const { handle } = this.entry
    const { flows } = this.#options
    const { octets, priority } = frame.frame
    if (majorOf(priority) === handle && priority % 0x10000 > 0 && priority % 0x10000 <= flows)
      return (priority % 0x10000) - 1
    const verdict = this.line.classify(handle, frame)
    if (verdict === undefined) return Math.floor((flowHash(octets, this.line.isEthernet) / 0x1_0000_0000) * flows)
    if (verdict.control === actionControl.stolen) return { became: admission.stolen }
    const minor = verdict.classId % 0x10000
    if (verdict.control >= 0 && verdict.control !== actionControl.shot && minor >= 1 && minor <= flows) return minor - 1
    // Where filters are, what none of them puts into a flow has none.
    this.line.dropped(frame)
    this.entry.tally.drops++
    return { became: admission.congested }
  }

  /** Drops up to half of the longest queue (`fq_codel_drop`). */
  #dropFromFattest(): [flow: Flow | undefined, count: number] {
    let fat: Flow | undefined
    for (const flow of this.#flows.values()) if (fat === undefined || flow.queue.octets > fat.queue.octets) fat = flow
    if (fat === undefined) return [undefined, 0]
    const most = fat.queue.octets / 2
    let count = 0
    let octets = 0
    do {
      const frame = fat.queue.shift()
      if (frame === undefined) break
      this.#left(frame)
      this.line.dropped(frame)
      octets += frame.length
      count++
    } while (count < this.#options.dropBatch && octets < most)
    fat.codel.count += count
    this.entry.tally.drops += count
    return [fat, count]
  }

  protected take(): QueuedFrame | undefined {
    const { quantum, target, interval, ceThreshold } = this.#options
    const { now } = this.line
    const options = { target: target * milliseconds, interval: interval * milliseconds, least: quantum }
    for (;;) {
      const isNew = this.#new.length > 0
      const list = isNew ? this.#new : this.#old
      const [flow] = list
      if (flow === undefined) return undefined
      if (flow.deficit <= 0) {
        flow.deficit += quantum
        list.shift()
        this.#old.push(flow)
        continue
      }
      const frame = flow.codel.take(flow.queue, now, options, this.#effects)
      if (frame === undefined) {
        list.shift()
        // One that was new has its turn among the old ones, so that those are not starved.
        if (isNew && this.#old.length > 0) this.#old.push(flow)
        else flow.isActive = false
        continue
      }
      this.#left(frame)
      if (ceThreshold !== undefined && flow.codel.delay > ceThreshold * milliseconds && this.#isSelected(frame))
        this.#mark(frame, 'ceMarks')
      flow.deficit -= frame.length
      return this.sent(frame)
    }
  }

  /** Whether the type of service is that of packets that the threshold is for. */
  #isSelected({ frame }: QueuedFrame): boolean {
    const { ceMask = 0, ceSelector = 0 } = this.entry.options as FqCodelOptions
    if (ceMask === 0) return true
    const type = typeOfService(frame, this.line.isEthernet)
    return type !== undefined && (type & ceMask) === ceSelector
  }

  override changed(): void {
    const { limit, memoryLimit } = this.#options
    let count = 0
    while (this.#length > limit || this.#memory > memoryLimit) {
      if (this.take() === undefined) break
      count++
    }
    this.lost(count)
  }

  protected inside(): Waiting {
    return { backlog: this.#octets, queueLength: this.#length }
  }

  protected empty(): void {
    for (const { queue } of this.#flows.values()) queue.clear(this.gone)
    this.#flows.clear()
    this.#new = []
    this.#old = []
    this.#length = 0
    this.#octets = 0
    this.#memory = 0
  }
}
