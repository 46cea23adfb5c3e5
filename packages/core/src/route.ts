/** Routes (`ip route`; `linux/rtnetlink.h`). @module */
import type { Scope } from './address.js'
import type { IpFamily, IpInput, Prefix, PrefixInput } from './ip.js'
import type { LinkRef, RawAttribute } from './link.js'

/** What a route does with a packet (`RTN_*`). */
export type RouteType =
  | 'unicast'
  | 'local'
  | 'broadcast'
  | 'anycast'
  | 'multicast'
  | 'blackhole'
  | 'unreachable'
  | 'prohibit'
  | 'throw'
  | 'nat'

/** The types by the kernel's number, from 1. */
export const routeTypes: readonly RouteType[] = [
  'unicast',
  'local',
  'broadcast',
  'anycast',
  'multicast',
  'blackhole',
  'unreachable',
  'prohibit',
  'throw',
  'nat',
]

/** A routing table: `main` (254), `local` (255), `default` (253), or a number from 1. */
export type RouteTable = 'main' | 'local' | 'default' | number

/** Who made a route, by the words of iproute2's `rt_protos` (`RTPROT_*`). */
export const routeProtocols = {
  unspec: 0,
  redirect: 1,
  kernel: 2,
  boot: 3,
  static: 4,
  gated: 8,
  ra: 9,
  mrt: 10,
  zebra: 11,
  bird: 12,
  dnrouted: 13,
  xorp: 14,
  ntk: 15,
  dhcp: 16,
  keepalived: 18,
  babel: 42,
  openr: 99,
  bgp: 186,
  isis: 187,
  ospf: 188,
  rip: 189,
  eigrp: 192,
} as const satisfies { readonly [word: string]: number }

/** Who made a route: a word of {@link routeProtocols}, or another number 0–255. */
export type RouteProtocol = keyof typeof routeProtocols | number

/** One way of a route. */
export interface NextHop<Address = IpInput> {
  /** The gateway; of the other version of IP where the kernel can (RFC 5549, Linux 5.2). */
  readonly via?: Address
  /** The link to leave by. */
  readonly link?: LinkRef
  /** Share of the traffic, 1–256. */
  readonly weight?: number
  /** The gateway is on the link although no address says so. */
  readonly onLink?: boolean
}

/** Metrics of a route (`RTAX_*`); `lock` names those that path discovery must not change. */
export interface RouteMetrics {
  /** Path MTU, octets. */
  readonly mtu?: number
  /** Advertised TCP segment size, octets. */
  readonly advmss?: number
  /** Largest TCP window, octets. */
  readonly window?: number
  /** Hop limit. */
  readonly hopLimit?: number
  /** Initial congestion window, segments. */
  readonly initialCongestionWindow?: number
  /** Initial receive window, segments. */
  readonly initialReceiveWindow?: number
  /** Least retransmission time, seconds. */
  readonly rtoMin?: number
  /** Send acknowledgements at once. */
  readonly quickAck?: boolean
  /** Names of metrics that are locked. */
  readonly lock?: readonly ('mtu' | 'advmss' | 'window' | 'hopLimit' | 'rtoMin')[]
}

/** Specification of a route, as `ip route add DESTINATION via … dev …`. */
export interface RouteSpec<Address = IpInput, Net = PrefixInput> extends NextHop<Address> {
  /** Where to: a prefix without host bits, or `default`. */
  readonly destination: Net | 'default'
  /** Needed with `default` where nothing else tells the version of IP; 4 otherwise. */
  readonly family?: IpFamily
  /** What it does; default `unicast`. */
  readonly type?: RouteType
  /** Several ways (`nexthop via … weight …`); excludes `via` and `link`. */
  readonly nextHops?: readonly NextHop<Address>[]
  /** Number of the nexthop object that has the ways (`nhid`, Linux 5.3); excludes `via`, `link` and `nextHops`. */
  readonly nextHopId?: number
  /** Source address of packets that use it. */
  readonly source?: Address
  /** Only packets from this prefix (IPv6). */
  readonly from?: Net
  /** Preference; the lowest wins. IPv6 takes 0 as 1024. */
  readonly metric?: number
  /** Table; default `main` (`local` for type local and broadcast). */
  readonly table?: RouteTable
  /** Who made it; default `boot`, as `ip` does. */
  readonly protocol?: RouteProtocol
  /** Reach of the destination; by default from the type and gateway, as `ip` does. */
  readonly scope?: Scope
  /** Type of service, 0–255. */
  readonly tos?: number
  /** Router preference (RFC 4191, IPv6). */
  readonly preference?: 'low' | 'medium' | 'high'
  /** Seconds until it is removed (IPv6). */
  readonly expires?: number
  /** Metrics. */
  readonly metrics?: RouteMetrics
}

