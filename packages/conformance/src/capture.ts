/** Captures: copies of the frames that pass links. @module */
import { type Capture, type CapturedFrame, FrameBatch, mergeCaptures, type Namespace } from '@vnet/core'
import { expect } from 'vitest'
import type { Context } from './context.js'
import { eventually, fails, sleep, turn } from './expectation.js'
import { ipv4, joined, numberedFrame, numberOf } from './frame.js'
import { twoTaps, writeAll } from './port.js'
import type { Suite } from './suite.js'
import { addPair, mac } from './surroundings.js'

/** What captures of TAPs need. */
export const basis = ['capture', 'tun port', 'link tap', 'link bridge'] as const

/** Reads what a capture has until frames of ours are there in this number; other frames are left out. */
export async function capturedNumbers(capture: Capture, count: number): Promise<number[]> {
  const batch = capture.createBatch()
  const numbers: number[] = []
  while (numbers.length < count) {
    await capture.read(batch)
    for (const frame of batch) {
      const number = numberOf(frame)
      if (number !== undefined) numbers.push(number)
    }
  }
  return numbers
}

/** A capture that goes away with the test. */
export async function openedCapture(
  ns: Namespace,
  defer: Context['defer'],
  options: Parameters<Namespace['openCapture']>[0] = {},
): Promise<Capture> {
  const capture = await ns.openCapture(options)
  defer(() => capture.close())
  return capture
}

/** Writes frames with these numbers. */
export async function writeNumbers(
  port: Parameters<typeof writeAll>[0],
  from: number,
  to: number,
  size = 100,
): Promise<void> {
  const batch = new FrameBatch({ frames: to - from, octets: (to - from) * (size + 64) })
  for (let number = from; number < to; number++) batch.add(numberedFrame(number, size, 0x22, 0x11))
  await writeAll(port, batch)
}

/** Writes frames until the test ends. */
export function flood(port: Parameters<typeof writeAll>[0], defer: Context['defer']): void {
  let isOn = true
  const flooding = (async () => {
    while (isOn) {
      await writeNumbers(port, 0, 200)
      await turn()
    }
  })()
  defer(() => {
    isOn = false
    return flooding
  })
}

