/** Token bucket filter (`net/sched/sch_tbf.c`). @module */
import type { TbfOptions } from '@vnet/core'
import type { QdiscEntry } from '../entry.js'
import type { Waiting } from '../tally.js'
import { type Admission, Discipline, type Line } from './discipline.js'
import { type Fifo, ownFifo } from './fifo.js'
import type { QueuedFrame } from './queue.js'
import { Rate } from './rate.js'

/** `tbf`: frames go as fast as tokens come in; tokens are nanoseconds. */
export class TokenBucket extends Discipline {
  #queue: Fifo
  #rate = new Rate(8, {})
  #peak: Rate | undefined
  #bucket = 0
  #peakBucket = 0
  #largest = 0
  #tokens = 0
  #peakTokens = 0
  #filled = 0

  constructor(line: Line, entry: QdiscEntry) {
    super(line, entry)
    this.#queue = this.own(ownFifo(line, entry.handle + 1, 'bfifo', 0))
    this.changed()
  }

  override changed(): void {
    const { rate, burst, limit, peakRate, peakBurst, ...options } = this.entry.options as unknown as TbfOptions
    this.#rate = new Rate(rate, options)
    this.#bucket = this.#rate.timeOf(burst)
    this.#largest = burst
    this.#peak = peakRate === undefined ? undefined : new Rate(peakRate, options)
    if (this.#peak !== undefined && peakBurst !== undefined) {
      this.#peakBucket = this.#peak.timeOf(peakBurst)
      this.#largest = Math.min(burst, peakBurst)
    }
    this.#fill()
    // The limit is that of the queue inside, also of one that somebody chose (`fifo_set_limit`).
    const { entry } = this.#inner
    if (entry.kind === 'pfifo' || entry.kind === 'bfifo') entry.options = { ...entry.options, limit }
  }

  get #inner(): Discipline {
    return this.line.only(this.entry.handle) ?? this.#queue
  }

  #fill(): void {
    this.#tokens = this.#bucket
    this.#peakTokens = this.#peakBucket
    this.#filled = this.line.now
  }

  override forget(): number {
    const { queueLength } = this.#queue.waiting
    this.#queue.reset()
    return queueLength
  }

  enqueue(frame: QueuedFrame): Admission {
    if (frame.length > this.#largest) return this.drop()
    return this.passed(this.#inner.enqueue(frame))
  }

  protected take(): QueuedFrame | undefined {
    const inner = this.#inner
    const next = inner.peek()
    if (next === undefined) return undefined
    const { now } = this.line
    const gained = Math.min(now - this.#filled, this.#bucket)
    const tokens = Math.min(gained + this.#tokens, this.#bucket) - this.#rate.timeOf(next.length)
    const peakTokens =
      this.#peak === undefined
        ? 0
        : Math.min(gained + this.#peakTokens, this.#peakBucket) - this.#peak.timeOf(next.length)
    if (tokens < 0 || peakTokens < 0) {
      this.line.wakeAt(now + Math.max(-tokens, -peakTokens))
      this.entry.tally.overlimits++
      return undefined
    }
    this.#filled = now
    this.#tokens = tokens
    this.#peakTokens = peakTokens
    return this.sent(inner.dequeue())
  }

  protected inside(): Waiting {
    return this.#inner.waiting
  }

  protected empty(): void {
    this.#queue.reset()
    this.#fill()
  }
}
