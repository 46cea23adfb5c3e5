/** Requests about links against those that iproute2 sends for the same. */
import { type CleanLinkChange, type CleanLinkSpec, parseMac, type Request } from '@vnet/core'
import { describe, expect, test } from 'vitest'
import { MessageWriter } from '../src/netlink/writer.js'
import { linkDeleteByGroup, linkGetByAltName } from '../src/rtnetlink/link.js'
import { loadFixture } from './fixtures/load.js'
import { contextOf, dissectLink, encodeLink } from './link-message.js'

const mac = (text: string) => parseMac(text) as Uint8Array
const blue = { name: 'blue' }
const context = (links = { v0: 3 } as Record<string, number>) => contextOf(links, { blue: 4, red: 5 })

/** iproute2 tells the kernel `bridge_slave` as the link's kind, which is none; vnet says what kind the master is. */
const recorded = (name: string) =>
  dissectLink(loadFixture(name).requests[0] as Uint8Array)
    .map((line) => line.replace('18.1: 62 72 69 64 67 65 5f 73 6c 61 76 65', '18.4: 62 72 69 64 67 65'))
    .sort(byPath)
const byPath = (a: string, b: string) => (/^\d/.test(a) && /^\d/.test(b) ? (a < b ? -1 : 1) : 0)

const multicast = {
  multicastSnooping: true,
  multicastRouter: 2,
  multicastQueryUseIfaddr: true,
  multicastQuerier: true,
  multicastHashElasticity: 8,
  multicastHashMax: 1024,
  multicastLastMemberCount: 3,
  multicastStartupQueryCount: 4,
  multicastLastMemberInterval: 1.1,
  multicastMembershipInterval: 270,
  multicastQuerierInterval: 260,
  multicastQueryInterval: 130,
  multicastQueryResponseInterval: 9,
  multicastStartupQueryInterval: 32,
  multicastStatsEnabled: true,
  multicastIgmpVersion: 3,
  multicastMldVersion: 2,
}
const timers = { forwardDelay: 3, helloTime: 1.5, maxAge: 15, ageingTime: 123.45 }
const stp = {
  stp: true,
  priority: 4096,
  groupForwardMask: 8,
  groupAddress: '01:80:c2:00:00:04',
  noLinkLocalLearn: true,
}
const filtering = {
  vlanFiltering: true,
  vlanProtocol: '802.1ad',
  vlanDefaultPvid: 7,
  vlanStatsEnabled: true,
  vlanStatsPerPort: true,
  multicastVlanSnooping: true,
} as const
const netfilter = { nfCallIptables: true, nfCallIp6tables: true, nfCallArptables: true }

const bridge = (options: object): CleanLinkSpec => ({ kind: 'bridge', name: 'br0', bridge: options })
const vlan = (name: string, options: object) => ({ kind: 'vlan', name, parent: 'v0', vlan: options }) as CleanLinkSpec
const macvlan = (options: object) => ({ kind: 'macvlan', name: 'm0', parent: 'v0', macvlan: options }) as CleanLinkSpec
const vxlan = (options: object) => ({ kind: 'vxlan', name: 'vx0', vxlan: options }) as CleanLinkSpec

