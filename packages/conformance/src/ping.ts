/** Echo requests through real packets (`ping -c 1`). @module */
import type { Namespace } from '@vnet/core'
import { expect } from 'vitest'
import type { PlacedNamespace } from './context.js'
import { aborts, eventually, fails, turn } from './expectation.js'
import type { Suite } from './suite.js'
import { addBridge, mac } from './surroundings.js'

/** Registers the tests of echo requests. */
export function ping(suite: Suite): void {
  const needs = ['packets', 'link bridge', 'link veth'] as const

  suite.test('oneself', ['packets'], async ({ ns }) => {
    await ns.link.set('lo', { up: true })
    const reply = await ns.ping('127.0.0.1')
    expect(reply).toMatchObject({ address: '127.0.0.1', sequence: 1, size: 64 })
    expect(reply.time).toBeGreaterThan(0)
    expect(reply.time).toBeLessThan(1)
    expect(await ns.ping('::1')).toMatchObject({ address: '::1' })
  })

  suite.test('across a bridge: neighbour and gateway, in both versions of IP', needs, async ({ ns, another }) => {
    const [a, b] = [await another(), await another()]
    await addBridge(ns)
    await ns.address.add({ link: 'br0', address: '172.17.0.1/16' })
    await ns.address.add({ link: 'br0', address: '2001:db8::1/64', noDad: true })
    await addContainer(ns, a, 2)
    await addContainer(ns, b, 3)
    for (const to of ['172.17.0.1', '172.17.0.3', '2001:db8::1', '2001:db8::3']) {
      // The first packets may fall into the moment in which the carrier comes up.
      const reply = await eventually(() => a.ping({ address: to, timeout: 2 }))
      expect(reply.address).toBe(to)
    }
    const learned = (await ns.fdb.list({ bridge: 'br0', state: 'dynamic' })).map((entry) => entry.mac)
    expect(learned).toEqual(expect.arrayContaining([mac(2), mac(3)]))
    expect(await a.neighbour.get({ link: 'eth0', address: '172.17.0.1' })).toMatchObject({ mac: mac(0xb0) })
    const statistics = (await a.link.get('eth0', { statistics: true }))?.statistics
    expect(statistics?.rxPackets).toBeGreaterThan(0)
    expect(statistics?.txBytes).toBeGreaterThan(64)
  })

  suite.test('settled waits for those that are under way', ['packets'], async ({ ns }) => {
    await ns.link.set('lo', { up: true })
    const answered: string[] = []
    const pings = ['127.0.0.1', '::1'].map((to) => ns.ping(to).then(({ address }) => answered.push(address)))
    await ns.settled()
    expect(answered.sort()).toEqual(['127.0.0.1', '::1'])
    await Promise.all(pings)
  })

  suite.test('size and sequence number come back', ['packets'], async ({ ns }) => {
    await ns.link.set('lo', { up: true })
    for (const size of [0, 1, 1400, 65_000]) {
      expect(await ns.ping({ address: '127.0.0.1', size, sequence: 777 })).toMatchObject({
        sequence: 777,
        size: size + 8,
      })
    }
  })

  suite.test('nobody answers: ETIMEDOUT after the time given', needs, async ({ ns }) => {
    await addBridge(ns)
    await ns.link.add({ kind: 'veth', name: 'v0', peer: { name: 'v1', up: true }, master: 'br0', up: true })
    await ns.address.add({ link: 'br0', address: '10.0.0.1/24' })
    await ns.neighbour.add({ link: 'br0', address: '10.0.0.9', mac: mac(9) })
    const start = performance.now()
    const error = await fails(ns.ping({ address: '10.0.0.9', timeout: 0.2 }), 'ETIMEDOUT')
    expect(error).toMatchObject({ operation: 'ping' })
    expect(performance.now() - start).toBeGreaterThan(190)
  })

  suite.test('no way there is ENETUNREACH at once', ['packets'], async ({ ns }) => {
    await ns.link.set('lo', { up: true })
    await fails(ns.ping({ address: '10.77.0.1', timeout: 5 }), 'ENETUNREACH')
    await fails(ns.ping({ address: '2001:db8::1', timeout: 5 }), 'ENETUNREACH')
  })

  suite.test('who has no address of IPv6 is told of that first', ['packets'], async ({ ns }) => {
    await fails(ns.ping({ address: '2001:db8::1', timeout: 5 }), 'EADDRNOTAVAIL')
    await fails(ns.ping({ address: '10.77.0.1', timeout: 5 }), 'ENETUNREACH')
  })

  suite.test('the event loop turns meanwhile', ['packets'], async ({ ns }) => {
    await ns.link.set('lo', { up: true })
    let turned = false
    void turn().then(() => {
      turned = true
    })
    await ns.ping('127.0.0.1')
    expect(turned).toBe(true)
  })

  suite.test('waiting for an answer holds no other call up, and an abort ends it at once', needs, async ({ ns }) => {
    await addBridge(ns)
    await ns.link.add({ kind: 'veth', name: 'v0', peer: { name: 'v1', up: true }, master: 'br0', up: true })
    await ns.address.add({ link: 'br0', address: '10.0.0.1/24' })
    await ns.neighbour.add({ link: 'br0', address: '10.0.0.9', mac: mac(9) })
    const abort = new AbortController()
    const start = performance.now()
    const waiting = ns.ping({ address: '10.0.0.9', timeout: 20 }, { signal: abort.signal })
    expect(await ns.link.get('br0')).toMatchObject({ name: 'br0' })
    expect(performance.now() - start).toBeLessThan(10_000)
    abort.abort()
    await aborts(waiting)
    await aborts(ns.ping('10.0.0.9', { signal: AbortSignal.abort() }))
    expect(performance.now() - start).toBeLessThan(10_000)
  })

  suite.test('closing the namespace ends one that waits', needs, async ({ host }) => {
    const ns = await host.namespace.add()
    await addBridge(ns)
    await ns.link.add({ kind: 'veth', name: 'v0', peer: { name: 'v1', up: true }, master: 'br0', up: true })
    await ns.address.add({ link: 'br0', address: '10.0.0.1/24' })
    await ns.neighbour.add({ link: 'br0', address: '10.0.0.9', mac: mac(9) })
    const waiting = fails(ns.ping({ address: '10.0.0.9', timeout: 20 }), 'VNET_CLOSED')
    await ns.close()
    await waiting
  })

  suite.test('where packets are not carried it says so', [], async ({ ns, supports }) => {
    if (supports.packets === true) return
    const error = await fails(ns.ping('127.0.0.1'), 'VNET_UNSUPPORTED')
    expect(`${error.message} ${error.hint ?? ''}`).toContain('packets')
  })
}

async function addContainer(ns: Namespace, container: PlacedNamespace, last: number): Promise<void> {
  await ns.link.add({
    kind: 'veth',
    name: `veth${last}`,
    master: 'br0',
    up: true,
    peer: { name: 'eth0', namespace: container, mac: mac(last), up: true },
  })
  await container.address.add({ link: 'eth0', address: `172.17.0.${last}/16` })
  await container.address.add({ link: 'eth0', address: `2001:db8::${last}/64`, noDad: true })
  await container.route.add({ destination: 'default', via: '172.17.0.1' })
}
