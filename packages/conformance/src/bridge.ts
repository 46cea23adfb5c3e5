/** The bridge and each of its options (`ip link … type bridge`). @module */
import { bridgeFields } from '@vnet/core'
import { expect } from 'vitest'
import { eventually, fails, present } from './expectation.js'
import { type OptionNote, optionTests } from './option.js'
import type { Suite } from './suite.js'
import { addBridge, addPair, mac } from './surroundings.js'

/** Registers the tests of bridges. */
export function bridge(suite: Suite): void {
  optionTests(
    suite,
    {
      needs: ['link bridge'],
      property: 'bridge',
      prepare: async () => {},
      make: async (ns, name, options) => {
        await ns.link.add({ kind: 'bridge', name, bridge: options })
        return present(await ns.link.get(name))
      },
    },
    bridgeFields,
    notes,
  )

  suite.test('several options at once, when made and later', ['link bridge'], async ({ ns }) => {
    const first = { stp: true, forwardDelay: 4, helloTime: 1, maxAge: 10, ageingTime: 60, priority: 0x1000 }
    await ns.link.add({ kind: 'bridge', name: 'br0', bridge: first })
    expect(await ns.link.get('br0')).toMatchObject({ bridge: first })
    await ns.link.set('br0', { bridge: { stp: false, priority: 0x2000 } })
    expect((await ns.link.get('br0'))?.bridge).toMatchObject({ ...first, stp: false, priority: 0x2000 })
  })

  suite.test('its identity is its priority and its MAC; alone it is the root', ['link bridge'], async ({ ns }) => {
    await ns.link.add({ kind: 'bridge', name: 'br0', mac: mac(0xb0), bridge: { priority: 0x8000 } })
    expect((await ns.link.get('br0'))?.bridge).toMatchObject({
      bridgeId: '8000.02:00:00:00:00:b0',
      rootId: '8000.02:00:00:00:00:b0',
      rootPort: 0,
      rootPathCost: 0,
      topologyChange: false,
    })
    await ns.link.set('br0', { bridge: { priority: 0x1000 } })
    expect((await ns.link.get('br0'))?.bridge).toMatchObject({ bridgeId: '1000.02:00:00:00:00:b0' })
  })

  suite.test('group addresses outside 01:80:c2:00:00:0x are EINVAL', ['link bridge'], async ({ ns }) => {
    await addBridge(ns)
    for (const groupAddress of ['01:80:c2:00:00:01', '01:80:c2:00:00:02', '01:80:c2:00:00:10', '01:00:5e:00:00:01']) {
      await fails(ns.link.set('br0', { bridge: { groupAddress } }), ['EINVAL', 'EADDRNOTAVAIL'])
    }
    expect((await ns.link.get('br0'))?.bridge?.groupAddress).toBe('01:80:c2:00:00:00')
  })

  suite.test('forwarding of STP, pause and LACP groups is EINVAL', ['link bridge'], async ({ ns }) => {
    await addBridge(ns)
    for (const bit of [1, 2, 4]) {
      await fails(ns.link.set('br0', { bridge: { groupForwardMask: bit } }), 'EINVAL')
    }
    expect((await ns.link.get('br0'))?.bridge?.groupForwardMask).toBe(0)
  })

  suite.test('fdbFlush forgets dynamic entries and keeps static ones', ['link bridge', 'link veth'], async ({ ns }) => {
    await addBridge(ns)
    await addPair(ns)
    await ns.link.set('v0', { master: 'br0' })
    await eventually(() => ns.fdb.add({ link: 'v0', mac: mac(0xa1), master: true, state: 'dynamic' }))
    await ns.fdb.add({ link: 'v0', mac: mac(0xa2), master: true, state: 'static' })
    await ns.link.set('br0', { bridge: { fdbFlush: true } })
    const macs = (await ns.fdb.list({ bridge: 'br0' })).map((entry) => entry.mac)
    expect(macs).not.toContain(mac(0xa1))
    expect(macs).toContain(mac(0xa2))
  })

  suite.test('what it says of VLAN filtering is so', ['link bridge'], async ({ ns, supports }) => {
    const making = ns.link.add({ kind: 'bridge', name: 'br0', bridge: { vlanFiltering: true } })
    if (supports['bridge vlan-filtering'] === true) expect((await making).bridge?.vlanFiltering).toBe(true)
    else await fails(making, 'EOPNOTSUPP')
  })

  suite.test('options of a bridge on a link of another kind fail', ['link bridge', 'link veth'], async ({ ns }) => {
    await addPair(ns)
    await fails(ns.link.set('v0', { bridge: { stp: true } }), ['EOPNOTSUPP', 'EINVAL'])
    expect((await ns.link.get('v0'))?.kind).toBe('veth')
  })
}

const vlanFiltering = { needs: ['bridge vlan-filtering'] } as const

const notes: Readonly<Record<string, OptionNote>> = {
  // Bits 0–2 are refused, see above.
  groupForwardMask: { values: [0xfff8, 0x4000, 0] },
  groupAddress: { values: ['01:80:c2:00:00:0d', '01:80:c2:00:00:00'] },
  // Takes and ignores the number; tells the fixed depth of the hash (Linux 4.20).
  multicastHashElasticity: { values: [8], reads: () => 16 },
  multicastHashMax: { values: [1024, 4096] },
  multicastLastMemberCount: { values: [5, 2] },
  multicastStartupQueryCount: { values: [5, 2] },
  // Below one second the kernel takes one second (Linux 5.16).
  multicastQueryInterval: { values: [125, 60.5] },
  multicastStartupQueryInterval: { values: [31.2, 10] },
  vlanFiltering,
  vlanProtocol: vlanFiltering,
  vlanDefaultPvid: vlanFiltering,
  vlanStatsEnabled: vlanFiltering,
  vlanStatsPerPort: vlanFiltering,
  multicastVlanSnooping: { ...vlanFiltering, with: { vlanFiltering: true } },
  mstEnabled: vlanFiltering,
  fdbMaxLearned: { values: [1000, 0] },
  // An order, not a state: has a test of its own.
  fdbFlush: { values: [] },
}
