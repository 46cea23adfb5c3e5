/** A link as the mock kernel keeps it (`struct net_device`). @module */
import type { OperationalState } from '@vnet/core'
import type { BridgeData, BridgePort } from '../kind/bridge-data.js'
import type { LinkKind } from '../kind/kind.js'
import type { Namespace } from '../namespace.js'
import { type Counters, newCounters } from '../stack/counters.js'
import { type LinkConf4, type LinkConf6, type NeighbourConfs, usualNeighbourConfs } from '../sysctl/conf.js'
import type { Tally } from '../traffic/tally.js'
import type { Address4 } from './address4.js'
import type { Address6 } from './address6-entry.js'
import { emptyList, emptyMap } from './empty.js'
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
  type: 'ether' | 'loopback' | 'none' | 'netlink' | 'gre' | 'gre6' | 'ipip' | 'sit' | 'tunnel6' | 'void' = 'ether'
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
  /** What the disciplines of the kernel's choice counted, one for each queue. */
  queueTallies: readonly (Tally | undefined)[] = emptyList
  /** The driver needs no queue (`IFF_NO_QUEUE`): its default discipline is `noqueue`. */
  noQueue = false
  txQueues = 1
  rxQueues = 1
  addrGenMode = 0
  tsoMaxSize = 524280
  master: Device | undefined
  /** Options and state as port of a bridge. */
  port: BridgePort | undefined
  /** Lower link of a VLAN, macvlan or VXLAN. */
  lower: Device | undefined
  /** Other end of a veth or netkit pair. */
  peer: Device | undefined
  /** State of a bridge; that of other kinds is in `parts`. */
  bridge: BridgeData | undefined
  addresses4: readonly Address4[] = emptyList
  inet6: Inet6 | undefined
  /** Settings of IPv4 (`net.ipv4.conf.LINK`). */
  conf4: LinkConf4
  /** How it asks for neighbours, by family. */
  neighbourConf: NeighbourConfs = usualNeighbourConfs
  /** Groups that it listens to. */
  memberships4: Readonly<Memberships> = noMemberships
  memberships6: Readonly<Memberships> = noMemberships
  /** Neighbours by address key. */
  neighbours: ReadonlyMap<string, NeighbourEntry> = emptyMap
  /** Multicast and unicast filters beside those of its groups of IP, and the number of the last of all. */
  filters: ReadonlyMap<string, Filter> = emptyMap
  lastFilter = 0
  /** What few links have; the others share one that is empty. */
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

  get qdiscs(): Parts['qdiscs'] {
    return this.parts.qdiscs
  }
  set qdiscs(value) {
    if (this.parts.qdiscs !== value) ownParts(this).qdiscs = value
  }
  get traffic(): Parts['traffic'] {
    return this.parts.traffic
  }
  set traffic(value) {
    if (this.parts.traffic !== value) ownParts(this).traffic = value
  }
  get altNames(): Parts['altNames'] {
    return this.parts.altNames
  }
  set altNames(value) {
    if (this.parts.altNames !== value) ownParts(this).altNames = value
  }
  get alias(): Parts['alias'] {
    return this.parts.alias
  }
  set alias(value) {
    if (this.parts.alias !== value) ownParts(this).alias = value
  }
  get uppers(): Parts['uppers'] {
    return this.parts.uppers
  }
  set uppers(value) {
    if (this.parts.uppers !== value) ownParts(this).uppers = value
  }
  get carried(): Parts['carried'] {
    return this.parts.carried
  }
  set carried(value) {
    if (this.parts.carried !== value) ownParts(this).carried = value
  }
  get vlan(): Parts['vlan'] {
    return this.parts.vlan
  }
  set vlan(value) {
    if (this.parts.vlan !== value) ownParts(this).vlan = value
  }
  get sharerId(): Parts['sharerId'] {
    return this.parts.sharerId
  }
  set sharerId(value) {
    if (this.parts.sharerId !== value) ownParts(this).sharerId = value
  }
  get proxies(): Parts['proxies'] {
    return this.parts.proxies
  }
  set proxies(value) {
    if (this.parts.proxies !== value) ownParts(this).proxies = value
  }
  get ownFilters(): Parts['ownFilters'] {
    return this.parts.ownFilters
  }
  set ownFilters(value) {
    if (this.parts.ownFilters !== value) ownParts(this).ownFilters = value
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
  get teql(): Parts['teql'] {
    return this.parts.teql
  }
  set teql(value) {
    ownParts(this).teql = value
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