const added: Record<string, CleanLinkSpec> = {
  'add-ifb': { kind: 'ifb', name: 'i0' },
  'add-dummy': { kind: 'dummy', name: 'd0' },
  'add-nlmon': { kind: 'nlmon', name: 'n0' },
  'add-common-options': {
    kind: 'ifb',
    name: 'i0',
    index: 77,
    txQueueLength: 500,
    mac: mac('02:00:00:00:00:aa'),
    mtu: 1400,
    txQueues: 4,
    rxQueues: 2,
  },
  'add-in-namespace': { kind: 'ifb', name: 'i0', namespace: blue },
  'add-veth-without-names': { kind: 'veth' },
  'add-veth-without-peer': { kind: 'veth', name: 'v0' },
  'add-veth': { kind: 'veth', name: 'v0', peer: { name: 'v1' } },
  'add-veth-options': {
    kind: 'veth',
    name: 'v0',
    mtu: 1400,
    mac: mac('02:00:00:00:00:01'),
    txQueues: 2,
    rxQueues: 3,
    peer: {
      name: 'v1',
      mtu: 1300,
      mac: mac('02:00:00:00:00:02'),
      txQueues: 4,
      rxQueues: 5,
      txQueueLength: 700,
      index: 99,
    },
  },
  'add-veth-peer-in-namespace': {
    kind: 'veth',
    name: 'v0',
    peer: { name: 'eth0', namespace: { name: 'first' }, mac: mac('02:00:00:00:00:02') },
  },
  'add-veth-both-in-namespaces': {
    kind: 'veth',
    name: 'eth0',
    namespace: blue,
    peer: { name: 'eth0', namespace: { name: 'red' } },
  },
  'add-bridge': bridge({}),
  'add-bridge-with-mac': { kind: 'bridge', name: 'br0', mac: mac('02:00:00:00:00:b0') },
  'add-bridge-timers': bridge(timers),
  'add-bridge-stp': bridge(stp),
  'add-bridge-multicast': bridge(multicast),
  'add-bridge-vlan': bridge(filtering),
  'add-bridge-netfilter': bridge(netfilter),
  'add-bridge-all-options': bridge({ ...timers, ...stp, ...multicast, ...netfilter, ...filtering }),
  'add-vlan': vlan('v0.10', { id: 10 }),
  'add-vlan-8021ad': vlan('v0.20', { id: 20, protocol: '802.1ad' }),
  'add-vlan-flags': vlan('v0.10', {
    id: 10,
    reorderHeader: false,
    gvrp: true,
    mvrp: true,
    looseBinding: true,
    bridgeBinding: true,
  }),
  'add-vlan-qos': vlan('v0.10', { id: 10, ingressQos: { 1: 2, 3: 4 }, egressQos: { 5: 6, 7: 0 } }),
  'add-macvlan-private': macvlan({ mode: 'private' }),
  'add-macvlan-vepa': macvlan({ mode: 'vepa' }),
  'add-macvlan-bridge': macvlan({ mode: 'bridge' }),
  'add-macvlan-passthru': macvlan({ mode: 'passthru' }),
  'add-macvlan-source': macvlan({ mode: 'source' }),
  'add-macvlan-options': macvlan({ mode: 'passthru', noPromiscuous: true, broadcastQueueLength: 2000 }),
  'add-macvlan-nodst': macvlan({ mode: 'source', noDestination: true, macs: ['02:00:00:00:01:01'] }),
  'add-macvtap': { kind: 'macvtap', name: 'm0', parent: 'v0', macvlan: { mode: 'bridge' } },
  'add-vxlan-dstport': vxlan({ id: 42 }),
  'add-vxlan-group': vxlan({ id: 42, remote: '239.1.1.1', link: 'v0', ttl: 16 }),
  'add-vxlan-group-v6': vxlan({ id: 42, remote: 'ff05::100', link: 'v0' }),
  'add-vxlan-remote': vxlan({ id: 42, remote: '192.0.2.2', local: '192.0.2.1' }),
  'add-vxlan-remote-v6': vxlan({ id: 42, remote: '2001:db8::2', local: '2001:db8::1', flowLabel: 0x12345 }),
  'add-vxlan-all-options': vxlan({
    id: 16777215,
    remote: '192.0.2.2',
    local: '192.0.2.1',
    link: 'v0',
    port: 4790,
    portRange: [32768, 40000],
    ttl: 64,
    tos: 0x10,
    df: 'set',
    learning: false,
    proxy: true,
    rsc: true,
    l2Miss: true,
    l3Miss: true,
    udpChecksum: false,
    ageing: 120,
    maxEntries: 1000,
  }),
  'add-vxlan-switches': vxlan({
    id: 42,
    learning: false,
    proxy: true,
    rsc: true,
    l2Miss: true,
    l3Miss: true,
    udpChecksum: false,
    udpZeroChecksum6Tx: true,
    udpZeroChecksum6Rx: true,
    remoteChecksumTx: true,
    remoteChecksumRx: true,
  }),
  'add-vxlan-switches-on': vxlan({
    id: 42,
    learning: true,
    proxy: false,
    rsc: false,
    l2Miss: false,
    l3Miss: false,
    udpChecksum: true,
    udpZeroChecksum6Tx: false,
    udpZeroChecksum6Rx: false,
  }),
  'add-vxlan-inherit': vxlan({ id: 42, remote: '192.0.2.2', ttlInherit: true, tos: 1, df: 'inherit' }),
  'add-vxlan-gbp': vxlan({ id: 42, gbp: true }),
  'add-vxlan-gpe': vxlan({ external: true, gpe: true, port: 4790 }),
  'add-vxlan-external': vxlan({ external: true }),
  'add-vxlan-vnifilter': vxlan({ external: true, vniFilter: true }),
}

