/** The real clock, as far as it is more than that of the machine. */
import { expect, test, vi } from 'vitest'
import { Deadline, realClock } from '../src/clock.js'

test('a time that is further away than a timer can be is waited for, not over at once', () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  try {
    const clock = realClock()
    const month = 30 * 24 * 3600
    const at: number[] = []
    const begin = clock.now()
    const deadline = new Deadline(clock, () => {
      at.push(Math.round(clock.now() - begin))
      if (clock.now() - begin < month) deadline.set(begin + month)
    })
    deadline.set(begin + month)
    vi.advanceTimersByTime(month * 1000)
    expect(at).toEqual([2_147_483, month])
  } finally {
    vi.useRealTimers()
  }
})
