/** Time as an argument: the real clock, and one that only moves when it is told to. @module */

/** Where time comes from. */
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
const LONGEST = 2_147_483

/** The time of the world in seconds since 1970, as it goes on from the program's start: it is never set back. */
export function realClock(): Clock {
  const now = () => (performance.timeOrigin + performance.now()) / 1000
  return {
    now,
    after(seconds, callback) {
      const end = now() + seconds
      let timer = setTimeout(fire, Math.min(Math.max(0, seconds), LONGEST) * 1000)
      function fire() {
        const left = end - now()
        if (left > 0.001) timer = setTimeout(fire, Math.min(left, LONGEST) * 1000)
        else callback()
      }
      return () => clearTimeout(timer)
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
