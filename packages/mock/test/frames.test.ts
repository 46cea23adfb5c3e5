/** Frames in the mock: storms end and are told, time is the clock's, and nothing that is written brings it down. @module */
import { FrameBatch, type Namespace, openHost, type TunPort } from '@vnet/core'
import { describe, expect, test } from 'vitest'
import { manualClock, mockDriver, type Storm } from '../src/index.js'
import { mac, openLab } from './lab.js'
import { randomFrames } from './random-frames.js'

const everybody = 'ff:ff:ff:ff:ff:ff'

/** A frame of the tests' own EtherType. */
function frame(to: string, from: string, number = 0, size = 60): Uint8Array {
  const octets = new Uint8Array(size)
  octets.set([...to.split(':'), ...from.split(':')].map((octet) => Number.parseInt(octet, 16)))
  octets.set([0x88, 0xb5, number >> 8, number & 0xff], 12)
  return octets
}

function write(port: TunPort, ...frames: Uint8Array[]): void {
  const batch = new FrameBatch({ frames: Math.max(1, frames.length) })
  for (const one of frames) batch.add(one)
  expect(port.write(batch)).toBe(frames.length)
}

/** The numbers of the tests' frames that a port holds now; BPDUs and the like are left out. */
async function held(port: TunPort): Promise<number[]> {
  // A read that nobody answers ends the look; it stays pending, so a port is looked at once.
  const batch = port.createBatch()
  const numbers: number[] = []
  for (;;) {
    const count = await Promise.race([port.read(batch), new Promise<number>((resolve) => setTimeout(resolve, 20, 0))])
    if (count === 0) return numbers
    for (const one of batch)
      if (one[12] === 0x88 && one[13] === 0xb5) numbers.push(((one[14] ?? 0) << 8) | (one[15] ?? 0))
  }
}

async function tapOf(ns: Namespace, name: string, master: string): Promise<TunPort> {
  const port = await ns.openTap({ name, up: true })
  await ns.link.set(name, { master })
  return port
}

