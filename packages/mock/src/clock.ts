/** Time as an argument: the real clock, and one that only moves when it is told to. @module */

/** Where the mock kernel gets its time from. */
export interface Clock {
  /** Seconds since some beginning; never runs backwards. */
  now(): number
  /** Calls `callback` once, `seconds` from now, unless the returned function is called before. */
  after(seconds: number, callback: () => void): () => void
}

/** A clock that stands still until it is advanced; for tests. */
export interface ManualClock extends Clock {
  /** Moves the clock by some seconds and carries out, in order, what falls due meanwhile. */
  advance(seconds: number): void
}

/** The longest time that `setTimeout` keeps, seconds. */
const longestWait = 2_147_483

/** The time of the world, in seconds since 1970. Its timers do not keep a Node process alive. */
export function realClock(): Clock {
  return {
    now: () => Date.now() / 1000,
    after(seconds, callback) {
      // A longer wait ends early; the kernel looks at its timers then and waits on.
      const timer: unknown = setTimeout(callback, Math.max(0, Math.min(seconds, longestWait)) * 1000)
      if (typeof timer === 'object' && timer !== null && 'unref' in timer) (timer as { unref(): void }).unref()
      return () => clearTimeout(timer as Parameters<typeof clearTimeout>[0])
    },
  }
}

/**
 * A clock for tests.
 *
 * @param start What `now()` says at first, seconds.
 */
export function manualClock(start = 0): ManualClock {
  let time = start
  const waiting = new Set<{ at: number; callback: () => void }>()
  return {
    now: () => time,
    after(seconds, callback) {
      const entry = { at: time + Math.max(0, seconds), callback }
      waiting.add(entry)
      return () => waiting.delete(entry)
    },
    advance(seconds) {
      if (!(seconds >= 0)) throw new RangeError('a clock cannot run backwards')
      const end = time + seconds
      for (;;) {
        let next: { at: number; callback: () => void } | undefined
        for (const entry of waiting) if (entry.at <= end && (next === undefined || entry.at < next.at)) next = entry
        if (next === undefined) break
        waiting.delete(next)
        time = Math.max(time, next.at)
        next.callback()
      }
      time = end
    },
  }
}
