/** Requests about links that stand on others or above ports, against those that iproute2 sends for the same. */
import { type CleanLinkChange, type CleanLinkSpec, type Link, parseMac } from '@vnet/core'
import { describe, expect, test } from 'vitest'
import { Octets } from '../src/netlink/octets.js'
import { loadFixture } from './fixtures/load.js'
import { contextOf, dissectLink, encodeLink, recorded } from './link-message.js'

const mac = parseMac('02:00:00:00:00:f0') as Uint8Array

const backup = { mode: 'active-backup' }
const ring = { slave1: 'v0', slave2: 'v2' }
const lacp = { mode: '802.3ad' }

/** What a request tells by fixture of `guest-link`; the kind is the first word. */
const made: Readonly<Record<string, object>> = {
  ipvlan: { parent: 'v0', ipvlan: { mode: 'l3s', modeFlag: 'private' } },
  'ipvlan-l2': { parent: 'v0', ipvlan: { mode: 'l2', modeFlag: 'bridge' } },
  'ipvlan-l3-vepa': { parent: 'v0', ipvlan: { mode: 'l3', modeFlag: 'vepa' } },
  ipvtap: { parent: 'v0', ipvlan: { mode: 'l2', modeFlag: 'bridge' } },
  'ipvtap-l3s': { parent: 'v0', ipvlan: { mode: 'l3s', modeFlag: 'private' } },
  nlmon: {},
  macsec: { parent: 'v0', macsec: { port: 11, encrypt: true } },
  'macsec-sci': { parent: 'v0', macsec: { sci: '0200000000f00001' } },
  'macsec-xpn': {
    parent: 'v0',
    macsec: { port: 1, cipher: 'gcm-aes-xpn-128', icvLength: 16, scb: true, sendSci: false },
  },
  'macsec-options': {
    parent: 'v0',
    macsec: {
      ...{ port: 1, cipher: 'gcm-aes-256', encrypt: false, sendSci: false, endStation: true, protect: true },
      ...{ replayProtect: true, window: 64, validate: 'check', encodingSa: 2 },
    },
  },
  team: {},
  hsr: { hsr: { ...ring, supervision: 45, version: 1 } },
  'hsr-prp': { hsr: { ...ring, protocol: 'prp' } },
  vrf: { vrf: { table: 100 } },
  bond: { bond: { ...backup, miimon: 100, updelay: 200, downdelay: 300, failOverMac: 'active' } },
  'bond-minimal': {},
  'bond-8023ad': { bond: { ...lacp, lacpRate: 'fast', xmitHashPolicy: 'layer3+4', adSelect: 'count' } },
  'bond-8023ad-actor': {
    bond: {
      ...{ ...lacp, lacpActive: false, adActorSystemPriority: 7, adUserPortKey: 9 },
      ...{ adActorSystem: '02:00:00:00:00:77', adSelect: 'bandwidth', xmitHashPolicy: 'vlan+srcmac' },
    },
  },
  'bond-arp': {
    bond: {
      ...{ ...backup, arpInterval: 100, arpIpTargets: ['192.0.2.1', '192.0.2.2'], arpValidate: 'all' },
      ...{ arpAllTargets: 'all', peerNotifications: 4, arpMissedMax: 5 },
    },
  },
  'bond-neighbour': { bond: { ...backup, arpInterval: 100, neighbourTargets: ['2001:db8::1', '2001:db8::2'] } },
  'bond-notify': {
    bond: { ...backup, miimon: 100, peerNotifyDelay: 300, peerNotifications: 2, failOverMac: 'follow' },
  },
  'vrf-table-large': { vrf: { table: 4294967294 } },
}

/** The attributes that hold the index of a link, by the names in the commands. */
const places: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'guest-link/set-bond-active': { v0: '18.2.2' },
  'guest-link/set-master-bond': { x0: '10' },
  'guest-link/add-hsr': { v0: '18.2.1', v2: '18.2.2' },
  'guest-link/add-hsr-prp': { v0: '18.2.1', v2: '18.2.2' },
  'guest-link/set-master-team': { x0: '10' },
  'guest-link/set-master-vrf': { x0: '10' },
}

/** The indexes that the links of a command had where it was recorded, as the request tells. */
function indexes(fixture: string): Record<string, number> {
  const lines = recorded(fixture)
  const found: Record<string, number> = {}
  for (const [name, path] of Object.entries(places[fixture] ?? { v0: '5' })) {
    const octets = lines.find((line) => line.startsWith(`${path}: `))?.slice(path.length + 2)
    if (octets !== undefined) found[name] = Buffer.from(octets.replaceAll(' ', ''), 'hex').readUInt32LE()
  }
  return found
}

describe('link add', () => {
  test.each(Object.entries(made))('%s', (name, more) => {
    const fixture = `guest-link/add-${name}`
    const { command } = loadFixture(fixture)
    const kind = name.split('-')[0] as string
    const spec = { kind, name: 'x0', ...more, ...(command.includes(' address ') ? { mac } : {}) }
    const request = { operation: 'link add', spec: spec as unknown as CleanLinkSpec } as const
    expect(dissectLink(encodeLink(request, contextOf(indexes(fixture))))).toEqual(recorded(fixture))
  })
})

test('hsr: the link to another ring, for which iproute2 6.1 has no word', () => {
  const spec = { kind: 'hsr', name: 'x0', hsr: { ...ring, interlink: 'v4' } } as CleanLinkSpec
  const lines = dissectLink(encodeLink({ operation: 'link add', spec }, contextOf({ v0: 3, v2: 5, v4: 0x0102 })))
  // IFLA_HSR_INTERLINK is 8 in IFLA_INFO_DATA (2) of IFLA_LINKINFO (18).
  expect(lines.filter((line) => line.startsWith('18.2.'))).toEqual([
    '18.2.1: 03 00 00 00',
    '18.2.2: 05 00 00 00',
    '18.2.8: 02 01 00 00',
  ])
})

/** What a change tells, and of what kind the link is. */
const changed: Readonly<Record<string, readonly [kind: string, link: string, change: object]>> = {
  'set-bond': ['bond', 'x0', { bond: { miimon: 200, updelay: 400, resendIgmp: 3 } }],
  'set-bond-active': ['bond', 'x0', { bond: { primary: 'v0', activeSlave: 'v0' } }],
  'set-master-bond': ['veth', 'v0', { master: 'x0' }],
  'set-macsec': ['macsec', 'x0', { macsec: { encrypt: true, validate: 'disabled', encodingSa: 1 } }],
  'set-master-team': ['veth', 'v0', { master: 'x0' }],
  'set-master-vrf': ['veth', 'v0', { master: 'x0' }],
  'set-ipvlan': ['ipvlan', 'x0', { ipvlan: { mode: 'l3s', modeFlag: 'vepa' } }],
}

describe('link set', () => {
  test.each(Object.entries(changed))('%s', (name, [kind, link, change]) => {
    const fixture = `guest-link/${name}`
    const context = {
      ...contextOf({ ...indexes(fixture), [link]: new Octets(loadFixture(fixture).requests[0] as Uint8Array).u32(20) }),
      linkBefore: () => ({ kind }) as Link,
    }
    const request = { operation: 'link set', spec: { link, ...change } as CleanLinkChange } as const
    expect(dissectLink(encodeLink(request, context))).toEqual(recorded(fixture))
  })
})