describe('frames', () => {
  test('a storm in a ring of bridges ends, is counted and told', async () => {
    const storms: Storm[] = []
    const { host, driver } = await openLab({ onStorm: (storm) => storms.push(storm) })
    for (const name of ['b0', 'b1', 'b2']) await host.link.add({ kind: 'bridge', name, up: true })
    for (let i = 0; i < 3; i++) {
      // Two cables between each two: what goes round also grows.
      for (const cable of ['x', 'y']) {
        await host.link.add({
          kind: 'veth',
          name: `${cable}${i}`,
          master: `b${i}`,
          up: true,
          peer: { name: `${cable}${i}p`, up: true },
        })
        await host.link.set(`${cable}${i}p`, { master: `b${(i + 1) % 3}` })
      }
    }
    const port = await tapOf(host, 'tap0', 'b0')
    storms.length = 0
    write(port, frame(everybody, mac(1)))
    expect(storms).toHaveLength(1)
    expect(storms[0]?.link).toMatch(/^[xy]\d/)
    const { circled, overflowed } = driver.counters()
    expect(circled).toBeGreaterThan(0)
    expect(overflowed).toBeGreaterThan(0)
    expect(storms[0]?.dropped).toBeLessThanOrEqual(circled + overflowed)
    const links = await host.link.list({ kind: 'veth', statistics: true })
    const dropped = links.reduce((sum, link) => sum + (link.statistics?.rxDropped ?? 0), 0)
    expect(dropped).toBeGreaterThanOrEqual(circled + overflowed)
    await port.close()
    await host.close()
  })

  test('the backlog holds a thousand frames', async () => {
    const { host, driver } = await openLab()
    await host.link.add({ kind: 'bridge', name: 'b0', up: true })
    for (let i = 0; i < 1100; i++) {
      await host.link.add({ kind: 'veth', name: `v${i}`, master: 'b0', up: true, peer: { name: `p${i}`, up: true } })
    }
    const port = await tapOf(host, 'tap0', 'b0')
    const before = driver.counters()
    write(port, frame(everybody, mac(1)))
    const after = driver.counters()
    // The written one, and those that the flood put there while it was looked at.
    expect(after.frames - before.frames).toBe(1001)
    expect(after.overflowed - before.overflowed).toBe(100)
    await port.close()
    await host.close()
  })

  test('links on links: nine deep, and no deeper', async () => {
    const { host } = await openLab()
    await host.link.add({ kind: 'bridge', name: 'b0', up: true })
    await host.link.add({ kind: 'veth', name: 'v0', up: true, peer: { name: 'v1', up: true } })
    let parent = 'v0'
    for (let depth = 1; depth <= 9; depth++) {
      const name = `v0.${depth}`
      await host.link.add({ kind: 'vlan', name, parent, up: true, vlan: { id: depth } })
      parent = name
    }
    const port = await tapOf(host, 'tap0', 'b0')
    const sent = async () => (await host.link.get('v0', { statistics: true }))?.statistics?.txPackets
    await host.link.set('v0.8', { master: 'b0' })
    const none = await sent()
    write(port, frame(everybody, mac(1)))
    expect(await sent()).toBe((none ?? 0) + 1)
    await host.link.set('v0.8', { master: null })
    await host.link.set('v0.9', { master: 'b0' })
    write(port, frame(everybody, mac(1)))
    expect(await sent()).toBe((none ?? 0) + 1)
    expect((await host.link.get('v0.9', { statistics: true }))?.statistics?.txDropped).toBeGreaterThanOrEqual(1)
    await port.close()
    await host.close()
  })

  test('twenty bridges in a mesh become a tree in no time', async () => {
    const { host, clock } = await openLab()
    const bridge = { stp: true, forwardDelay: 4 }
    for (let i = 0; i < 20; i++) await host.link.add({ kind: 'bridge', name: `b${i}`, up: true, bridge })
    let cables = 0
    for (let i = 0; i < 20; i++) {
      for (const other of [(i + 1) % 20, (i + 7) % 20]) {
        const name = `c${cables++}`
        await host.link.add({ kind: 'veth', name, master: `b${i}`, up: true, peer: { name: `${name}p`, up: true } })
        await host.link.set(`${name}p`, { master: `b${other}` })
      }
    }
    const ports = [await tapOf(host, 'tap0', 'b0'), await tapOf(host, 'tap1', 'b13')] as const
    // A hundred hosts tell twenty bridges which groups they listen to, which some 13,000 frames carry (time: bench:mock).
    clock.advance(60)
    const roots = new Set((await host.link.list({ kind: 'bridge' })).map((link) => link.bridge?.rootId))
    expect(roots.size).toBe(1)
    write(ports[0], frame(everybody, mac(1), 7))
    expect(await held(ports[1])).toEqual([7])
    for (const port of ports) await port.close()
    await host.close()
  })

  test('an entry lives as long as somebody sends, by the clock', async () => {
    const { host, clock } = await openLab()
    await host.link.add({ kind: 'bridge', name: 'b0', up: true, bridge: { ageingTime: 100 } })
    const port = await tapOf(host, 'tap0', 'b0')
    const there = async () => (await host.fdb.list({ link: 'tap0' })).find((entry) => entry.mac === mac(9))
    for (let i = 0; i < 5; i++) {
      write(port, frame(everybody, mac(9)))
      clock.advance(60)
    }
    expect(await there()).toMatchObject({ state: 'dynamic', updated: 60 })
    clock.advance(39)
    expect(await there()).toBeDefined()
    clock.advance(1)
    expect(await there()).toBeUndefined()
    await port.close()
    await host.close()
  })

  test('captures have the time of the clock', async () => {
    const { host, clock } = await openLab()
    await host.link.add({ kind: 'bridge', name: 'b0', up: true })
    const port = await tapOf(host, 'tap0', 'b0')
    const capture = await host.openCapture({ link: 'tap0', direction: 'in' })
    for (let i = 0; i < 3; i++) {
      clock.advance(0.25)
      write(port, frame(everybody, mac(9), i))
    }
    const batch = capture.createBatch()
    expect(await capture.read(batch)).toBe(3)
    expect([0, 1, 2].map((i) => batch.time(i))).toEqual(
      [250n, 500n, 750n].map((ms) => 1_000_000_000_000n + ms * 1_000_000n),
    )
    await capture.close()
    await port.close()
    await host.close()
  })

  test('a saved state has what was learned and counted, and no ports', async () => {
    const { host, driver } = await openLab()
    await host.link.add({ kind: 'bridge', name: 'b0', up: true })
    const kept = await tapOf(host, 'tap0', 'b0')
    kept.setPersistent(true)
    await tapOf(host, 'tap1', 'b0')
    await host.link.add({ kind: 'veth', name: 'v0', master: 'b0', up: true, peer: { name: 'v1', up: true } })
    write(kept, frame(everybody, mac(9)))
    await host.fdb.add({ link: 'v0', mac: mac(8), master: true, state: 'static' })
    const loaded = mockDriver({ state: JSON.parse(JSON.stringify(driver.save())), clock: manualClock(1000) })
    const again = await openHost({ driver: loaded })
    expect((await again.link.list({ kind: 'tap' })).map((link) => [link.name, link.carrier])).toEqual([['tap0', false]])
    const counted = await again.link.get('v1', { statistics: true })
    expect(counted?.statistics).toEqual((await host.link.get('v1', { statistics: true }))?.statistics)
    const port = await again.openTap({ name: 'tap0' })
    write(port, frame(mac(8), mac(9)))
    const next = await again.link.get('v1', { statistics: true })
    expect(next?.statistics?.rxPackets).toBe((counted?.statistics?.rxPackets ?? 0) + 1)
    await again.close()
    await host.close()
  })

  test('any octets into any kind of link: no exception, and the kernel goes on', async () => {
    const { host } = await openLab()
    await host.link.add({
      kind: 'bridge',
      name: 'b0',
      up: true,
      bridge: { stp: true, forwardDelay: 2, vlanFiltering: true },
    })
    await host.link.add({ kind: 'veth', name: 'v0', master: 'b0', up: true, peer: { name: 'v1', up: true } })
    await host.link.add({ kind: 'vlan', name: 'v1.5', parent: 'v1', up: true, vlan: { id: 5, reorderHeader: false } })
    await host.link.add({ kind: 'macvlan', name: 'm0', parent: 'v1', up: true, macvlan: { mode: 'bridge' } })
    await host.link.add({ kind: 'bridge', name: 'b1', up: true })
    await host.link.set('v1.5', { master: 'b1' })
    await host.link.add({ kind: 'dummy', name: 'd0', master: 'b1', up: true })
    const [tap, tun] = [await tapOf(host, 'tap0', 'b0'), await host.openTun({ name: 'tun0', up: true })]
    const capture = await host.openCapture({ buffer: 524_288 })
    const before = (await host.link.list()).map((link) => link.name)
    const batch = new FrameBatch({ frames: 500, octets: 1 << 20 })
    let count = 0
    for (const octets of randomFrames(7, 100_000)) {
      expect(batch.add(octets)).toBe(true)
      if (++count % 500 > 0) continue
      for (const port of [tap, tun]) expect(port.write(batch)).toBe(500)
      batch.clear()
    }
    expect((await host.link.list()).map((link) => link.name)).toEqual(before)
    expect(tap.counters.writtenFrames + tap.counters.dropped.malformed).toBe(100_000)
    await capture.close()
    await tap.close()
    await tun.close()
    await host.close()
  })
})
