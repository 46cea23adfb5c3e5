/** Time as an argument: the real clock, and one that only moves when it is told to. @module */
import { wrongArgument } from '@vnet/core'
import { inTurn } from './event-loop.js'

/** Where the mock kernel gets its time from. */
export interface Clock {
  /** Seconds since some beginning; never runs backwards. */
  now(): number
  /** Calls `callback` once, `seconds` from now, unless the returned function is called before. */
  after(seconds: number, callback: () => void): () => void
}

/** A clock that stands still until it is advanced; for tests. */
export interface ManualClock extends Clock {
  /**
   * Moves the clock by some time and carries out, in order, what falls due meanwhile, before it returns. Programs that wait
   * for any of it have their turn afterwards.
   *
   * @param duration Seconds, or text with a unit: `30 s`, `1.5 min`, `200 ms`, `2 h`, `1 d`.
   */
  advance(duration: number | string): void
  /**
   * The same, step by step: after each time at which something falls due, programs have a turn of the event loop, so what
   * they do then, they do at that time.
   */
  pass(duration: number | string): Promise<void>
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
  /** Carries out what is due first, up to a time; whether there was anything. */
  const step = (end: number): boolean => {
    let next: { at: number; callback: () => void } | undefined
    for (const entry of waiting) if (entry.at <= end && (next === undefined || entry.at < next.at)) next = entry
    if (next === undefined) return false
    waiting.delete(next)
    time = Math.max(time, next.at)
    next.callback()
    return true
  }
  return {
    now: () => time,
    after(seconds, callback) {
      const entry = { at: time + Math.max(0, seconds), callback }
      waiting.add(entry)
      return () => waiting.delete(entry)
    },
    advance(duration) {
      const end = time + secondsOf(duration)
      while (step(end));
      time = end
    },
    async pass(duration) {
      const end = time + secondsOf(duration)
      do await new Promise<void>((resolve) => inTurn(resolve))
      while (step(end))
      time = Math.max(time, end)
      await new Promise<void>((resolve) => inTurn(resolve))
    },
  }
}

/** Seconds of each unit. */
const units: { readonly [unit: string]: number | undefined } = { ms: 0.001, s: 1, min: 60, h: 3600, d: 86_400 }

function secondsOf(duration: number | string): number {
  const operation = 'clock advance'
  if (typeof duration === 'number') {
    if (duration >= 0) return duration
    const hint = 'give 0 or more seconds'
    throw wrongArgument('VNET_RANGE', operation, 'duration', 'a clock cannot run backwards', hint)
  }
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/.exec(String(duration).trim()) ?? []
  const size = unit === undefined ? undefined : units[unit]
  if (size !== undefined) return Number(number) * size
  const problem = `${JSON.stringify(duration)} is no duration`
  throw wrongArgument(
    'VNET_RANGE',
    operation,
    'duration',
    problem,
    `a number and one of ${Object.keys(units).join(', ')}`,
  )
}
