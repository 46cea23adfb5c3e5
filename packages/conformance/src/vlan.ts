/** 802.1Q and 802.1ad sub-interfaces (`ip link add link … type vlan id …`). @module */
import { expect } from 'vitest'
import { eventually, fails, present } from './expectation.js'
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

  const bound = [...needs, 'link bridge', 'bridge vlan-filtering'] as const
  suite.test('bound to a bridge: carrier as the ports have that are in the VLAN', bound, async ({ ns }) => {
    await ns.link.add({ kind: 'bridge', name: 'br0', up: true, bridge: { vlanFiltering: true } })
    for (const [port, other] of [
      ['v0', 'v1'],
      ['v2', 'v3'],
    ] as const)
      await ns.link.add({ kind: 'veth', name: port, master: 'br0', up: true, peer: { name: other, up: true } })
    await ns.bridgeVlan.add({ link: 'v0', vlan: 5 })
    const carrier = (name: string, is: boolean) =>
      eventually(async () => expect((await ns.link.get(name))?.carrier).toBe(is))
    await carrier('br0', true)
    for (const [name, bridgeBinding] of [
      ['bound', true],
      ['free', false],
    ] as const)
      await ns.link.add({
        kind: 'vlan',
        name,
        parent: 'br0',
        up: true,
        vlan: { id: bridgeBinding ? 5 : 6, bridgeBinding },
      })
    const steps: readonly (readonly [change: () => Promise<unknown>, is: boolean])[] = [
      [async () => undefined, true],
      [() => ns.link.set('v1', { up: false }), false],
      [() => ns.bridgeVlan.add({ link: 'v2', vlan: [4, 6] }), true],
      [() => ns.bridgeVlan.delete({ link: 'v2', vlan: 5 }), false],
      [() => ns.link.set('v1', { up: true }), true],
      [() => ns.link.set('v0', { master: null }), false],
      [() => ns.bridgeVlan.add({ link: 'v2', vlan: 5 }), true],
    ]
    for (const [change, is] of steps) {
      await change()
      await carrier('bound', is)
      // Whoever follows the bridge has carrier all the time.
      await carrier('free', true)
    }
  })

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
