/** Neighbours: the MAC of an IP address on a link (`ip neighbour`). @module */
import type { Namespace } from '@vnet/core'
import { expect } from 'vitest'
import { fails, present } from './expectation.js'
import type { Suite } from './suite.js'
import { addBridge, addPair, mac } from './surroundings.js'
import { startWatch } from './watcher.js'

/** Registers the tests of neighbours. */
export function neighbour(suite: Suite): void {
  const needs = ['link bridge'] as const
  const link = 'br0'
  // Groups of IPv6 that the kernel itself talks to are neighbours in state noarp.
  const own = async (ns: Namespace, filter: Parameters<Namespace['neighbour']['list']>[0] = {}) => {
    const found = await ns.neighbour.list(filter)
    return found.filter((entry) => !entry.address.startsWith('ff') && !entry.address.startsWith('224.'))
  }

  suite.test('added, read, listed, deleted, in both versions of IP', needs, async ({ ns }) => {
    const { index } = await addBridge(ns)
    for (const [address, family] of [
      ['10.0.0.7', 4],
      ['2001:db8::7', 6],
    ] as const) {
      await ns.neighbour.add({ link, address, mac: mac(7) })
      const expected = { link: index, family, address, mac: mac(7), state: 'permanent', flags: [] }
      expect(await ns.neighbour.get({ link, address })).toMatchObject(expected)
      expect(await own(ns, { family })).toMatchObject([expected])
      await ns.neighbour.delete({ link, address })
      expect(await ns.neighbour.get({ link, address })).toBeUndefined()
      expect(await own(ns, { family })).toEqual([])
    }
  })

  suite.test('states that can be chosen', needs, async ({ ns }) => {
    await addBridge(ns)
    for (const state of ['permanent', 'noarp', 'reachable', 'stale'] as const) {
      await ns.neighbour.set({ link, address: '10.0.0.7', mac: mac(7), state })
      expect(await ns.neighbour.get({ link, address: '10.0.0.7' })).toMatchObject({ state })
    }
  })

  suite.test('those without ARP are listed only when asked for', needs, async ({ ns }) => {
    await addBridge(ns)
    await ns.neighbour.add({ link, address: '10.0.0.7', mac: mac(7), state: 'noarp' })
    await ns.neighbour.add({ link, address: '10.0.0.8', mac: mac(8), state: 'permanent' })
    await ns.neighbour.add({ link, address: '10.0.0.9', mac: mac(9), state: 'stale' })
    const addresses = async (filter?: object) =>
      (await own(ns, { family: 4, ...filter })).map((entry) => entry.address).sort()
    expect(await addresses()).toEqual(['10.0.0.8', '10.0.0.9'])
    expect(await addresses({ state: 'noarp' })).toEqual(['10.0.0.7'])
    expect(await addresses({ state: 'permanent' })).toEqual(['10.0.0.8'])
    expect(await addresses({ state: 'failed' })).toEqual([])
  })

  suite.test('what needs no question to the network has its MAC already', needs, async ({ ns }) => {
    await ns.link.add({ kind: 'bridge', name: link, mac: mac(0xb0) })
    for (const [address, group] of [
      ['224.1.2.3', '01:00:5e:01:02:03'],
      ['ff02::1:2', '33:33:00:01:00:02'],
    ] as const) {
      await ns.neighbour.set({ link, address, state: 'noarp' })
      expect(await ns.neighbour.get({ link, address })).toMatchObject({ state: 'noarp', mac: group })
    }
    // Without any IPv4 address in the namespace every address counts as a broadcast.
    await ns.neighbour.set({ link, address: '10.0.0.7', state: 'noarp' })
    expect(await ns.neighbour.get({ link, address: '10.0.0.7' })).toMatchObject({ mac: 'ff:ff:ff:ff:ff:ff' })
    await ns.link.set('lo', { up: true })
    await fails(ns.neighbour.set({ link, address: '10.0.0.8', state: 'noarp' }), 'EINVAL')
  })

  suite.test('a link without IPv6 takes none of IPv6', ['link bridge', 'sysctl'], async ({ ns }) => {
    await addBridge(ns)
    await ns.sysctl.set(`net.ipv6.conf.${link}.disable_ipv6`, 1)
    await fails(ns.neighbour.add({ link, address: '2001:db8::7', mac: mac(7) }), 'EINVAL')
    await ns.neighbour.add({ link, address: '10.0.0.7', mac: mac(7) })
  })

  suite.test('a loopback has one of IPv4 for all, which is found as 0.0.0.0 alone', [], async ({ ns }) => {
    const [lo, any, address] = ['lo', '0.0.0.0', '10.9.9.9']
    await ns.link.set(lo, { up: true })
    await ns.neighbour.add({ link: lo, address, mac: mac(7) })
    await ns.neighbour.add({ link: lo, address, mac: mac(8) })
    expect(await ns.neighbour.get({ link: lo, address })).toBeUndefined()
    expect(await ns.neighbour.get({ link: lo, address: any })).toMatchObject({ address: any, mac: mac(8) })
    await fails(ns.neighbour.add({ link: lo, address: any, mac: mac(9) }), 'EEXIST')
    await fails(ns.neighbour.delete({ link: lo, address }), 'ENOENT')
    await ns.neighbour.delete({ link: lo, address: any })
    expect(await own(ns, { family: 4 })).toEqual([])
  })

  suite.test('the end of a link that was never up is told as the end of its neighbours', needs, async ({ ns }) => {
    await ns.link.add({ kind: 'bridge', name: link })
    await using watcher = await startWatch(ns, { groups: ['neighbour'] })
    for (const address of ['10.0.0.7', '2001:db8::7']) {
      await ns.neighbour.add({ link, address, mac: mac(7) })
      await watcher.until((event) => event.kind === 'neighbour add' && event.object.address === address)
    }
    await ns.link.delete(link)
    const gone = new Set<string>()
    await watcher.until((event) => {
      if (event.kind === 'neighbour delete') gone.add(event.object.address)
      return gone.size === 2
    })
  })

  suite.test('proxy entries', needs, async ({ ns }) => {
    const { index } = await addBridge(ns)
    await ns.neighbour.add({ link, address: '10.0.0.9', proxy: true })
    await ns.neighbour.add({ link, address: '2001:db8::9', proxy: true })
    expect(await ns.neighbour.list({ proxy: true })).toMatchObject([
      { link: index, address: '10.0.0.9', flags: ['proxy'] },
      { link: index, address: '2001:db8::9', flags: ['proxy'] },
    ])
    expect(await ns.neighbour.list({ proxy: true, family: 6 })).toHaveLength(1)
    // Who is asked for matters as before, whatever becomes of what others have said.
    for (const change of [{ arp: false }, { mac: mac(0xb1) }]) {
      await ns.link.set(link, change)
      expect(await ns.neighbour.list({ proxy: true })).toHaveLength(2)
    }
    expect(await own(ns)).toEqual([])
    expect(await ns.neighbour.get({ link, address: '10.0.0.9', proxy: true })).toMatchObject({ flags: ['proxy'] })
    expect(await ns.neighbour.get({ link, address: '10.0.0.9' })).toBeUndefined()
    await ns.neighbour.delete({ link, address: '10.0.0.9', proxy: true })
    await ns.neighbour.delete({ link, address: '2001:db8::9', proxy: true })
    expect(await ns.neighbour.list({ proxy: true })).toEqual([])
    await fails(ns.neighbour.delete({ link, address: '10.0.0.9', proxy: true }), 'ENOENT')
  })

  suite.test('a proxy entry of IPv6 needs IPv6 on its link', ['link veth'], async ({ ns }) => {
    await addPair(ns)
    const entry = { link: 'v0', address: '2001:db8::9', proxy: true } as const
    await ns.link.set('v0', { mtu: 1279 })
    const error = await fails(ns.neighbour.add(entry), 'ENOBUFS')
    expect(error.hint).toMatch(/1280/)
    await fails(ns.neighbour.set(entry), 'ENOBUFS')
    await ns.neighbour.add({ ...entry, address: '10.0.0.9' })
    expect(await ns.neighbour.list({ proxy: true })).toMatchObject([{ address: '10.0.0.9' }])
    await ns.link.set('v0', { mtu: 1280 })
    await ns.neighbour.add(entry)
    expect(await ns.neighbour.list({ proxy: true, family: 6 })).toHaveLength(1)
  })

  suite.test('flags', needs, async ({ ns }) => {
    await addBridge(ns)
    await ns.neighbour.add({ link, address: '2001:db8::7', mac: mac(7), router: true })
    await ns.neighbour.add({ link, address: '10.0.0.7', mac: mac(7), externallyLearned: true, state: 'reachable' })
    expect(await ns.neighbour.get({ link, address: '2001:db8::7' })).toMatchObject({ flags: ['router'] })
    expect(await ns.neighbour.get({ link, address: '10.0.0.7' })).toMatchObject({ flags: ['extern_learn'] })
  })

  suite.test('flags are told, also where nothing else is new', ['link veth', 'link tun'], async ({ ns }) => {
    await addPair(ns)
    await ns.link.add({ name: 't0', kind: 'tun' })
    await using watcher = await startWatch(ns, { groups: ['neighbour'] })
    const [a, b, c] = ['10.0.0.7', '2001:db8::7', '2001:db8::8'] as const
    // Of a link without MACs it is known without a question: alone the flag is new.
    await ns.neighbour.add({ link: 't0', address: b, state: 'noarp' })
    await ns.neighbour.add({ link: 't0', address: c, state: 'noarp', router: true })
    await ns.neighbour.add({ link: 'v0', address: a, mac: mac(7) })
    await ns.neighbour.set({ link: 'v0', address: a, mac: mac(7) })
    await ns.neighbour.set({ link: 'v0', address: a, mac: mac(7), router: true })
    await ns.neighbour.set({ link: 'v0', address: a, mac: mac(7), router: true, externallyLearned: true })
    await ns.neighbour.set({ link: 'v0', address: a, mac: mac(7), externallyLearned: true })
    // Refused for want of a MAC, but what it is learned by stays changed, and is told.
    await fails(ns.neighbour.add({ link: 'v0', address: c, state: 'noarp' }), 'EINVAL')
    await fails(ns.neighbour.set({ link: 'v0', address: c, state: 'noarp', externallyLearned: true }), 'EINVAL')
    await ns.neighbour.delete({ link: 'v0', address: a })
    const events = await watcher.until((event) => event.kind === 'neighbour delete')
    const told = events.flatMap((event) => ('object' in event && event.group === 'neighbour' ? [event.object] : []))
    expect(told.map(({ address, flags }) => [address, ...flags].join(' '))).toEqual([
      `${c} router`,
      a,
      `${a} router`,
      `${a} router extern_learn`,
      `${a} extern_learn`,
      `${c} extern_learn`,
      // The end takes it away first.
      a,
      a,
    ])
  })

  suite.test('add twice is EEXIST, set replaces', needs, async ({ ns }) => {
    await addBridge(ns)
    const address = '10.0.0.7'
    await ns.neighbour.set({ link, address, mac: mac(7) })
    expect(await fails(ns.neighbour.add({ link, address, mac: mac(8) }), 'EEXIST')).toMatchObject({
      operation: 'neighbour add',
    })
    await ns.neighbour.set({ link, address, mac: mac(8) })
    expect(await ns.neighbour.get({ link, address })).toMatchObject({ mac: mac(8) })
    expect(await own(ns)).toHaveLength(1)
  })

  suite.test('deleting what is not there is ENOENT, on what is not there ENODEV', needs, async ({ ns }) => {
    await addBridge(ns)
    for (const address of ['10.0.0.8', '2001:db8::8']) {
      const error = await fails(ns.neighbour.delete({ link, address }), 'ENOENT')
      expect(error).toMatchObject({ operation: 'neighbour delete' })
      expect(await ns.neighbour.get({ link, address })).toBeUndefined()
    }
    await fails(ns.neighbour.delete({ link: 'nope', address: '10.0.0.8' }), 'ENODEV')
    await fails(ns.neighbour.add({ link: 'nope', address: '10.0.0.8', mac: mac(8) }), 'ENODEV')
    await fails(ns.neighbour.list({ link: 'nope' }), 'ENODEV')
  })

  suite.test(
    'filters by link; gone with the link and, unless permanent, with the carrier',
    ['link bridge', 'link veth'],
    async ({ ns }) => {
      await addBridge(ns)
      await addPair(ns)
      await ns.neighbour.add({ link, address: '10.0.0.7', mac: mac(7) })
      await ns.neighbour.add({ link: 'v0', address: '10.0.0.7', mac: mac(8) })
      await ns.neighbour.add({ link: 'v0', address: '10.0.0.8', mac: mac(8), state: 'reachable' })
      const v0 = present(await ns.link.get('v0')).index
      expect((await own(ns, { link: v0 })).map((entry) => entry.mac)).toEqual([mac(8), mac(8)])
      expect(await own(ns)).toHaveLength(3)
      await ns.link.set('v0', { up: false })
      // Administratively down flushes all but the permanent ones on links that stay (Linux 4.16).
      expect((await own(ns, { link: v0 })).map((entry) => entry.state)).not.toContain('reachable')
      await ns.link.delete('v0')
      expect((await own(ns)).map((entry) => entry.mac)).toEqual([mac(7)])
    },
  )
}
