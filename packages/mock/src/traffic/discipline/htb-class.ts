/** A class of `htb` at work: two buckets, and whether they let it send (`struct htb_class`, `net/sched/sch_htb.c`). @module */
import type { HtbClassOptions } from '@vnet/core'
import type { ClassEntry } from '../entry.js'
import type { Discipline, Line } from './discipline.js'
import { type Fifo, ownFifo } from './fifo.js'
import { Rate } from './rate.js'

/** What a class may do: send at its own rate, at a rate that it borrows, or nothing. */
export type ClassMode = 'send' | 'borrow' | 'wait'

/** The longest time that counts for tokens, nanoseconds. */
const longest = 60e9

/** The class whose turn it is among those that one class lends to at one priority: its number, or the next one behind it. */
export interface Turn {
  at: number
}

/** A class. Tokens are nanoseconds. */
export class HtbClass {
  readonly entry: ClassEntry
  readonly parent: HtbClass | undefined
  /** 0 for a leaf. */
  level = 0
  /** Octets that a leaf may still send in its turn, by the level that lends. */
  readonly deficits: number[] = []
  /** Whose turn it is below, by priority. */
  readonly turns: Turn[] = []
  readonly #line: Line
  #queue: Fifo | undefined
  #rate = new Rate(8, {})
  #ceil = new Rate(8, {})
  #bucket = 0
  #ceilBucket = 0
  #tokens = 0
  #ceilTokens = 0
  #filled = 0

  constructor(line: Line, entry: ClassEntry, parent: HtbClass | undefined) {
    this.#line = line
    this.entry = entry
    this.parent = parent
    this.changed()
    this.fill()
  }

  /** Its options were changed. The tokens stay. */
  changed(): void {
    const { rate, ceil = rate, burst = 0, ceilBurst = 0, ...options } = this.entry.options as unknown as HtbClassOptions
    this.#rate = new Rate(rate, options)
    this.#ceil = new Rate(ceil, options)
    this.#bucket = (burst * 8e9) / rate
    this.#ceilBucket = (ceilBurst * 8e9) / ceil
  }

  /** Both buckets are full. */
  fill(): void {
    this.#tokens = this.#bucket
    this.#ceilTokens = this.#ceilBucket
    this.#filled = this.#line.now
  }

  /** What a leaf sends from. */
  queue(outer: Discipline): Discipline {
    const chosen = this.#line.child(this.entry.classId)
    if (chosen !== undefined) return chosen
    if (this.#queue === undefined) {
      this.#queue = ownFifo(this.#line, this.entry.classId, 'pfifo', this.#line.txQueueLength)
      this.#queue.outer = outer
    }
    return this.#queue
  }

  /** Drops what waits in the queue of the kernel's choice; how many that were. */
  forget(): number {
    const count = this.#queue?.waiting.queueLength ?? 0
    this.#queue?.reset()
    this.#queue = undefined
    return count
  }

  /** What both buckets held when they were last looked at, nanoseconds. */
  get buckets(): { readonly tokens: number; readonly ceilTokens: number } {
    return { tokens: this.#tokens, ceilTokens: this.#ceilTokens }
  }

  #gained(now: number): number {
    return Math.min(now - this.#filled, longest)
  }

  /** What it may do at a time. */
  modeAt(now: number): ClassMode {
    const gained = this.#gained(now)
    if (this.#ceilTokens + gained < 0) return 'wait'
    return this.#tokens + gained < 0 ? 'borrow' : 'send'
  }

  /** When it may do more than it may at a time. */
  nextChange(now: number): number {
    const missing = this.modeAt(now) === 'wait' ? this.#ceilTokens : this.#tokens
    return this.#filled - missing
  }

  /**
   * A packet was sent, lent by the class at `level`: it and all above it pay at their rate, each at its ceiling. How many
   * of them must wait now.
   */
  charge(octets: number, level: number, now: number): number {
    const before = this.modeAt(now)
    const gained = this.#gained(now)
    const { tally } = this.entry
    if (this.level >= level) {
      if (this.level === level) tally.lends++
      this.#tokens = paid(gained + this.#tokens, this.#bucket, this.#rate.timeOf(octets))
    } else {
      tally.borrows++
      this.#tokens += gained
    }
    this.#ceilTokens = paid(gained + this.#ceilTokens, this.#ceilBucket, this.#ceil.timeOf(octets))
    this.#filled = now
    const stops = before !== 'wait' && this.modeAt(now) === 'wait' ? 1 : 0
    tally.overlimits += stops
    return stops + (this.parent?.charge(octets, level, now) ?? 0)
  }
}

const paid = (tokens: number, bucket: number, price: number): number =>
  Math.max(Math.min(tokens, bucket) - price, 1 - longest)
