/** What a port does when the kernel takes no more, or takes no super-frames: on a kernel that is told what to answer. */
import { FrameBatch } from '@vnet/core'
import { checksumOf, foldSum, pseudoSum4, setU16At } from '@vnet/wire'
import { readVirtioHeader, writeVirtioHeader } from '@vnet/wire/offload'
import { describe, expect, it } from 'vitest'
import type { Syscalls } from '../src/syscalls.js'
import { Sender } from '../src/tun/sender.js'
import { Tally } from '../src/tun/tally.js'

const EINVAL = 22

/** A descriptor that takes so many frames, and refuses super-frames where told so; what was written, with its header. */
function device(options: { room?: number; refuses?: boolean } = {}) {
  const state = { room: options.room ?? Number.POSITIVE_INFINITY, written: [] as Uint8Array[], calls: 0 }
  const syscalls = {
    writeBatch(
      _fd: number,
      slab: Uint8Array,
      spans: Int32Array,
      from: number,
      to: number,
      prefix: number,
      refused: Int32Array,
    ) {
      state.calls++
      refused[0] = 0
      for (let i = from; i < to; i++) {
        const [start, length] = [spans[2 * i] as number, spans[2 * i + 1] as number]
        if (options.refuses && prefix > 0 && slab[start - prefix + 1] !== 0) {
          const failed = refused[0] as number
          refused.set([i, EINVAL], 1 + 2 * failed)
          refused[0] = failed + 1
        } else if (state.room-- > 0) state.written.push(slab.slice(start, start + length))
        else {
          state.room = 0
          return i - from
        }
      }
      return to - from
    },
  } as unknown as Syscalls
  return { state, syscalls }
}

function senderOn(syscalls: Syscalls, headerSize: number, merge = false) {
  const tally = new Tally()
  return { tally, sender: new Sender({ syscalls, kind: 'tun', headerSize, merge, tally }) }
}

/** A super-frame of TCP over IPv4 with `payload` octets in segments of 1,000, headers of 40. */
function superFrames(payload: number, count = 1): FrameBatch {
  const batch = new FrameBatch({ octets: 1 << 20 })
  batch.headerSize = 12
  for (let n = 0; n < count; n++) {
    const at = batch.reserve(40 + payload)
    const { slab } = batch
    slab.fill(n + 1, at, at + 40 + payload)
    slab.set(
      [0x45, 0, (40 + payload) >> 8, (40 + payload) & 255, 0, 0, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2],
      at,
    )
    setU16At(slab, at + 10, checksumOf(slab, at, at + 20))
    slab.set([0x50, 0x18], at + 32)
    setU16At(slab, at + 36, foldSum(pseudoSum4(slab, at, 6, 20 + payload)))
    const header = { flags: 1, gsoType: 1, headerLength: 40, gsoSize: 1000, checksumStart: 20, checksumOffset: 16 }
    writeVirtioHeader(slab, at, 12, header)
  }
  return batch
}

const isRight = (packet: Uint8Array) =>
  checksumOf(packet, 20, packet.length, pseudoSum4(packet, 0, 6, packet.length - 20)) === 0 &&
  checksumOf(packet, 0, 20) === 0

