/** Traffic control on a clock that the test moves: rates, delays and chance to the frame. @module */
import { FrameBatch, type Host, openHost, type QdiscSpec } from '@vnet/core'
import { describe, expect, test } from 'vitest'
import { type MockState, manualClock, mockDriver } from '../src/index.js'
import { openLab } from './lab.js'
import { link, openLine, received, SIZE, sendFrames } from './line.js'

const through = (state: MockState): MockState => JSON.parse(JSON.stringify(state))

describe('rates', () => {
  const rate = 8_000_000
  test.each<readonly [string, (host: Host) => Promise<unknown>]>([
    ['tbf', (host) => host.qdisc.add({ link, kind: 'tbf', rate, burst: SIZE, limit: 1_000_000 })],
    ['netem', (host) => host.qdisc.add({ link, kind: 'netem', rate })],
    [
      'htb',
      async (host) => {
        await host.qdisc.add({ link, handle: '1:', kind: 'htb', default: 0x10 })
        await host.class.add({ link, classId: '1:10', kind: 'htb', rate, burst: 1, ceilBurst: 1 })
      },
    ],
  ])('%s: a frame each millisecond, and no other', async (_, prepare) => {
    const { host, clock, send, arrived } = await openLine()
    await prepare(host)
    send(100)
    // The bucket lets the first one go at once; the line of a netem takes its time for that one too.
    const early = await arrived()
    for (const seconds of [0.01, 0.0001, 0.0399, 0.02]) clock.advance(seconds)
    expect(await arrived()).toBe(early + 70)
    clock.advance(1)
    expect(await arrived()).toBe(100)
    await host.close()
  })

  test('htb: what one class leaves is lent to the other', async () => {
    const { host, clock, send, arrived } = await openLine()
    const bucket = { burst: 1, ceilBurst: 1, quantum: SIZE }
    await host.qdisc.add({ link, handle: '1:', kind: 'htb', default: 0x20 })
    await host.class.add({ link, classId: '1:1', kind: 'htb', rate, ...bucket })
    for (const [classId, share] of [
      ['1:10', 0.75],
      ['1:20', 0.25],
    ] as const)
      await host.class.add({ link, parent: '1:1', classId, kind: 'htb', rate: rate * share, ceil: rate, ...bucket })
    send(200)
    clock.advance(0.1)
    // Alone it has all of the parent's rate, three quarters of it lent.
    expect(await arrived()).toBeGreaterThanOrEqual(100)
    expect(await arrived()).toBeLessThanOrEqual(102)
    const counted = new Map((await host.class.list({ link })).map(({ classId, statistics }) => [classId, statistics]))
    const { lends = 0, borrows = 0 } = counted.get('1:20') ?? {}
    expect(lends).toBeGreaterThan(20)
    expect(borrows).toBeGreaterThan(70)
    await host.close()
  })

  test('a rate of bits, for hours, on a clock far from its beginning', async () => {
    const clock = manualClock(1_800_000_000)
    await using host = await openHost({ driver: mockDriver({ clock, seed: 1 }) })
    await host.link.add({ kind: 'veth', name: link, up: true, peer: { name: 'v1', up: true } })
    await host.qdisc.add({ link, handle: '1:', kind: 'tbf', rate: 8000, burst: 2000, limit: 100_000 })
    await host.link.add({ kind: 'bridge', name: 'br0', up: true })
    await host.link.set(link, { master: 'br0' })
    const port = await host.openTap({ name: 'in0' })
    await host.link.set('in0', { master: 'br0', up: true })
    clock.advance(40)
    const before = await received(host)
    sendFrames(port, 90)
    clock.advance(60)
    expect((await received(host)) - before).toBe(62)
  })
})