/** Which routes a list holds. */
export interface RouteFilter<Net = PrefixInput> {
  /** Version of IP; both when absent. */
  readonly family?: IpFamily
  /** Table; default `main`; `all` for every one. */
  readonly table?: RouteTable | 'all'
  /** Only those that leave by this link. */
  readonly link?: LinkRef
  /** Only those of this maker. */
  readonly protocol?: RouteProtocol
  /** Only this type. */
  readonly type?: RouteType
  /** Only this destination exactly. */
  readonly destination?: Net | 'default'
}

/** Which way `route get` asks for, as `ip route get ADDRESS`. */
export interface RouteQuery<Address = IpInput> {
  /** Where to. */
  readonly to: Address
  /** From where. */
  readonly from?: Address
  /** As if received on this link. */
  readonly inputLink?: LinkRef
  /** As if bound to this link. */
  readonly outputLink?: LinkRef
  /** With this mark. */
  readonly mark?: number
  /** With this type of service. */
  readonly tos?: number
}

/** A way as the kernel describes it. `link` is an index. */
export interface NextHopState {
  /** The gateway. */
  readonly via?: string
  /** Index of the link to leave by. */
  readonly link: number
  /** Share of the traffic, 1–256. */
  readonly weight: number
  /** As `ip` prints them: `onlink`, `dead`, `linkdown`, `pervasive`, … */
  readonly flags: readonly string[]
}

/** A route as the kernel describes it. */
export interface Route {
  /** Version of IP. */
  readonly family: IpFamily
  /** What it does. */
  readonly type: RouteType
  /** Where to: a prefix (`10.0.0.0/8`) or `default`. */
  readonly destination: string
  /** The gateway. */
  readonly via?: string
  /** Index of the link to leave by. */
  readonly link?: number
  /** Several ways; empty when there is one. */
  readonly nextHops: readonly NextHopState[]
  /** Source address of packets that use it. */
  readonly source?: string
  /** Only packets from this prefix (IPv6). */
  readonly from?: string
  /** Preference. */
  readonly metric?: number
  /** Table. */
  readonly table: RouteTable
  /** Who made it. */
  readonly protocol: RouteProtocol
  /** Reach of the destination. */
  readonly scope: Scope
  /** Type of service. */
  readonly tos: number
  /** As `ip` prints them: `onlink`, `dead`, `linkdown`, … */
  readonly flags: readonly string[]
  /** Router preference (IPv6). */
  readonly preference?: 'low' | 'medium' | 'high'
  /** Seconds left (IPv6). */
  readonly expires?: number
  /** Metrics. */
  readonly metrics?: RouteMetrics
  /** Index of the link that packets came in by (answers of `route get`). */
  readonly inputLink?: number
  /** Mark (answers of `route get`). */
  readonly mark?: number
  /** Number of the nexthop object. */
  readonly nextHopId?: number
  /** User (answers of `route get`). */
  readonly uid?: number
  /** Attributes that vnet has no name for. */
  readonly other: readonly RawAttribute[]
}

/** Specification as drivers receive it: `destination` is a prefix (of length 0 for `default`), family, type, table and scope are filled in. */
export type CleanRouteSpec = Omit<
  RouteSpec<Uint8Array, Prefix>,
  'destination' | 'family' | 'type' | 'table' | 'protocol' | 'scope'
> & {
  readonly destination: Prefix
  readonly family: IpFamily
  readonly type: RouteType
  readonly table: RouteTable
  readonly protocol: RouteProtocol
  readonly scope: Scope
}
/** What identifies a route for `route delete`, as drivers receive it; absent fields match any. */
export type CleanRouteKey = Omit<CleanRouteSpec, 'type' | 'protocol' | 'scope'> &
  Partial<Pick<CleanRouteSpec, 'type' | 'protocol' | 'scope'>>
/** Filter as drivers receive it. */
export type CleanRouteFilter = Omit<RouteFilter<Prefix>, 'destination' | 'table'> & {
  readonly destination?: Prefix
  readonly table: RouteTable | 'all'
}
/** Query as drivers receive it. */
export type CleanRouteQuery = RouteQuery<Uint8Array>
