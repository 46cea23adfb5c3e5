/** Where a link is: its master, and its namespace (`ip link set master`, `ip link set netns`). @module */
import { expect } from 'vitest'
import { fails, failure, present } from './expectation.js'
import type { Suite } from './suite.js'
import { addBridge, addPair, mac, namesOf } from './surroundings.js'

/** Registers the tests of masters and of moving links. */
export function linkPlace(suite: Suite): void {
  suite.test('master and nomaster', ['link bridge', 'link veth'], async ({ ns }) => {
    const bridge = await addBridge(ns)
    await addPair(ns)
    await ns.link.set('v0', { master: 'br0' })
    expect(await ns.link.get('v0')).toMatchObject({
      master: bridge.index,
      portKind: 'bridge',
      port: { state: 'forwarding' },
    })
    await ns.link.set('v0', { master: null })
    const released = present(await ns.link.get('v0'))
    for (const gone of ['master', 'portKind', 'port']) expect(released).not.toHaveProperty(gone)
    await ns.link.set('v0', { master: bridge.index })
    expect((await ns.link.get('v0'))?.master).toBe(bridge.index)
    // Releasing what is free is no error.
    await ns.link.set('v1', { master: null })
  })

  suite.test('a port changes from one bridge to another', ['link bridge', 'link veth'], async ({ ns }) => {
    await addBridge(ns)
    const second = await ns.link.add({ kind: 'bridge', name: 'br1' })
    await addPair(ns)
    await ns.link.set('v0', { master: 'br0' })
    await ns.link.set('v0', { master: 'br1' })
    expect((await ns.link.get('v0'))?.master).toBe(second.index)
    expect(await ns.link.list({ master: 'br0' })).toEqual([])
  })

  suite.test('masters that cannot be', ['link bridge', 'link veth'], async ({ ns }) => {
    await addBridge(ns)
    await ns.link.add({ kind: 'bridge', name: 'br1' })
    await addPair(ns)
    await fails(ns.link.set('v0', { master: 'nope' }), 'ENODEV')
    await fails(ns.link.set('v0', { master: 4711 }), ['ENODEV', 'EINVAL'])
    await fails(ns.link.set('lo', { master: 'br0' }), 'EINVAL')
    await fails(ns.link.set('v0', { master: 'v1' }), 'EOPNOTSUPP')
    const error = await failure(ns.link.set('br1', { master: 'br0' }))
    expect(error).toMatchObject({ code: 'ELOOP', subject: 'br1', detail: 'Can not enslave a bridge to a bridge' })
    expect(await ns.link.list({ master: 'br0' })).toEqual([])
  })

  suite.test(
    'the MAC of a bridge is the least of its ports unless one was given',
    ['link bridge', 'link veth'],
    async ({ ns }) => {
      await ns.link.add({ kind: 'bridge', name: 'br0' })
      await ns.link.add({ kind: 'veth', name: 'v0', mac: mac(9), peer: { name: 'v1' }, master: 'br0' })
      expect((await ns.link.get('br0'))?.mac).toBe(mac(9))
      await ns.link.add({ kind: 'veth', name: 'w0', mac: mac(8), peer: { name: 'w1' }, master: 'br0' })
      expect((await ns.link.get('br0'))?.mac).toBe(mac(8))
      await ns.link.delete('w0')
      expect((await ns.link.get('br0'))?.mac).toBe(mac(9))
      await ns.link.set('br0', { mac: mac(0x55) })
      await ns.link.set('v0', { master: null })
      expect((await ns.link.get('br0'))?.mac).toBe(mac(0x55))
    },
  )

  suite.test('a bridge that is deleted releases its ports', ['link bridge', 'link veth'], async ({ ns }) => {
    await addBridge(ns)
    await addPair(ns)
    await ns.link.set('v0', { master: 'br0' })
    await ns.link.delete('br0')
    expect(await ns.link.get('v0')).not.toHaveProperty('master')
  })

  suite.test('a link moves to another namespace and keeps its name', ['link veth'], async ({ ns, another }) => {
    const there = await another()
    await addPair(ns)
    await ns.link.set('v1', { namespace: there })
    expect(await namesOf(ns)).toEqual(['v0'])
    expect(await namesOf(there)).toEqual(['v1'])
    const [here, far] = [present(await ns.link.get('v0')), present(await there.link.get('v1'))]
    // Moving takes a link down, and makes the two ends say in which namespace the other is.
    expect(far.up).toBe(false)
    expect([here.parent, far.parent]).toEqual([far.index, here.index])
    expect(here.linkNamespaceId).toBeTypeOf('number')
    expect(far.linkNamespaceId).toBeTypeOf('number')
  })

  suite.test('moving and renaming in one step', ['link bridge', 'link veth'], async ({ ns, another }) => {
    const there = await another()
    await addBridge(there, 'v1')
    await addPair(ns)
    await fails(ns.link.set('v1', { namespace: there }), 'EEXIST')
    expect(await namesOf(ns)).toContain('v1')
    await ns.link.set('v1', { namespace: there, name: 'eth0' })
    expect((await namesOf(there)).sort()).toEqual(['eth0', 'v1'])
  })

  suite.test('a link is made in another namespace', ['link bridge'], async ({ ns, another }) => {
    const there = await another()
    await ns.link.add({ kind: 'bridge', name: 'br0', namespace: there })
    expect(await namesOf(ns)).toEqual([])
    expect(await namesOf(there)).toEqual(['br0'])
  })

  suite.test('addresses and routes do not move along', ['link veth'], async ({ ns, another }) => {
    const there = await another()
    await addPair(ns)
    await ns.address.add({ link: 'v1', address: '10.5.0.1/24' })
    await ns.link.set('v1', { namespace: there })
    expect(await there.address.list({ family: 4 })).toEqual([])
    expect(await ns.route.list({ family: 4, table: 'all', destination: '10.5.0.0/24' })).toEqual([])
  })

  suite.test('lo does not move', [], async ({ ns, another }) => {
    await fails(ns.link.set('lo', { namespace: await another() }), 'EINVAL')
  })

  suite.test(
    'moving to a namespace that is not there changes nothing',
    ['link veth', 'namespace named'],
    async ({ ns, namespaceName }) => {
      await addPair(ns)
      await fails(ns.link.set('v1', { namespace: namespaceName(), up: false }), 'ENOENT')
      expect(await ns.link.get('v1')).toMatchObject({ up: true })
    },
  )
}
