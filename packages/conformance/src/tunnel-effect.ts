/** What follows from the options of tunnels: MTU, point to point, addresses, place. @module */
import type { Capability } from '@vnet/core'
import { expect } from 'vitest'
import { eventually, fails, present } from './expectation.js'
import type { Suite } from './suite.js'
import { far, farther, near, tunnelSpec, tunnels } from './tunnel-kind.js'

/** Registers the tests of what follows from the options of tunnels. */
export function tunnelEffect(suite: Suite): void {
  suite.test('the MTU is what is left of that of the link on the way', ['link veth'], async ({ ns, supports }) => {
    await ns.link.add({ kind: 'veth', name: 'v0', mtu: 1400, up: true, peer: { name: 'v1', up: true } })
    await ns.address.add({ link: 'v0', address: `${near[4]}/24` })
    await ns.address.add({ link: 'v0', address: `${near[6]}/64`, noDad: true })
    // The route of IPv6 comes with the carrier.
    await eventually(async () => expect(await ns.route.get(far[6])).toMatchObject({ link: expect.any(Number) }))
    for (const each of tunnels) {
      if (supports[`link ${each.kind}` as Capability] !== true) continue
      const made = await ns.link.add(tunnelSpec(each, 't0'))
      expect([each.kind, made.mtu]).toEqual([each.kind, each.mtu === undefined ? 1360 : each.mtu - 100])
      await ns.link.delete('t0')
    }
  })

  suite.test('the MTU follows the headers', ['link gre', 'link ip6tnl'], async ({ ns }) => {
    const mtu = async (name: string) => present(await ns.link.get(name)).mtu
    await ns.link.add({ kind: 'gre', name: 't0', gre: { local: near[4], remote: far[4] } })
    await ns.link.set('t0', { gre: { ocsum: true, oseq: true } })
    expect(await mtu('t0')).toBe(1468)
    await ns.link.set('t0', { mtu: 1400 })
    await ns.link.set('t0', { gre: { ocsum: false, oseq: false } })
    expect(await mtu('t0')).toBe(1408)
    await ns.link.set('t0', { gre: { okey: 5, fwmark: 7 } })
    expect(await mtu('t0')).toBe(1472)
    const unlimited = await ns.link.add({
      kind: 'ip6tnl',
      name: 't1',
      ip6tnl: { local: near[6], remote: far[6], encapLimit: null },
    })
    expect(unlimited.mtu).toBe(1460)
  })

  suite.test('an MTU that is chosen', ['link gre', 'link sit'], async ({ ns }) => {
    const ends = { local: near[4], remote: far[4] }
    expect(await ns.link.add({ kind: 'gre', name: 't0', mtu: 9000, gre: ends })).toMatchObject({ mtu: 9000 })
    await fails(ns.link.set('t0', { mtu: 65_530 }), 'EINVAL')
    await fails(ns.link.add({ kind: 'sit', name: 't1', mtu: 1279, sit: ends }), 'EINVAL')
    // More than fits is cut down without a word.
    const cut = await ns.link.add({ kind: 'gre', name: 't2', mtu: 65_535, gre: { ...ends, remote: farther[4] } })
    expect(cut.mtu).toBe(65_511)
  })

  suite.test('point to point stays point to point', ['link gre', 'link sit', 'link ipip'], async ({ ns }) => {
    for (const kind of ['gre', 'sit', 'ipip'] as const) {
      await ns.link.add({ kind, name: 't0', [kind]: { local: near[4], remote: far[4] } } as never)
      await fails(ns.link.set('t0', { [kind]: { remote: null } }), 'EINVAL')
      expect(await ns.link.get('t0')).toMatchObject({ broadcast: far[4], [kind]: { remote: far[4] } })
      await ns.link.delete('t0')
    }
  })

  suite.test('addresses of IPv6 that tunnels give themselves', ['link gre', 'link sit'], async ({ ns }) => {
    await ns.link.add({ kind: 'gre', name: 't0', up: true, gre: { local: near[4], remote: far[4] } })
    await ns.link.add({ kind: 'sit', name: 't1', up: true, sit: { local: near[4], remote: far[4] } })
    await ns.link.add({ kind: 'sit', name: 't2', up: true, sit: { local: farther[4], isatap: true } })
    const found = await eventually(async () => {
      const addresses = await ns.address.list({ family: 6 })
      expect(addresses).toHaveLength(3)
      return addresses
    })
    expect(found.map(({ address }) => address)).toEqual(['fe80::5efe:a00:1', 'fe80::a00:1', 'fe80::5efe:a00:3'])
  })

  suite.test('in another namespace it goes on where it was made', ['link gre'], async ({ ns, another }) => {
    const there = await another()
    await ns.link.add({ kind: 'gre', name: 't0', gre: { local: near[4], remote: far[4] } })
    await ns.link.set('t0', { namespace: there.ref })
    const moved = present(await there.link.get('t0'))
    expect(moved).toMatchObject({ kind: 'gre', parent: 0, gre: { local: near[4], remote: far[4] } })
    expect(moved.linkNamespaceId).toBeTypeOf('number')
    await fails(ns.link.add({ kind: 'gre', name: 't1', gre: { local: near[4], remote: far[4] } }), 'EEXIST')
    await there.link.add({ kind: 'gre', name: 't1', gre: { local: near[4], remote: far[4] } })
  })
}
