/** VLANs of bridges and their ports (`bridge vlan`). @module */
import { expect } from 'vitest'
import type { PlacedNamespace } from './context.js'
import { fails, present, refuses } from './expectation.js'
import type { Suite } from './suite.js'
import { addSmallNetwork, indexesOf } from './surroundings.js'
import { isSubset, startWatch } from './watcher.js'

/** Registers the tests of VLANs of bridges. */
export function bridgeVlan(suite: Suite): void {
  const needs = ['link bridge', 'link veth', 'bridge vlan-filtering'] as const

  suite.test('what is new belongs to VLAN 1, untagged', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    const [br0, v0] = await indexesOf(ns, 'br0', 'v0')
    const first = { vlan: 1, pvid: true, untagged: true, state: 'forwarding' }
    const all = await ns.bridgeVlan.list()
    expect(all).toHaveLength(2)
    expect(all).toEqual(expect.arrayContaining([br0, v0].map((link) => expect.objectContaining({ link, ...first }))))
  })

  suite.test('one, several, the VLAN of untagged frames', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.bridgeVlan.add({ link: 'v0', vlan: 10, pvid: true, untagged: true })
    await ns.bridgeVlan.add({ link: 'v0', vlan: [20, 23] })
    await ns.bridgeVlan.add({ link: 'v0', vlan: 4094, master: true })
    expect(await flagsOf(ns, 'v0')).toEqual(['1 untagged', '10 pvid untagged', '20', '21', '22', '23', '4094'])
    expect(await flagsOf(ns, 'br0')).toEqual(['1 pvid untagged'])
    expect(await ns.bridgeVlan.list({ link: 'v0', vlan: 21 })).toMatchObject([{ vlan: 21, pvid: false }])
    expect(await ns.bridgeVlan.list({ vlan: 1 })).toHaveLength(2)
    expect(await ns.bridgeVlan.list({ link: 'v1' })).toEqual([])
    expect(await ns.bridgeVlan.list({ link: 'lo' })).toEqual([])
  })

  suite.test('added again, the flags change', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.bridgeVlan.add({ link: 'v0', vlan: 10, pvid: true, untagged: true })
    await ns.bridgeVlan.add({ link: 'v0', vlan: 10 })
    expect(await flagsOf(ns, 'v0')).toEqual(['1 untagged', '10'])
    await ns.bridgeVlan.add({ link: 'v0', vlan: [9, 11], untagged: true })
    expect(await flagsOf(ns, 'v0')).toEqual(['1 untagged', '9 untagged', '10 untagged', '11 untagged'])
  })

  suite.test('deleted: one, some of a range, none that is there', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.bridgeVlan.add({ link: 'v0', vlan: [10, 14] })
    await ns.bridgeVlan.delete({ link: 'v0', vlan: 10 })
    await ns.bridgeVlan.delete({ link: 'v0', vlan: [12, 20] })
    await ns.bridgeVlan.delete({ link: 'v0', vlan: 999 })
    await ns.bridgeVlan.delete({ link: 'v0', vlan: 1 })
    expect(await flagsOf(ns, 'v0')).toEqual(['11'])
  })

  suite.test('self: of the bridge itself', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.bridgeVlan.add({ link: 'br0', vlan: [10, 12], self: true })
    expect(await flagsOf(ns, 'br0')).toEqual(['1 pvid untagged', '10', '11', '12'])
    expect(await flagsOf(ns, 'v0')).toEqual(['1 pvid untagged'])
    await ns.bridgeVlan.delete({ link: 'br0', vlan: [1, 11], self: true })
    expect(await flagsOf(ns, 'br0')).toEqual(['12'])
    await fails(ns.bridgeVlan.add({ link: 'br0', vlan: 10 }), 'EOPNOTSUPP')
    await fails(ns.bridgeVlan.add({ link: 'v0', vlan: 10, self: true }), 'EOPNOTSUPP')
  })

  suite.test('a state in each VLAN, while the kernel’s spanning tree is off', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.bridgeVlan.add({ link: 'v0', vlan: [10, 12] })
    await ns.bridgeVlan.set({ link: 'v0', vlan: [10, 11], state: 'blocking' })
    const states = async () => (await ns.bridgeVlan.list({ link: 'v0' })).map(({ vlan, state }) => `${vlan} ${state}`)
    expect(await states()).toEqual(['1 forwarding', '10 blocking', '11 blocking', '12 forwarding'])
    await ns.link.set('br0', { bridge: { stp: true } })
    const error = await fails(ns.bridgeVlan.set({ link: 'v0', vlan: 10, state: 'learning' }), 'EBUSY')
    expect(error).toMatchObject({ operation: 'bridgeVlan set', subject: 'v0' })
    expect(await states()).toContain('10 blocking')
  })

  suite.test('a multicast router in each VLAN', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.bridgeVlan.add({ link: 'v0', vlan: 10 })
    await ns.bridgeVlan.set({ link: 'v0', vlan: 10, multicastRouter: 2 })
    expect(await ns.bridgeVlan.list({ link: 'v0', vlan: 10 })).toMatchObject([{ multicastRouter: 2 }])
    expect(await ns.bridgeVlan.list({ link: 'v0', vlan: 1 })).toMatchObject([{ multicastRouter: 1 }])
  })

  suite.test('mapped to tunnels, one after the other, while the port has vlanTunnel', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.bridgeVlan.add({ link: 'v0', vlan: [10, 13] })
    const refused = await fails(ns.bridgeVlan.set({ link: 'v0', vlan: 10, tunnel: 100 }), 'EINVAL')
    expect(refused.hint).toMatch(/vlanTunnel/)
    await ns.link.set('v0', { port: { vlanTunnel: true } })
    await ns.bridgeVlan.set({ link: 'v0', vlan: [10, 12], tunnel: 100 })
    const told = async () => (await ns.bridgeVlan.list({ link: 'v0' })).map(({ vlan, tunnel }) => `${vlan} ${tunnel}`)
    const before = ['1 undefined', '10 100', '11 101', '12 102', '13 undefined']
    expect(await told()).toEqual(before)
    // Neither a second one, nor one that another VLAN has.
    const taken = await fails(ns.bridgeVlan.set({ link: 'v0', vlan: 10, tunnel: 7 }), 'EEXIST')
    expect(taken.hint).toMatch(/tunnel: null/)
    await fails(ns.bridgeVlan.set({ link: 'v0', vlan: 13, tunnel: 101 }), 'EEXIST')
    await fails(ns.bridgeVlan.set({ link: 'br0', vlan: 1, tunnel: 7 }), 'EINVAL')
    expect(await told()).toEqual(before)
    const stop = ns.transaction(async (change) => {
      await change.bridgeVlan.set({ link: 'v0', vlan: 11, tunnel: null })
      await change.bridgeVlan.set({ link: 'v0', vlan: 13, tunnel: 101 })
      await change.bridgeVlan.delete({ link: 'v0', vlan: 12 })
      throw new Error('changed my mind')
    })
    expect(await fails(stop, 'VNET_TRANSACTION')).not.toHaveProperty('notUndone.0')
    expect(await told()).toEqual(before)
    const switchedOff = ns.transaction(async (change) => {
      await change.link.set('v0', { port: { vlanTunnel: false } })
      throw new Error('changed my mind')
    })
    expect(await fails(switchedOff, 'VNET_TRANSACTION')).not.toHaveProperty('notUndone.0')
    expect(await told()).toEqual(before)
    await refuses(ns.bridgeVlan.set({ link: 'v0', vlan: [10, 11], tunnel: 0xffffff }))
    await refuses(ns.bridgeVlan.set({ link: 'v0', vlan: 10, tunnel: 0 }))
    await ns.link.set('v0', { port: { vlanTunnel: false } })
    expect(new Set((await told()).map((text) => text.split(' ')[1]))).toEqual(new Set(['undefined']))
  })

  suite.test('options of what is not there are ENOENT; of what is no port EINVAL', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.bridgeVlan.add({ link: 'v0', vlan: 10 })
    await fails(ns.bridgeVlan.set({ link: 'v0', vlan: 11, state: 'blocking' }), 'ENOENT')
    await fails(ns.bridgeVlan.set({ link: 'v1', vlan: 1, state: 'blocking' }), 'EINVAL')
    await fails(ns.bridgeVlan.set({ link: 'nope', vlan: 1, state: 'blocking' }), 'ENODEV')
    await fails(ns.bridgeVlan.add({ link: 'v1', vlan: 1 }), 'EOPNOTSUPP')
    await fails(ns.bridgeVlan.delete({ link: 'v1', vlan: 1 }), 'EOPNOTSUPP')
    await fails(ns.bridgeVlan.list({ link: 'nope' }), 'ENODEV')
  })

  suite.test('counters, when asked for', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.link.set('br0', { bridge: { vlanStatsEnabled: true } })
    const [plain] = await ns.bridgeVlan.list({ link: 'v0' })
    expect(plain).not.toHaveProperty('statistics')
    const [counted] = await ns.bridgeVlan.list({ link: 'v0', statistics: true })
    expect(Object.keys(present(counted?.statistics)).sort()).toEqual(['rxBytes', 'rxPackets', 'txBytes', 'txPackets'])
    for (const count of Object.values(present(counted?.statistics))) expect(count).toBeGreaterThanOrEqual(0)
  })

  suite.test('they go with the port, and move with the default', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.bridgeVlan.add({ link: 'v0', vlan: [10, 12] })
    await ns.link.set('v0', { master: null })
    expect(await flagsOf(ns, 'v0')).toEqual([])
    await ns.link.set('br0', { bridge: { vlanDefaultPvid: 7 } })
    await ns.link.set('v0', { master: 'br0' })
    expect(await flagsOf(ns, 'v0')).toEqual(['7 pvid untagged'])
    expect(await flagsOf(ns, 'br0')).toEqual(['7 pvid untagged'])
  })

  suite.test('watched: each of a range, and the VLAN of untagged frames that moves', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    await using watcher = await startWatch(ns, { groups: ['bridgeVlan'] })
    await ns.bridgeVlan.add({ link: 'v0', vlan: [10, 12] })
    const vlans = (events: readonly { kind: string }[], kind: string) =>
      events
        .filter((event) => event.kind === kind)
        .map((event) => (event as unknown as { object: { vlan: number } }).object.vlan)
    const of = (kind: string, contents: object) => (event: { kind: string }) =>
      event.kind === kind && isSubset(contents, (event as unknown as { object: object }).object)
    const added = await watcher.until(of('bridgeVlan add', { vlan: 12 }))
    expect(vlans(added, 'bridgeVlan add')).toEqual([10, 11, 12])
    await ns.bridgeVlan.add({ link: 'v0', vlan: 11, pvid: true })
    const moved = await watcher.until(of('bridgeVlan set', { vlan: 11 }))
    expect(moved.filter((event) => event.kind === 'bridgeVlan set')).toMatchObject([
      { object: { vlan: 1, pvid: false }, before: { pvid: true } },
      { object: { vlan: 11, pvid: true }, before: { pvid: false } },
    ])
    await ns.bridgeVlan.set({ link: 'v0', vlan: 12, state: 'blocking' })
    await watcher.until(of('bridgeVlan set', { vlan: 12, state: 'blocking' }))
    await ns.bridgeVlan.delete({ link: 'v0', vlan: [10, 11] })
    const gone = await watcher.until(of('bridgeVlan delete', { vlan: 11 }))
    expect(vlans(gone, 'bridgeVlan delete')).toEqual([10, 11])
  })

  suite.test('a failed transaction puts flags, states and VLANs back', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.bridgeVlan.add({ link: 'v0', vlan: [10, 11], untagged: true })
    await ns.bridgeVlan.set({ link: 'v0', vlan: 10, state: 'blocking', multicastRouter: 2 })
    const before = await ns.bridgeVlan.list()
    const stop = ns.transaction(async (change) => {
      await change.bridgeVlan.add({ link: 'v0', vlan: 12, pvid: true })
      await change.bridgeVlan.set({ link: 'v0', vlan: [11, 12], state: 'disabled' })
      await change.bridgeVlan.delete({ link: 'v0', vlan: [10, 11] })
      await change.bridgeVlan.add({ link: 'br0', vlan: [1, 9], self: true })
      await change.link.set('v0', { master: null })
      await change.link.set('v0', { master: 'br0' })
      await change.bridgeVlan.add({ link: 'v0', vlan: 12, pvid: true })
      await change.bridgeVlan.add({ link: 'v0', vlan: 1, untagged: true })
      expect(await flagsOf(ns, 'v0')).toEqual(['1 untagged', '12 pvid'])
      throw new Error('changed my mind')
    })
    expect(await fails(stop, 'VNET_TRANSACTION')).not.toHaveProperty('notUndone.0')
    expect(await ns.bridgeVlan.list()).toEqual(before)
  })

  suite.test('wrong arguments', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    for (const vlan of [0, 4095, [20, 10], [1, 4095], [1], '10']) {
      await refuses(ns.bridgeVlan.add({ link: 'v0', vlan: vlan as number }))
      await refuses(ns.bridgeVlan.delete({ link: 'v0', vlan: vlan as number }))
    }
    await refuses(ns.bridgeVlan.add({ link: 'v0', vlan: [10, 20], pvid: true }))
    await refuses(ns.bridgeVlan.add({ link: 'v0', vlan: 10, master: false }))
    await refuses(ns.bridgeVlan.set({ link: 'v0', vlan: 10 }))
  })

  suite.test('a kernel without them has none', ['link bridge', 'link veth'], async ({ ns, supports, skip }) => {
    if (supports['bridge vlan-filtering'] === true) skip('lacks capability: a kernel without bridge vlan-filtering')
    await addSmallNetwork(ns)
    expect(await ns.bridgeVlan.list()).toEqual([])
    await fails(ns.bridgeVlan.add({ link: 'v0', vlan: 10 }), 'EOPNOTSUPP')
  })
}

/** The VLANs of a link with their flags: `10 pvid untagged`. */
async function flagsOf(ns: PlacedNamespace, link: string): Promise<string[]> {
  const vlans = await ns.bridgeVlan.list({ link })
  return vlans.map(({ vlan, pvid, untagged }) => `${vlan}${pvid ? ' pvid' : ''}${untagged ? ' untagged' : ''}`)
}
