/** Where frames of multicast groups go: by entries, by what hosts say (IGMP, RFC 2236; RFC 4541), and to routers. @module */
import type { BridgeOptions } from '@vnet/core'
import { expect } from 'vitest'
import type { Context, PlacedNamespace } from './context.js'
import { eventually, present } from './expectation.js'
import { ethernet, groupMac, ip4, ipv4, joined, put16, sum, udpHeader } from './frame.js'
import type { Suite } from './suite.js'
import { mac } from './surroundings.js'
import { type TapBridge, tapBridge, tapBridgeNeeds } from './tap-bridge.js'

const group = '239.1.2.3'
const sender = '192.0.2.1'
const macOf = (address: string): string => groupMac(ip4(address))

/** A datagram to a group. */
const datagram = (to = group, from = sender): Uint8Array =>
  ethernet(macOf(to), mac(0xa1), 0x0800, ipv4(from, to, 17, joined(udpHeader(5000, 5000, 40), new Uint8Array(32))))

/** An IGMP message (type 0x16 report, 0x17 leave, 0x11 query) about a group. */
function igmp(type: number, about: string, to = about, from = '192.0.2.7'): Uint8Array {
  const message = joined(Uint8Array.of(type, type === 0x11 ? 10 : 0, 0, 0), ip4(about))
  put16(message, 2, ~sum(message) & 0xffff)
  return ethernet(macOf(to), mac(0xb1), 0x0800, ipv4(from, to, 2, message, 1))
}
const report = igmp(0x16, group)
const leave = igmp(0x17, group, '224.0.0.2')
const query = igmp(0x11, '0.0.0.0', '224.0.0.1')

/** A querier that soon believes itself, and does not wait long for the last member. Less would make it ask by IGMPv1. */
const querier: BridgeOptions = {
  multicastQueryResponseInterval: 0.1,
  multicastLastMemberInterval: 0.1,
  multicastLastMemberCount: 1,
}

/** A bridge with a querier: only then does it leave frames of groups out anywhere. */
async function snooping(context: Context, count: number): Promise<TapBridge> {
  const bridge = await tapBridge(context, count, querier)
  await bridge.ns.link.set('br0', { bridge: { multicastQuerier: true } })
  // Groups that nobody joined go nowhere, once it believes itself.
  await eventually(async () => expect(await bridge.reached(0, datagram('239.9.9.9'))).toEqual([]))
  return bridge
}

/** The ports that are in the group. */
async function membersOf({ ns }: TapBridge): Promise<(string | undefined)[]> {
  const names = new Map((await ns.link.list()).map((link) => [link.index, link.name]))
  return (await ns.mdb.list({ group })).map(({ port }) => names.get(port)).sort()
}

