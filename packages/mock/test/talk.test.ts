/** What hosts and bridges of the mock say by themselves: by the clock alone, the same for the same seed, on through a snapshot. @module */
import { type Host, openHost } from '@vnet/core'
import { decodeFrame, layerOf } from '@vnet/wire'
import { describe, expect, test } from 'vitest'
import { type ManualClock, manualClock, mockDriver } from '../src/index.js'
import { mac, openLab } from './lab.js'

/** A frame with the time at which it was seen, seconds since 1000. */
type Heard = readonly [time: number, octets: string]

/** What comes in at `v1` while the clock runs, read in steps that the capture's ring has room for. */
async function listen(host: Host, clock: ManualClock, seconds: number): Promise<Heard[]> {
  const capture = await host.openCapture({ link: 'v1', direction: 'in' })
  const heard: Heard[] = []
  const batch = capture.createBatch()
  // The read that waits when the capture is closed ends with it.
  const reader = (async () => {
    for (let count = 1; count > 0; ) {
      count = await capture.read(batch).catch(() => 0)
      for (let at = 0; at < count; at++) {
        heard.push([Number(batch.time(at) / 1000n) / 1e6 - 1000, [...batch.frame(at)].join()])
      }
    }
  })()
  for (let passed = 0; passed < seconds; passed++) {
    clock.advance(1)
    await new Promise((resolve) => setTimeout(resolve, 0))
  }
  await capture.close()
  await reader
  return heard
}

const layersOf = ([, octets]: Heard) => decodeFrame(Uint8Array.from(octets.split(',').map(Number)))

/** The times at which frames of a kind of ICMPv6 were seen. */
const timesOf = (heard: readonly Heard[], kind: string): number[] =>
  heard.flatMap((each) => (layerOf(layersOf(each), 'icmpv6')?.kind === kind ? [each[0]] : []))

async function pair(seed: number): Promise<{ host: Host; clock: ManualClock; save: () => string }> {
  const { host, clock, driver } = await openLab({ seed })
  await host.link.add({ kind: 'veth', name: 'v0', mac: mac(1), up: true, peer: { name: 'v1', mac: mac(2), up: true } })
  await host.address.add({ link: 'v0', address: '2001:db8::1/64' })
  await host.address.add({ link: 'v0', address: '10.0.0.1/24' })
  await host.address.add({ link: 'v0', address: '239.1.2.3/32', autoJoin: true })
  return { host, clock, save: () => JSON.stringify(driver.save()) }
}

describe('talk', () => {
  test('nothing is said while the clock stands', async () => {
    const { host } = await pair(7)
    const { statistics } = (await host.link.get('v1', { statistics: true })) ?? {}
    expect(statistics?.rxPackets).toBe(0)
    await host.close()
  })

  test('routers are asked for at longer and longer intervals, up to an hour', async () => {
    const { host, clock } = await pair(7)
    const times = timesOf(await listen(host, clock, 200), 'router-solicitation')
    const gaps = times.slice(1).map((time, i) => time - (times[i] as number))
    expect(gaps).toHaveLength(5)
    for (const [i, gap] of gaps.entries()) {
      const middle = 4 * 2 ** i
      expect(gap).toBeGreaterThan(middle * 0.75)
      expect(gap).toBeLessThan(middle * 1.35)
    }
    clock.advance(20_000)
    const counted = async () => (await host.link.get('v1', { statistics: true }))?.statistics?.rxPackets ?? 0
    const before = await counted()
    clock.advance(36_000)
    expect((await counted()) - before).toBeGreaterThanOrEqual(9)
    expect((await counted()) - before).toBeLessThanOrEqual(12)
    await host.close()
  })

  test('the same seed says the same at the same times; another does not', async () => {
    const said = async (seed: number) => {
      const { host, clock } = await pair(seed)
      const heard = await listen(host, clock, 12)
      await host.close()
      return heard
    }
    const first = await said(7)
    expect(first.length).toBeGreaterThan(8)
    expect(await said(7)).toEqual(first)
    expect(await said(8)).not.toEqual(first)
  })

  test('a snapshot goes on where it was', async () => {
    for (const seconds of [0.5, 1.3, 3]) {
      const { host, clock, save } = await pair(7)
      clock.advance(seconds)
      const state = save()
      const later = manualClock(1000 + seconds)
      const again = await openHost({ driver: mockDriver({ clock: later, state: JSON.parse(state) }) })
      const heard = await listen(again, later, 30)
      expect(heard.length).toBeGreaterThan(2)
      expect(heard).toEqual(await listen(host, clock, 30))
      await again.close()
      await host.close()
    }
  })

  test('what a bridge has heard ages on in a snapshot, and it goes on to ask', async () => {
    const { host, clock, driver } = await openLab()
    const options = { multicastQuerier: true, multicastMembershipInterval: 60, multicastQueryInterval: 20 }
    await host.link.add({ kind: 'bridge', name: 'br0', mac: mac(9), up: true, bridge: options })
    await host.link.add({
      kind: 'veth',
      name: 'p0',
      master: 'br0',
      up: true,
      peer: { name: 'v1', mac: mac(2), up: true },
    })
    await host.address.add({ link: 'v1', address: '239.1.2.3/32', autoJoin: true })
    clock.advance(3)
    const members = async (of: Host) => (await of.mdb.list({ group: '239.1.2.3' })).length
    expect(await members(host)).toBe(1)
    const later = manualClock(1003)
    const again = await openHost({
      driver: mockDriver({ clock: later, state: JSON.parse(JSON.stringify(driver.save())) }),
    })
    // Who is asked answers, and so stays.
    const heard = await listen(again, later, 100)
    const queries = heard.filter((each) => layerOf(layersOf(each), 'igmp')?.kind === 'query')
    expect(queries.length).toBeGreaterThanOrEqual(4)
    expect(await members(again)).toBe(1)
    // Who is gone without a word is forgotten.
    await again.link.set('p0', { master: null })
    expect(await members(again)).toBe(0)
    await host.link.set('br0', { bridge: { multicastQuerier: false } })
    // Told once more within ten seconds of its joining, as old queriers are.
    clock.advance(75)
    expect(await members(host)).toBe(0)
    await again.close()
    await host.close()
  })

  test('an old querier counts until several of its queries are missing', async () => {
    const { host, clock } = await openLab()
    await host.link.add({
      kind: 'veth',
      name: 'v0',
      mac: mac(1),
      up: true,
      peer: { name: 'v1', mac: mac(2), up: true },
    })
    await host.link.add({ kind: 'bridge', name: 'br0', up: true, bridge: { multicastQuerier: true } })
    await host.link.set('v1', { master: 'br0' })
    await host.address.add({ link: 'v0', address: '239.1.2.3/32', autoJoin: true })
    clock.advance(20)
    await host.link.set('br0', { bridge: { multicastQuerier: false } })
    const kinds = async (group: string) => {
      await host.address.add({ link: 'v0', address: `${group}/32`, autoJoin: true })
      const heard = await listen(host, clock, 2)
      return new Set(heard.map((each) => layerOf(layersOf(each), 'igmp')?.kind).filter((kind) => kind !== undefined))
    }
    expect(await kinds('239.1.2.4')).toEqual(new Set(['report']))
    // Twice the interval between queries and the time for an answer: 260 seconds.
    clock.advance(270)
    expect(await kinds('239.1.2.5')).toEqual(new Set(['report3']))
    await host.close()
  })
})