describe('a kernel that refuses super-frames', () => {
  it('gets the same segments where headers have another size on the way, and what stands behind them', () => {
    const wanted = [10, 12].map((headerSize) => {
      const { state, syscalls } = device({ refuses: true })
      const { sender, tally } = senderOn(syscalls, headerSize)
      const batch = superFrames(3500, 2)
      const last = batch.reserve(100)
      batch.slab.fill(0x45, last, last + 100)
      expect(sender.write(1, batch, 0)).toBe(3)
      expect(tally.snapshot()).toMatchObject({ writtenFrames: 9, dropped: { malformed: 0, unsplittable: 0 } })
      return state.written.map((frame) => [...frame].join()).sort()
    })
    expect(wanted[0]).toHaveLength(9)
    expect(wanted[0]).toEqual(wanted[1])
  })

  it('that takes no more in the middle gets the rest with the next write', () => {
    for (const room of [0, 1, 3, 5, 8]) {
      const { state, syscalls } = device({ refuses: true, room })
      const { sender, tally } = senderOn(syscalls, 10)
      const batch = superFrames(3500, 2)
      const taken = sender.write(1, batch, 0)
      expect(state.written.length).toBe(room)
      state.room = Number.POSITIVE_INFINITY
      const rest = taken < 2 ? sender.write(1, batch, Math.max(0, taken)) : sender.write(1, new FrameBatch(), 0)
      expect(rest).toBe(2 - Math.max(0, taken))
      expect(tally.snapshot().writtenFrames).toBe(8)
      expect(new Set(state.written.map((frame) => [...frame].join())).size).toBe(8)
    }
  })

  it('gets them in segments, from then on at once, and nothing counts as dropped', () => {
    const { state, syscalls } = device({ refuses: true })
    const { sender, tally } = senderOn(syscalls, 12)
    expect(sender.write(3, superFrames(2500, 2), 0)).toBe(2)
    expect(state.written.map((packet) => packet.length)).toEqual([1040, 1040, 540, 1040, 1040, 540])
    expect(state.written.every(isRight)).toBe(true)
    state.calls = 0
    expect(sender.write(3, superFrames(1500), 0)).toBe(1)
    expect(state.calls).toBe(1)
    expect(tally.snapshot()).toMatchObject({ writtenFrames: 8, dropped: { malformed: 0 } })
  })
})

describe('a send buffer that is full in the middle of a conversion', () => {
  it('keeps what is left for the next write, in order, and loses nothing', () => {
    const { state, syscalls } = device({ room: 4 })
    const { sender, tally } = senderOn(syscalls, 0)
    const batch = superFrames(2500, 3)
    const taken = sender.write(3, batch, 0)
    expect(taken).toBe(3)
    expect(sender.write(3, superFrames(1000), 0)).toBe(0)
    state.room = Number.POSITIVE_INFINITY
    expect(sender.write(3, superFrames(1000), 0)).toBe(1)
    expect(state.written.map((packet) => packet.length)).toEqual([...[1, 2, 3].flatMap(() => [1040, 1040, 540]), 1040])
    expect(state.written.map((packet) => packet[100])).toEqual([1, 1, 1, 2, 2, 2, 3, 3, 3, 1])
    expect(state.written.every(isRight)).toBe(true)
    expect(tally.snapshot()).toMatchObject({ writtenFrames: 10, dropped: { tooLong: 0, unsplittable: 0 } })
  })

  it('takes a whole batch in parts', () => {
    const { state, syscalls } = device({ room: 5 })
    const { sender } = senderOn(syscalls, 0)
    const batch = new FrameBatch()
    for (let i = 0; i < 8; i++) batch.add(new Uint8Array(40).fill(i))
    expect(sender.write(3, batch, 0)).toBe(5)
    expect(sender.write(3, batch, 5)).toBe(0)
    state.room = 9
    expect(sender.write(3, batch, 5)).toBe(3)
    expect(state.written.map((packet) => packet[0])).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  })
})

describe('a port with headers', () => {
  it('puts zeros into the headroom of a plain batch, or copies it where there is none', () => {
    for (const headroom of [0, 16]) {
      const { state, syscalls } = device({ refuses: true })
      const { sender } = senderOn(syscalls, 12)
      const batch = new FrameBatch({ headroom })
      batch.slab.fill(0xff)
      for (let i = 0; i < 3; i++) batch.add(new Uint8Array(60).fill(i))
      expect(sender.write(3, batch, 0)).toBe(3)
      expect(state.written.map((packet) => packet[9])).toEqual([0, 1, 2])
    }
  })
})

describe('virtio headers', () => {
  it('are read as they were written', () => {
    const slab = new Uint8Array(64).fill(0xaa)
    const header = { flags: 1, gsoType: 4, headerLength: 74, gsoSize: 1428, checksumStart: 54, checksumOffset: 16 }
    for (const size of [10, 12]) {
      writeVirtioHeader(slab, 40, size, header)
      expect(readVirtioHeader(slab, 40, size)).toEqual(header)
      expect([slab[40 - size - 1], slab[40]]).toEqual([0xaa, 0xaa])
    }
  })
})
