/** For every operation: a request that succeeds in the small network, one about what is not there, and what a second time gives. @module */
import type { Capability, LooseRequest, Namespace, Operation } from '@vnet/core'
import type { Context } from '../context.js'
import { addSmallNetwork, mac } from '../surroundings.js'

/** The names that the requests of one test use. */
export interface Place {
  /** The namespace that the requests act in. */
  readonly ns: Namespace
  /** A named namespace that is there, where the backend has such. */
  readonly taken: string
  /** A name that is free. */
  readonly free: string
}

/** What is known of an operation. */
export interface Sample {
  /** Capabilities beyond bridges and veth pairs. */
  readonly needs: readonly Capability[]
  /** Succeeds once. */
  readonly request: (place: Place) => LooseRequest
  /** About what is not there. */
  readonly missing: (place: Place) => LooseRequest
  /** The code that `missing` fails with, or the value that it returns (`'anything'`: no matter which). */
  readonly missingGives: { readonly code: string } | { readonly value: unknown }
  /** The code of the second of two equal requests; `ok` where it succeeds too. */
  readonly again: string
  /** It changes something. */
  readonly changes: boolean
}

const base = ['link bridge', 'link veth'] as const

/** Capabilities that every sample needs. */
export const sampleNeeds: readonly Capability[] = base

/** Makes the surroundings in which the samples work. */
export async function prepare(context: Context): Promise<Place> {
  const { ns, host, supports } = context
  const [taken, free] = [context.namespaceName(), context.namespaceName()]
  if (supports['namespace named'] === true) await (await host.namespace.add(taken)).close()
  await addSmallNetwork(ns)
  await ns.route.add({ destination: '10.9.0.0/16', via: '10.0.0.2' })
  await ns.rule.add({ priority: 100, from: '10.0.0.0/8', table: 77 })
  await ns.neighbour.add({ link: 'br0', address: '10.0.0.7', mac: mac(7) })
  await ns.fdb.add({ link: 'v0', mac: mac(0xaa), master: true, state: 'static' })
  await ns.mdb.add({ ...member, group: '239.7.7.8', state: 'permanent' })
  await ns.qdisc.add({ link: 'br0', handle: '1:', kind: 'pfifo' })
  if (supports['qdisc htb'] === true) {
    await ns.qdisc.add({ link: 'v0', handle: '1:', kind: 'htb' })
    await ns.class.add({ link: 'v0', classId: '1:10', kind: 'htb', rate: 8000 })
    if (supports['filter u32'] === true) await ns.filter.add(filterSpec)
  }
  if (supports['link macsec'] === true) {
    await ns.link.add({ kind: 'macsec', name: 'ms0', parent: 'v1' })
    await ns.macsecSc.add({ link: 'ms0', sci: '0200000000090001' })
    await ns.macsecSa.add({ ...macsecKey, association: 0 })
  }
  if (supports['link team'] === true) await ns.link.add({ kind: 'team', name: 'te0' })
  if (supports['link wireguard'] === true) await ns.link.add({ kind: 'wireguard', name: 'wg0' })
  return { ns, taken, free }
}

const fixed = (request: LooseRequest) => () => request

function sample(
  changes: boolean,
  request: LooseRequest,
  again: string,
  missing: LooseRequest,
  missingGives: Sample['missingGives'],
  needs: readonly Capability[] = [],
): Sample {
  return { needs, request: fixed(request), missing: fixed(missing), missingGives, again, changes }
}

const named = ['namespace named'] as const
const vlans = ['bridge vlan-filtering'] as const
const member = { bridge: 'br0', port: 'v0' } as const
const noLink = { code: 'ENODEV' }
const filterNeeds = ['qdisc htb', 'filter u32'] as const
const filterSpec = { link: 'v0', protocol: 'ip', priority: 5, kind: 'u32', classId: '1:99' } as const

const macsecKey = { link: 'ms0', packetNumber: 1, key: '00112233445566778899aabbccddeeff', keyId: '01' } as const

