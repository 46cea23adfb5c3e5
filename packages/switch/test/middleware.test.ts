/** Ports around ports: traced, captured, disturbed, slowed down, changed. @module */
import { FrameBatch, isVnetError, type Port } from '@vnet/core'
import { readCapture } from '@vnet/wire'
import { describe, expect, it } from 'vitest'
import { Capture, fault, manualClock, memoryPorts, patch, seededRandom, shape, trace } from '../src/index.js'
import { broadcast, frame, host } from './frames.js'

const batchOf = (...frames: Uint8Array[]) => {
  const batch = new FrameBatch({ frames: Math.max(1, frames.length), octets: 1 << 20 })
  for (const each of frames) batch.add(each)
  return batch
}
const read = async (port: Port) => {
  const batch = new FrameBatch()
  await port.read(batch)
  return Array.from(batch, (each) => each.slice())
}
const settle = async () => {
  for (let i = 0; i < 4; i++) await new Promise((resolve) => setImmediate(resolve))
}
const marks = (frames: Uint8Array[]) => frames.map((each) => ((each[14] as number) << 8) | (each[15] as number))
const marked = (count: number) => Array.from({ length: count }, (_, mark) => frame(host(1), host(2), { mark }))

it('trace prints a line for each frame that passes', async () => {
  const [a, b] = memoryPorts({ names: ['tap0', 'far'], queue: 1 })
  const lines: string[] = []
  const clock = manualClock(1.5)
  const traced = trace(a, { write: (line) => lines.push(line), clock, linkLevel: true })
  expect(traced.write(batchOf(frame(broadcast, host(1)), frame(broadcast, host(2))))).toBe(1)
  b.write(batchOf(frame(host(1), host(3))))
  expect(await read(traced)).toEqual([frame(host(1), host(3))])
  expect(lines).toEqual([
    expect.stringMatching(/^1\.500000 tap0 out 02:00:00:00:00:01 > ff:ff:ff:ff:ff:ff,/),
    expect.stringMatching(/^1\.500000 tap0 in 02:00:00:00:00:03 > 02:00:00:00:00:01,/),
  ])
  await traced.close()
  await expect(a.writable()).rejects.toSatisfy(isVnetError)
})

it('capture writes a file that tells of ports, directions, times and losses', async () => {
  const [a, b] = memoryPorts({ names: ['tap0', 'far'] })
  const clock = manualClock(1_700_000_000.25)
  const chunks: Uint8Array[] = []
  let ready = true
  const capture = new Capture({ write: (bytes) => chunks.push(bytes), ready: () => ready, clock, snapLength: 20 })
  const port = capture.around(a)
  capture.around(b, 'ethernet', 'right')
  port.write(batchOf(frame(broadcast, host(1))))
  ready = false
  port.write(batchOf(frame(broadcast, host(1)), frame(broadcast, host(1))))
  ready = true
  clock.advance(1)
  b.write(batchOf(frame(host(1), host(3))))
  await read(port)
  capture.end()
  capture.end()
  port.write(batchOf(frame(broadcast, host(1))))
  const blocks = readCapture(Buffer.concat(chunks))
  expect(blocks.map(({ block }) => block)).toEqual([
    'section',
    'interface',
    'interface',
    'packet',
    'packet',
    'statistics',
    'statistics',
  ])
  expect(blocks.slice(1)).toMatchObject([
    { name: 'tap0', linkType: 1, snapLength: 20 },
    { name: 'right' },
    {
      interface: 0,
      timestamp: 1_700_000_000_250_000_000n,
      flags: 2,
      originalLength: 60,
      bytes: frame(broadcast, host(1)).subarray(0, 20),
    },
    { interface: 0, timestamp: 1_700_000_001_250_000_000n, flags: 1, dropCount: 2n },
    { interface: 0, received: 4n, dropped: 2n },
    { interface: 1, received: 0n, dropped: 0n },
  ])
})

