/** Time as an argument of what runs the machines. @module */

/** Where time comes from; the clocks of `@vnet/mock` and `@vnet/switch` are such. */
export interface Clock {
  /** Seconds since some beginning; never runs backwards. */
  now(): number
  /** Calls `callback` once, `seconds` from now, unless the returned function is called before. */
  after(seconds: number, callback: () => void): () => void
}

/** The longest time that `setTimeout` keeps, seconds; one beyond it would be over at once. */
const LONGEST = 2_147_483

/** The time of the world, in seconds. */
export function realClock(): Clock {
  return {
    now: () => performance.now() / 1000,
    after(seconds, callback) {
      // A longer wait ends early: the machine finds that nothing is due, and waits on.
      const timer = setTimeout(callback, Math.min(seconds, LONGEST) * 1000)
      return () => clearTimeout(timer)
    },
  }
}

/** Calls a machine at its deadlines. */
export class Deadline {
  readonly #clock: Clock
  readonly #due: () => void
  #at: number | undefined
  #cancel: (() => void) | undefined

  /** @param due Is called when the time has come. */
  constructor(clock: Clock, due: () => void) {
    this.#clock = clock
    this.#due = due
  }

  /** Is to call at this time next; never, when absent. */
  set(at: number | undefined): void {
    if (at === this.#at) return
    this.#cancel?.()
    this.#cancel = undefined
    this.#at = at
    if (at === undefined) return
    this.#cancel = this.#clock.after(Math.max(0, at - this.#clock.now()), () => {
      this.#at = undefined
      this.#cancel = undefined
      this.#due()
    })
  }
}