/** Registers the tests. */
export function mdbTraffic(suite: Suite): void {
  const needs = [...tapBridgeNeeds, 'packets', 'bridge protocols'] as const

  suite.test('without a querier groups are flooded, entry or not', needs, async (context) => {
    const bridge = await tapBridge(context, 3)
    expect(await bridge.reached(0, datagram())).toEqual([1, 2])
    await bridge.ns.mdb.add({ bridge: 'br0', port: 'tap1', group, state: 'permanent' })
    expect(await bridge.reached(0, datagram())).toEqual([1, 2])
  })

  suite.test('a report makes a member, which alone gets the frames; a leave ends it', needs, async (context) => {
    const bridge = await snooping(context, 4)
    await bridge.send([1, report])
    expect(await membersOf(bridge)).toEqual(['tap1'])
    expect(await bridge.ns.mdb.list({ group })).toMatchObject([{ state: 'temp', protocol: 'kernel' }])
    expect(await bridge.reached(0, datagram())).toEqual([1])
    await bridge.send([2, report])
    expect(await bridge.reached(0, datagram())).toEqual([1, 2])
    await bridge.send([1, leave])
    await eventually(async () => expect(await membersOf(bridge)).toEqual(['tap2']))
    expect(await bridge.reached(0, datagram())).toEqual([2])
  })

  suite.test('fastLeave: gone with the leave itself', needs, async (context) => {
    const bridge = await snooping(context, 2)
    await bridge.ns.link.set('tap1', { port: { fastLeave: true } })
    await bridge.send([1, report])
    expect(await membersOf(bridge)).toEqual(['tap1'])
    await bridge.send([1, leave])
    expect(await membersOf(bridge)).toEqual([])
    expect(await bridge.reached(0, datagram())).toEqual([])
  })

  suite.test('entries by hand lead as reports do', needs, async (context) => {
    const bridge = await snooping(context, 3)
    const entry = { bridge: 'br0', port: 'tap2', group } as const
    await bridge.ns.mdb.add({ ...entry, state: 'permanent' })
    expect(await bridge.reached(0, datagram())).toEqual([2])
    await bridge.ns.mdb.delete(entry)
    expect(await bridge.reached(0, datagram())).toEqual([])
  })

  suite.test('a MAC of a group leads frames of no IP', needs, async (context) => {
    const bridge = await snooping(context, 3)
    const frame = ethernet('03:00:00:00:00:05', mac(0xa1), 0x88b5, new Uint8Array(46))
    expect(await bridge.reached(0, frame)).toEqual([1, 2])
    await bridge.ns.mdb.add({ bridge: 'br0', port: 'tap2', group: '03:00:00:00:00:05' })
    expect(await bridge.reached(0, frame)).toEqual([2])
  })

  suite.test('sources: only those that pass', [...needs, 'mdb sources'], async (context) => {
    const bridge = await snooping(context, 3)
    const { ns } = bridge
    await ns.link.set('br0', { bridge: { multicastIgmpVersion: 3 } })
    await ns.mdb.add({ bridge: 'br0', port: 'tap1', group, filterMode: 'include', sources: [sender] })
    await ns.mdb.add({ bridge: 'br0', port: 'tap2', group, filterMode: 'exclude', sources: [sender] })
    expect(await bridge.reached(0, datagram())).toEqual([1])
    expect(await bridge.reached(0, datagram(group, '192.0.2.99'))).toEqual([2])
  })

  suite.test('router ports get all groups: told, and by their queries', needs, async (context) => {
    const bridge = await snooping(context, 3)
    const { ns } = bridge
    await ns.link.set('tap1', { port: { multicastRouter: 2 } })
    expect(await bridge.reached(0, datagram())).toEqual([1])
    await ns.link.set('tap1', { port: { multicastRouter: 0 } })
    await bridge.send([1, query], [2, query])
    const tap2 = present(await ns.link.get('tap2')).index
    expect(await ns.mdbRouter.list()).toMatchObject([{ port: tap2, type: 'query' }])
    // A querier that was just heard is given the time of its query.
    await eventually(async () => expect(await bridge.reached(0, datagram())).toEqual([2]))
  })

  suite.test('multicastToUnicast: a copy to the MAC of each member', needs, async (context) => {
    const bridge = await snooping(context, 2)
    await bridge.ns.link.set('tap1', { port: { multicastToUnicast: true } })
    await bridge.send([1, report])
    const sent = datagram()
    const [, out = []] = await bridge.send([0, sent])
    const copies = out.filter((frame) => frame.subarray(14).join() === sent.subarray(14).join())
    expect(copies.map((frame) => [...frame.subarray(0, 6)])).toEqual([[2, 0, 0, 0, 0, 0xb1]])
  })

  suite.test('snooping off: all of it is flooded', needs, async (context) => {
    const bridge = await snooping(context, 3)
    await bridge.ns.link.set('br0', { bridge: { multicastSnooping: false } })
    expect(await bridge.reached(0, datagram())).toEqual([1, 2])
    expect(await bridge.reached(1, report)).toEqual([0, 2])
  })

  suite.test('a host of the kernel joins and leaves', needs, async (context) => {
    const bridge = await snooping(context, 2)
    const { ns } = bridge
    const host: PlacedNamespace = await context.another()
    const peer = { name: 'eth0', namespace: host.ref, up: true } as const
    await ns.link.add({ kind: 'veth', name: 'p1', master: 'br0', up: true, peer })
    await host.address.add({ link: 'eth0', address: '192.0.2.7/24' })
    await eventually(async () => expect((await ns.link.get('p1'))?.port?.state).toBe('forwarding'))
    // An address with `autojoin` joins the group (`ip address add … autojoin`).
    await host.address.add({ link: 'eth0', address: `${group}/32`, autoJoin: true })
    await eventually(async () => expect(await membersOf(bridge)).toEqual(['p1']))
    const received = async () => present((await ns.link.get('p1', { statistics: true }))?.statistics).txPackets
    const before = await received()
    expect(await bridge.reached(0, datagram())).toEqual([])
    expect(await received()).toBeGreaterThan(before)
    await host.address.delete({ link: 'eth0', address: `${group}/32` })
    await eventually(async () => expect(await membersOf(bridge)).toEqual([]))
  })

  suite.test('watched: who joins by a report, and who asks', needs, async (context) => {
    const bridge = await snooping(context, 2)
    const events: string[] = []
    const steps = bridge.ns.watch({ groups: ['mdb', 'mdbRouter'], snapshot: true })
    context.defer(() => steps.return?.())
    await steps.next()
    await bridge.send([1, report], [0, query])
    while (!events.includes('mdb add') || !events.includes('mdbRouter add')) {
      const { value } = await steps.next()
      const { object } = value as { object?: { group?: string } }
      if (object?.group === undefined || object.group === group) events.push(value.kind)
    }
    expect(events.sort()).toEqual(['mdb add', 'mdbRouter add'])
  })
}
