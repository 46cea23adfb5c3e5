/** Kinds without options of their own, and kinds that vnet has no name for: kept as raw attributes. @module */
import { expect } from 'vitest'
import { fails, present } from './expectation.js'
import type { Suite } from './suite.js'
import { addPair, mac, namesOf } from './surroundings.js'
import { startWatch } from './watcher.js'

/** It sends nothing, so it needs no ARP. */
const dummyFlags = ['BROADCAST', 'NOARP', 'UP', 'LOWER_UP']

/** Registers the tests of other kinds. */
export function otherKind(suite: Suite): void {
  for (const kind of ['ifb', 'dummy'] as const) {
    suite.test(`${kind}: made, read, deleted`, [`link ${kind}`], async ({ ns }) => {
      const made = await ns.link.add({ kind, name: 'x0', mac: mac(3), up: true })
      expect(made).toMatchObject({ name: 'x0', kind, mac: mac(3), up: true })
      expect(await ns.link.list({ kind })).toMatchObject([{ name: 'x0' }])
      await ns.link.delete('x0')
      expect(await namesOf(ns)).toEqual([])
    })
  }

  suite.test('dummy: changed, and its carrier; watched; a name that is taken', ['link dummy'], async ({ ns }) => {
    await using watcher = await startWatch(ns, { groups: ['link'] })
    await ns.link.add({ kind: 'dummy', name: 'x0', mtu: 9000, txQueueLength: 7, up: true })
    expect(await ns.link.get('x0')).toMatchObject({ mtu: 9000, txQueueLength: 7, flags: dummyFlags })
    await ns.link.set('x0', { mtu: 1400, carrier: false, alias: 'a dummy' })
    expect(await ns.link.get('x0')).toMatchObject({ mtu: 1400, carrier: false, alias: 'a dummy' })
    await fails(ns.link.add({ kind: 'dummy', name: 'x0' }), 'EEXIST')
    await fails(ns.link.set('x0', { bridge: { stp: true } }), 'EOPNOTSUPP')
    await ns.link.delete('x0')
    const events = await watcher.until((event) => event.kind === 'link delete')
    expect(events).toContainEqual(
      expect.objectContaining({ kind: 'link set', object: expect.objectContaining({ name: 'x0', mtu: 1400 }) }),
    )
  })

  // IFLA_IPVLAN_MODE is 1 (u16): l2 0, l3 1, l3s 2 (linux/if_link.h).
  suite.test(
    'a kind without a name here: its attributes survive a round trip',
    ['link ipvlan', 'link veth'],
    async ({ ns }) => {
      await addPair(ns)
      const data = [{ type: 1, bytes: Uint8Array.of(2, 0) }]
      const made = await ns.link.add({ kind: 'ipvlan', name: 'ipv0', parent: 'v0', data })
      expect(made.kind).toBe('ipvlan')
      expect(made.data).toContainEqual(data[0])
      await ns.link.delete('ipv0')
      const again = await ns.link.add({ kind: 'ipvlan', name: 'ipv0', parent: 'v0', data: present(made.data) })
      expect(again.data).toEqual(made.data)
    },
  )

  // IFLA_VRF_TABLE is 1 (u32).
  suite.test('vrf: the table is a raw attribute', ['link vrf'], async ({ ns }) => {
    const data = [{ type: 1, bytes: Uint8Array.of(100, 0, 0, 0) }]
    const made = await ns.link.add({ kind: 'vrf', name: 'blue', up: true, data })
    expect(made).toMatchObject({ kind: 'vrf', data })
  })
}
