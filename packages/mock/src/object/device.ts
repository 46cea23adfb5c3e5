/** A link as the mock kernel keeps it (`struct net_device`), and how it is described. @module */
import type { Link, LinkLimits, OperationalState } from '@vnet/core'
import type { BridgeData, BridgePort } from '../kind/bridge-data.js'
import type { LinkKind } from '../kind/kind.js'
import type { Namespace } from '../namespace.js'
import { type Counters, newCounters, noCounters, statisticsOf } from '../stack/counters.js'
import { type LinkConf4, type LinkConf6, type NeighbourConfs, usualNeighbourConfs } from '../sysctl/conf.js'
import type { QdiscEntry } from '../traffic/entry.js'
import type { Tally } from '../traffic/tally.js'
import type { Traffic } from '../traffic/traffic.js'
import type { Address4 } from './address4.js'
import type { Address6 } from './address6-entry.js'
import { emptyList, emptyMap, emptySet } from './empty.js'
import type { Few } from './few.js'
import type { Filter } from './filter.js'
import { type Memberships, noMemberships } from './membership-data.js'
import type { NeighbourEntry } from './neighbour.js'
import { noParts, Parts } from './parts.js'
import type { RouteEntry } from './route-entry.js'

/** What IPv6 keeps of a link (`struct inet6_dev`). */
export interface Inet6 {
  /** Usable: up, with carrier (`IF_READY`). */
  ready: boolean
  /** Addresses, widest scope first, latest first within a scope. */
  addresses: readonly Address6[]
  /** Its settings (`net.ipv6.conf.LINK`). */
  conf: LinkConf6
  /** When routers are asked for again, and seconds to the question after that. */
  solicitAt?: number | undefined
  solicitInterval?: number | undefined
  /** A router has told of itself (`IF_RA_RCVD`). */
  routerHeard?: boolean | undefined
  /** The last 64 bits of addresses that routers give, in 16 octets. */
  token?: Uint8Array | undefined
}

/** A link. The fields are the kernel's; who changes one tells the others by `kernel.notify`. */
export class Device {
  namespace: Namespace
  index = 0
  name = ''
  readonly kind: LinkKind | undefined
  type: 'ether' | 'loopback' | 'none' | 'netlink' | 'gre' | 'gre6' | 'ipip' | 'sit' | 'tunnel6' = 'ether'
  /** Lower-case text; the ends of a tunnel as IP addresses; `undefined` where the type has none. */
  mac: string | undefined
  broadcast: string | undefined
  /**
   * What a link was made with (`perm_addr`): an ipvlan the MAC of its parent; a tunnel without frames its local address,
   * over IPv6 six octets by chance, in place of a MAC.
   */
  permanentAddress: string | undefined
  /** The MAC was chosen by somebody, not by the kernel (`NET_ADDR_SET`). */
  macSet = false
  up = false
  canBroadcast = false
  loopback = false
  pointToPoint = false
  multicast = false
  /** Takes ports, and tells so (`IFF_MASTER`); is one of such (`IFF_SLAVE`). */
  isMaster = false
  isSlave = false
  noArp = false
  /** Asked for by the user (`gflags`); `promiscuity` counts all who ask. */
  promiscuous = false
  allMulticast = false
  promiscuity = 0
  /** Promiscuous for want of unicast filters (`uc_promisc`). */
  unicastPromiscuous = false
  allMulti = 0
  carrier = true
  operationalState: OperationalState = 'unknown'
  /** Its queues are in use: it was opened with carrier, or got carrier since (`dev_activate`). */
  active = false
  mtu = 1500
  minMtu = 68
  maxMtu = 65535
  group = 0
  txQueueLength = 1000
  /** Kind of the discipline at its root. */
  qdisc = 'noop'
  /** Disciplines that somebody chose. */
  qdiscs: readonly QdiscEntry[] = emptyList
  /** Those at work, with their filters; `undefined` where there are none. */
  traffic: Traffic | undefined
  /** What the disciplines of the kernel's choice counted, one for each queue. */
  queueTallies: readonly (Tally | undefined)[] = emptyList
  /** The driver needs no queue (`IFF_NO_QUEUE`): its default discipline is `noqueue`. */
  noQueue = false
  txQueues = 1
  rxQueues = 1
  altNames: readonly string[] = emptyList
  alias: string | undefined
  addrGenMode = 0
  tsoMaxSize = 524280
  master: Device | undefined
  /** Options and state as port of a bridge. */
  port: BridgePort | undefined
  /** Lower link of a VLAN, macvlan or VXLAN. */
  lower: Device | undefined
  /** Other end of a veth or netkit pair. */
  peer: Device | undefined
  /** Links on top of this one: VLANs, macvlans. */
  uppers: ReadonlySet<Device> = emptySet
  /** VXLANs whose packets leave by this link; they vanish with it. */
  carried: ReadonlySet<Device> = emptySet
  /** State of the kind; what is rarer is in `parts`. */
  bridge: BridgeData | undefined
  vlan: NonNullable<Link['vlan']> | undefined
  /** Tells links with one MAC apart (`dev_id`); 0 where the MAC is the link's own. */
  sharerId = 0
  addresses4: readonly Address4[] = emptyList
  inet6: Inet6 | undefined
  /** Settings of IPv4 (`net.ipv4.conf.LINK`). */
  conf4: LinkConf4
  /** How it asks for neighbours, by family. */
  neighbourConf: NeighbourConfs = usualNeighbourConfs
  /** Groups that it listens to. */
  memberships4: Readonly<Memberships> = noMemberships
  memberships6: Readonly<Memberships> = noMemberships
  /** Neighbours by address key; proxies apart. */
  neighbours: ReadonlyMap<string, NeighbourEntry> = emptyMap
  proxies: ReadonlyMap<string, NeighbourEntry> = emptyMap
  /** Multicast and unicast filters beside those of its groups of IP, and the number of the last of all. */
  filters: ReadonlyMap<string, Filter> = emptyMap
  lastFilter = 0
  /** Unicast and multicast filters set by hand (`bridge fdb add … self`). */
  ownFilters: ReadonlySet<string> = emptySet
  /** What only links of some kinds and their ports have; the others share one that is empty. */
  parts: Readonly<Parts> = noParts
  /** What passed and what did not, from the first time on. */
  counted: Counters | undefined
  /** The MAC as a number, kept by `ownMac`. */
  macCache: { readonly text: string | undefined; readonly number: number } | undefined
  /** Routes that leave by this link. */
  routes: Few<RouteEntry> = emptyList
  /** The other end of a pair that is being made. */
  unborn: Device | undefined
  /** Being made by netlink, and not announced yet. */
  unheard = false
  /** Its kind has told of it already. */
  announced = false
  /** Waits for its change of carrier to be told (`linkwatch`). */
  watched = false
  /** Gone from its namespace. */
  removed = false