describe('fault', () => {
  it('does the same for the same seed, about as often as asked', async () => {
    const run = async () => {
      const [a, b] = memoryPorts({ queue: 4096, batchSize: 4096 })
      const port = fault(a, { random: seededRandom(7), out: { loss: 0.1, duplicate: 0.2, corrupt: 0.05 } })
      const sent = marked(2000)
      expect(port.write(batchOf(...sent))).toBe(2000)
      const batch = new FrameBatch({ frames: 4096, octets: 1 << 20 })
      await b.read(batch)
      return { frames: Array.from(batch, (each) => each.slice()), faults: port.faults.out }
    }
    const [first, second] = [await run(), await run()]
    expect(first).toEqual(second)
    const { lost, duplicated, corrupted, reordered } = first.faults
    expect(first.frames.length).toBe(2000 - lost + duplicated)
    // Four standard deviations and a little more.
    expect([lost > 150, lost < 250, duplicated > 290, duplicated < 430, corrupted > 60, corrupted < 150]).not.toContain(
      false,
    )
    expect(reordered).toBe(0)
    const bits = first.frames.map((bytes) => {
      const clean = frame(host(1), host(2))
      clean.set(bytes.subarray(14, 16), 14)
      return bytes.reduce((sum, octet, i) => sum + (octet ^ (clean[i] as number) ? 1 : 0), 0)
    })
    expect(Math.max(...bits)).toBe(1)
  })

  it('delays, lets frames overtake, and waits when the other side is full', async () => {
    const clock = manualClock()
    const [a, b] = memoryPorts({ queue: 2 })
    const port = fault(a, { random: () => 0.5, out: { delay: 1 }, clock, queue: 4 })
    expect(port.write(batchOf(...marked(6)))).toBe(4)
    let room = false
    const writable = port.writable().then(() => {
      room = true
    })
    clock.advance(0.999)
    expect(b.counters.readFrames).toBe(0)
    await settle()
    expect([room, a.counters.writtenFrames]).toEqual([false, 0])
    clock.advance(0.001)
    await writable
    expect(marks(await read(b))).toEqual([0, 1])
    await settle()
    expect(marks(await read(b))).toEqual([2, 3])

    const values = [0.9, 0.1, 0.9]
    const [c, d] = memoryPorts()
    const mixed = fault(c, { random: () => values.shift() ?? 0.9, out: { delay: 1, reorder: 0.2 }, clock })
    mixed.write(batchOf(...marked(3)))
    expect(marks(await read(d))).toEqual([1])
    clock.advance(1)
    expect(marks(await read(d))).toEqual([0, 2])
    expect(mixed.faults.out.reordered).toBe(1)

    const swing = [0, 1, 0.5]
    const [e, f] = memoryPorts()
    const jittery = fault(e, { random: () => swing.shift() ?? 0, out: { delay: 1, jitter: 0.5 }, clock })
    jittery.write(batchOf(...marked(3)))
    for (const expected of [[0], [2], [1]]) {
      clock.advance(0.5)
      expect(marks(await read(f))).toEqual(expected)
    }
  })

  it('disturbs what is read, more than fits too, and ends with the port', async () => {
    const clock = manualClock()
    const [a, b] = memoryPorts({ queue: 64, batchSize: 8 })
    const port = fault(a, { random: seededRandom(1), in: { delay: 1 }, clock, queue: 3 })
    b.write(batchOf(...marked(8)))
    const got: number[] = []
    const reading = (async () => {
      while (got.length < 8) got.push(...marks(await read(port)))
    })()
    for (let i = 0; i < 10; i++) {
      await settle()
      clock.advance(1)
    }
    await reading
    expect(got).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    const pending = read(port)
    await settle()
    await port.close()
    await expect(pending).rejects.toMatchObject({ code: 'VNET_CLOSED' })
    await expect(port.read(new FrameBatch())).rejects.toMatchObject({ code: 'VNET_CLOSED' })
    expect(() => port.write(batchOf(...marked(1)))).toThrow('VNET_CLOSED')
  })

  it('refuses rates that make no sense', () => {
    const [a] = memoryPorts()
    const random = seededRandom(1)
    expect(() => fault(a, { random, in: { loss: 2 } })).toThrow('in.loss')
    expect(() => fault(a, { random, in: { jitter: 1 } })).toThrow('in.jitter')
    expect(() => fault(a, { random, out: { reorder: 1 } })).toThrow('out.reorder')
    expect(() => fault(a, { random: 1 as never })).toThrow('random')
  })
})

