/** Options of VLANs of bridges as a whole (`bridge vlan global`). @module */
import type { BridgeVlanGlobalOptions } from '@vnet/core'
import { expect } from 'vitest'
import { fails, present, refuses } from './expectation.js'
import type { Suite } from './suite.js'
import { addSmallNetwork } from './surroundings.js'

/** Registers the tests of VLANs as a whole. */
export function bridgeVlanGlobal(suite: Suite): void {
  const needs = ['link bridge', 'link veth', 'bridge vlan-filtering'] as const

  suite.test('those of the bridge and of its ports, with the usual options', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.bridgeVlan.add({ link: 'v0', vlan: [20, 22] })
    await ns.bridgeVlan.add({ link: 'br0', vlan: 10, self: true })
    const bridge = present(await ns.link.get('br0')).index
    const all = await ns.bridgeVlanGlobal.list()
    expect(all.map(({ vlan }) => vlan)).toEqual([1, 10, 20, 21, 22])
    for (const entry of all) {
      expect(entry).toMatchObject({ bridge, multicastSnooping: true, multicastQuerier: false, multicastIgmpVersion: 2 })
      expect(entry).toMatchObject({ multicastMembershipInterval: 260, multicastLastMemberCount: 2 })
    }
    expect(await ns.bridgeVlanGlobal.list({ bridge: 'br0', vlan: 21 })).toMatchObject([{ vlan: 21 }])
    expect(await ns.bridgeVlanGlobal.list({ bridge: 'v0' })).toEqual([])
  })

  suite.test('changed: every option, of one VLAN or several', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.link.set('br0', { bridge: { vlanFiltering: true, multicastVlanSnooping: true } })
    await ns.bridgeVlan.add({ link: 'v0', vlan: [20, 22] })
    const options: BridgeVlanGlobalOptions = {
      ...{ multicastSnooping: true, multicastQuerier: true, multicastIgmpVersion: 3, multicastMldVersion: 2 },
      ...{ multicastLastMemberCount: 3, multicastLastMemberInterval: 2 },
      ...{ multicastStartupQueryCount: 4, multicastStartupQueryInterval: 30 },
      ...{ multicastMembershipInterval: 200, multicastQuerierInterval: 100 },
      ...{ multicastQueryInterval: 60, multicastQueryResponseInterval: 5 },
    }
    await ns.bridgeVlanGlobal.set({ bridge: 'br0', vlan: [20, 21], ...options })
    const found = async (vlan: number) => (await ns.bridgeVlanGlobal.list({ vlan }))[0]
    expect(await found(20)).toMatchObject(options)
    expect(await found(21)).toMatchObject(options)
    expect(await found(22)).toMatchObject({ multicastQuerier: false, multicastIgmpVersion: 2 })
    await ns.bridgeVlanGlobal.set({ bridge: 'br0', vlan: 21, multicastSnooping: false })
    expect(await found(21)).toMatchObject({ ...options, multicastSnooping: false })
    expect(await found(20)).toMatchObject(options)
  })

  suite.test('who asks is told of a VLAN that is snooped by itself', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.bridgeVlan.add({ link: 'v0', vlan: [20, 21] })
    await ns.bridgeVlanGlobal.set({ bridge: 'br0', vlan: 20, multicastQuerier: true })
    const told = async () =>
      (await ns.bridgeVlanGlobal.list()).map(({ vlan, multicastQuerierState }) => [vlan, multicastQuerierState?.ipv4])
    expect(await told()).toEqual([1, 20, 21].map((vlan) => [vlan, undefined]))
    await ns.link.set('br0', { bridge: { vlanFiltering: true, multicastVlanSnooping: true } })
    expect(await told()).toEqual([
      [1, undefined],
      [20, { address: '0.0.0.0' }],
      [21, undefined],
    ])
  })

  suite.test('a spanning tree of its own', needs, async ({ ns, skip }) => {
    await addSmallNetwork(ns)
    const [first] = await ns.bridgeVlanGlobal.list()
    if (first?.msti === undefined) skip('lacks capability: spanning trees of VLANs (Linux 5.18)')
    await ns.bridgeVlan.add({ link: 'v0', vlan: 20 })
    await ns.bridgeVlanGlobal.set({ bridge: 'br0', vlan: 20, msti: 7 })
    const trees = async () => (await ns.bridgeVlanGlobal.list()).map(({ vlan, msti }) => [vlan, msti])
    expect(await trees()).toEqual([
      [1, 0],
      [20, 7],
    ])
    // It goes with the VLAN.
    await ns.bridgeVlan.delete({ link: 'v0', vlan: 20 })
    await ns.bridgeVlan.add({ link: 'v0', vlan: 20 })
    expect(await trees()).toEqual([
      [1, 0],
      [20, 0],
    ])
  })

  suite.test('while each VLAN is snooped by itself, groups are of a VLAN that is', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.link.set('br0', { bridge: { vlanFiltering: true, multicastVlanSnooping: true } })
    await ns.bridgeVlan.add({ link: 'v0', vlan: [20, 21] })
    for (const vlan of [20, 21]) await ns.bridgeVlan.add({ link: 'br0', vlan, self: true })
    await ns.bridgeVlanGlobal.set({ bridge: 'br0', vlan: 21, multicastSnooping: false })
    const entry = { bridge: 'br0', port: 'v0', group: '239.1.2.3', state: 'permanent' } as const
    await ns.mdb.add({ ...entry, vlan: 20 })
    await fails(ns.mdb.add({ ...entry, vlan: 21 }), 'EINVAL')
    await fails(ns.mdb.add({ ...entry, vlan: 22 }), 'EINVAL')
    expect(await ns.mdb.list({ group: '239.1.2.3' })).toMatchObject([{ vlan: 20 }])
  })

  suite.test('what is not there, and what is no bridge', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    const error = await fails(ns.bridgeVlanGlobal.set({ bridge: 'br0', vlan: 9, multicastQuerier: true }), 'ENOENT')
    expect(error).toMatchObject({ operation: 'bridgeVlanGlobal set', subject: 'br0' })
    await fails(ns.bridgeVlanGlobal.set({ bridge: 'v0', vlan: 1, multicastQuerier: true }), 'EINVAL')
    await fails(ns.bridgeVlanGlobal.list({ bridge: 'nope' }), 'ENODEV')
    await refuses(ns.bridgeVlanGlobal.set({ bridge: 'br0', vlan: 1 }))
    await refuses(ns.bridgeVlanGlobal.set({ bridge: 'br0', vlan: 1, multicastIgmpVersion: 4 }))
  })

  suite.test('a failed transaction puts options back', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.bridgeVlanGlobal.set({ bridge: 'br0', vlan: 1, multicastQueryInterval: 60 })
    const failed = ns.transaction(async (change) => {
      await change.bridgeVlanGlobal.set({ bridge: 'br0', vlan: 1, multicastQueryInterval: 90, multicastQuerier: true })
      throw new Error('changed my mind')
    })
    await fails(failed, 'VNET_TRANSACTION')
    const [entry] = await ns.bridgeVlanGlobal.list({ vlan: 1 })
    expect(entry).toMatchObject({ multicastQueryInterval: 60, multicastQuerier: false })
  })

  suite.test('a kernel without VLANs of bridges has none', ['link bridge', 'link veth'], async (context) => {
    const { ns, supports, skip } = context
    if (supports['bridge vlan-filtering'] === true) skip('lacks capability: a kernel without bridge vlan-filtering')
    await addSmallNetwork(ns)
    expect(await ns.bridgeVlanGlobal.list()).toEqual([])
    await fails(ns.bridgeVlanGlobal.set({ bridge: 'br0', vlan: 1, multicastQuerier: true }), 'EOPNOTSUPP')
  })
}
