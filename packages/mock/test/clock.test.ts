/** Time is an argument: what Linux does after a while happens when the clock says so. @module */
import type { DriverEvent } from '@vnet/core'
import { describe, expect, test } from 'vitest'
import { manualClock, realClock } from '../src/index.js'
import { mac, openLab } from './lab.js'

describe('clock', () => {
  test('lifetimes of addresses count down and end, with an event each', async () => {
    const { host, driver, clock } = await openLab()
    await host.link.add({ kind: 'bridge', name: 'br0' })
    const connection = await driver.connect()
    const events = await connection.watch(['address'])
    await host.address.add({ link: 'br0', address: '10.0.0.1/24', validLifetime: 10, preferredLifetime: 4 })
    clock.advance(3.5)
    expect(await host.address.list()).toMatchObject([{ validLifetime: 7, preferredLifetime: 1, flags: [] }])
    clock.advance(1)
    expect(await host.address.list()).toMatchObject([{ flags: ['deprecated'] }])
    clock.advance(6)
    expect(await host.address.list()).toEqual([])
    const kinds: string[] = []
    for (let i = 0; i < 3; i++) kinds.push(((await events.next()).value as DriverEvent).kind)
    expect(kinds).toEqual(['address set', 'address set', 'address delete'])
    await host.close()
  })

  test('duplicate address detection takes one to two seconds', async () => {
    const { host, clock } = await openLab()
    await host.link.add({ kind: 'veth', name: 'v0', mac: mac(1), up: true, peer: { name: 'v1', up: true } })
    const own = async () => (await host.address.list({ link: 'v0' }))[0]
    expect(await own()).toMatchObject({ address: 'fe80::ff:fe00:1', flags: ['tentative', 'permanent'] })
    clock.advance(1)
    expect((await own())?.flags).toContain('tentative')
    clock.advance(1)
    expect((await own())?.flags).toEqual(['permanent'])
    const routes = await host.route.list({ table: 'local', link: 'v0' })
    expect(routes.map((route) => route.destination)).toContain('fe80::ff:fe00:1/128')
    await host.close()
  })

  test('a port listens, learns, then forwards', async () => {
    const { host, clock } = await openLab()
    await host.link.add({ kind: 'bridge', name: 'br0', up: true, bridge: { stp: true, forwardDelay: 4 } })
    await host.link.add({ kind: 'veth', name: 'v0', up: true, master: 'br0', peer: { name: 'v1', up: true } })
    const state = async () => (await host.link.get('v0'))?.port
    expect(await state()).toMatchObject({ state: 'listening', forwardDelayTimer: 4 })
    expect((await host.link.get('br0'))?.carrier).toBe(false)
    clock.advance(4)
    expect((await state())?.state).toBe('learning')
    clock.advance(4)
    expect((await state())?.state).toBe('forwarding')
    expect(await host.link.get('br0')).toMatchObject({ carrier: true, bridge: { topologyChange: true, ageingTime: 8 } })
    clock.advance(24)
    expect((await host.link.get('br0'))?.bridge).toMatchObject({ topologyChange: false, ageingTime: 300 })
    await host.close()
  })

  test('dynamic FDB entries age, reachable neighbours become stale', async () => {
    const { host, clock } = await openLab()
    await host.link.add({ kind: 'bridge', name: 'br0', up: true, bridge: { ageingTime: 60 } })
    await host.link.add({ kind: 'veth', name: 'v0', up: true, master: 'br0', peer: { name: 'v1', up: true } })
    await host.fdb.add({ link: 'v0', mac: mac(9), master: true, state: 'dynamic' })
    await host.neighbour.add({ link: 'br0', address: '10.0.0.2', mac: mac(2), state: 'reachable' })
    const macs = async () => (await host.fdb.list({ link: 'v0' })).map((entry) => entry.mac)
    clock.advance(59)
    expect(await macs()).toContain(mac(9))
    expect(await host.neighbour.list()).toMatchObject([{ state: 'stale' }])
    clock.advance(1)
    expect(await macs()).not.toContain(mac(9))
    await host.close()
  })

  test('a year of an idle bridge takes no time', async () => {
    const { host, clock } = await openLab()
    await host.link.add({ kind: 'bridge', name: 'br0', up: true, bridge: { stp: true } })
    const start = performance.now()
    clock.advance(365 * 24 * 3600)
    expect(performance.now() - start).toBeLessThan(1000)
    await host.close()
  })

  test('cannot run backwards', () => {
    expect(() => manualClock().advance(-1)).toThrow(RangeError)
    expect(() => manualClock().advance(Number.NaN)).toThrow(RangeError)
  })

  test('the real clock calls once, or not at all when told so', async () => {
    const clock = realClock()
    let calls = 0
    clock.after(0.001, () => calls++)
    clock.after(0.001, () => calls++)()
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(calls).toBe(1)
  })
})
