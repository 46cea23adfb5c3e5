/** 802.1Q and 802.1ad sub-interfaces (`ip link add link … type vlan id …`). @module */
import { expect } from 'vitest'
import { fails, present } from './expectation.js'
import type { Suite } from './suite.js'
import { addPair, mac, namesOf } from './surroundings.js'

/** Registers the tests of VLAN links. */
export function vlan(suite: Suite): void {
  const needs = ['link veth', 'link vlan'] as const

  suite.test('id and protocol', needs, async ({ ns }) => {
    await addPair(ns)
    const made = await ns.link.add({ kind: 'vlan', name: 'v0.8', parent: 'v0', vlan: { id: 8 } })
    expect(made).toMatchObject({
      kind: 'vlan',
      parent: present(await ns.link.get('v0')).index,
      mac: mac(1),
      vlan: { id: 8, protocol: '802.1Q', reorderHeader: true },
    })
    const outer = await ns.link.add({
      kind: 'vlan',
      name: 'v0.ad',
      parent: 'v0',
      vlan: { id: 8, protocol: '802.1ad' },
    })
    expect(outer.vlan).toMatchObject({ id: 8, protocol: '802.1ad' })
  })

  suite.test('the first and the last identifier', needs, async ({ ns }) => {
    await addPair(ns)
    for (const id of [1, 4094]) {
      expect((await ns.link.add({ kind: 'vlan', name: `v.${id}`, parent: 'v0', vlan: { id } })).vlan?.id).toBe(id)
    }
  })

  for (const option of ['reorderHeader', 'gvrp', 'mvrp', 'looseBinding', 'bridgeBinding'] as const) {
    suite.test(`option ${option}`, needs, async ({ ns }) => {
      await addPair(ns)
      await ns.link.add({ kind: 'vlan', name: 'v0.8', parent: 'v0', vlan: { id: 8, [option]: true } })
      expect((await ns.link.get('v0.8'))?.vlan?.[option]).toBe(true)
      for (const value of [false, true]) {
        await ns.link.set('v0.8', { vlan: { [option]: value } })
        expect((await ns.link.get('v0.8'))?.vlan?.[option]).toBe(value)
      }
    })
  }

  suite.test('priority maps in both directions', needs, async ({ ns }) => {
    await addPair(ns)
    const maps = { ingressQos: { 1: 5, 3: 2 }, egressQos: { 5: 1, 100: 7 } }
    await ns.link.add({ kind: 'vlan', name: 'v0.8', parent: 'v0', vlan: { id: 8, ...maps } })
    expect((await ns.link.get('v0.8'))?.vlan).toMatchObject(maps)
    await ns.link.set('v0.8', { vlan: { ingressQos: { 4: 4 } } })
    expect((await ns.link.get('v0.8'))?.vlan?.ingressQos).toMatchObject({ 1: 5, 4: 4 })
  })

  suite.test('an identifier that is taken on the parent is EEXIST', needs, async ({ ns }) => {
    await addPair(ns)
    await ns.link.add({ kind: 'vlan', name: 'a', parent: 'v0', vlan: { id: 8 } })
    await fails(ns.link.add({ kind: 'vlan', name: 'b', parent: 'v0', vlan: { id: 8 } }), 'EEXIST')
    expect(await namesOf(ns)).not.toContain('b')
  })

  suite.test('gone with the parent; none without', needs, async ({ ns }) => {
    await addPair(ns)
    await ns.link.add({ kind: 'vlan', name: 'v0.8', parent: 'v0', vlan: { id: 8 } })
    await ns.link.delete('v0')
    expect(await namesOf(ns)).toEqual([])
    await fails(ns.link.add({ kind: 'vlan', name: 'v0.8', parent: 'v0', vlan: { id: 8 } }), 'ENODEV')
  })
}
