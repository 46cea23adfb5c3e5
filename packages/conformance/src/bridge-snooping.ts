/** What a bridge says and believes of groups: as querier, beside another, by MLD as by IGMP (RFC 4541, RFC 3376 § 6). @module */
import { type BridgeOptions, formatIp } from '@vnet/core'
import { expect } from 'vitest'
import type { Context } from './context.js'
import { eventually, present, sleep } from './expectation.js'
import { ethernet, groupMac, ip4, ip6, ipv4, ipv6, joined, put16, sum, u16, udpHeader } from './frame.js'
import { icmpv6, icmpv6In } from './icmpv6-frame.js'
import type { Suite } from './suite.js'
import { mac } from './surroundings.js'
import { type TapBridge, tapBridge, tapBridgeNeeds } from './tap-bridge.js'

const group4 = '239.1.2.3'
const group6 = 'ff0e::1234'
const [REPORT, LEAVE, QUERY] = [0x16, 0x17, 0x11]
const [MLD_QUERY, MLD_REPORT, MLD_DONE, MLD_REPORT2] = [130, 131, 132, 143]
const pause = 0.1

/** A querier that does not wait long. Less would make it ask by IGMPv1. */
const quick: BridgeOptions = {
  multicastQueryResponseInterval: pause,
  multicastLastMemberInterval: pause,
  multicastLastMemberCount: 1,
}

/** An IGMP message; `wrong` has another checksum. */
function igmp(type: number, about: string, to = about, from = '192.0.2.7', wrong = 0): Uint8Array {
  const message = joined(Uint8Array.of(type, type === QUERY ? 1 : 0, 0, 0), ip4(about))
  put16(message, 2, (~sum(message) & 0xffff) ^ wrong)
  return ethernet(groupMac(ip4(to)), mac(0xb1), 0x0800, ipv4(from, to, 2, message, 1))
}

/** An MLD message of version 1, or, of one record, of version 2. */
function mld(type: number, about: string, to: string, record?: number): Uint8Array {
  const message =
    record === undefined
      ? joined(Uint8Array.of(type, 0, 0, 0, 0, type === MLD_QUERY ? 100 : 0, 0, 0), ip6(about))
      : joined(Uint8Array.of(type, 0, 0, 0, 0, 0, 0, 1), Uint8Array.of(record, 0, 0, 0), ip6(about))
  return icmpv6({ mac: mac(0xb1), from: 'fe80::b1', to, message, hops: 1, alert: true })
}

const datagram4 = (to: string): Uint8Array =>
  ethernet(
    groupMac(ip4(to)),
    mac(0xa1),
    0x0800,
    ipv4('192.0.2.1', to, 17, joined(udpHeader(5000, 5000, 40), new Uint8Array(32))),
  )

function datagram6(to: string): Uint8Array {
  const packet = ipv6(ip6('2001:db8::1'), ip6(to), 17, joined(udpHeader(5000, 5000, 40), new Uint8Array(32)))
  return ethernet(groupMac(ip6(to)), mac(0xa1), 0x86dd, packet)
}

/** The IGMP queries among frames: their length, group and source. */
const queriesIn = (frames: readonly Uint8Array[]) =>
  frames.flatMap((frame) => {
    if (u16(frame, 12) !== 0x0800 || frame[23] !== 2 || frame[38] !== QUERY) return []
    const length = 14 + u16(frame, 16) - 38
    return [{ length, group: formatIp(frame.slice(42, 46)), from: formatIp(frame.slice(26, 30)), code: frame[39] }]
  })

/** A bridge that is the querier of both versions of IP, and believes itself. */
async function snooping(context: Context, count: number, options: BridgeOptions = {}): Promise<TapBridge> {
  const bridge = await tapBridge(context, count, { ...quick, ...options })
  await eventually(async () => {
    const own = (await bridge.ns.address.list({ link: 'br0', family: 6 }))[0]
    expect(own?.flags).toEqual(['permanent'])
  })
  await bridge.ns.link.set('br0', { bridge: { multicastQuerier: true } })
  await eventually(async () => expect(await bridge.reached(0, datagram4('239.9.9.9'))).toEqual([]))
  await eventually(async () => expect(await bridge.reached(0, datagram6('ff0e::9'))).toEqual([]))
  return bridge
}

