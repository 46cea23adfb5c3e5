/** FDB entries one by one: asked for, used, of nexthop objects; and VXLANs that forget all at once. @module */
import type { FdbFlush, FdbSpec } from '@vnet/core'
import { expect } from 'vitest'
import type { PlacedNamespace } from './context.js'
import { fails } from './expectation.js'
import { olderThan } from './kernel-release.js'
import { addNextHop } from './next-hop.js'
import type { Suite } from './suite.js'
import { addSmallNetwork, indexesOf, mac } from './surroundings.js'

/** Registers the tests. */
export function fdbEntry(suite: Suite): void {
  const needs = ['link bridge', 'link veth'] as const
  const a = mac(0xaa)

  suite.test('get: of the bridge by a port or itself, and none', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.fdb.add({ link: 'v0', mac: a, master: true, state: 'static' })
    const [link, master] = await indexesOf(ns, 'v0', 'br0')
    const entry = { link, master, mac: a, state: 'static' }
    expect(await ns.fdb.get({ link: 'v0', mac: a, master: true })).toMatchObject(entry)
    expect(await ns.fdb.get({ link: 'br0', mac: a })).toMatchObject(entry)
    expect(await ns.fdb.get({ link: 'br0', mac: mac(0xab) })).toBeUndefined()
    // That of the bridge is told whatever the port it is at.
    await ns.link.add({ kind: 'veth', name: 'w0', peer: { name: 'w1' }, master: 'br0' })
    expect(await ns.fdb.get({ link: 'w0', mac: a, master: true })).toMatchObject({ link })
    await fails(ns.fdb.get({ link: 'v1', mac: a, master: true }), 'EINVAL')
    await fails(ns.fdb.get({ link: 'v1', mac: a }), 'EOPNOTSUPP')
    await fails(ns.fdb.get({ link: 'nope', mac: a }), 'ENODEV')
  })

  suite.test('get: in a VLAN', [...needs, 'bridge vlan-filtering'], async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.fdb.add({ link: 'v0', mac: a, master: true, state: 'static', vlan: 1 })
    expect(await ns.fdb.get({ link: 'br0', mac: a, vlan: 1 })).toMatchObject({ mac: a, vlan: 1 })
    expect(await ns.fdb.get({ link: 'br0', mac: a })).toBeUndefined()
    expect(await ns.fdb.get({ link: 'br0', mac: a, vlan: 2 })).toBeUndefined()
  })

  suite.test('use: entered, moved, and young again, as if it had been seen', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.link.add({ kind: 'veth', name: 'w0', peer: { name: 'w1', up: true }, master: 'br0', up: true })
    const use: FdbSpec = { link: 'v0', mac: a, master: true, use: true }
    await ns.fdb.add(use)
    const [v0, w0] = await indexesOf(ns, 'v0', 'w0')
    expect(await ns.fdb.get({ link: 'br0', mac: a })).toMatchObject({ link: v0, state: 'dynamic', flags: [] })
    await ns.fdb.add(use)
    await ns.fdb.set({ ...use, link: 'w0' })
    expect(await ns.fdb.get({ link: 'br0', mac: a })).toMatchObject({ link: w0, state: 'dynamic' })
  })

  const vxlan = ['link vxlan'] as const
  const vx = { link: 'vx0', mac: a } as const

  suite.test('get: the first remote of a VXLAN’s entry', vxlan, async ({ ns }) => {
    await addVxlan(ns)
    await ns.fdb.add({ ...vx, remote: '192.0.2.2', port: 4790 })
    expect(await ns.fdb.get(vx)).toMatchObject({ mac: a, remote: '192.0.2.2', port: 4790, flags: ['self'] })
    expect(await ns.fdb.get({ ...vx, mac: mac(0xab) })).toBeUndefined()
  })

  suite.test('the remotes of a nexthop object', [...vxlan, 'namespace exec'], async ({ ns }) => {
    await addVxlan(ns)
    await fails(ns.fdb.add({ ...vx, nexthop: 20 }), 'EINVAL')
    await addNextHop(ns, '10', 'via', '192.0.2.2', 'fdb')
    await addNextHop(ns, '20', 'group', '10', 'fdb')
    await ns.fdb.add({ ...vx, nexthop: 20 })
    expect(await ns.fdb.get(vx)).toMatchObject({ mac: a, nexthop: 20 })
    expect(await ns.fdb.list({ link: 'vx0' })).toMatchObject([{ mac: a, nexthop: 20 }])
    await fails(ns.fdb.add({ ...vx, nexthop: 20 }), 'EEXIST')
    await ns.fdb.delete(vx)
    expect(await ns.fdb.list({ link: 'vx0' })).toEqual([])
  })

  suite.test('a VXLAN forgets: all, by state, by remote', [...vxlan, 'fdb flush'], async ({ ns, driver, skip }) => {
    await addVxlan(ns)
    if (driver.name !== 'mock' && olderThan('6.7')) {
      const error = await fails(ns.fdb.flush({ link: 'vx0' }), 'EOPNOTSUPP')
      expect(error.hint).toContain('6.7')
      skip('lacks capability: a VXLAN that can be flushed (Linux 6.7)')
    }
    const zero = '00:00:00:00:00:00'
    const left = async (flush: Omit<FdbFlush, 'link'>) => {
      for (const [last, more] of [
        [1, { remote: '192.0.2.2' }],
        [2, { remote: '192.0.2.3', state: 'dynamic', externallyLearned: true }],
        [3, { remote: '192.0.2.2', port: 4790, state: 'static' }],
        [4, { remote: '192.0.2.2', vni: 99, router: true }],
      ] as const) {
        await ns.fdb.set({ link: 'vx0', mac: mac(0xa0 + last), ...more })
      }
      await ns.fdb.add({ link: 'vx0', mac: zero, remote: '192.0.2.4', append: true })
      await ns.fdb.add({ link: 'vx0', mac: zero, remote: '192.0.2.5', append: true })
      await ns.fdb.flush({ link: 'vx0', ...flush })
      const entries = await ns.fdb.list({ link: 'vx0' })
      return entries.map((entry) => (entry.mac === zero ? `${entry.remote}` : entry.mac.slice(-2))).sort()
    }
    const all = ['192.0.2.4', '192.0.2.5', 'a1', 'a2', 'a3', 'a4']
    const without = (...gone: readonly string[]) => all.filter((word) => !gone.includes(word))
    expect(await left({ permanent: false })).toEqual(without('a2', 'a3'))
    expect(await left({ static: false })).toEqual(without('a2'))
    expect(await left({ externallyLearned: true })).toEqual(without('a2'))
    expect(await left({ router: true })).toEqual(without('a4'))
    expect(await left({ remote: '192.0.2.5' })).toEqual(without('192.0.2.5'))
    expect(await left({ udpPort: 4790 })).toEqual(without('a3'))
    expect(await left({ vni: 99 })).toEqual(without('a4'))
    expect(await left({})).toEqual([])
    for (const flush of [{ vlan: 1 }, { sticky: true }, { addedByUser: true }] as const)
      await fails(ns.fdb.flush({ link: 'vx0', ...flush }), 'EINVAL')
  })

  suite.test('what only a VXLAN has is refused of a bridge', [...needs, 'fdb flush'], async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.fdb.add({ link: 'v0', mac: a, master: true, state: 'static' })
    for (const flush of [{ remote: '192.0.2.2' }, { udpPort: 4790 }, { vni: 7 }, { router: true }] as const)
      await fails(ns.fdb.flush({ link: 'br0', ...flush }), 'EINVAL')
    expect(await ns.fdb.get({ link: 'br0', mac: a })).toMatchObject({ state: 'static' })
  })

  suite.test('a flushed VXLAN is undone, with all remotes', [...vxlan, 'fdb flush'], async ({ ns, driver, skip }) => {
    if (driver.name !== 'mock' && olderThan('6.7')) skip('lacks capability: a VXLAN that can be flushed (Linux 6.7)')
    await addVxlan(ns)
    await ns.fdb.add({ ...vx, remote: '192.0.2.2' })
    for (const remote of ['192.0.2.4', '192.0.2.5'])
      await ns.fdb.add({ link: 'vx0', mac: '00:00:00:00:00:00', remote, append: true })
    const told = async () => (await ns.fdb.list({ link: 'vx0' })).map((entry) => `${entry.mac} ${entry.remote}`).sort()
    const before = await told()
    const failed = ns.transaction(async (change) => {
      await change.fdb.flush({ link: 'vx0' })
      expect(await told()).toEqual([])
      throw new Error('changed my mind')
    })
    await fails(failed, 'VNET_TRANSACTION')
    expect(await told()).toEqual(before)
  })
}

async function addVxlan(ns: PlacedNamespace): Promise<void> {
  const options = { id: 42, port: 4789, local: '192.0.2.1' }
  await ns.link.add({ kind: 'vxlan', name: 'vx0', up: true, vxlan: options })
}