  constructor(namespace: Namespace, kind: LinkKind | undefined) {
    this.namespace = namespace
    this.conf4 = namespace.sharedConf.newConf4(namespace.sysctls)
    this.kind = kind
  }

  get macvlan(): Parts['macvlan'] {
    return this.parts.macvlan
  }
  set macvlan(value) {
    ownParts(this).macvlan = value
  }
  get vxlan(): Parts['vxlan'] {
    return this.parts.vxlan
  }
  set vxlan(value) {
    ownParts(this).vxlan = value
  }
  get ipvlanPort(): Parts['ipvlanPort'] {
    return this.parts.ipvlanPort
  }
  set ipvlanPort(value) {
    ownParts(this).ipvlanPort = value
  }
  get bond(): Parts['bond'] {
    return this.parts.bond
  }
  set bond(value) {
    ownParts(this).bond = value
  }
  get bondPort(): Parts['bondPort'] {
    return this.parts.bondPort
  }
  set bondPort(value) {
    ownParts(this).bondPort = value
  }
  get hsr(): Parts['hsr'] {
    return this.parts.hsr
  }
  set hsr(value) {
    ownParts(this).hsr = value
  }
  get macsec(): Parts['macsec'] {
    return this.parts.macsec
  }
  set macsec(value) {
    ownParts(this).macsec = value
  }
  get macsecKeys(): Parts['macsecKeys'] {
    return this.parts.macsecKeys
  }
  set macsecKeys(value) {
    ownParts(this).macsecKeys = value
  }
  get netkit(): Parts['netkit'] {
    return this.parts.netkit
  }
  set netkit(value) {
    ownParts(this).netkit = value
  }
  get team(): Parts['team'] {
    return this.parts.team
  }
  set team(value) {
    ownParts(this).team = value
  }
  get teamPort(): Parts['teamPort'] {
    return this.parts.teamPort
  }
  set teamPort(value) {
    ownParts(this).teamPort = value
  }
  get vrfTable(): Parts['vrfTable'] {
    return this.parts.vrfTable
  }
  set vrfTable(value) {
    ownParts(this).vrfTable = value
  }
  get tun(): Parts['tun'] {
    return this.parts.tun
  }
  set tun(value) {
    ownParts(this).tun = value
  }
  get tunnel(): Parts['tunnel'] {
    return this.parts.tunnel
  }
  set tunnel(value) {
    ownParts(this).tunnel = value
  }
  get geneve(): Parts['geneve'] {
    return this.parts.geneve
  }
  set geneve(value) {
    ownParts(this).geneve = value
  }
  get wireguard(): Parts['wireguard'] {
    return this.parts.wireguard
  }
  set wireguard(value) {
    ownParts(this).wireguard = value
  }
  get fdbIndex(): Parts['fdbIndex'] {
    return this.parts.fdbIndex
  }
  set fdbIndex(value) {
    ownParts(this).fdbIndex = value
  }
  get tunQueues(): Parts['tunQueues'] {
    return this.parts.tunQueues
  }
  set tunQueues(value) {
    ownParts(this).tunQueues = value
  }
  get tunOffloads(): Parts['tunOffloads'] {
    return this.parts.tunOffloads
  }
  set tunOffloads(value) {
    ownParts(this).tunOffloads = value
  }
  get usesAllQueues(): Parts['usesAllQueues'] {
    return this.parts.usesAllQueues
  }
  set usesAllQueues(value) {
    ownParts(this).usesAllQueues = value
  }
  /** What it counts. */
  get counters(): Counters {
    this.counted ??= newCounters()
    return this.counted
  }
}

