/** How many frames a queue is asked for, by how many it had. */
import { describe, expect, it } from 'vitest'
import type { Syscalls } from '../src/syscalls.js'
import { Lane } from '../src/tun/lane.js'

const handle = { ref: () => {}, watch: () => {}, close: () => {} }
const lane = () => new Lane({ poll: () => handle } as unknown as Syscalls, 3, () => {})

describe('Lane', () => {
  it('asks for all at first, for one where they come one at a time, and now and then for all again', () => {
    const queue = lane()
    const asked = Array.from({ length: 17 }, () => {
      const limit = queue.asking(64)
      queue.found(1)
      return limit
    })
    expect(asked).toEqual([64, 64, 64, 64, 1, 1, 1, 1, 64, 1, 1, 1, 1, 1, 1, 1, 64])
  })

  it('asks for all as soon as there were several', () => {
    const queue = lane()
    for (let i = 0; i < 6; i++) queue.found(1)
    expect(queue.asking(64)).toBe(1)
    queue.found(2)
    expect(queue.asking(64)).toBe(64)
  })
})
