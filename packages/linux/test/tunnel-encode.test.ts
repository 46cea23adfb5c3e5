/** Requests about tunnels against those that iproute2 sends for the same. It also sends what is zero, or the kernel's default. */
import { type CleanLinkChange, type CleanLinkSpec, type Link, parseMac } from '@vnet/core'
import { describe, expect, test } from 'vitest'
import { Octets } from '../src/netlink/octets.js'
import { loadFixture } from './fixtures/load.js'
import { contextOf, dissectLink, encodeLink, recorded } from './link-message.js'

const ends = { local: '192.0.2.1', remote: '192.0.2.2' }
const ends6 = { local: '2001:db8::1', remote: '2001:db8::2' }
const mac = parseMac('02:00:00:00:00:f0') as Uint8Array

const key = (number: number) => ({ ikey: number, okey: number })
const numbered = { iseq: true, oseq: true, icsum: true, ocsum: true }

/** Options by fixture; what stands before the first `-` is the kind. */
const made: Readonly<Record<string, object>> = {
  gre: { ...ends, ttl: 64, tos: 0x10, ikey: 1, okey: 2, iseq: true, ocsum: true },
  'gre-minimal': { local: ends.local },
  'gre-encap': { ...ends, encap: 'gue', encapDport: 5555, encapCsum: true, encapRemcsum: true },
  'gre-external': { external: true },
  'gre-inherit': { ...ends, pmtudisc: false, ttl: 0, tos: 1, ignoreDf: true, link: 'v0', fwmark: 7 },
  'gre-key': { ...ends, ...key(0xc0000263), ...numbered },
  'gre-multicast': { local: ends.local, remote: '239.1.2.3', ttl: 5, link: 'v0', ...key(0xef010203) },
  gretap: { ...ends, ...key(7), ...numbered },
  'gretap-minimal': ends,
  'gretap-encap': { ...ends, ttl: 9, encap: 'fou', encapSport: 7777, encapDport: 5555, encapCsum: true },
  'gretap-external': { external: true },
  erspan: { ...ends, ...key(7), erspanIndex: 123 },
  'erspan-0': { ...ends, ...key(7), erspanVersion: 0, iseq: true, oseq: true },
  'erspan-2': { ...ends, ...key(7), erspanVersion: 2, erspanDir: 'egress', erspanHwid: 17 },
  'erspan-external': { external: true },
  ip6gre: { ...ends6, ttl: 32, encapLimit: 4, flowLabel: 0x12345 },
  'ip6gre-minimal': { local: ends6.local },
  'ip6gre-external': { external: true },
  'ip6gre-inherit': { ...ends6, tclassInherit: true, flowLabelInherit: true, fwmark: 9 },
  'ip6gre-options': {
    ...ends6,
    ...{ ikey: 1, okey: 2, icsum: true, oseq: true, tclass: 0x20, encapLimit: null },
    ...{ dscpInherit: true, link: 'v0', allowLocalRemote: true },
  },
  ip6gretap: { ...ends6, ...key(7), ...numbered, ttl: 8 },
  'ip6gretap-external': { external: true },
  ip6erspan: { ...ends6, ...key(7), erspanIndex: 123 },
  'ip6erspan-2': { ...ends6, ...key(7), erspanVersion: 2, erspanDir: 'ingress', erspanHwid: 3 },
  ipip: { ...ends, pmtudisc: false },
  'ipip-minimal': { local: ends.local },
  'ipip-any': { ...ends, mode: 'any', ttl: 9, tos: 1, link: 'v0' },
  'ipip-encap': { ...ends, encap: 'fou', encapSport: 7777, encapDport: 5555 },
  'ipip-external': { external: true },
  'ipip-mpls': { ...ends, mode: 'mplsip' },
  sit: { ...ends, ttl: 64, mode: 'ip6ip' },
  'sit-minimal': { local: ends.local },
  'sit-6rd': {
    ...{ ...ends, ttl: 64, sixrdPrefix: '2001:db8::', sixrdPrefixLength: 32 },
    ...{ sixrdRelayPrefix: '192.0.2.0', sixrdRelayPrefixLength: 24 },
  },
  'sit-any': { ...ends, mode: 'any', tos: 8, pmtudisc: false, link: 'v0', fwmark: 5 },
  'sit-encap': { ...ends, encap: 'gue', encapDport: 5555, encapCsum: true },
  'sit-ipip': { ...ends, mode: 'ipip' },
  'sit-isatap': { local: ends.local, ttl: 64, isatap: true },
  ip6tnl: { ...ends6, mode: 'ipip6' },
  'ip6tnl-minimal': { local: ends6.local },
  'ip6tnl-any': {
    ...{ ...ends6, mode: 'any', tclassInherit: true, flowLabelInherit: true },
    ...{ fwmark: 3, allowLocalRemote: true },
  },
  'ip6tnl-encap': { ...ends6, mode: 'ip6ip6', encap: 'fou', encapSport: 7777, encapDport: 5555, encapCsum: true },
  'ip6tnl-external': { external: true },
  'ip6tnl-options': {
    ...{ ...ends6, mode: 'ip6ip6', ttl: 7, encapLimit: null, tclass: 0x20, flowLabel: 0x12345 },
    ...{ dscpInherit: true, link: 'v0' },
  },
  vti: { ...ends, ikey: 1, okey: 2 },
  'vti-minimal': { local: ends.local },
  'vti-fwmark': { ...ends, ...key(5), fwmark: 6, link: 'v0' },
  vti6: { ...ends6, ikey: 1, okey: 2 },
  geneve: { id: 42, remote: ends.remote, port: 6081, ttl: 64, df: 'set' },
  'geneve-external': { external: true },
  'geneve-inherit': { id: 1, remote: ends.remote, ttlInherit: true, tos: 1, df: 'inherit', udpChecksum: true },
  'geneve-inner-protocol': { id: 7, remote: ends.remote, innerProtocolInherit: true },
  'geneve-v6': {
    ...{ id: 16777215, remote: ends6.remote, ttl: 0, tos: 0x10, flowLabel: 0x12345 },
    ...{ udpZeroChecksum6Tx: false, udpZeroChecksum6Rx: true },
  },
}

