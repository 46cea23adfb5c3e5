/** A token bucket: so many tokens a second, and so many at once. @module */

/** What sums of fractions may be wrong by. */
const ROUNDING = 1e-9

/** Tokens that come back with time. The bucket is full at first. Times are seconds and never run backwards. */
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

  /** Takes a token; `false` where there is none. */
  take(now: number): boolean {
    this.#fill(now)
    if (this.#tokens < 1 - ROUNDING) return false
    this.#tokens -= 1
    return true
  }

  /** Tokens that are there; below 0 where some are owed. */
  left(now: number): number {
    this.#fill(now)
    return this.#tokens > ROUNDING ? this.#tokens : Math.min(0, this.#tokens)
  }

  /** Takes tokens, also more than there are. */
  owe(tokens: number, now: number): void {
    this.#fill(now)
    this.#tokens -= tokens
  }

  /** Seconds until there is a token, or as many as the bucket holds; 0 where any is left. */
  wait(now: number): number {
    return this.left(now) > 0 ? 0 : (Math.min(1, this.burst) - this.#tokens) / this.rate
  }

  #fill(now: number): void {
    if (now <= this.#filled) return
    if (this.#filled !== Number.NEGATIVE_INFINITY) {
      this.#tokens = Math.min(this.burst, this.#tokens + (now - this.#filled) * this.rate)
    }
    this.#filled = now
  }
}