describe('netem', () => {
  const lossy = { link, kind: 'netem', loss: 0.3, lossCorrelation: 0.25 } as const

  async function losses(spec: QdiscSpec, seed = 7): Promise<number[]> {
    const lab = await openLine()
    const fork = lab.driver.fork({ seed })
    await using host = await openHost({ driver: fork })
    await host.qdisc.add(spec)
    const port = await host.openTap({ name: 'in1', mtu: 1200 })
    await host.link.set('in1', { master: 'br0', up: true })
    lab.clock.advance(40)
    const seen: number[] = []
    for (let i = 0; i < 100; i++) {
      sendFrames(port, 1)
      seen.push(await received(host))
    }
    await lab.host.close()
    return seen
  }

  test('the same seed loses the same frames, another one others', async () => {
    const first = await losses(lossy)
    expect(await losses(lossy)).toEqual(first)
    expect(await losses(lossy, 8)).not.toEqual(first)
  })

  test('delay and jitter: nothing before, everything after', async () => {
    const { host, clock, send, arrived } = await openLine()
    await host.qdisc.add({ link, kind: 'netem', delay: 100, jitter: 40 })
    send(200)
    clock.advance(0.0599)
    expect(await arrived()).toBe(0)
    clock.advance(0.0401)
    const half = await arrived()
    expect(half).toBeGreaterThan(60)
    expect(half).toBeLessThan(140)
    clock.advance(0.04)
    expect(await arrived()).toBe(200)
    await host.close()
  })

  test.each(['normal', 'pareto', 'paretonormal'] as const)('a %s curve has its deviation', async (distribution) => {
    const { host, clock, send, arrived } = await openLine()
    await host.qdisc.add({ link, kind: 'netem', limit: 10_000, delay: 1000, jitter: 50, distribution })
    for (let i = 0; i < 5; i++) send(200)
    clock.advance(0.5)
    expect(await arrived()).toBe(0)
    let sum = 0
    let squares = 0
    for (let before = 0, at = 500; before < 1000 && at < 5000; at++) {
      clock.advance(0.001)
      const now = await arrived()
      sum += (now - before) * (at + 0.5)
      squares += (now - before) * (at + 0.5) ** 2
      before = now
    }
    const mean = sum / 1000
    expect(await arrived()).toBe(1000)
    expect(Math.abs(mean - 1000)).toBeLessThan(10)
    // Of 1,000 values a deviation is known to a few hundredths; that of a long tail, which the table cuts off, less well.
    expect(Math.sqrt(squares / 1000 - mean ** 2)).toBeGreaterThan(28)
    expect(Math.sqrt(squares / 1000 - mean ** 2)).toBeLessThan(75)
    await host.close()
  })

  test('losses that depend on each other come in rows', async () => {
    const rows = async (spec: QdiscSpec) => {
      const seen = await losses(spec)
      return seen.filter((count, at) => at > 1 && count === seen[at - 1] && seen[at - 1] !== seen[at - 2]).length
    }
    const alone = await rows({ link, kind: 'netem', loss: 0.5 })
    const inBursts = await rows({ link, kind: 'netem', lossGemodel: { p: 0.1, r: 0.1 } })
    expect(alone).toBeGreaterThan(15)
    expect(inBursts).toBeLessThan(12)
  })
})

describe('what waits', () => {
  test('is lost in a saved state, which keeps what was counted and what chance comes next', async () => {
    const { host, driver, clock, send, arrived } = await openLine()
    await host.qdisc.add({ link, handle: '1:', kind: 'netem', delay: 100, loss: 0.5 })
    send(20)
    const state = driver.save()
    await using again = await openHost({ driver: mockDriver({ clock, state: through(state) }) })
    const [told] = await host.qdisc.list({ link })
    const [kept] = await again.qdisc.list({ link })
    expect(told?.statistics?.queueLength).toBeGreaterThan(0)
    expect(kept?.statistics).toEqual({ ...told?.statistics, queueLength: 0, backlog: 0 })
    expect(JSON.stringify(state)).not.toContain('"traffic"')
    const before = await received(again)
    clock.advance(1)
    expect(await received(again)).toBe(before)
    expect(await arrived()).toBe(20 - (told?.statistics?.drops ?? 0))
    await host.close()
  })

  test('goes with its link, and with its namespace', async () => {
    const { host, clock, send } = await openLine()
    await host.qdisc.add({ link, kind: 'netem', delay: 100 })
    send(5)
    await host.link.delete(link)
    clock.advance(1)
    await host.link.add({ kind: 'veth', name: link, up: true, peer: { name: 'v1', up: true } })
    expect(await received(host)).toBe(0)
    await host.close()
  })

  test('a storm through queues ends like any other', async () => {
    const { host, driver, clock, send } = await openLine()
    await host.link.add({ kind: 'bridge', name: 'br1', mtu: 1200, up: true })
    for (const [name, peer] of [
      ['a0', 'a1'],
      ['b0', 'b1'],
    ] as const) {
      await host.link.add({ kind: 'veth', name, mtu: 1200, up: true, peer: { name: peer, mtu: 1200, up: true } })
      await host.link.set(name, { master: 'br0' })
      await host.link.set(peer, { master: 'br1' })
    }
    await host.qdisc.add({ link: 'a0', kind: 'netem', delay: 1 })
    await host.qdisc.add({ link: 'b0', kind: 'pfifo' })
    clock.advance(40)
    send(1)
    clock.advance(10)
    const { circled, overflowed } = driver.counters()
    expect(circled + overflowed).toBeGreaterThan(0)
    const before = driver.counters().frames
    clock.advance(10)
    expect(driver.counters().frames).toBe(before)
    await host.close()
  })
})

