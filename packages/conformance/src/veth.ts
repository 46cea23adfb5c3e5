/** veth pairs: two links, each the other's cable (`ip link add … type veth peer …`). @module */
import { expect } from 'vitest'
import { eventually, fails, present } from './expectation.js'
import type { Suite } from './suite.js'
import { addPair, mac, namesOf } from './surroundings.js'

/** Registers the tests of veth pairs. */
export function veth(suite: Suite): void {
  suite.test('both ends are made, each tells the other', ['link veth'], async ({ ns }) => {
    await ns.link.add({ kind: 'veth', name: 'v0', peer: { name: 'v1' } })
    const [v0, v1] = [present(await ns.link.get('v0')), present(await ns.link.get('v1'))]
    expect([v0.kind, v1.kind]).toEqual(['veth', 'veth'])
    expect([v0.parent, v1.parent]).toEqual([v1.index, v0.index])
    expect(v0).not.toHaveProperty('linkNamespaceId')
    expect(v0.mac).not.toBe(v1.mac)
  })

  suite.test('attributes of the peer', ['link veth'], async ({ ns }) => {
    const peer = {
      name: 'right',
      index: 77,
      mac: mac(5),
      mtu: 1300,
      up: true,
      txQueueLength: 9,
      group: 4,
      alias: 'far end',
    }
    await ns.link.add({ kind: 'veth', name: 'left', index: 76, mac: mac(4), mtu: 1400, peer })
    expect(await ns.link.get('right')).toMatchObject(peer)
    expect(await ns.link.get('left')).toMatchObject({ index: 76, mac: mac(4), mtu: 1400, up: false, group: 0 })
  })

  suite.test('the peer is made in another namespace', ['link veth'], async ({ ns, another }) => {
    const there = await another()
    await ns.link.add({
      kind: 'veth',
      name: 'v0',
      up: true,
      peer: { name: 'eth0', namespace: there, up: true, mac: mac(6) },
    })
    expect(await namesOf(ns)).toEqual(['v0'])
    expect(await namesOf(there)).toEqual(['eth0'])
    const [here, far] = [present(await ns.link.get('v0')), present(await there.link.get('eth0'))]
    expect(far).toMatchObject({ up: true, mac: mac(6), parent: here.index })
    expect(here.parent).toBe(far.index)
    expect(far.linkNamespaceId).toBeTypeOf('number')
  })

  suite.test(
    'the peer is made in a named namespace, by its name',
    ['link veth', 'namespace named'],
    async (context) => {
      const { host, ns } = context
      const name = context.namespaceName()
      await using there = await host.namespace.add(name)
      await ns.link.add({ kind: 'veth', name: 'v0', peer: { name: 'eth0', namespace: name } })
      expect(await namesOf(there)).toEqual(['eth0'])
    },
  )

  suite.test('both ends may have one name, in two namespaces', ['link veth'], async ({ ns, another }) => {
    const there = await another()
    await ns.link.add({ kind: 'veth', name: 'eth0', peer: { name: 'eth0', namespace: there } })
    expect([await namesOf(ns), await namesOf(there)]).toEqual([['eth0'], ['eth0']])
  })

  suite.test(
    'a name of the peer that is taken is EEXIST and leaves nothing',
    ['link veth', 'link bridge'],
    async ({ ns, another }) => {
      const there = await another()
      await ns.link.add({ kind: 'bridge', name: 'taken' })
      await there.link.add({ kind: 'bridge', name: 'taken' })
      await fails(ns.link.add({ kind: 'veth', name: 'v0', peer: { name: 'taken' } }), 'EEXIST')
      await fails(ns.link.add({ kind: 'veth', name: 'v0', peer: { name: 'taken', namespace: there } }), 'EEXIST')
      await fails(ns.link.add({ kind: 'veth', name: 'same', peer: { name: 'same' } }), 'EEXIST')
      expect([await namesOf(ns), await namesOf(there)]).toEqual([['taken'], ['taken']])
    },
  )

  suite.test('deleting one end deletes the other', ['link veth'], async ({ ns, another }) => {
    const there = await another()
    await addPair(ns)
    await ns.link.delete('v1')
    expect(await namesOf(ns)).toEqual([])
    await ns.link.add({ kind: 'veth', name: 'v0', peer: { name: 'eth0', namespace: there } })
    await ns.link.delete('v0')
    expect(await namesOf(there)).toEqual([])
  })

  suite.test('carrier comes and goes with the peer', ['link veth'], async ({ ns }) => {
    const v0 = async () => present(await ns.link.get('v0'))
    await ns.link.add({ kind: 'veth', name: 'v0', up: true, peer: { name: 'v1' } })
    await eventually(async () =>
      expect(await v0()).toMatchObject({ carrier: false, operationalState: 'lowerlayerdown', up: true }),
    )
    expect((await v0()).flags).toContain('NO-CARRIER')
    await ns.link.set('v1', { up: true })
    await eventually(async () => expect(await v0()).toMatchObject({ carrier: true, operationalState: 'up' }))
    expect((await v0()).flags).toContain('LOWER_UP')
    await ns.link.set('v1', { up: false })
    await eventually(async () => expect(await v0()).toMatchObject({ carrier: false }))
  })

  suite.test('closing a namespace takes the far end away', ['link veth'], async ({ host, ns }) => {
    const there = await host.namespace.add()
    await ns.link.add({ kind: 'veth', name: 'v0', peer: { name: 'eth0', namespace: there } })
    await there.close()
    await eventually(async () => expect(await namesOf(ns)).toEqual([]))
  })
}
