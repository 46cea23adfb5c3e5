/** Controlled delay: frames are dropped, ever more often, while all of them wait too long (`include/net/codel_impl.h`; RFC 8289). @module */
import type { Queue, QueuedFrame } from './queue.js'

/** What it aims at; nanoseconds. */
export interface CodelOptions {
  readonly target: number
  readonly interval: number
  /** Octets below which nothing is dropped: a frame. */
  readonly least: number
}

/** What is done with frames. */
export interface CodelEffects {
  /** Marks a frame; `false` where that cannot be. */
  mark(frame: QueuedFrame): boolean
  /** Drops it. */
  drop(frame: QueuedFrame): void
  /** A frame was looked at. */
  see(frame: QueuedFrame): void
}

/** The state of one queue (`struct codel_vars`). */
export class Codel {
  /** Drops since it began to drop. */
  count = 0
  #lastCount = 0
  #isDropping = false
  /** When the delay will have been too long for a whole interval; 0 while it is short. */
  #tooLongAt = 0
  #dropNext = 0
  /** How long the last frame has waited. */
  delay = 0

  /** Takes the next frame out, and those that are dropped before it. */
  take(queue: Queue, now: number, options: CodelOptions, effects: CodelEffects): QueuedFrame | undefined {
    let frame = queue.shift()
    if (frame === undefined) {
      this.#isDropping = false
      return undefined
    }
    const isTooLate = this.#judge(frame, queue, now, options, effects)
    if (this.#isDropping) {
      if (!isTooLate) this.#isDropping = false
      while (this.#isDropping && now >= this.#dropNext) {
        this.count++
        if (effects.mark(frame as QueuedFrame)) {
          this.#dropNext = this.#after(this.#dropNext, options)
          break
        }
        effects.drop(frame as QueuedFrame)
        frame = queue.shift()
        if (this.#judge(frame, queue, now, options, effects)) this.#dropNext = this.#after(this.#dropNext, options)
        else this.#isDropping = false
      }
    } else if (isTooLate) {
      if (!effects.mark(frame)) {
        effects.drop(frame)
        frame = queue.shift()
        this.#judge(frame, queue, now, options, effects)
      }
      this.#begin(now, options)
    }
    return frame
  }

  /** Begins to drop: at the rate that it had, where that was not long ago. */
  #begin(now: number, options: CodelOptions): void {
    this.#isDropping = true
    const delta = this.count - this.#lastCount
    this.count = delta > 1 && now - this.#dropNext < 16 * options.interval ? delta : 1
    this.#lastCount = this.count
    this.#dropNext = this.#after(now, options)
  }

  #after(time: number, { interval }: CodelOptions): number {
    return time + interval / Math.sqrt(this.count)
  }

  /** Whether frames have waited too long for a whole interval. */
  #judge(
    frame: QueuedFrame | undefined,
    queue: Queue,
    now: number,
    { target, interval, least }: CodelOptions,
    effects: CodelEffects,
  ): boolean {
    if (frame === undefined) {
      this.#tooLongAt = 0
      return false
    }
    effects.see(frame)
    this.delay = now - frame.time
    if (this.delay < target || queue.octets <= least) {
      this.#tooLongAt = 0
      return false
    }
    if (this.#tooLongAt !== 0) return now > this.#tooLongAt
    this.#tooLongAt = now + interval
    return false
  }
}
