/** Time for what runs client and server. @module */

/** Where time comes from: the real clock, or that of a mock (`manualClock` of `@vnet/mock`). */
export interface DhcpClock {
  /** Seconds since some beginning; never runs backwards. */
  now(): number
  /** Calls `callback` once, `seconds` from now, unless the returned function is called before. */
  after(seconds: number, callback: () => void): () => void
}

/** The longest time that `setTimeout` keeps, seconds. */
const longest = 2_147_483

/** The time of the world, in seconds since 1970 as the program's start knew them: it is never set back. */
export const worldClock: DhcpClock = {
  now: () => (performance.timeOrigin + performance.now()) / 1000,
  after(seconds, callback) {
    // A longer wait ends early: who is called finds that nothing is due, and waits on.
    const timer = setTimeout(callback, Math.max(0, Math.min(seconds, longest)) * 1000)
    return () => clearTimeout(timer)
  },
}
