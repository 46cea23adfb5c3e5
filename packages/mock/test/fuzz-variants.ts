/** The links that fuzzed frames meet: each kind that core knows, in each way of working that has code of its own. @module */
import { kindBirths } from '@vnet/conformance'
import {
  bondModes,
  type Host,
  type IpvlanOptions,
  type KnownKind,
  type LinkSpec,
  type MacsecOptions,
  type MacvlanOptions,
  teamModes,
} from '@vnet/core'

/** A link, called `x0`, and what is done to it. */
export interface Variant {
  /** Without a name. */
  readonly spec: LinkSpec
  /** Done when it is made, before it has ports and is up. */
  readonly made?: (host: Host) => Promise<unknown>
  /** Done when it has ports and is up. */
  readonly risen?: (host: Host) => Promise<unknown>
}

type Variants = Readonly<Record<string, Variant>>

/** A variant for each of some options. */
function each<Name extends string>(names: readonly Name[], variant: (name: Name) => Variant): Variants {
  return Object.fromEntries(names.map((name) => [name, variant(name)]))
}

/** The birth of a kind with some of its options changed, or left out; they are in a property that several kinds may share. */
function birth(kind: KnownKind, property: string, options: object): LinkSpec {
  const spec = kindBirths[kind] as LinkSpec & Readonly<Record<string, object | undefined>>
  const all = Object.entries({ ...spec[property], ...options })
  return { ...spec, [property]: Object.fromEntries(all.filter(([, value]) => value !== undefined)) } as LinkSpec
}

/** Variants that differ by options alone. */
function by(kind: KnownKind, property: string, rows: Readonly<Record<string, object>>): Variants {
  return Object.fromEntries(
    Object.entries(rows).map(([name, options]) => [name, { spec: birth(kind, property, options) }]),
  )
}

const plain = (kind: KnownKind): Variants => ({ plain: { spec: kindBirths[kind] } })

const groups = ['239.1.2.3', 'ff15::7'] as const
const far = { mac: '02:00:00:00:00:09', sci: '0200000000090001' } as const
const key = '00112233445566778899aabbccddeeff'

const bridges: Variants = {
  ...plain('bridge'),
  VLANs: {
    spec: birth('bridge', 'bridge', { vlanFiltering: true, vlanStatsEnabled: true }),
    risen: async (host) => {
      await host.bridgeVlan.add({ link: 'g1', vlan: [5, 100] })
      await host.bridgeVlan.add({ link: 'g2', vlan: 5, pvid: true, untagged: true })
      await host.bridgeVlan.add({ link: 'x0', vlan: 5, self: true })
    },
  },
  'provider VLANs': {
    spec: birth('bridge', 'bridge', { vlanFiltering: true, vlanProtocol: '802.1ad' }),
    risen: (host) => host.bridgeVlan.add({ link: 'g1', vlan: [5, 100] }),
  },
  'spanning tree': { spec: birth('bridge', 'bridge', { stp: true, forwardDelay: 2, helloTime: 1 }) },
  'spanning trees by VLAN': {
    spec: birth('bridge', 'bridge', { vlanFiltering: true, mstEnabled: true }),
    risen: async (host) => {
      await host.bridgeVlanGlobal.set({ bridge: 'x0', vlan: 1, msti: 3 })
      await host.bridgeMst.set({ link: 'g1', msti: 3, state: 'learning' })
    },
  },
  snooping: {
    spec: birth('bridge', 'bridge', { multicastQuerier: true, multicastIgmpVersion: 3, multicastMldVersion: 2 }),
    risen: async (host) => {
      for (const group of groups) await host.mdb.add({ bridge: 'x0', port: 'g1', group, state: 'permanent' })
      await host.link.set('g2', { port: { fastLeave: true, multicastToUnicast: true } })
    },
  },
  'snooping by VLAN': {
    spec: birth('bridge', 'bridge', { vlanFiltering: true, multicastVlanSnooping: true, multicastQuerier: true }),
    risen: (host) => host.bridgeVlanGlobal.set({ bridge: 'x0', vlan: 1, multicastQuerier: true }),
  },
  'neighbours known': {
    spec: kindBirths.bridge,
    risen: async (host) => {
      for (const address of ['10.9.0.9', '10.0.0.1', '2001:db8::1', '2001:db8:9::9'])
        await host.neighbour.add({ link: 'x0', address, mac: far.mac })
      await host.fdb.add({ link: 'g2', mac: far.mac, master: true, state: 'static' })
      await host.link.set('g1', { port: { neighbourSuppress: true } })
      await host.link.set('g2', { port: { proxyArp: true } })
    },
  },
  'ports with limits': {
    spec: birth('bridge', 'bridge', { fdbMaxLearned: 8, groupForwardMask: 0xfff8, noLinkLocalLearn: true }),
    risen: async (host) => {
      await host.link.set('g1', { port: { locked: true, learning: true, macAuthenticationBypass: true } })
      await host.link.set('g2', { port: { isolated: true, hairpin: true, guard: true, multicastMaxGroups: 2 } })
    },
  },
}

