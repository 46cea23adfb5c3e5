/** Requests for new links against those that iproute2 sends for the same. */
import { type CleanLinkSpec, parseMac } from '@vnet/core'
import { describe, expect, test } from 'vitest'
import { contextOf, dissectLink, encodeLink, recorded } from './link-message.js'

const mac = (text: string) => parseMac(text) as Uint8Array
const blue = { name: 'blue' }
const context = (links = { v0: 3 } as Record<string, number>) => contextOf(links, { blue: 4, red: 5 })

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
  'add-vxlan-gpe': vxlan({ external: true, gpe: true }),
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
    const spec: CleanLinkSpec = { kind: 'bareudp', name: 'g0', data }
    const text = dissectLink(encodeLink({ operation: 'link add', spec }, context())).join('\n')
    expect(text).toContain('18.2.1: 01 02 03\n18.2.7: ')
  })

  test('a VXLAN goes to the port of IANA, not to the kernel’s old default', () => {
    const text = dissectLink(encodeLink({ operation: 'link add', spec: vxlan({ id: 1 }) }, context())).join('\n')
    expect(text).toContain('18.2.15: 12 b5')
    const gpe = dissectLink(
      encodeLink({ operation: 'link add', spec: vxlan({ gpe: true, external: true }) }, context()),
    )
    expect(gpe.join('\n')).toContain('18.2.15: 12 b6')
  })

  // What `ip` of iproute2 6.1, which made the recordings, cannot say. The order of octets is that of `linux/if_link.h`.
  test('options that are newer than the recordings', () => {
    const octets = (spec: CleanLinkSpec) =>
      dissectLink(encodeLink({ operation: 'link add', spec }, context())).join('\n')
    const six = vxlan({
      id: 1,
      remoteChecksumNoPartial: true,
      flowLabelPolicy: 'inherit',
      reservedBits: [0xf7ffffff, 0x12],
    })
    expect(octets(six)).toContain('18.2.24: ')
    expect(octets(six)).toContain('18.2.32: 01 00 00 00')
    expect(octets(six)).toContain('18.2.33: f7 ff ff ff 00 00 00 12')
    const geneve = { id: 1, remote: '192.0.2.2', portRange: [32768, 40000] } as const
    expect(octets({ kind: 'geneve', name: 'g0', geneve })).toContain('18.2.15: 80 00 9c 40')
    const bridge = { mdbOffloadFailNotification: true }
    expect(octets({ kind: 'bridge', name: 'br0', bridge })).toContain('18.2.46: 08 00 00 00 08 00 00 00')
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