test('a priority in a tag leads into a band, and a cable carries none', async () => {
  const { host, clock } = await openLab()
  await host.link.add({ kind: 'bridge', name: 'br0', up: true })
  await host.link.add({ kind: 'tap', name: 'in0' })
  const port = await host.openTap({ name: 'in0' })
  await host.link.set('in0', { up: true })
  const vlan = { id: 5, ingressQos: { 3: 6 } }
  await host.link.add({ kind: 'vlan', name: 'in0.5', parent: 'in0', vlan, master: 'br0', up: true })
  await host.link.add({ kind: 'veth', name: 'a0', master: 'br0', up: true, peer: { name: 'a1', up: true } })
  await host.link.add({ kind: 'bridge', name: 'br1', up: true })
  await host.link.set('a1', { master: 'br1' })
  await host.link.add({ kind: 'veth', name: 'b0', master: 'br1', up: true, peer: { name: 'b1', up: true } })
  clock.advance(40)
  for (const name of ['a0', 'b0']) await host.qdisc.add({ link: name, handle: '1:', kind: 'prio' })
  const batch = new FrameBatch({ frames: 1 })
  const frame = new Uint8Array(64)
  frame.set([2, 0, 0, 0, 0, 0x22, 2, 0, 0, 0, 0, 0x11, 0x81, 0, 0x60, 5, 0x88, 0xb5])
  batch.add(frame)
  port.write(batch)
  const bands = async (name: string) =>
    (await host.class.list({ link: name })).map(({ statistics }) => statistics?.packets)
  // By the usual map priority 6 is for the first band, priority 0 for the second.
  expect([await bands('a0'), await bands('b0')]).toEqual([
    [1, 0, 0],
    [0, 1, 0],
  ])
  await host.close()
})

test('a packet that was redirected still knows its next hop, by which a tunnel without a far end goes', async () => {
  const { host, clock } = await openLab()
  await host.link.add({ kind: 'dummy', name: 'd0', up: true })
  await host.address.add({ link: 'd0', address: '192.0.2.1/24' })
  await host.neighbour.add({ link: 'd0', address: '192.0.2.2', mac: '02:00:00:00:00:22' })
  await host.link.add({ kind: 'sit', name: 's0', up: true, sit: { local: '192.0.2.1', ttl: 64 } })
  await host.address.add({ link: 's0', address: '2001:db8::1/64', noDad: true })
  await host.route.add({ destination: '2001:db8:1::/48', via: '::192.0.2.2', link: 's0', onLink: true })
  const left = async () => (await host.link.get('s0', { statistics: true }))?.statistics
  const ask = async () => {
    const asking = host.ping({ address: '2001:db8:1::1', timeout: 0.001 }).catch(() => undefined)
    await host.settled()
    clock.advance(0.01)
    await asking
  }
  await ask()
  const before = await left()
  expect(before).toMatchObject({ txErrors: 0 })
  await host.link.add({ kind: 'ifb', name: 'ifb0', up: true })
  await host.qdisc.add({ link: 's0', kind: 'clsact' })
  const actions = [{ kind: 'mirred', link: 'ifb0' }] as const
  await host.filter.add({ link: 's0', parent: 'egress', kind: 'matchall', actions })
  await ask()
  expect(await left()).toMatchObject({ txErrors: 0, txPackets: (before?.txPackets ?? 0) + 1 })
  await host.close()
})
