/** How time passes in a lab: by itself, or only as far as somebody waits for something. @module */
import type { ManualClock } from '@vnet/mock'

/** Time of a lab. */
export interface LabTime {
  /** Seconds. */
  now(): number
  /** Lets some seconds pass. */
  wait(seconds: number): Promise<void>
  /** Waits for something that the kernel does within some seconds, and no longer. */
  until<T>(promise: Promise<T>, seconds: number): Promise<T>
  /** Runs what ends by the signal, which comes after some seconds. */
  within<T>(body: (signal: AbortSignal) => Promise<T>, seconds: number): Promise<T>
}

/** The time of the world. */
export const worldTime: LabTime = {
  now: () => Date.now() / 1000,
  wait: (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000)),
  until: (promise) => promise,
  async within(body, seconds) {
    const over = new AbortController()
    const timer = setTimeout(() => over.abort(), seconds * 1000)
    try {
      return await body(over.signal)
    } finally {
      clearTimeout(timer)
    }
  },
}

/** Seconds by which the clock is moved at a time while something is waited for. */
const step = 0.01

/** A turn of the event loop, in which all happens that needs no time. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Time that only moves when somebody waits. */
export function virtualTime(clock: ManualClock): LabTime {
  /** Moves the clock until something has come to an end, or so far. */
  const move = async (promise: Promise<unknown>, seconds: number) => {
    let isOver = false
    const over = () => {
      isOver = true
    }
    promise.then(over, over)
    await turn()
    for (let passed = 0; !isOver && passed < seconds; passed += step) {
      clock.advance(step)
      await turn()
    }
  }
  return {
    now: () => clock.now(),
    async wait(seconds) {
      await turn()
      clock.advance(seconds)
      await turn()
    },
    async until(promise, seconds) {
      await move(promise, seconds + step)
      return promise
    },
    async within(body, seconds) {
      const over = new AbortController()
      const promise = body(over.signal)
      await move(promise, seconds)
      over.abort()
      return promise
    },
  }
}
