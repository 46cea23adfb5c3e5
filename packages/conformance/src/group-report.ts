/** What a host says of the groups that it listens to: MLD (RFC 2710, RFC 3810) and IGMP (RFC 2236, RFC 3376). @module */
import { formatIp, type Namespace, type TunPort } from '@vnet/core'
import { expect } from 'vitest'
import type { Context } from './context.js'
import { eventually } from './expectation.js'
import { ethernet, groupMac, ip4, ip6, ipv4, joined, put16, sum, u16 } from './frame.js'
import { icmpv6, icmpv6In } from './icmpv6-frame.js'
import { readOf, write } from './port-frame.js'
import type { Suite } from './suite.js'
import { mac } from './surroundings.js'

const [HOST, ROUTER] = [mac(1), mac(0x51)]
const OWN = 'fe80::ff:fe00:1'
/** Records: wanted, left, joined. */
const [IS_EXCLUDE, TO_INCLUDE, TO_EXCLUDE] = [2, 3, 4]

/** One version of IP: how groups are joined, asked for and told. */
interface Family {
  readonly group: string
  readonly other: string
  readonly whole: string
  /** The prefix of a group's address. */
  readonly length: number
  /** The records of a report of the latest version: type and group of each. */
  records(frame: Uint8Array): readonly (readonly [type: number, group: string])[] | undefined
  /** A report or a leave of an old version. */
  old(frame: Uint8Array): { readonly what: 'report' | 'leave'; readonly group: string; readonly to: string } | undefined
  /** A query; `delay` in milliseconds. */
  query(group: string, delay: number, isOld?: boolean): Uint8Array
}

function recordsIn(message: Uint8Array, size: 4 | 16): [number, string][] {
  const found: [number, string][] = []
  let at = 8
  for (let i = 0; i < u16(message, 6); i++) {
    found.push([message[at] as number, formatIp(message.slice(at + 4, at + 4 + size))])
    at += 4 + size * (1 + u16(message, at + 2))
  }
  return found
}

const mld: Family = {
  group: 'ff0e::1234',
  other: 'ff0e::4321',
  whole: '::',
  length: 128,
  records(frame) {
    const said = icmpv6In(frame)
    if (said?.type !== 143) return undefined
    expect(said).toMatchObject({ to: 'ff02::16', hops: 1, alert: true })
    return recordsIn(said.message, 16)
  },
  old(frame) {
    const said = icmpv6In(frame)
    if (said?.type !== 131 && said?.type !== 132) return undefined
    expect(said).toMatchObject({ from: OWN, hops: 1, alert: true })
    const group = formatIp(said.message.slice(8, 24))
    return { what: said.type === 131 ? 'report' : 'leave', group, to: said.to }
  },
  query(group, delay, isOld = false) {
    const head = Uint8Array.of(130, 0, 0, 0, delay >> 8, delay & 255, 0, 0)
    const message = joined(head, ip6(group), isOld ? new Uint8Array() : Uint8Array.of(2, 125, 0, 0))
    const to = group === '::' ? 'ff02::1' : group
    return icmpv6({ mac: ROUTER, from: 'fe80::51', to, message, hops: 1, alert: true })
  },
}

/** The IGMP message of a frame, with where it went. */
function igmpIn(frame: Uint8Array): { readonly message: Uint8Array; readonly to: string } | undefined {
  if (u16(frame, 12) !== 0x0800 || frame[23] !== 2) return undefined
  // A router alert, and marked as control traffic of the network (RFC 3376 § 4).
  expect([frame[14], frame[15], frame[22], u16(frame, 34)]).toEqual([0x46, 0xc0, 1, 0x9404])
  return { message: frame.subarray(38, 14 + u16(frame, 16)), to: formatIp(frame.slice(30, 34)) }
}

const igmp: Family = {
  group: '239.1.2.3',
  other: '239.3.2.1',
  whole: '0.0.0.0',
  length: 32,
  records(frame) {
    const said = igmpIn(frame)
    if (said?.message[0] !== 0x22) return undefined
    expect(said.to).toBe('224.0.0.22')
    return recordsIn(said.message, 4)
  },
  old(frame) {
    const said = igmpIn(frame)
    const type = said?.message[0]
    if (said === undefined || (type !== 0x16 && type !== 0x17)) return undefined
    const group = formatIp(said.message.slice(4, 8))
    return { what: type === 0x16 ? 'report' : 'leave', group, to: said.to }
  },
  query(group, delay, isOld = false) {
    const tail = isOld ? new Uint8Array() : Uint8Array.of(2, 125, 0, 0)
    const message = joined(Uint8Array.of(0x11, delay / 100, 0, 0), ip4(group), tail)
    put16(message, 2, ~sum(message) & 0xffff)
    const to = group === '0.0.0.0' ? '224.0.0.1' : group
    return ethernet(groupMac(ip4(to)), ROUTER, 0x0800, ipv4('192.0.2.51', to, 2, message, 1))
  },
}