/** What iproute2 says although it is the kernel's default, or about what is not there. */
const defaults = new Set([
  // IFLA_GRE_PMTUDISC, IFLA_IPTUN_PMTUDISC.
  '18.2.10: 01',
  // The checksum over IPv6 of a wrapping, and the version of ERSPAN, where there is neither.
  '18.2.15: 02 00',
  '18.2.16: 02 00',
  '18.2.22: 01',
])
/** What iproute2 says in one request only. */
const only: Readonly<Record<string, string>> = {
  // A limit of wrappings beside the flag that there is none.
  'guest-link/add-ip6gre-options': '18.2.11: 04',
  'guest-link/add-ip6tnl-options': '18.2.6: 04',
  // Flags that the kernel keeps for itself (IP6_TNL_F_CAP_XMIT, IP6_TNL_F_CAP_RCV), sent back as they were read.
  'guest-link/set-ip6gre': '18.2.13: 00 00 03 00',
  'guest-link/set-ip6tnl': '18.2.8: 00 00 03 00',
}
const nothing = /: (00 ?)*$/

/** Holds a request against the recorded one: the same but for what is zero or a default. */
function compare(ours: readonly string[], name: string): void {
  const theirs = recorded(name)
  expect(ours.filter((line) => !theirs.includes(line) && !nothing.test(line))).toEqual([])
  const missing = theirs.filter((line) => !ours.includes(line) && !nothing.test(line) && !defaults.has(line))
  expect(missing).toEqual(only[name] === undefined ? [] : [only[name]])
}

const changed: Readonly<Record<string, object>> = {
  gre: { local: '192.0.2.3', remote: '192.0.2.4', ttl: 5, ...key(9) },
  gretap: { remote: '192.0.2.4', ttl: 7 },
  ip6gre: { remote: '2001:db8::4', ttl: 9 },
  ip6tnl: { remote: '2001:db8::4', ttl: 9 },
  ipip: { remote: '192.0.2.4', tos: 0x10 },
  sit: { remote: '192.0.2.4', ttl: 7 },
  vti: { remote: '192.0.2.4', ...key(3) },
}

const unwrapped = { encap: 'none', encapSport: 0, encapDport: 0, encapCsum: false, encapCsum6: false }
/** What the kernel tells of tunnels before the change, as far as it matters. */
const plain = { ...ends, ttl: 0, tos: 0, pmtudisc: true, fwmark: 0, external: false, ...unwrapped }
const plain6 = { ...ends6, ttl: 64, encapLimit: 4, tclass: 0, flowLabel: 0, external: false, ...unwrapped }

describe('link set: what is not changed is sent again', () => {
  test.each(Object.entries(changed))('%s', (kind, options) => {
    const fixture = `guest-link/set-${kind}`
    const request = new Octets(loadFixture(fixture).requests[0] as Uint8Array)
    const index = request.u32(20)
    const before = { index, kind, [kind]: kind.includes('6') ? plain6 : plain } as unknown as Link
    const change = { link: index, [kind]: options } as unknown as CleanLinkChange
    const context = { ...contextOf(), linkBefore: () => before }
    compare(dissectLink(encodeLink({ operation: 'link set', spec: change }, context)), fixture)
  })
})

/** The index that `v0` had where it was recorded: IFLA_GRE_LINK and the like are 1 for all kinds. */
function lowerIndex(fixture: string): number {
  const line = recorded(fixture).find((each) => each.startsWith('18.2.1: '))
  return Number.parseInt(line?.slice(8, 10) ?? '0', 16)
}

describe('link add', () => {
  test.each(Object.entries(made))('%s', (name, options) => {
    const kind = name.split('-')[0] as string
    const fixture = `guest-link/add-${name}`
    const withMac = loadFixture(fixture).command.includes(' address ')
    const spec = { kind, name: 'x0', [kind]: options, ...(withMac ? { mac } : {}) } as unknown as CleanLinkSpec
    compare(dissectLink(encodeLink({ operation: 'link add', spec }, contextOf({ v0: lowerIndex(fixture) }))), fixture)
  })
})