/** Every operation of the seam. */
export const samples: Readonly<Record<Operation, Sample>> = {
  'link add': sample(
    true,
    { operation: 'link add', spec: { kind: 'bridge', name: 'br1' } },
    'EEXIST',
    { operation: 'link add', spec: { kind: 'bridge', name: 'br1', master: 'nope' } },
    noLink,
  ),
  'link set': sample(
    true,
    { operation: 'link set', spec: { link: 'v1', mtu: 1400 } },
    'ok',
    { operation: 'link set', spec: { link: 'nope', mtu: 1400 } },
    noLink,
  ),
  'link delete': sample(
    true,
    { operation: 'link delete', spec: { link: 'v0' } },
    'ENODEV',
    { operation: 'link delete', spec: { link: 'nope' } },
    noLink,
  ),
  'link get': sample(
    false,
    { operation: 'link get', spec: { link: 'v0' } },
    'ok',
    { operation: 'link get', spec: { link: 'nope' } },
    { value: undefined },
  ),
  'link list': sample(
    false,
    { operation: 'link list', spec: { master: 'br0' } },
    'ok',
    { operation: 'link list', spec: { master: 'nope' } },
    noLink,
  ),
  'address add': sample(
    true,
    { operation: 'address add', spec: { link: 'v1', address: '10.5.0.1/24' } },
    'EEXIST',
    { operation: 'address add', spec: { link: 'nope', address: '10.5.0.1/24' } },
    noLink,
  ),
  'address set': sample(
    true,
    { operation: 'address set', spec: { link: 'v1', address: '10.5.0.1/24' } },
    'ok',
    { operation: 'address set', spec: { link: 'nope', address: '10.5.0.1/24' } },
    noLink,
  ),
  'address delete': sample(
    true,
    { operation: 'address delete', spec: { link: 'br0', address: '10.0.0.1/24' } },
    'EADDRNOTAVAIL',
    { operation: 'address delete', spec: { link: 'br0', address: '10.0.0.99/24' } },
    { code: 'EADDRNOTAVAIL' },
  ),
  'address list': sample(
    false,
    { operation: 'address list', spec: { link: 'br0' } },
    'ok',
    { operation: 'address list', spec: { link: 'nope' } },
    noLink,
  ),
  'route add': sample(
    true,
    { operation: 'route add', spec: { destination: '10.8.0.0/16', via: '10.0.0.2' } },
    'EEXIST',
    { operation: 'route add', spec: { destination: '10.8.0.0/16', link: 'nope' } },
    noLink,
  ),
  'route set': sample(
    true,
    { operation: 'route set', spec: { destination: '10.8.0.0/16', via: '10.0.0.2' } },
    'ok',
    { operation: 'route set', spec: { destination: '10.8.0.0/16', link: 'nope' } },
    noLink,
  ),
  'route delete': sample(
    true,
    { operation: 'route delete', spec: { destination: '10.9.0.0/16' } },
    'ESRCH',
    { operation: 'route delete', spec: { destination: '10.77.0.0/16' } },
    { code: 'ESRCH' },
  ),
  'route get': sample(
    false,
    { operation: 'route get', spec: { to: '10.0.0.7' } },
    'ok',
    { operation: 'route get', spec: { to: '99.0.0.7' } },
    { value: undefined },
  ),
  'route list': sample(
    false,
    { operation: 'route list', spec: { link: 'br0' } },
    'ok',
    { operation: 'route list', spec: { link: 'nope' } },
    noLink,
  ),
  'rule add': sample(
    true,
    { operation: 'rule add', spec: { priority: 50, mark: 1, table: 77 } },
    'EEXIST',
    // A rule may name a link that is not there: it waits for it.
    { operation: 'rule add', spec: { priority: 51, inputLink: 'nope', table: 77 } },
    { value: undefined },
  ),
  'rule delete': sample(
    true,
    { operation: 'rule delete', spec: { priority: 100 } },
    'ENOENT',
    { operation: 'rule delete', spec: { priority: 555 } },
    { code: 'ENOENT' },
  ),
  'rule list': sample(
    false,
    { operation: 'rule list', spec: {} },
    'ok',
    // Lists rules only: there is no subject that could be missing.
    { operation: 'rule list', spec: { family: 6 } },
    { value: 'anything' },
  ),
  'neighbour add': sample(
    true,
    { operation: 'neighbour add', spec: { link: 'br0', address: '10.0.0.8', mac: mac(8) } },
    'EEXIST',
    { operation: 'neighbour add', spec: { link: 'nope', address: '10.0.0.8', mac: mac(8) } },
    noLink,
  ),
  'neighbour set': sample(
    true,
    { operation: 'neighbour set', spec: { link: 'br0', address: '10.0.0.8', mac: mac(8) } },
    'ok',
    { operation: 'neighbour set', spec: { link: 'nope', address: '10.0.0.8', mac: mac(8) } },
    noLink,
  ),
  'neighbour delete': sample(
    true,
    { operation: 'neighbour delete', spec: { link: 'br0', address: '10.0.0.7' } },
    'ENOENT',
    { operation: 'neighbour delete', spec: { link: 'br0', address: '10.0.0.99' } },
    { code: 'ENOENT' },
  ),
  'neighbour get': sample(
    false,
    { operation: 'neighbour get', spec: { link: 'br0', address: '10.0.0.7' } },
    'ok',
    { operation: 'neighbour get', spec: { link: 'br0', address: '10.0.0.99' } },
    { value: undefined },
  ),
  'neighbour list': sample(
    false,
    { operation: 'neighbour list', spec: { link: 'br0' } },
    'ok',
    { operation: 'neighbour list', spec: { link: 'nope' } },
    noLink,
  ),
  'fdb add': sample(
    true,
    { operation: 'fdb add', spec: { link: 'v0', mac: mac(0xab), master: true, state: 'static' } },
    'EEXIST',
    { operation: 'fdb add', spec: { link: 'nope', mac: mac(0xab), master: true } },
    noLink,
  ),
  'fdb set': sample(
    true,
    { operation: 'fdb set', spec: { link: 'v0', mac: mac(0xab), master: true, state: 'static' } },
    'ok',
    { operation: 'fdb set', spec: { link: 'nope', mac: mac(0xab), master: true } },
    noLink,
  ),
  'fdb delete': sample(
    true,
    { operation: 'fdb delete', spec: { link: 'v0', mac: mac(0xaa), master: true } },
    'ENOENT',
    { operation: 'fdb delete', spec: { link: 'v0', mac: mac(0xdd), master: true } },
    { code: 'ENOENT' },
  ),
  'fdb get': sample(
    false,
    { operation: 'fdb get', spec: { link: 'v0', mac: mac(0xaa), master: true } },
    'ok',
    { operation: 'fdb get', spec: { link: 'v0', mac: mac(0xdd), master: true } },
    { value: undefined },
  ),
  'fdb list': sample(
    false,
    { operation: 'fdb list', spec: { link: 'v0' } },
    'ok',
    { operation: 'fdb list', spec: { link: 'nope' } },
    noLink,
  ),
  'fdb flush': sample(
    true,
    { operation: 'fdb flush', spec: { link: 'br0', permanent: false } },
    'ok',
    { operation: 'fdb flush', spec: { link: 'nope' } },
    noLink,
    ['fdb flush'],
  ),
  'bridgeVlan add': sample(
    true,
    { operation: 'bridgeVlan add', spec: { link: 'v0', vlan: [10, 12] } },
    'ok',
    { operation: 'bridgeVlan add', spec: { link: 'nope', vlan: 10 } },
    noLink,
    vlans,
  ),
  'bridgeVlan set': sample(
    true,
    { operation: 'bridgeVlan set', spec: { link: 'v0', vlan: 1, multicastRouter: 2 } },
    'ok',
    { operation: 'bridgeVlan set', spec: { link: 'v0', vlan: 99, multicastRouter: 2 } },
    { code: 'ENOENT' },
    vlans,
  ),
  'bridgeVlan delete': sample(
    true,
    { operation: 'bridgeVlan delete', spec: { link: 'v0', vlan: 1 } },
    'ok',
    { operation: 'bridgeVlan delete', spec: { link: 'nope', vlan: 1 } },
    noLink,
    vlans,
  ),
  'bridgeVlan list': sample(
    false,
    { operation: 'bridgeVlan list', spec: { link: 'v0' } },
    'ok',
    { operation: 'bridgeVlan list', spec: { link: 'nope' } },
    noLink,
  ),
  'macsec get': sample(
    false,
    { operation: 'macsec get', spec: { link: 'ms0' } },
    'ok',
    { operation: 'macsec get', spec: { link: 'nope' } },
    { value: undefined },
    ['link macsec'],
  ),
  'macsecSc add': sample(
    true,
    { operation: 'macsecSc add', spec: { link: 'ms0', sci: '0200000000080001' } },
    'EEXIST',
    { operation: 'macsecSc add', spec: { link: 'nope', sci: '0200000000080001' } },
    noLink,
    ['link macsec'],
  ),
  'macsecSc set': sample(
    true,
    { operation: 'macsecSc set', spec: { link: 'ms0', sci: '0200000000090001', active: false } },
    'ok',
    { operation: 'macsecSc set', spec: { link: 'ms0', sci: '0200000000070001', active: false } },
    noLink,
    ['link macsec'],
  ),
  'macsecSc delete': sample(
    true,
    { operation: 'macsecSc delete', spec: { link: 'ms0', sci: '0200000000090001' } },
    'ENODEV',
    { operation: 'macsecSc delete', spec: { link: 'ms0', sci: '0200000000070001' } },
    noLink,
    ['link macsec'],
  ),
  'macsecSa add': sample(
    true,
    { operation: 'macsecSa add', spec: { ...macsecKey, association: 1 } },
    'EBUSY',
    { operation: 'macsecSa add', spec: { ...macsecKey, association: 1, sci: '0200000000070001' } },
    noLink,
    ['link macsec'],
  ),
  'macsecSa set': sample(
    true,
    { operation: 'macsecSa set', spec: { link: 'ms0', association: 0, packetNumber: 9 } },
    'ok',
    { operation: 'macsecSa set', spec: { link: 'ms0', association: 3, packetNumber: 9 } },
    noLink,
    ['link macsec'],
  ),
  'macsecSa delete': sample(
    true,
    { operation: 'macsecSa delete', spec: { link: 'ms0', association: 0 } },
    'ENODEV',
    { operation: 'macsecSa delete', spec: { link: 'ms0', association: 3 } },
    noLink,
    ['link macsec'],
  ),
  'team get': sample(
    false,
    { operation: 'team get', spec: { link: 'te0' } },
    'ok',
    { operation: 'team get', spec: { link: 'nope' } },
    { value: undefined },
    ['link team'],
  ),
  'team set': sample(
    true,
    { operation: 'team set', spec: { link: 'te0', notifyPeersCount: 3 } },
    'ok',
    { operation: 'team set', spec: { link: 'nope', notifyPeersCount: 3 } },
    noLink,
    ['link team'],
  ),
  'wireguard get': sample(
    false,
    { operation: 'wireguard get', spec: { link: 'wg0' } },
    'ok',
    { operation: 'wireguard get', spec: { link: 'nope' } },
    { value: undefined },
    ['link wireguard'],
  ),
  'wireguard set': sample(
    true,
    { operation: 'wireguard set', spec: { link: 'wg0', listenPort: 51820, fwmark: 7 } },
    'ok',
    { operation: 'wireguard set', spec: { link: 'nope', fwmark: 7 } },
    noLink,
    ['link wireguard'],
  ),
  'bridgeVlanGlobal set': sample(
    true,
    { operation: 'bridgeVlanGlobal set', spec: { bridge: 'br0', vlan: 1, multicastQuerier: true } },
    'ok',
    { operation: 'bridgeVlanGlobal set', spec: { bridge: 'br0', vlan: 99, multicastQuerier: true } },
    { code: 'ENOENT' },
    vlans,
  ),
  'bridgeVlanGlobal list': sample(
    false,
    { operation: 'bridgeVlanGlobal list', spec: { bridge: 'br0' } },
    'ok',
    { operation: 'bridgeVlanGlobal list', spec: { bridge: 'nope' } },
    noLink,
  ),
  'mdb add': sample(
    true,
    { operation: 'mdb add', spec: { ...member, group: '239.7.7.7' } },
    'EEXIST',
    { operation: 'mdb add', spec: { ...member, port: 'nope', group: '239.7.7.7' } },
    noLink,
  ),
  'mdb set': sample(
    true,
    { operation: 'mdb set', spec: { ...member, group: '239.7.7.7', state: 'permanent' } },
    'ok',
    { operation: 'mdb set', spec: { ...member, bridge: 'nope', group: '239.7.7.7' } },
    noLink,
    ['mdb sources'],
  ),
  'mdb delete': sample(
    true,
    { operation: 'mdb delete', spec: { ...member, group: '239.7.7.8' } },
    'EINVAL',
    { operation: 'mdb delete', spec: { ...member, group: '239.7.7.9' } },
    { code: 'EINVAL' },
  ),
  'mdb list': sample(
    false,
    { operation: 'mdb list', spec: { bridge: 'br0' } },
    'ok',
    { operation: 'mdb list', spec: { port: 'nope' } },
    noLink,
  ),
  'mdb flush': sample(
    true,
    { operation: 'mdb flush', spec: { bridge: 'br0', port: 'v0' } },
    'ok',
    { operation: 'mdb flush', spec: { bridge: 'nope' } },
    noLink,
    ['mdb flush'],
  ),
  'mdbRouter list': sample(
    false,
    { operation: 'mdbRouter list', spec: { bridge: 'br0' } },
    'ok',
    { operation: 'mdbRouter list', spec: { bridge: 'nope' } },
    noLink,
  ),
  'qdisc add': sample(
    true,
    { operation: 'qdisc add', spec: { link: 'v1', handle: '2:', kind: 'pfifo', limit: 7 } },
    'EEXIST',
    { operation: 'qdisc add', spec: { link: 'v1', parent: '9:1', handle: '2:', kind: 'pfifo' } },
    { code: 'ENOENT' },
  ),
  'qdisc set': sample(
    true,
    { operation: 'qdisc set', spec: { link: 'v1', handle: '2:', kind: 'pfifo', limit: 7 } },
    'ok',
    { operation: 'qdisc set', spec: { link: 'nope', kind: 'pfifo' } },
    noLink,
  ),
  'qdisc change': sample(
    true,
    { operation: 'qdisc change', spec: { link: 'br0', handle: '1:', kind: 'pfifo', limit: 7 } },
    'ok',
    { operation: 'qdisc change', spec: { link: 'v1', handle: '2:', kind: 'pfifo', limit: 7 } },
    { code: 'ENOENT' },
  ),
  'qdisc delete': sample(
    true,
    { operation: 'qdisc delete', spec: { link: 'br0' } },
    'ENOENT',
    { operation: 'qdisc delete', spec: { link: 'v1' } },
    { code: 'ENOENT' },
  ),
  'qdisc list': sample(
    false,
    { operation: 'qdisc list', spec: { link: 'br0' } },
    'ok',
    { operation: 'qdisc list', spec: { link: 'nope' } },
    noLink,
  ),
  'class add': sample(
    true,
    { operation: 'class add', spec: { link: 'v0', classId: '1:20', kind: 'htb', rate: 8000 } },
    'EEXIST',
    { operation: 'class add', spec: { link: 'v0', classId: '9:20', kind: 'htb', rate: 8000 } },
    { code: 'ENOENT' },
    ['qdisc htb'],
  ),
  'class set': sample(
    true,
    { operation: 'class set', spec: { link: 'v0', classId: '1:20', kind: 'htb', rate: 8000 } },
    'ok',
    { operation: 'class set', spec: { link: 'nope', classId: '1:20', kind: 'htb', rate: 8000 } },
    noLink,
    ['qdisc htb'],
  ),
  'class change': sample(
    true,
    { operation: 'class change', spec: { link: 'v0', classId: '1:10', kind: 'htb', rate: 16_000 } },
    'ok',
    { operation: 'class change', spec: { link: 'v0', classId: '1:20', kind: 'htb', rate: 8000 } },
    { code: 'ENOENT' },
    ['qdisc htb'],
  ),
  'class delete': sample(
    true,
    { operation: 'class delete', spec: { link: 'v0', classId: '1:10' } },
    'ENOENT',
    { operation: 'class delete', spec: { link: 'v0', classId: '1:20' } },
    { code: 'ENOENT' },
    ['qdisc htb'],
  ),
  'class list': sample(
    false,
    { operation: 'class list', spec: { link: 'v0' } },
    'ok',
    { operation: 'class list', spec: { link: 'nope' } },
    noLink,
  ),
  'filter add': sample(
    true,
    { operation: 'filter add', spec: { ...filterSpec, handle: '800::5' } },
    'EEXIST',
    { operation: 'filter add', spec: { ...filterSpec, link: 'nope' } },
    noLink,
    filterNeeds,
  ),
  'filter set': sample(
    true,
    { operation: 'filter set', spec: { ...filterSpec, handle: '800::5' } },
    'ok',
    { operation: 'filter set', spec: { ...filterSpec, link: 'nope' } },
    noLink,
    filterNeeds,
  ),
  'filter change': sample(
    true,
    { operation: 'filter change', spec: { ...filterSpec, handle: '800::800', keys: [] } },
    'ok',
    { operation: 'filter change', spec: { ...filterSpec, priority: 9 } },
    { code: 'ENOENT' },
    filterNeeds,
  ),
  'filter delete': sample(
    true,
    { operation: 'filter delete', spec: { link: 'v0', priority: 5 } },
    'ENOENT',
    { operation: 'filter delete', spec: { link: 'v0', priority: 9 } },
    { code: 'ENOENT' },
    filterNeeds,
  ),
  'filter list': sample(
    false,
    { operation: 'filter list', spec: { link: 'v0' } },
    'ok',
    { operation: 'filter list', spec: { link: 'nope' } },
    noLink,
  ),
  'namespace add': {
    needs: named,
    request: ({ free }) => ({ operation: 'namespace add', spec: { name: free } }),
    // Nothing can be missing when a name is added: the trait asks for one that is taken instead.
    missing: ({ taken }) => ({ operation: 'namespace add', spec: { name: taken } }),
    missingGives: { code: 'EEXIST' },
    again: 'EEXIST',
    changes: true,
  },
  'namespace delete': {
    needs: named,
    request: ({ taken }) => ({ operation: 'namespace delete', spec: { name: taken } }),
    missing: ({ free }) => ({ operation: 'namespace delete', spec: { name: free } }),
    missingGives: { code: 'ENOENT' },
    again: 'ENOENT',
    changes: true,
  },
  'namespace list': {
    needs: named,
    request: fixed({ operation: 'namespace list', spec: {} }),
    missing: fixed({ operation: 'namespace list', spec: {} }),
    missingGives: { value: 'anything' },
    again: 'ok',
    changes: false,
  },
  ping: {
    needs: ['packets'],
    request: fixed({ operation: 'ping', spec: { address: '127.0.0.1' } }),
    missing: fixed({ operation: 'ping', spec: { address: '99.0.0.1' } }),
    missingGives: { code: 'ENETUNREACH' },
    again: 'ok',
    changes: false,
  },
}