describe('shape', () => {
  it('takes no more than the rate allows, and says when to go on', async () => {
    const clock = manualClock()
    const [a, b] = memoryPorts()
    const port = shape(a, { out: { rate: 600, burst: 120 }, clock })
    expect(port.write(batchOf(...marked(5)))).toBe(2)
    expect(port.write(batchOf(...marked(5)), 2)).toBe(0)
    let room = 0
    const wait = async () => {
      await port.writable()
      room++
    }
    void wait()
    clock.advance(0.001)
    await settle()
    expect(room).toBe(0)
    clock.advance(0.1)
    await settle()
    expect([room, port.write(batchOf(...marked(5)), 2)]).toEqual([1, 2])
    expect(b.counters.readFrames).toBe(0)
    // Over a second: as many octets as the rate, and what was owed.
    let sent = 0
    for (let i = 0; i < 100; i++) {
      clock.advance(0.01)
      sent += port.write(batchOf(...marked(5)))
    }
    expect(Math.abs(sent * 60 - 600)).toBeLessThanOrEqual(60)
  })

  it('puts reads off, and ends with the port', async () => {
    const clock = manualClock()
    const [a, b] = memoryPorts({ batchSize: 1 })
    const port = shape(a, { in: { rate: 60, burst: 60 }, clock })
    b.write(batchOf(...marked(3)))
    expect(marks(await read(port))).toEqual([0])
    let got: number[] | undefined
    void read(port).then((frames) => {
      got = marks(frames)
    })
    await settle()
    expect(got).toBeUndefined()
    clock.advance(0.02)
    await settle()
    expect(got).toEqual([1])
    const last = read(port)
    await port.close()
    await expect(last).rejects.toMatchObject({ code: 'VNET_CLOSED' })
    expect(() => shape(a, { out: {} as never })).toThrow('out.rate')
  })
})

describe('patch', () => {
  it('changes copies, replaces, and drops', async () => {
    const [a, b] = memoryPorts()
    const port = patch(a, (bytes, direction) => {
      if (bytes[15] === 1) return false
      if (bytes[15] === 2) return frame(host(7), host(8), { length: 200 })
      bytes[15] = direction === 'in' ? 0x11 : 0x22
      return undefined
    })
    const batch = batchOf(...marked(4))
    expect(port.write(batch)).toBe(4)
    expect(marks(Array.from(batch))).toEqual([0, 1, 2, 3])
    const got = await read(b)
    expect([marks(got), got.map(({ length }) => length)]).toEqual([
      [0x22, 0, 0x22],
      [60, 200, 60],
    ])
    b.write(batchOf(...marked(2)))
    expect(marks(await read(port))).toEqual([0x11])
  })

  it('waits as the port does, keeps what has no room, and counts what never will', async () => {
    const [a, b] = memoryPorts({ queue: 2 })
    const one = patch(a, () => undefined, { direction: 'out' })
    expect([one.write(batchOf(...marked(4))), one.write(batchOf(...marked(4)), 2)]).toEqual([2, 0])
    expect(marks(await read(b))).toEqual([0, 1])
    b.write(batchOf(...marked(1)))
    expect(marks(await read(one))).toEqual([0])

    const [c, d] = memoryPorts()
    let calls = 0
    const large = patch(
      c,
      (bytes) => {
        calls++
        return bytes[15] === 2
          ? frame(host(1), host(2), { length: 5000, mark: 2 })
          : frame(host(1), host(2), { length: 1000, mark: bytes[15] as number })
      },
      { direction: 'in' },
    )
    d.write(batchOf(...marked(4)))
    const small = new FrameBatch({ octets: 1500 })
    const got: number[] = []
    for (let i = 0; i < 3; i++) {
      await large.read(small)
      got.push(...marks(Array.from(small)))
    }
    expect([got, calls, large.counters.dropped.cut]).toEqual([[0, 1, 3], 4, 1])
  })
})