const macvlans = (kind: 'macvlan' | 'macvtap'): Variants =>
  each(
    ['private', 'vepa', 'bridge', 'passthru', 'source'] as const satisfies readonly MacvlanOptions['mode'][],
    (mode) => ({
      spec: { ...birth(kind, 'macvlan', { mode, ...(mode === 'source' ? { macs: [far.mac] } : {}) }) },
      // Another one beside it, where it may have one.
      made: async (host) => {
        if (mode !== 'passthru') await host.link.add({ kind, name: 'x1', parent: 'g1', macvlan: { mode }, up: true })
      },
    }),
  )

const ipvlans = (kind: 'ipvlan' | 'ipvtap'): Variants =>
  Object.assign(
    {},
    ...(['l2', 'l3', 'l3s'] as const satisfies readonly IpvlanOptions['mode'][]).map((mode) =>
      Object.fromEntries(
        (['bridge', 'private', 'vepa'] as const satisfies readonly IpvlanOptions['modeFlag'][]).map((modeFlag) => [
          `${mode} ${modeFlag}`,
          {
            spec: birth(kind, 'ipvlan', { mode, modeFlag }),
            made: (host: Host) =>
              host.link.add({ kind, name: 'x1', parent: 'g2', ipvlan: { mode, modeFlag }, up: true }),
          },
        ]),
      ),
    ),
  )

/** With a key for each way, of as many octets as the cipher takes. */
function secured(options: MacsecOptions): Variant {
  const isLong = options.cipher?.endsWith('256') === true
  const extended = options.cipher?.includes('xpn') === true ? { ssci: 1, salt: key.slice(8) } : {}
  const association = { link: 'x0', association: 0, packetNumber: 1, active: true, key: isLong ? key + key : key }
  return {
    spec: birth('macsec', 'macsec', options),
    made: async (host) => {
      await host.macsecSa.add({ ...association, ...extended, keyId: '01' })
      await host.macsecSc.add({ link: 'x0', sci: far.sci })
      await host.macsecSa.add({ ...association, ...extended, keyId: '02', sci: far.sci })
    },
  }
}

const bonds: Variants = {
  ...each(bondModes, (mode) => ({ spec: birth('bond', 'bond', { mode, miimon: 100 }) })),
  'ARP asked': {
    spec: birth('bond', 'bond', {
      mode: 'active-backup',
      arpInterval: 100,
      arpIpTargets: ['10.9.0.9'],
      arpValidate: 'all',
    }),
  },
  ...Object.fromEntries(
    (['layer2', 'layer3+4', 'layer2+3', 'encap2+3', 'encap3+4', 'vlan+srcmac'] as const).map((xmitHashPolicy) => [
      `balance-xor ${xmitHashPolicy}`,
      { spec: birth('bond', 'bond', { mode: 'balance-xor', miimon: 100, xmitHashPolicy }) },
    ]),
  ),
}

const greHeaders = {
  plain: {},
  numbered: { ikey: 5, okey: 5, iseq: true, oseq: true, icsum: true, ocsum: true },
}
const anywhere = { remote: undefined }