describe('link add', () => {
  test.each(Object.entries(added))('%s', (name, spec) => {
    const links = contextOf({ v0: 3 }, { blue: 4, red: 5, first: 4 })
    // The broadcast address is not among vnet's settings.
    const wanted = recorded(`link/${name}`).filter((line) => !line.startsWith('2: '))
    expect(dissectLink(encodeLink({ operation: 'link add', spec }, links))).toEqual(wanted)
  })

  test('kinds that vnet has no name for send their octets', () => {
    const data = [
      { type: 1, bytes: Uint8Array.of(1, 2, 3) },
      { type: 7, bytes: new Uint8Array() },
    ]
    const spec: CleanLinkSpec = { kind: 'geneve', name: 'g0', data }
    const text = dissectLink(encodeLink({ operation: 'link add', spec }, context())).join('\n')
    expect(text).toContain('18.2.1: 01 02 03\n18.2.7: ')
  })

  test('a VXLAN goes to the port of IANA, not to the kernel’s old default', () => {
    const text = dissectLink(encodeLink({ operation: 'link add', spec: vxlan({ id: 1 }) }, context())).join('\n')
    expect(text).toContain('18.2.15: 12 b5')
  })

  test('a TUN is not made by netlink', () => {
    const spec: CleanLinkSpec = { kind: 'tun', name: 'tun0' }
    expect(() => encodeLink({ operation: 'link add', spec }, context())).toThrow(TypeError)
  })

  test('what the context throws passes through', () => {
    const spec: CleanLinkSpec = { kind: 'vlan', parent: 'nowhere', vlan: { id: 1 } }
    expect(() => encodeLink({ operation: 'link add', spec }, context())).toThrow('no link nowhere')
  })
})

const port = (options: object) => ({ links: { v0: 4 }, change: { link: 'v0', port: options } })
const set = (change: object, links: Record<string, number> = { v0: 3, br0: 2, m0: 4, vx0: 4, tap0: 2 }) => ({
  links,
  change: { link: 'v0', ...change } as CleanLinkChange,
})
const changed: Record<string, { links: Record<string, number>; change: CleanLinkChange }> = {
  'link/set-up': set({ up: true }),
  'link/set-down': set({ up: false }),
  'link/set-mtu': set({ mtu: 1400 }),
  'link/set-address': set({ mac: mac('02:00:00:00:00:99') }),
  'link/set-name': set({ name: 'uplink' }),
  'link/set-alias': set({ alias: 'uplink to the rack' }),
  'link/set-alias-empty': set({ alias: '' }),
  'link/set-master': set({ master: 'br0' }, { v0: 4, br0: 2 }),
  'link/set-nomaster': set({ master: null }, { v0: 4 }),
  'link/set-group': set({ group: 42 }),
  'link/set-txqueuelen': set({ txQueueLength: 250 }),
  'link/set-promisc-on': set({ promiscuous: true }),
  'link/set-promisc-off': set({ promiscuous: false }),
  'link/set-allmulticast-on': set({ allMulticast: true }),
  'link/set-multicast-off': set({ multicast: false }),
  'link/set-arp-off': set({ arp: false }),
  'link/set-netns': set({ namespace: blue }),
  'link/set-netns-and-name': set({ namespace: blue, name: 'eth0' }),
  'link/set-carrier-on': set({ carrier: true }),
  'link/set-carrier-off': set({ link: 'tap0', carrier: false }),
  'link/set-several': set({ up: true, mtu: 1300, mac: mac('02:00:00:00:00:77'), master: 'br0' }, { v0: 4, br0: 2 }),
  'link/set-bridge-options': set({ link: 'br0', bridge: { ageingTime: 60, stp: false } }),
  'link/set-bridge-vlan-filtering': set({ link: 'br0', bridge: { vlanFiltering: true } }),
  'link/set-bridge-fdb-flush': set({ link: 'br0', bridge: { fdbFlush: true } }),
  'link/set-macvlan-mode': set({ link: 'm0', macvlan: { mode: 'private' } }),
  'link/set-macvlan-source-set': set({ link: 'm0', macvlan: { macs: ['02:00:00:00:01:01', '02:00:00:00:01:02'] } }),
  'link/set-vxlan': set({ link: 'vx0', vxlan: { remote: '192.0.2.3', ageing: 60 } }),
  'link/altname-add': set({ addAltNames: ['a-rather-long-alternative-name', 'second'] }),
  'link/altname-delete': set({ deleteAltNames: ['second'] }),
  'bridge-port/link-state': port({ state: 'forwarding' }),
  'bridge-port/slave-priority': port({ priority: 20 }),
  'bridge-port/slave-cost': port({ cost: 1234 }),
  'bridge-port/slave-hairpin': port({ hairpin: true }),
  'bridge-port/slave-guard': port({ guard: true }),
  'bridge-port/slave-root-block': port({ rootBlock: true }),
  'bridge-port/slave-fastleave': port({ fastLeave: true }),
  'bridge-port/slave-learning': port({ learning: false }),
  'bridge-port/slave-flood': port({ flood: false }),
  'bridge-port/slave-mcast-flood': port({ multicastFlood: false }),
  'bridge-port/slave-bcast-flood': port({ broadcastFlood: false }),
  'bridge-port/slave-mcast-to-unicast': port({ multicastToUnicast: true }),
  'bridge-port/slave-mcast-router': port({ multicastRouter: 2 }),
  'bridge-port/slave-proxy-arp': port({ proxyArp: true }),
  'bridge-port/slave-proxy-arp-wifi': port({ proxyArpWifi: true }),
  'bridge-port/slave-group-fwd-mask': port({ groupForwardMask: 8 }),
  'bridge-port/slave-neigh-suppress': port({ neighbourSuppress: true }),
  'bridge-port/slave-vlan-tunnel': port({ vlanTunnel: true }),
  'bridge-port/slave-isolated': port({ isolated: true }),
  'bridge-port/slave-locked': port({ locked: true }),
  'bridge-port/slave-nobackup-port': port({ backupPort: 0 }),
  'bridge-port/slave-backup-port': port({ backupPort: 5 }),
  'bridge-port/slave-fdb-flush': port({ fdbFlush: true }),
}

