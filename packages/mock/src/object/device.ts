/** A link as the mock kernel keeps it (`struct net_device`), and how it is described. @module */
import type { Link, LinkLimits, OperationalState } from '@vnet/core'
import type { BondData, BondPort } from '../kind/bond-data.js'
import type { BridgeData, BridgePort } from '../kind/bridge-data.js'
import type { FdbIndex } from '../kind/fdb-index.js'
import type { GeneveData } from '../kind/geneve.js'
import type { HsrData } from '../kind/hsr.js'
import type { IpvlanPort } from '../kind/ipvlan.js'
import type { LinkKind } from '../kind/kind.js'
import type { MacsecData } from '../kind/macsec.js'
import type { MacsecKeys } from '../kind/macsec-keys.js'
import type { MacvlanData } from '../kind/macvlan.js'
import type { TeamData, TeamPort } from '../kind/team.js'
import type { TunQueues } from '../kind/tun-queues.js'
import type { TunnelData } from '../kind/tunnel.js'
import type { VxlanData } from '../kind/vxlan.js'
import type { WireguardData } from '../kind/wireguard.js'
import type { Namespace } from '../namespace.js'
import { type Counters, newCounters } from '../stack/counters.js'
import type { QdiscEntry } from '../traffic/entry.js'
import type { Address4 } from './address4.js'
import type { Address6 } from './address6-entry.js'
import type { NeighbourEntry } from './neighbour.js'
import type { RouteEntry } from './route-entry.js'

/** What IPv6 keeps of a link (`struct inet6_dev`). */
export interface Inet6 {
  /** Usable: up, with carrier (`IF_READY`). */
  ready: boolean
  /** Addresses, widest scope first, latest first within a scope. */
  addresses: Address6[]
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
  /** What a tunnel without frames was made with (`perm_addr`): its local address; over IPv6 six octets by chance, in place of a MAC. */
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
  readonly qdiscs: QdiscEntry[] = []
  /** The driver needs no queue (`IFF_NO_QUEUE`): its default discipline is `noqueue`. */
  noQueue = false
  txQueues = 1
  rxQueues = 1
  altNames: string[] = []
  alias: string | undefined
  addrGenMode = 0
  tsoMaxSize = 524280
  master: Device | undefined
  /** Options and state as port of a bridge. */
  port: BridgePort | undefined
  /** Lower link of a VLAN, macvlan or VXLAN. */
  lower: Device | undefined
  /** Other end of a veth pair. */
  peer: Device | undefined
  /** Links on top of this one: VLANs, macvlans. */
  readonly uppers = new Set<Device>()
  /** VXLANs whose packets leave by this link; they vanish with it. */
  readonly carried = new Set<Device>()
  /** State of the kind. */
  bridge: BridgeData | undefined
  vlan: NonNullable<Link['vlan']> | undefined
  macvlan: MacvlanData | undefined
  vxlan: VxlanData | undefined
  /** What the ipvlans on top of this link share. */
  ipvlanPort: IpvlanPort | undefined
  /** Tells links with one MAC apart (`dev_id`); 0 where the MAC is the link's own. */
  sharerId = 0
  bond: BondData | undefined
  /** State as port of a bond. */
  bondPort: BondPort | undefined
  hsr: HsrData | undefined
  macsec: MacsecData | undefined
  macsecKeys: MacsecKeys | undefined
  team: TeamData | undefined
  /** State as port of a team. */
  teamPort: TeamPort | undefined
  /** Number of a VRF's routing table. */
  vrfTable: number | undefined
  tun: NonNullable<Link['tun']> | undefined
  tunnel: TunnelData | undefined
  geneve: GeneveData | undefined
  wireguard: WireguardData | undefined
  addresses4: Address4[] = []
  inet6: Inet6 | undefined
  /** Neighbours by address key; proxies apart. */
  readonly neighbours = new Map<string, NeighbourEntry>()
  readonly proxies = new Map<string, NeighbourEntry>()
  /** Multicast and unicast filters, as `bridge fdb` lists them with `self`; with the number of users. */
  readonly filters = new Map<string, number>()
  /** Unicast and multicast filters set by hand (`bridge fdb add … self`). */
  readonly ownFilters = new Set<string>()
  /** What passed and what did not. */
  readonly counters: Counters = newCounters()
  /** The MAC as a number, kept by `ownMac`. */
  readonly macCache: { text: string | undefined; number: number } = { text: undefined, number: -1 }
  /** Of a bridge: its entries by MAC and VLAN as numbers; made when the first frame comes. */
  fdbIndex: FdbIndex | undefined
  /** Of a TUN or TAP: what programs hold of it. */
  tunQueues: TunQueues | undefined
  /** Routes that leave by this link. */
  readonly routes = new Set<RouteEntry>()
  /** The other end of a pair that is being made. */
  unborn: Device | undefined
  /** Being made by netlink, and not announced yet. */
  unheard?: boolean
  /** Its kind has told of it already. */
  announced = false
  /** Waits for its change of carrier to be told (`linkwatch`). */
  watched = false
  /** Gone from its namespace. */
  removed = false

  constructor(namespace: Namespace, kind: LinkKind | undefined) {
    this.namespace = namespace
    this.kind = kind
  }
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
    ...(statistics ? { statistics: { ...device.counters } } : {}),
    other: [],
  }
}
