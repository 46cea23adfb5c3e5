/** What can be set on links of any kind (`ip link set`). @module */
import { cpus } from 'node:os'
import { expect } from 'vitest'
import { fails, failure, present } from './expectation.js'
import type { Suite } from './suite.js'
import { addBridge, addPair, mac } from './surroundings.js'

/** Registers the tests of the settings of links. */
export function linkSetting(suite: Suite): void {
  suite.test('up and down', ['link bridge'], async ({ ns }) => {
    await ns.link.add({ kind: 'bridge', name: 'br0' })
    await ns.link.set('br0', { up: true })
    expect(await ns.link.get('br0')).toMatchObject({ up: true, flags: expect.arrayContaining(['UP']) })
    await ns.link.set('br0', { up: false })
    expect(present(await ns.link.get('br0')).flags).not.toContain('UP')
  })

  suite.test('MTU, within the limits that the link tells', ['link veth'], async ({ ns }) => {
    await addPair(ns)
    const { minMtu, maxMtu } = present(await ns.link.get('v0'))
    expect([minMtu, maxMtu]).toEqual([68, 65535])
    for (const mtu of [68, 1280, 9000, 65535]) {
      await ns.link.set('v0', { mtu })
      expect((await ns.link.get('v0'))?.mtu).toBe(mtu)
    }
    const error = await failure(ns.link.set('v0', { mtu: 65536 }))
    expect(error).toMatchObject({ code: 'EINVAL', operation: 'link set', subject: 'v0' })
    expect(error.detail).toBe('mtu greater than device maximum')
    expect((await ns.link.get('v0'))?.mtu).toBe(65535)
  })

  suite.test('MTU of a bridge follows its ports until it is set', ['link bridge', 'link veth'], async ({ ns }) => {
    await addBridge(ns)
    await addPair(ns)
    await ns.link.set('v0', { mtu: 1300 })
    await ns.link.set('v0', { master: 'br0' })
    expect((await ns.link.get('br0'))?.mtu).toBe(1300)
    await ns.link.set('br0', { mtu: 1400 })
    await ns.link.set('v0', { mtu: 1200 })
    expect((await ns.link.get('br0'))?.mtu).toBe(1400)
  })

  suite.test('MAC', ['link veth'], async ({ ns }) => {
    await addPair(ns)
    await ns.link.set('v0', { mac: '02-AA-BB-CC-DD-EE' })
    expect((await ns.link.get('v0'))?.mac).toBe('02:aa:bb:cc:dd:ee')
    await ns.link.set('v0', { mac: Uint8Array.of(2, 0, 0, 0, 0, 0x77) })
    expect((await ns.link.get('v0'))?.mac).toBe(mac(0x77))
  })

  suite.test('a name of 15 octets', ['link bridge'], async ({ ns }) => {
    const { index } = await ns.link.add({ kind: 'bridge', name: 'a-bridge-of-015' })
    await ns.link.set('a-bridge-of-015', { name: 'b-bridge-of-015' })
    expect(await ns.link.get('b-bridge-of-015')).toMatchObject({ index })
    expect(await ns.link.get('a-bridge-of-015')).toBeUndefined()
  })

  suite.test('a name that is taken is EEXIST', ['link bridge'], async ({ ns }) => {
    await ns.link.add({ kind: 'bridge', name: 'a' })
    await ns.link.add({ kind: 'bridge', name: 'b' })
    await ns.link.set('b', { addAltNames: ['other-name-of-b'] })
    expect(await fails(ns.link.set('a', { name: 'b' }), 'EEXIST')).toMatchObject({
      operation: 'link set',
      subject: 'a',
    })
    await fails(ns.link.set('a', { name: 'lo' }), 'EEXIST')
    await ns.link.set('a', { name: 'a' })
    expect(await ns.link.get('a')).toBeDefined()
  })

  suite.test('alternative names', ['link bridge'], async ({ ns }) => {
    await ns.link.add({ kind: 'bridge', name: 'a' })
    await ns.link.add({ kind: 'bridge', name: 'b' })
    const long = 'x'.repeat(127)
    await ns.link.set('a', { addAltNames: ['first', long] })
    expect((await ns.link.get('a'))?.altNames).toEqual(['first', long])
    await fails(ns.link.set('b', { addAltNames: ['first'] }), 'EEXIST')
    await fails(ns.link.set('b', { addAltNames: ['a'] }), 'EEXIST')
    await fails(ns.link.set('b', { name: 'first' }), 'EEXIST')
    await fails(ns.link.set('b', { deleteAltNames: ['first'] }), 'EINVAL')
    await fails(ns.link.set('b', { deleteAltNames: ['nowhere'] }), 'ENOENT')
    await ns.link.set(long, { up: true })
    expect((await ns.link.get('a'))?.up).toBe(true)
    await ns.link.set('a', { deleteAltNames: ['first'] })
    expect((await ns.link.get('a'))?.altNames).toEqual([long])
    expect(await ns.link.get('first')).toBeUndefined()
    expect((await ns.link.get('b'))?.altNames).toEqual([])
  })

  suite.test('alias: text for people, removed by the empty text', ['link bridge'], async ({ ns }) => {
    await addBridge(ns)
    for (const alias of ['Zentrale, 2. Stock — 桥', 'y'.repeat(255)]) {
      await ns.link.set('br0', { alias })
      expect((await ns.link.get('br0'))?.alias).toBe(alias)
    }
    await ns.link.set('br0', { alias: '' })
    expect(await ns.link.get('br0')).not.toHaveProperty('alias')
  })

  suite.test('group', ['link bridge'], async ({ ns }) => {
    await addBridge(ns)
    expect((await ns.link.get('br0'))?.group).toBe(0)
    await ns.link.set('br0', { group: 4_000_000_000 })
    expect((await ns.link.get('br0'))?.group).toBe(4_000_000_000)
    await ns.link.set('br0', { group: 0 })
    expect((await ns.link.get('br0'))?.group).toBe(0)
  })

  suite.test('promiscuous', ['link veth'], async ({ ns }) => {
    await addPair(ns)
    expect(await ns.link.get('v0')).toMatchObject({ promiscuity: 0 })
    await ns.link.set('v0', { promiscuous: true })
    expect(await ns.link.get('v0')).toMatchObject({ promiscuity: 1, flags: expect.arrayContaining(['PROMISC']) })
    await ns.link.set('v0', { promiscuous: false })
    expect(present(await ns.link.get('v0')).flags).not.toContain('PROMISC')
  })

  suite.test('a port of a bridge is promiscuous by that, not by flag', ['link bridge', 'link veth'], async ({ ns }) => {
    await addBridge(ns)
    await addPair(ns)
    await ns.link.set('v0', { master: 'br0' })
    const port = present(await ns.link.get('v0'))
    expect(port.promiscuity).toBe(1)
    expect(port.flags).not.toContain('PROMISC')
  })

  suite.test('all multicast, ARP and multicast', ['link veth'], async ({ ns }) => {
    await addPair(ns)
    const flags = async () => present(await ns.link.get('v0')).flags
    await ns.link.set('v0', { allMulticast: true, arp: false, multicast: false })
    expect(await flags()).toEqual(expect.arrayContaining(['ALLMULTI', 'NOARP']))
    expect(await flags()).not.toContain('MULTICAST')
    await ns.link.set('v0', { allMulticast: false, arp: true, multicast: true })
    expect(await flags()).toContain('MULTICAST')
    for (const gone of ['ALLMULTI', 'NOARP']) expect(await flags()).not.toContain(gone)
  })

  suite.test('length of the transmit queue', ['link veth'], async ({ ns }) => {
    await addPair(ns)
    await ns.link.set('v0', { txQueueLength: 123 })
    expect((await ns.link.get('v0'))?.txQueueLength).toBe(123)
    await ns.link.set('v0', { txQueueLength: 0 })
    expect((await ns.link.get('v0'))?.txQueueLength).toBe(0)
  })

  suite.test('carrier is EOPNOTSUPP where the driver has no say', ['link bridge'], async ({ ns }) => {
    await addBridge(ns)
    await fails(ns.link.set('br0', { carrier: false }), 'EOPNOTSUPP')
  })

  suite.test('queues are chosen when the link is made', ['link veth'], async ({ ns }) => {
    await ns.link.add({
      kind: 'veth',
      name: 'v0',
      txQueues: 3,
      rxQueues: 2,
      peer: { name: 'v1', txQueues: 2, rxQueues: 3 },
    })
    const [v0, v1] = [present(await ns.link.get('v0')), present(await ns.link.get('v1'))]
    expect([v0.txQueues, v1.txQueues]).toEqual([3, 2])
    // A kernel for one processor tells no receive queues (CONFIG_RPS).
    if (v0.rxQueues !== undefined || cpus().length > 1) expect([v0.rxQueues, v1.rxQueues]).toEqual([2, 3])
  })

  suite.test('several settings at once, and what is absent stays', ['link veth'], async ({ ns }) => {
    await addPair(ns)
    await ns.link.set('v0', { mtu: 1350, alias: 'left', group: 3 })
    await ns.link.set('v0', { name: 'left0', mac: mac(9), up: false })
    expect(await ns.link.get('left0')).toMatchObject({ mtu: 1350, alias: 'left', group: 3, mac: mac(9), up: false })
  })

  suite.test('set of a link that is not there is ENODEV', [], async ({ ns }) => {
    for (const ref of ['nope', 4711]) {
      expect(await fails(ns.link.set(ref, { up: true }), 'ENODEV')).toMatchObject({ operation: 'link set' })
    }
  })
}