/** Each kind's. */
export const variants: { readonly [kind in KnownKind]: Variants } = {
  bridge: bridges,
  veth: {
    plain: {
      spec: { kind: 'veth', name: 'x0', peer: { name: 'x1' } },
      // Frames come to it by a bridge at its other end.
      made: async (host) => {
        await host.link.add({ kind: 'bridge', name: 'behind', up: true })
        for (const name of ['x1', 'g1']) await host.link.set(name, { master: 'behind', up: true })
      },
    },
  },
  vlan: {
    ...plain('vlan'),
    ...by('vlan', 'vlan', {
      'of a provider': { id: 100, protocol: '802.1ad' },
      'header kept': { reorderHeader: false, ingressQos: { 1: 5 }, egressQos: { 0: 3 } },
      registered: { gvrp: true },
    }),
    'in another': {
      spec: { kind: 'vlan', parent: 'outer', vlan: { id: 5 } },
    },
  },
  macvlan: macvlans('macvlan'),
  macvtap: macvlans('macvtap'),
  ipvlan: ipvlans('ipvlan'),
  ipvtap: ipvlans('ipvtap'),
  vxlan: {
    ...plain('vxlan'),
    ...by('vxlan', 'vxlan', {
      'to a far end': { remote: '10.0.0.9', local: '10.0.0.1', ttlInherit: true, df: 'inherit' },
      'over IPv6': { remote: '2001:db8::9', local: '2001:db8::1', udpZeroChecksum6Rx: true, udpZeroChecksum6Tx: true },
      'to a group': { remote: '239.1.2.3', link: 'g0', maxEntries: 8 },
      'answers for others': { remote: '10.0.0.9', proxy: true, rsc: true, l2Miss: true, l3Miss: true },
      'group policy': { remote: '10.0.0.9', gbp: true },
    }),
    external: { spec: { kind: 'vxlan', vxlan: { external: true, port: 4789 } } },
    'other protocols': { spec: { kind: 'vxlan', vxlan: { external: true, port: 4789, gpe: true, learning: false } } },
  },
  ifb: {
    ...plain('ifb'),
    redirected: {
      spec: kindBirths.ifb,
      risen: async (host) => {
        await host.qdisc.add({ link: 'g1', kind: 'clsact' })
        await host.filter.add({
          ...{ link: 'g1', parent: 'ingress', kind: 'matchall' },
          actions: [{ kind: 'mirred', link: 'x0' }],
        })
      },
    },
  },
  dummy: plain('dummy'),
  nlmon: plain('nlmon'),
  wireguard: {
    'without keys': { spec: kindBirths.wireguard },
    'with a peer': {
      spec: kindBirths.wireguard,
      made: (host) =>
        host.wireguard.set('x0', {
          privateKey: 'dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo=',
          listenPort: 51_820,
          peers: [
            {
              publicKey: '3p7bfXt9wbTTW2HC7OQ1Nz+DQ8hbeGdNrfx+FG+IK08=',
              endpoint: '10.0.0.9:51820',
              persistentKeepalive: 1,
              allowedIps: ['0.0.0.0/0', '::/0'],
            },
          ],
        }),
    },
  },
  vrf: plain('vrf'),
  bond: bonds,
  team: {
    'without a mode': { spec: kindBirths.team },
    ...each(teamModes, (mode) => ({
      spec: kindBirths.team,
      made: (host) => host.team.set('x0', { mode }),
      risen: async (host) => {
        if (mode === 'activebackup') await host.team.set('x0', { activePort: 'g1' })
      },
    })),
  },
  macsec: {
    'without keys': { spec: kindBirths.macsec },
    checked: secured({}),
    'gcm-aes-128': secured({ encrypt: true }),
    'gcm-aes-xpn-256': secured({ encrypt: true, cipher: 'gcm-aes-xpn-256' }),
    'with a window': secured({ encrypt: true, replayProtect: true, window: 8 }),
    'all let in': secured({ validate: 'disabled', sendSci: false, endStation: true }),
    'check value of 8 octets': secured({ validate: 'check', icvLength: 8, sendSci: false, scb: true }),
  },
  hsr: {
    ...plain('hsr'),
    ...by('hsr', 'hsr', { 'version 1': { version: 1 }, PRP: { protocol: 'prp' }, 'another ring': { interlink: 'g2' } }),
  },
  tun: { ...plain('tun'), 'several queues': { spec: birth('tun', 'tun', { multiQueue: true }) } },
  tap: { ...plain('tap'), 'several queues': { spec: birth('tap', 'tun', { multiQueue: true }) } },
  erspan: by('erspan', 'erspan', {
    'type I': { erspanVersion: 0, ikey: null, okey: null },
    'type II': { erspanVersion: 1, erspanIndex: 5 },
    'type III': { erspanVersion: 2, erspanDir: 'egress', erspanHwid: 7 },
  }),
  geneve: {
    ...plain('geneve'),
    ...by('geneve', 'geneve', {
      'over IPv6': { remote: '2001:db8::9', udpZeroChecksum6Rx: true, ttlInherit: true },
      'without Ethernet': { innerProtocolInherit: true },
    }),
    external: { spec: { kind: 'geneve', geneve: { external: true } } },
  },
  gre: by('gre', 'gre', {
    ...greHeaders,
    'to anybody': anywhere,
    'to a group': { remote: '239.1.2.3', link: 'g0', ttl: 5 },
    external: { ...anywhere, local: undefined, external: true },
  }),
  gretap: by('gretap', 'gretap', { ...greHeaders, fragmented: { pmtudisc: false, ignoreDf: true } }),
  ip6erspan: by('ip6erspan', 'ip6erspan', {
    'type II': { erspanVersion: 1 },
    'type III': { erspanVersion: 2, erspanDir: 'ingress' },
  }),
  ip6gre: by('ip6gre', 'ip6gre', { ...greHeaders, 'to anybody': anywhere }),
  ip6gretap: by('ip6gretap', 'ip6gretap', { ...greHeaders, 'without a limit': { encapLimit: null } }),
  ip6tnl: by('ip6tnl', 'ip6tnl', {
    any: { mode: 'any' },
    ip6ip6: { mode: 'ip6ip6', tclassInherit: true, dscpInherit: true },
    ipip6: { mode: 'ipip6', encapLimit: null },
    'to anybody': { mode: 'any', ...anywhere },
  }),
  ipip: by('ipip', 'ipip', { ipip: { mode: 'ipip' }, any: { mode: 'any', ttl: 0, tos: 1 }, 'to anybody': anywhere }),
  sit: by('sit', 'sit', {
    ip6ip: { mode: 'ip6ip' },
    any: { mode: 'any', pmtudisc: false },
    ISATAP: { isatap: true, remote: undefined },
    '6to4': { remote: undefined },
  }),
  vti: by('vti', 'vti', { plain: {}, keys: { ikey: 5, okey: 5 } }),
  vti6: by('vti6', 'vti6', { plain: {}, keys: { ikey: 5, okey: 5 } }),
}