/** Registers the tests of captures. */
export function capture(suite: Suite): void {
  suite.test('frames in order, each with its time, direction and length', basis, async ({ ns, defer }) => {
    const [from] = await twoTaps(ns, defer)
    const arriving = await openedCapture(ns, defer, { link: 'tap0' })
    const leaving = await openedCapture(ns, defer, { link: 'tap1', snapLength: 40 })
    expect(arriving).toMatchObject({ name: 'tap0', format: 'ethernet', snapLength: 262_144 })
    expect(arriving.index).toBe((await ns.link.get('tap0'))?.index)
    const begun = BigInt(Date.now()) * 1_000_000n
    await writeNumbers(from, 0, 200)
    for (const [captured, type, kept] of [
      [arriving, 'other-host', 100],
      [leaving, 'outgoing', 40],
    ] as const) {
      const batch = captured.createBatch()
      let next = 0
      for (let last = begun; next < 200; ) {
        await captured.read(batch)
        for (let i = 0; i < batch.count; i++) {
          if (numberOf(batch.frame(i)) === undefined) continue
          expect(numberOf(batch.frame(i))).toBe(next)
          expect(batch.frame(i)).toEqual(numberedFrame(next, 100, 0x22, 0x11).subarray(0, kept))
          expect(batch.originalLength(i)).toBe(100)
          expect([batch.packetType(i), batch.format(i), batch.link(i)]).toEqual([type, 'ethernet', captured.index])
          expect(batch.time(i) - last).toBeGreaterThanOrEqual(0n)
          last = batch.time(i)
          next++
        }
      }
      expect(captured.counters).toMatchObject({ dropped: 0, freezes: 0 })
      expect(captured.counters.received).toBeGreaterThanOrEqual(200)
    }
  })

  suite.test('one direction, and all links at once', basis, async ({ ns, defer }) => {
    const [from] = await twoTaps(ns, defer)
    const out = await openedCapture(ns, defer, { link: 'tap0', direction: 'out' })
    const inwards = await openedCapture(ns, defer, { direction: 'in' })
    expect(inwards).toMatchObject({ name: 'any', index: undefined, format: undefined })
    await writeNumbers(from, 0, 10)
    const batch = inwards.createBatch()
    const links: number[] = []
    while (links.length < 10) {
      await inwards.read(batch)
      for (let i = 0; i < batch.count; i++) {
        expect(batch.packetType(i)).not.toBe('outgoing')
        if (numberOf(batch.frame(i)) !== undefined) links.push(batch.link(i))
      }
    }
    // Nothing comes in at the other links: the bridge passes it on.
    expect(new Set(links)).toEqual(new Set([(await ns.link.get('tap0'))?.index]))
    const rest = out.createBatch()
    for (out.take(rest); rest.count > 0; out.take(rest)) {
      for (const frame of rest) expect(numberOf(frame)).toBeUndefined()
    }
  })

  suite.test(
    'packets of a TUN begin with the IP header',
    ['capture', 'tun port', 'link tun'],
    async ({ ns, defer }) => {
      const port = await ns.openTun({ name: 'tun0', up: true })
      defer(() => port.close())
      await ns.address.add({ link: 'tun0', address: '10.0.0.1/24' })
      const captured = await openedCapture(ns, defer, { link: 'tun0' })
      expect(captured.format).toBe('ip')
      const batch = new FrameBatch()
      const packet = ipv4('10.0.0.2', '10.0.0.1', 253, Uint8Array.of(1, 2, 3, 4))
      batch.add(packet)
      await writeAll(port, batch)
      const into = captured.createBatch()
      const seen: Uint8Array[] = []
      while (!seen.some((frame) => frame.join() === packet.join())) {
        await captured.read(into)
        for (let i = 0; i < into.count; i++) {
          expect(into.format(i)).toBe('ip')
          expect([4, 6]).toContain((into.frame(i)[0] as number) >> 4)
          seen.push(into.frame(i).slice())
        }
      }
    },
  )

  suite.test('lo has each frame once', ['capture', 'packets'], async ({ ns, defer }) => {
    await ns.link.set('lo', { up: true })
    const captured = await openedCapture(ns, defer, { link: 'lo' })
    await ns.ping('127.0.0.1')
    const batch = captured.createBatch()
    let frames = 0
    while (frames < 2) frames += await captured.read(batch)
    await sleep(50)
    expect(frames + captured.take(batch)).toBe(2)
  })

  suite.test('a VLAN tag is where it was', basis, async ({ ns, defer }) => {
    const [from] = await twoTaps(ns, defer)
    const [captured, cut] = [
      await openedCapture(ns, defer, { link: 'tap0' }),
      await openedCapture(ns, defer, { link: 'tap0', snapLength: 15 }),
    ]
    const plain = numberedFrame(1, 100, 0x22, 0x11)
    const tagged = (...tag: number[]) => joined(plain.subarray(0, 12), Uint8Array.from(tag), plain.subarray(12))
    const frames = [
      tagged(0x81, 0x00, 0x60, 0x2a),
      tagged(0x88, 0xa8, 0x00, 0x07),
      tagged(0x88, 0xa8, 0x00, 0x07, 0x81, 0x00, 0x0f, 0xfe),
      tagged(0x81, 0x00, 0x00, 0x00),
      plain,
    ]
    const batch = new FrameBatch()
    for (const frame of frames) batch.add(frame)
    await writeAll(from, batch)
    const own = (frame: Uint8Array) => frame.subarray(0, 12).join() === '2,0,0,0,0,34,2,0,0,0,0,17'
    for (const [one, length] of [
      [captured, 200],
      [cut, 15],
    ] as const) {
      const into = one.createBatch()
      const seen: [Uint8Array, number][] = []
      while (seen.length < frames.length) {
        await one.read(into)
        for (let i = 0; i < into.count; i++) {
          if (own(into.frame(i))) seen.push([into.frame(i).slice(), into.originalLength(i)])
        }
      }
      expect(seen).toEqual(frames.map((frame) => [frame.slice(0, length), frame.length]))
    }
  })

  suite.test('what nobody reads is dropped, and counted', basis, async ({ ns, defer }) => {
    const [from] = await twoTaps(ns, defer)
    const captured = await openedCapture(ns, defer, { link: 'tap0', buffer: 524_288 })
    for (let number = 0; number < 3000; number += 100) await writeNumbers(from, number, number + 100, 1000)
    await sleep(50)
    const { dropped, freezes } = captured.counters
    expect(dropped).toBeGreaterThan(1000)
    expect(freezes).toBeGreaterThan(0)
    const batch = captured.createBatch()
    const numbers: number[] = []
    let taken = 0
    const drain = () => {
      for (let count = captured.take(batch); count > 0; count = captured.take(batch)) {
        taken += count
        for (const frame of batch) {
          const number = numberOf(frame)
          if (number !== undefined) numbers.push(number)
        }
      }
    }
    // The kernel itself sends a little all the time; it counts a frame before it hands over the block that it is in.
    const drained = await eventually(() => {
      drain()
      const { counters } = captured
      expect(counters.received).toBe(taken + counters.dropped)
      return counters
    })
    // The newest are dropped.
    expect(numbers).toEqual(Array.from(numbers, (_, number) => number))
    await writeNumbers(from, 9000, 9001)
    expect(await capturedNumbers(captured, 1)).toEqual([9000])
    await captured.close()
    // Of the little that the kernel itself sends, some was dropped after the first look.
    expect(drained.dropped).toBeGreaterThanOrEqual(dropped)
    expect(captured.counters.dropped).toBe(drained.dropped)
  })

  suite.test('the end of a read: closed, set down, deleted', ['capture', 'link veth'], async ({ ns, defer }) => {
    await addPair(ns)
    const open = () => openedCapture(ns, defer, { link: 'v0' })
    const closing = await open()
    const batch = closing.createBatch()
    const until = async (one: Capture) => {
      for (;;) await one.read(batch)
    }
    const pending = fails(until(closing), 'VNET_CLOSED')
    await eventually(() => fails(closing.read(closing.createBatch()), 'EBUSY'))
    await closing.close()
    await pending
    await closing.close()
    await fails(closing.read(batch), 'VNET_CLOSED')

    const down = fails(until(await open()), 'ENETDOWN')
    await ns.link.set('v0', { up: false })
    expect((await down).hint).toContain('set it up')
    await fails(ns.openCapture({ link: 'v0' }), 'ENETDOWN')
    await ns.link.set('v0', { up: true })

    const gone = fails(until(await open()), 'ENODEV')
    await ns.link.delete('v0')
    expect((await gone).subject).toBe('v0')
    expect(await fails(ns.openCapture({ link: 'v0' }), 'ENODEV')).toMatchObject({ subject: 'v0' })
  })

  suite.test('closed and opened again, nothing is left', basis, async ({ ns, defer }) => {
    const [from] = await twoTaps(ns, defer)
    const { readdirSync, readFileSync } = await import('node:fs')
    const held = () => [
      readdirSync('/proc/self/fd').length,
      readFileSync('/proc/self/maps', 'latin1')
        .split('\n')
        .filter((line) => line.includes('socket:')).length,
    ]
    const before = held()
    for (let round = 0; round < 30; round++) {
      await using captured = await ns.openCapture({ link: 'tap0', buffer: 524_288 })
      await writeNumbers(from, round, round + 1)
      expect(await capturedNumbers(captured, 1)).toEqual([round])
    }
    // Fewer where those of other tests have been collected.
    held().forEach((count, i) => {
      expect(count).toBeLessThanOrEqual(before[i] as number)
    })
  })

  suite.test('several captures, of two namespaces, in order of time', [...basis, 'packets'], async (context) => {
    const { ns, another, defer } = context
    const there = await another()
    const names = ['left', 'right'] as const
    const ports = []
    for (const [i, place] of [ns, there].entries()) {
      const port = await place.openTap({ name: 'tap0', mac: mac(i + 1), up: true })
      defer(() => port.close())
      ports.push({ port, captured: await openedCapture(place, defer, { link: 'tap0' }) })
    }
    const stop = new AbortController()
    const seen: CapturedFrame[] = []
    const merging = (async () => {
      for await (const frames of mergeCaptures(
        ports.map(({ captured }) => captured),
        stop.signal,
      ))
        seen.push(...frames)
    })()
    for (let number = 0; number < 60; number++) {
      await writeNumbers((ports[number % 2] as (typeof ports)[0]).port, number, number + 1)
      if (number % 7 === 0) await sleep(15)
    }
    // Frames that the kernel has not handed out are told before the end.
    stop.abort()
    await merging
    const own = seen.filter(({ bytes }) => numberOf(bytes) !== undefined)
    expect(own.map(({ bytes }) => numberOf(bytes))).toEqual(Array.from({ length: 60 }, (_, number) => number))
    expect(own.map(({ capture: place }) => names[place])).toEqual(own.map((_, number) => names[number % 2]))
    expect(seen.every(({ time }, i) => i === 0 || time >= (seen[i - 1] as CapturedFrame).time)).toBe(true)
  })

  suite.test('stopped in the middle of a flood, it ends', basis, async ({ ns, defer }) => {
    const [from] = await twoTaps(ns, defer)
    const captured = await openedCapture(ns, defer, { link: 'tap0' })
    const stop = new AbortController()
    flood(from, defer)
    let count = 0
    for await (const frames of mergeCaptures([captured], stop.signal)) {
      count += frames.length
      if (count > 2000) stop.abort()
      // Slower than the flood.
      await sleep(5)
    }
    expect(count).toBeGreaterThan(2000)
  })
}
