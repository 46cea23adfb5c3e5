/** A token bucket: so many tokens a second, and so many at once. @module */

/** What sums of fractions may be wrong by. */
const ROUNDING = 1e-9

/** Tokens that come back with time. The bucket is full at first. */
export class TokenBucket {
  /** Tokens a second. */
  readonly rate: number
  /** Most tokens that are saved up. */
  readonly burst: number
  #tokens: number
  #filled = Number.NEGATIVE_INFINITY

  /** A full bucket. */
  constructor(rate: number, burst: number) {
    this.rate = rate
    this.burst = burst
    this.#tokens = burst
  }

  /** Takes a token at the time `now`, seconds; `false` where there is none. */
  take(now: number): boolean {
    this.#fill(now)
    if (this.#tokens < 1 - ROUNDING) return false
    this.#tokens -= 1
    return true
  }

  /** Takes `count` tokens as soon as there is any; what is missing is owed. `false` where none is left. */
  borrow(count: number, now: number): boolean {
    this.#fill(now)
    if (this.#tokens <= 0) return false
    this.#tokens -= count
    return true
  }

  /** Seconds from `now` until a token or more can be borrowed; 0 for at once. */
  wait(now: number): number {
    this.#fill(now)
    return this.#tokens > 0 ? 0 : Math.max(Number.EPSILON, (Math.min(1, this.burst) - this.#tokens) / this.rate)
  }

  #fill(now: number): void {
    if (now <= this.#filled) return
    if (this.#filled !== Number.NEGATIVE_INFINITY) {
      this.#tokens = Math.min(this.burst, this.#tokens + (now - this.#filled) * this.rate)
    }
    this.#filled = now
  }
}