function ownParts(device: Device): Parts {
  if (device.parts === noParts) device.parts = new Parts()
  return device.parts
}

/** Whether the link has a MAC: it carries frames. */
export const hasMac = (device: Device): boolean => device.type === 'ether' || device.type === 'loopback'

/** Whether the link counts as operational (`netif_oper_up`). */
export function isOperational(device: Device): boolean {
  return device.operationalState === 'up' || device.operationalState === 'unknown'
}

/** Whether IPv6 may use the link (`addrconf_link_ready`). */
export function isReady(device: Device): boolean {
  return isOperational(device) && device.active
}

/** Flags as `ip` prints them, in its order. */
export function flagsOf(device: Device): string[] {
  const flags: string[] = []
  if (device.up && !isOperational(device)) flags.push('NO-CARRIER')
  if (device.loopback) flags.push('LOOPBACK')
  if (device.canBroadcast) flags.push('BROADCAST')
  if (device.pointToPoint) flags.push('POINTOPOINT')
  if (device.multicast) flags.push('MULTICAST')
  if (device.noArp) flags.push('NOARP')
  if (device.allMulticast) flags.push('ALLMULTI')
  if (device.promiscuous) flags.push('PROMISC')
  if (device.isMaster) flags.push('MASTER')
  if (device.isSlave) flags.push('SLAVE')
  if (device.up) flags.push('UP')
  if (device.up && device.carrier) flags.push('LOWER_UP')
  return flags
}

function limitsOf(device: Device): LinkLimits {
  return {
    gsoMaxSize: 65536,
    gsoMaxSegments: 65535,
    tsoMaxSize: device.tsoMaxSize,
    tsoMaxSegments: 65535,
    groMaxSize: 65536,
    gsoIpv4MaxSize: 65536,
    groIpv4MaxSize: 65536,
  }
}

/** The link that `IFLA_LINK` names: the lower link, or the other end of a pair. */
export function linkedTo(device: Device): Device | undefined {
  // A VXLAN does not tell it.
  return device.vxlan === undefined ? (device.lower ?? device.peer) : undefined
}

/** The link as the kernel tells it in a list or an event. `namespaceId` numbers a foreign namespace, as nsids do. */
export function describe(
  device: Device,
  namespaceId: (from: Namespace, to: Namespace) => number,
  statistics = false,
  now = 0,
): Link {
  const home = device.vxlan?.home ?? device.geneve?.home ?? device.tunnel?.home
  // A VXLAN that was moved tells where its packets go, and itself for want of a link; a tunnel tells 0 then.
  const linked = home !== undefined && home !== device.namespace ? device : linkedTo(device)
  const parent = device.tunnel === undefined ? linked?.index : ((device.tunnel.options.link as number | undefined) ?? 0)
  const other = home ?? linked?.namespace
  const foreign = other !== undefined && other !== device.namespace ? other : undefined
  return {
    index: device.index,
    name: device.name,
    ...(device.kind === undefined ? {} : { kind: device.kind.word?.(device) ?? device.kind.name }),
    type: device.type,
    ...(device.mac === undefined ? {} : { mac: device.mac }),
    ...(device.broadcast === undefined ? {} : { broadcast: device.broadcast }),
    up: device.up,
    flags: flagsOf(device),
    operationalState: device.up ? device.operationalState : 'down',
    carrier: device.carrier,
    linkMode: 0,
    mtu: device.mtu,
    minMtu: device.minMtu,
    maxMtu: device.maxMtu,
    ...(device.master === undefined ? {} : { master: device.master.index }),
    ...(parent === undefined ? {} : { parent }),
    ...(foreign === undefined ? {} : { linkNamespaceId: namespaceId(device.namespace, foreign) }),
    group: device.group,
    txQueueLength: device.txQueueLength,
    qdisc: device.qdisc,
    txQueues: device.txQueues,
    rxQueues: device.rxQueues,
    altNames: [...device.altNames],
    ...(device.alias === undefined ? {} : { alias: device.alias }),
    promiscuity: device.promiscuity,
    allMulticast: device.allMulti,
    ...(device.permanentAddress === undefined ? {} : { permanentMac: device.permanentAddress }),
    ...(device.inet6 === undefined ? {} : { addrGenMode: device.addrGenMode }),
    limits: limitsOf(device),
    ...device.kind?.describe?.(device, now),
    ...(device.master?.kind === undefined ? {} : { portKind: device.master.kind.name }),
    ...device.master?.kind?.describePort?.(device, now),
    ...(statistics
      ? { statistics: statisticsOf(device.kind?.statistics?.(device) ?? device.counted ?? noCounters) }
      : {}),
    other: [],
  }
}