/** A host on a TAP of the test's, ready to talk. */
async function hostOn({ ns, defer }: Context): Promise<{ port: TunPort; ns: Namespace }> {
  const port = await ns.openTap({ name: 'tap0', mac: HOST, up: true })
  defer(() => port.close())
  await ns.address.add({ link: 'tap0', address: '192.0.2.1/24' })
  await eventually(async () => {
    const addresses = await ns.address.list({ link: 'tap0', family: 6 })
    expect(addresses.map(({ flags }) => flags)).toEqual([['permanent']])
  })
  return { port, ns }
}

/** An address with `autojoin` joins the group. */
const join = (ns: Namespace, { length }: Family, group: string) =>
  ns.address.add({
    link: 'tap0',
    address: `${group}/${length}`,
    autoJoin: true,
    ...(length === 128 ? { noDad: true } : {}),
  })
const leave = (ns: Namespace, { length }: Family, group: string) =>
  ns.address.delete({ link: 'tap0', address: `${group}/${length}` })

/** The next report with a record of a type about a group, and all its records. */
const reportOf = async (port: TunPort, family: Family, type: number, group: string) => {
  const isIt = (record: readonly [number, string]) => record[0] === type && record[1] === group
  const frame = await readOf(port, (each) => family.records(each)?.some(isIt) ?? false)
  return family.records(frame) ?? []
}

const oldOf = async (port: TunPort, family: Family, what: 'report' | 'leave', group: string) => {
  const wanted = (frame: Uint8Array) => {
    const said = family.old(frame)
    return said?.what === what && said.group === group
  }
  return family.old(await readOf(port, wanted))
}

/** Registers the tests. */
export function groupReport(suite: Suite): void {
  const needs = ['tun port', 'link tap', 'packets'] as const
  for (const [name, family] of [
    ['MLD', mld],
    ['IGMP', igmp],
  ] as const) {
    const { group, other, whole } = family

    suite.test(`${name}: told twice when it is joined, and when it is left`, needs, async (context) => {
      const { port, ns } = await hostOn(context)
      await join(ns, family, group)
      for (let i = 0; i < 2; i++) await reportOf(port, family, TO_EXCLUDE, group)
      await leave(ns, family, group)
      for (let i = 0; i < 2; i++) await reportOf(port, family, TO_INCLUDE, group)
    })

    suite.test(`${name}: a query of all is answered in one report, in its time`, needs, async (context) => {
      const { port, ns } = await hostOn(context)
      for (const each of [group, other]) await join(ns, family, each)
      for (let i = 0; i < 2; i++) await reportOf(port, family, TO_EXCLUDE, other)
      const begun = performance.now()
      await write(port, family.query(whole, 1000))
      const records = await reportOf(port, family, IS_EXCLUDE, group)
      expect(records).toEqual(expect.arrayContaining([group, other].map((each) => [IS_EXCLUDE, each])))
      // Groups of all hosts are none that anybody tells.
      for (const all of ['ff02::1', 'ff01::1', '224.0.0.1']) expect(records.map((each) => each[1])).not.toContain(all)
      expect(performance.now() - begun).toBeLessThan(5000)
    })

    suite.test(`${name}: a query of one group is answered for that one`, needs, async (context) => {
      const { port, ns } = await hostOn(context)
      for (const each of [group, other]) await join(ns, family, each)
      for (let i = 0; i < 2; i++) await reportOf(port, family, TO_EXCLUDE, other)
      await write(port, family.query(other, 100))
      expect(await reportOf(port, family, IS_EXCLUDE, other)).toEqual([[IS_EXCLUDE, other]])
    })

    suite.test(`${name}: an old querier is told in its own words`, needs, async (context) => {
      const { port, ns } = await hostOn(context)
      await join(ns, family, group)
      await reportOf(port, family, TO_EXCLUDE, group)
      await write(port, family.query(whole, 100, true))
      expect(await oldOf(port, family, 'report', group)).toMatchObject({ to: group })
      await leave(ns, family, group)
      const routers = family === mld ? 'ff02::2' : '224.0.0.2'
      expect(await oldOf(port, family, 'leave', group)).toMatchObject({ to: routers })
      // An address of IPv6 has the host forget whom it heard (`ipv6_mc_reset`); IGMP tells a group at once, to its own address.
      await join(ns, family, other)
      if (family === mld) await reportOf(port, family, TO_EXCLUDE, other)
      else expect(await oldOf(port, family, 'report', other)).toMatchObject({ to: other })
    })
  }

  suite.test('the groups of addresses are told again with an address', needs, async (context) => {
    const { port, ns } = await hostOn(context)
    await ns.address.add({ link: 'tap0', address: '2001:db8::7/64' })
    const records = await reportOf(port, mld, TO_EXCLUDE, 'ff02::1:ff00:7')
    expect(records).toEqual(expect.arrayContaining([[TO_EXCLUDE, 'ff02::1:ff00:1']]))
  })
}
