/** Network emulation (`net/sched/sch_netem.c`). @module */
import type { NetemOptions } from '@vnet/core'
import { next } from '../../random.js'
import { Frame } from '../../stack/frame.js'
import type { QdiscEntry } from '../entry.js'
import { sumOf, type Waiting } from '../tally.js'
import { Chance, timeAround } from './chance.js'
import { type Admission, admission, Discipline, type Line } from './discipline.js'
import { marked } from './ecn.js'
import { Loss, type LossOptions } from './loss.js'
import { Queue, QueuedFrame } from './queue.js'
import { nanoseconds, Slots } from './slots.js'

/** `netem`: frames are late, lost, doubled, damaged, and overtake each other. */
export class Emulation extends Discipline {
  /** Frames by the time when they may go. */
  readonly #late = new Queue()
  /** Frames that overtake all others. */
  readonly #ahead = new Queue()
  readonly #delay: Chance
  readonly #lossChance: Chance
  readonly #duplicate: Chance
  readonly #reorder: Chance
  readonly #corrupt: Chance
  readonly #loss: Loss
  readonly #slots: Slots
  /** Frames since the last one that overtook. */
  #counter = 0
  #isDoubling = false

  constructor(line: Line, entry: QdiscEntry) {
    super(line, entry)
    const { random } = entry
    this.#delay = new Chance(random)
    this.#lossChance = new Chance(random)
    this.#duplicate = new Chance(random)
    this.#reorder = new Chance(random)
    this.#corrupt = new Chance(random)
    this.#loss = new Loss(random, this.#lossChance)
    this.#slots = new Slots(random)
    this.changed()
  }

  get #options(): NetemOptions & { readonly limit: number } {
    return this.entry.options as unknown as NetemOptions & { readonly limit: number }
  }

  override changed(): void {
    const options = this.#options
    this.#delay.correlation = options.delayCorrelation ?? 0
    this.#lossChance.correlation = options.lossCorrelation ?? 0
    this.#duplicate.correlation = options.duplicateCorrelation ?? 0
    this.#reorder.correlation = options.reorderCorrelation ?? 0
    this.#corrupt.correlation = options.corruptCorrelation ?? 0
    this.#loss.restart()
    this.#counter = 0
    this.#slots.change(options.slot, this.entry.slotDistribution, this.line.now)
  }

  enqueue(frame: QueuedFrame): Admission {
    const options = this.#options
    const { tally, random } = this.entry
    let copies = !this.#isDoubling && this.#duplicate.hits(options.duplicate) ? 2 : 1
    if (this.#loss.next(options as LossOptions)) {
      const instead = options.ecn ? marked(frame.frame, this.line.isEthernet) : undefined
      if (instead === undefined) copies--
      else {
        // Linux counts a mark as a drop.
        frame.frame = instead
        tally.drops++
      }
    }
    if (copies === 0) {
      tally.drops++
      this.line.dropped(frame)
      return admission.congested
    }
    const double = copies > 1 ? new QueuedFrame(frame.frame, frame.length, frame.crossed) : undefined
    if (this.#corrupt.hits(options.corrupt)) frame.frame = damaged(frame.frame, next(random), next(random))
    if (this.waiting.queueLength >= options.limit) return this.drop()
    if (double !== undefined) this.#double(double)
    const overtakes =
      options.gap !== undefined && this.#counter >= options.gap - 1 && this.#reorder.hits(options.reorder)
    if (overtakes) {
      this.#counter = 0
      frame.time = this.line.now
      this.#ahead.unshift(frame)
      tally.requeues++
    } else {
      frame.time = this.#timeOf(frame)
      this.#counter++
      this.#late.insert(frame)
    }
    return admission.queued
  }

  /** The double goes in at the root of all, for who stands outside counts on one frame only. */
  #double(frame: QueuedFrame): void {
    this.#isDoubling = true
    this.line.root?.enqueue(frame)
    this.#isDoubling = false
  }

  #timeOf(frame: QueuedFrame): number {
    const { delay, jitter, rate, packetOverhead = 0, cellSize = 0, cellOverhead = 0 } = this.#options
    let wait = timeAround(nanoseconds(delay), nanoseconds(jitter), this.#delay, this.entry.distribution)
    let from = this.line.now
    if (rate === undefined) return from + wait
    // The line is busy until the last one has left it: a delay runs meanwhile.
    const last = Math.max(this.#late.last?.time ?? 0, this.#ahead.last?.time ?? 0)
    if (this.#late.length + this.#ahead.length > 0) {
      wait = Math.max(0, wait - (last - from))
      from = last
    }
    const octets = frame.length + packetOverhead
    const onLine = cellSize === 0 ? octets : Math.ceil(octets / cellSize) * (cellSize + cellOverhead)
    return from + wait + Math.floor((onLine * 8e9) / rate)
  }

  protected take(): QueuedFrame | undefined {
    const inner = this.line.only(this.entry.handle)
    for (;;) {
      const ahead = this.#ahead.shift()
      if (ahead !== undefined) return this.sent(ahead)
      const { first } = this.#late
      if (first === undefined) break
      const { now } = this.line
      const mayGo = Math.max(first.time, this.#slots.opensFor(first.time, now))
      if (mayGo > now) {
        this.line.wakeAt(mayGo)
        break
      }
      this.#late.shift()
      this.#slots.count(first, now)
      if (inner === undefined) return this.sent(first)
      const outcome = inner.enqueue(first)
      this.passed(outcome)
      // Who sent it was told that it waits.
      if (outcome === admission.dropped) this.line.dropped(first)
      if (outcome === admission.dropped || outcome === admission.congested) this.lost(1)
    }
    return this.sent(inner?.dequeue())
  }

  protected inside(): Waiting {
    const [late, ahead] = [this.#late, this.#ahead]
    const own = { backlog: late.octets + ahead.octets, queueLength: late.length + ahead.length }
    const inner = this.line.only(this.entry.handle)
    return inner === undefined ? own : sumOf([own, inner.waiting])
  }

  protected empty(): void {
    this.#late.clear(this.gone)
    this.#ahead.clear(this.gone)
  }
}

/** The frame with one bit turned over. */
function damaged(frame: Frame, where: number, which: number): Frame {
  const octets = frame.octets.slice()
  const at = where % octets.length
  octets[at] = (octets[at] as number) ^ (1 << (which % 8))
  return new Frame(octets, frame.priority, frame.nextHop, frame.tracked, frame.tunnel)
}
