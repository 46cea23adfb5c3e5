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
  type OtherLinkSpec,
  type RawAttribute,
  teamModes,
} from '@vnet/core'

/** A link, called `x0`, and what is done to it. */
export interface Variant {
  /** Without a name. */
  readonly spec: LinkSpec | OtherLinkSpec
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

const tunnels: Variants = {
  'VLANs of tunnels': {
    spec: birth('bridge', 'bridge', { vlanFiltering: true }),
    risen: async (host) => {
      const vxlan = { external: true, vniFilter: true, local: '10.0.0.1', udpZeroChecksum6Rx: true }
      await host.link.add({ kind: 'vxlan', name: 't0', vxlan, up: true })
      await host.link.set('t0', { master: 'x0' })
      await host.link.set('t0', { port: { vlanTunnel: true } })
      for (const link of ['t0', 'g1']) await host.bridgeVlan.add({ link, vlan: [5, 6] })
      // The corpus has tunnels of identifier 5.
      await host.bridgeVlan.set({ link: 't0', vlan: [5, 6], tunnel: 5 })
      for (const vni of [5, 6]) await host.bridgeVni.add({ link: 't0', vni, remote: '10.0.0.9' })
    },
  },
}

/** A program that has the character device open and reads nothing: its queue is full soon. */
const withProgram = async (host: Host): Promise<void> => {
  const index = (await host.link.get('x0'))?.index
  await host.openTap({ name: 'x0', create: 'never', device: `/dev/tap${index}` })
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

/** `IFLA_NETKIT_*`: a number, or the other end. */
const netkitNumber = (type: number, value: number): RawAttribute => ({
  type,
  bytes: new Uint8Array(Uint32Array.of(value).buffer),
})
/** A policy of 2 drops all, one of 0 lets all pass. */
const netkits: Variants = Object.fromEntries(
  (['packets', 'frames'] as const).flatMap((what, mode) =>
    (['let through', 'dropped'] as const).map((fate, at) => [
      `${what}, ${fate}`,
      {
        spec: { kind: 'netkit', name: 'x0', data: [netkitNumber(3, at * 2), netkitNumber(5, mode)] },
        // The other end is a port as well, or a host's.
        made: async (host: Host) => {
          const x0 = await host.link.get('x0')
          await host.link.set(x0?.parent as number, { up: true })
        },
      },
    ]),
  ),
)

/** Each kind's. */
export const variants: { readonly [kind in KnownKind | 'netkit']: Variants } = {
  netkit: netkits,
  bridge: { ...bridges, ...tunnels },
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
  macvtap: {
    ...macvlans('macvtap'),
    'with a program': { spec: kindBirths.macvtap, risen: withProgram },
  },
  ipvlan: ipvlans('ipvlan'),
  ipvtap: {
    ...ipvlans('ipvtap'),
    'with a program': { spec: kindBirths.ipvtap, risen: withProgram },
  },
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
    'redirected, filtered and damaged': {
      spec: kindBirths.ifb,
      risen: async (host) => {
        const shot = { kind: 'gact', control: 'shot' } as const
        const police = { kind: 'police', rate: 1_000_000, burst: 10_000, exceed: 'shot', conform: 'pipe' } as const
        const mirror = { kind: 'mirred', mode: 'mirror', link: 'g2' } as const
        const toX0 = { kind: 'mirred', link: 'x0' } as const
        await host.qdisc.add({ link: 'g1', kind: 'clsact' })
        const ingress = { link: 'g1', parent: 'ingress' } as const
        const keys = [{ offset: 12, value: 0x0a000000, mask: 0xff000000 }]
        await host.filter.add({ ...ingress, kind: 'u32', protocol: 'ip', priority: 1, keys, actions: [police, toX0] })
        await host.filter.add({ ...ingress, kind: 'flower', protocol: '802.1Q', priority: 2, vlan: 5, actions: [shot] })
        await host.filter.add({
          ...ingress,
          kind: 'flower',
          priority: 3,
          protocol: 'ipv6',
          ipProtocol: 17,
          actions: [mirror, toX0],
        })
        await host.filter.add({ ...ingress, kind: 'matchall', priority: 4, actions: [toX0] })
        await host.qdisc.add({ link: 'x0', kind: 'clsact' })
        await host.filter.add({ link: 'x0', parent: 'egress', kind: 'matchall', actions: [mirror] })
        await host.qdisc.add({ link: 'x0', kind: 'netem', loss: 0.1, duplicate: 0.1, corrupt: 0.2 })
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