describe('link set', () => {
  test.each(Object.entries(changed))('%s', (name, { links, change }) => {
    expect(dissectLink(encodeLink({ operation: 'link set', spec: change }, context(links)))).toEqual(recorded(name))
  })

  test('macvlan options go to a macvtap under its own word', () => {
    const known = { ...context({ m0: 4 }), linkKind: () => 'macvtap' }
    const request: Request = { operation: 'link set', spec: { link: 'm0', macvlan: { mode: 'private' } } }
    expect(Buffer.from(encodeLink(request, known)).includes('macvtap')).toBe(true)
    expect(Buffer.from(encodeLink(request, context({ m0: 4 }))).includes('macvlan')).toBe(true)
  })
})

describe('the other requests', () => {
  test('link delete', () => {
    const request: Request = { operation: 'link delete', spec: { link: 'v0' } }
    expect(dissectLink(encodeLink(request, context()))).toEqual(recorded('link/delete-by-name'))
  })
  test('deleting a group', () => {
    const to = new MessageWriter()
    linkDeleteByGroup(to, 42)
    expect(dissectLink(to.bytes.slice(0, to.length))).toEqual(recorded('link/delete-by-group'))
  })

  // iproute2 asks for virtual functions (bit 0), which vnet never does, and lists family AF_PACKET, which is no other list.
  const withoutVf = (bytes: Uint8Array) =>
    dissectLink(bytes).map((line) => line.replace(/^29: 0[19]/, '29: 08').replace(/^header 11/, 'header 00'))
  const all = (name: string) => {
    const { helpers, requests } = loadFixture(name)
    return [...helpers.map(({ request }) => request), ...requests]
  }
  const isDump = (bytes: Uint8Array) => bytes[7] === 3
  const dumped = (name: string) => withoutVf(all(name).find(isDump) as Uint8Array)
  const helper = (name: string) => withoutVf(loadFixture(name).helpers[0]?.request as Uint8Array)

  test('link get by index', () => {
    const request: Request = { operation: 'link get', spec: { link: 2 } }
    const index = withoutVf(loadFixture('link/get-by-name').requests[0] as Uint8Array)
    expect(dissectLink(encodeLink(request, context()))).toEqual(index)
  })
  test('link get by name', () => {
    const request: Request = { operation: 'link get', spec: { link: 'v0' } }
    expect(dissectLink(encodeLink(request, context({})))).toEqual(helper('link/get-by-name'))
  })
  test('link get by a name of 16 octets or more is by alternative name instead', () => {
    const request: Request = { operation: 'link get', spec: { link: 'a-rather-long-alternative-name' } }
    expect(dissectLink(encodeLink(request, context({})))).toEqual(helper('link/get-by-altname'))
    const octets = encodeLink({ operation: 'link get', spec: { link: 'ééééééé1' } }, context({}))
    expect(dissectLink(octets).at(-1)).toMatch(/^3: /)
    const more = encodeLink({ operation: 'link get', spec: { link: 'éééééééé' } }, context({}))
    expect(dissectLink(more).at(-1)).toMatch(/^53: /)
    const to = new MessageWriter()
    linkGetByAltName(to, {}, 'v0')
    expect(dissectLink(to.bytes.slice(0, to.length)).at(-1)).toBe('53: 76 30')
  })
  test('link list by kind and master', () => {
    const by = (spec: object) => dissectLink(encodeLink({ operation: 'link list', spec }, context({ br0: 2 })))
    expect(by({ kind: 'veth' })).toEqual(dumped('link/list-kind'))
    expect(by({ master: 'br0' })).toEqual(dumped('link/list-master'))
    expect(by({ kind: 'tap' }).join()).toContain('18.1: 74 75 6e')
    expect(by({ statistics: true }).join()).not.toContain('29:')
  })
})