async function membersOf({ ns }: TapBridge, group: string): Promise<(string | undefined)[]> {
  const names = new Map((await ns.link.list()).map((link) => [link.index, link.name]))
  const entries = (await ns.mdb.list()).filter((entry) => entry.group === group)
  return entries.map(({ port }) => names.get(port)).sort()
}

/** Registers the tests. */
export function bridgeSnooping(suite: Suite): void {
  const needs = [...tapBridgeNeeds, 'packets', 'bridge protocols'] as const

  suite.test('MLD 1: a report makes a member, and a "done" ends it', needs, async (context) => {
    const bridge = await snooping(context, 3)
    await bridge.send([1, mld(MLD_REPORT, group6, group6)])
    expect(await membersOf(bridge, group6)).toEqual(['tap1'])
    expect(await bridge.reached(0, datagram6(group6))).toEqual([1])
    await bridge.send([1, mld(MLD_DONE, group6, 'ff02::2')])
    await eventually(async () => expect(await membersOf(bridge, group6)).toEqual([]))
    expect(await bridge.reached(0, datagram6(group6))).toEqual([])
  })

  suite.test('MLD 2: records that join and leave', needs, async (context) => {
    const bridge = await snooping(context, 3)
    await bridge.send([1, mld(MLD_REPORT2, group6, 'ff02::16', 4)], [2, mld(MLD_REPORT2, group6, 'ff02::16', 2)])
    expect(await membersOf(bridge, group6)).toEqual(['tap1', 'tap2'])
    await bridge.send([1, mld(MLD_REPORT2, group6, 'ff02::16', 3)])
    await eventually(async () => expect(await membersOf(bridge, group6)).toEqual(['tap2']))
  })

  suite.test('groups that are for every host are never left out', needs, async (context) => {
    const bridge = await snooping(context, 3)
    expect(await bridge.reached(0, datagram4('224.0.0.251'))).toEqual([1, 2])
    expect(await bridge.reached(0, datagram6('ff02::1'))).toEqual([1, 2])
    // The groups of addresses are left out like others.
    expect(await bridge.reached(0, datagram6('ff02::1:ff00:99'))).toEqual([])
    // No entry is made of what everybody gets.
    await bridge.send([1, igmp(REPORT, '224.0.0.251')], [1, mld(MLD_REPORT, 'ff02::1', 'ff02::1')])
    expect(await membersOf(bridge, '224.0.0.251')).toEqual([])
    expect(await membersOf(bridge, 'ff02::1')).toEqual([])
  })

  suite.test('a report goes to routers only; what talks to all goes to all', needs, async (context) => {
    const bridge = await snooping(context, 3)
    await bridge.ns.link.set('tap2', { port: { multicastRouter: 2 } })
    expect(await bridge.reached(0, igmp(REPORT, group4))).toEqual([2])
    expect(await bridge.reached(0, mld(MLD_REPORT, group6, group6))).toEqual([2])
    expect(await bridge.reached(0, igmp(LEAVE, group4, '224.0.0.2'))).toEqual([1, 2])
    expect(await bridge.reached(0, mld(MLD_REPORT2, group6, 'ff02::16', 4))).toEqual([1, 2])
  })

  suite.test('a message with a wrong checksum goes nowhere, and means nothing', needs, async (context) => {
    const bridge = await tapBridge(context, 2)
    expect(await bridge.reached(0, igmp(REPORT, group4, group4, '192.0.2.7', 0x40))).toEqual([])
    expect(await membersOf(bridge, group4)).toEqual([])
    expect(await bridge.reached(0, igmp(REPORT, group4))).toEqual([1])
    expect(await membersOf(bridge, group4)).toEqual(['tap0'])
  })

  suite.test('the querier asks all ports, at first and again', needs, async (context) => {
    const bridge = await tapBridge(context, 2, { ...quick, multicastStartupQueryInterval: 1 })
    await eventually(async () =>
      expect((await bridge.ns.address.list({ link: 'br0', family: 6 }))[0]?.flags).toEqual(['permanent']),
    )
    await bridge.send()
    await bridge.ns.link.set('br0', { bridge: { multicastQuerier: true } })
    const seen: Uint8Array[][] = [[], []]
    await eventually(async () => {
      for (const [port, frames] of (await bridge.send()).entries()) seen[port]?.push(...frames)
      for (const frames of seen) expect(queriesIn(frames).length).toBeGreaterThanOrEqual(2)
    })
    for (const frames of seen) {
      expect(queriesIn(frames)[0]).toEqual({ length: 8, group: '0.0.0.0', from: '0.0.0.0', code: 1 })
      const own = present((await bridge.ns.address.list({ link: 'br0', family: 6 }))[0]).address
      const asked = frames.map(icmpv6In).find((said) => said?.type === MLD_QUERY)
      expect(asked).toMatchObject({ from: own, to: 'ff02::1', hops: 1, alert: true })
      expect([asked?.message.length, u16(asked?.message ?? new Uint8Array(8), 4)]).toEqual([24, 100])
    }
  })

  suite.test('of the latest versions when told so', needs, async (context) => {
    const latest = { multicastIgmpVersion: 3, multicastMldVersion: 2 }
    const bridge = await snooping(context, 1, { ...latest, multicastStartupQueryInterval: 1 })
    const seen: Uint8Array[] = []
    await eventually(async () => {
      seen.push(...(await bridge.send()).flat())
      expect(queriesIn(seen)).toContainEqual({ length: 12, group: '0.0.0.0', from: '0.0.0.0', code: 1 })
      const asked = seen.map(icmpv6In).find((said) => said?.type === MLD_QUERY)
      expect([asked?.message.length, asked?.message[24], asked?.message[25]]).toEqual([28, 2, 125])
    })
  })

  suite.test('a leave has it ask there for that group', needs, async (context) => {
    const bridge = await snooping(context, 2)
    await bridge.send([1, igmp(REPORT, group4)])
    const [other = [], own = []] = await bridge.send([1, igmp(LEAVE, group4, '224.0.0.2')])
    expect(queriesIn(own)).toContainEqual({ length: 8, group: group4, from: '0.0.0.0', code: 1 })
    expect(queriesIn(other).filter(({ group }) => group === group4)).toEqual([])
    // Somebody answers, and it stays.
    await bridge.send([1, igmp(REPORT, group4)])
    await sleep(pause * 3000)
    expect(await membersOf(bridge, group4)).toEqual(['tap1'])
  })

  suite.test('another querier: it is believed, and whoever leaves is asked by that one', needs, async (context) => {
    const bridge = await snooping(context, 3)
    await bridge.send([1, igmp(REPORT, group4)], [2, igmp(QUERY, '0.0.0.0', '224.0.0.1', '192.0.2.9')])
    const out = await bridge.send([1, igmp(LEAVE, group4, '224.0.0.2')])
    expect(out.flatMap(queriesIn).filter(({ group }) => group === group4)).toEqual([])
    await sleep(pause * 3000)
    expect(await membersOf(bridge, group4)).toEqual(['tap1'])
    // Without being a querier itself it still leaves out what nobody wants.
    await bridge.ns.link.set('br0', { bridge: { multicastQuerier: false } })
    expect(await bridge.reached(0, datagram4('239.9.9.9'))).toEqual([2])
    expect(await bridge.reached(0, datagram6('ff0e::9'))).toEqual([1, 2])
    // That one asks for the group, and nobody answers.
    await bridge.send([2, igmp(QUERY, group4, group4, '192.0.2.9')])
    await eventually(async () => expect(await membersOf(bridge, group4)).toEqual([]))
  })

  suite.test('who asks is told: the bridge itself, or another that was heard', needs, async (context) => {
    const bridge = await snooping(context, 3)
    const { ns } = bridge
    const told = async () => (await ns.link.get('br0'))?.bridge?.multicastQuerierState
    if ((await told()) === undefined) context.skip('lacks capability: queriers of bridges (Linux 5.15)')
    const [own] = await ns.address.list({ link: 'br0', family: 6 })
    expect(await told()).toEqual({ ipv4: { address: '0.0.0.0' }, ipv6: { address: own?.address.split('/')[0] } })
    await bridge.send([2, igmp(QUERY, '0.0.0.0', '224.0.0.1', '192.0.2.9')], [1, mld(MLD_QUERY, '::', 'ff02::1')])
    const index = async (name: string) => (await ns.link.get(name))?.index
    const [port4, port6] = [await index('tap2'), await index('tap1')]
    await eventually(async () => {
      expect(await told()).toMatchObject({
        ipv4: { address: '192.0.2.9', link: port4 },
        ipv6: { address: 'fe80::b1', link: port6 },
      })
    })
    for (const version of ['ipv4', 'ipv6'] as const) {
      const timer = (await told())?.[version]?.timer
      expect(timer).toBeGreaterThan(200)
      expect(timer).toBeLessThanOrEqual(255)
    }
    // One with a greater address does not count beside it.
    await bridge.send([1, igmp(QUERY, '0.0.0.0', '224.0.0.1', '192.0.2.10')])
    expect(await told()).toMatchObject({ ipv4: { address: '192.0.2.9', link: port4 } })
    // A port that has left is not told any more; who was heard there is, until the time is over.
    await ns.link.set('tap2', { master: null })
    expect((await told())?.ipv4?.address).toBe('192.0.2.9')
    expect((await told())?.ipv4?.link).toBeUndefined()
    await ns.link.set('br0', { bridge: { multicastSnooping: false } })
    expect(await told()).toBeUndefined()
  })

  suite.test('nobody asks, and nobody is told', needs, async (context) => {
    const { ns } = await tapBridge(context, 1)
    expect((await ns.link.get('br0'))?.bridge?.multicastQuerierState).toBeUndefined()
  })

  suite.test('a member that is not heard of any more is forgotten', needs, async (context) => {
    const bridge = await snooping(context, 2, { multicastMembershipInterval: 4 })
    await bridge.send([1, igmp(REPORT, group4)])
    const [entry] = await bridge.ns.mdb.list({ group: group4 })
    expect(entry?.timer).toBeGreaterThan(0)
    expect(entry?.timer).toBeLessThanOrEqual(4)
    await eventually(async () => expect(await membersOf(bridge, group4)).toEqual([]))
  })

  suite.test('multicastMaxGroups: what is too many is not entered', needs, async (context) => {
    const bridge = await snooping(context, 2)
    if ((await bridge.ns.link.get('tap1'))?.port?.multicastMaxGroups === undefined)
      context.skip('lacks capability: a limit of groups (Linux 6.3)')
    await bridge.ns.link.set('tap1', { port: { multicastMaxGroups: 1 } })
    await bridge.send([1, igmp(REPORT, group4)], [1, igmp(REPORT, '239.3.2.1')])
    expect([await membersOf(bridge, group4), await membersOf(bridge, '239.3.2.1')]).toEqual([['tap1'], []])
  })

  suite.test('a router that tells of itself (RFC 4286), and one of PIM', needs, async (context) => {
    const bridge = await snooping(context, 3)
    const hello = ethernet(
      groupMac(ip4('224.0.0.13')),
      mac(0xb2),
      0x0800,
      ipv4('192.0.2.8', '224.0.0.13', 103, pimHello(), 1),
    )
    await bridge.send([1, igmp(0x30, '0.0.0.0', '224.0.0.106')], [2, hello])
    const names = new Map((await bridge.ns.link.list()).map((link) => [link.index, link.name]))
    expect((await bridge.ns.mdbRouter.list()).map(({ port }) => names.get(port)).sort()).toEqual(['tap1', 'tap2'])
    expect(await bridge.reached(0, datagram4(group4))).toEqual([1, 2])
  })
}

/** A "hello" of PIM 2 without options, with its checksum. */
function pimHello(): Uint8Array {
  const message = Uint8Array.of(0x20, 0, 0, 0)
  put16(message, 2, ~sum(message) & 0xffff)
  return message
}
