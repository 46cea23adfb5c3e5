/** A route as the mock kernel keeps it, and as the kernel describes it. @module */
import {
  formatIp,
  formatPrefix,
  type IpFamily,
  type NextHopState,
  type Prefix,
  type Route,
  type RouteMetrics,
  type RouteProtocol,
  type RouteTable,
  type RouteType,
} from '@vnet/core'
import type { Device } from './device.js'
import type { RouteException } from './route-exception.js'
import { scopeWord } from './scope.js'

/** A way of a route. */
export interface Hop {
  device: Device | undefined
  readonly via: Uint8Array | undefined
  readonly weight: number
  readonly onLink: boolean
  /** Reach of what comes next: `link` for a gateway, `host` for the link itself, `nowhere` for an address of this host. */
  readonly scope: number
  dead: boolean
  linkDown: boolean
  /** By destination what redirects told. */
  exceptions?: Map<string, RouteException>
}

/** A route. What most lack has no field in them: there are many routes. */
export interface RouteEntry {
  readonly family: IpFamily
  readonly table: number
  readonly octets: Uint8Array
  readonly length: number
  /** The masked destination, for maps and for order. */
  readonly key: string
  readonly type: RouteType
  /** Type of service. */
  readonly tos: number
  readonly metric: number
  readonly scope: number
  readonly protocol: RouteProtocol
  readonly source: Uint8Array | undefined
  /** Whose packets take it, where it is not for all. */
  readonly from?: Prefix | undefined
  hops: Hop[]
  readonly metrics?: RouteMetrics | undefined
  /** `medium` where it is absent. */
  readonly preference?: 'low' | 'medium' | 'high'
  /** Kernel time when it is removed, seconds. */
  expires?: number | undefined
  /** Every way of it is down (`fib_info`'s own flag). */
  allDown: boolean
  /** In a table now: what tells which of several routes like it came first, from 1; 0 in none. */
  place: number
  /** To a prefix that a router told of (`RTF_PREFIX_RT`). */
  announced?: true
}

const tableWords = new Map<number, RouteTable>([
  [253, 'default'],
  [254, 'main'],
  [255, 'local'],
])

/** The number of a table. */
export function tableNumber(table: RouteTable): number {
  if (typeof table === 'number') return table
  return table === 'main' ? 254 : table === 'local' ? 255 : 253
}

/** The word of a table, where it has one. */
export function tableWord(number: number): RouteTable {
  return tableWords.get(number) ?? number
}

/** Flags of a way, as `ip` prints them, in its order. */
export function hopFlags(hop: Hop): string[] {
  const flags: string[] = []
  if (hop.dead) flags.push('dead')
  if (hop.onLink) flags.push('onlink')
  if (hop.linkDown) flags.push('linkdown')
  return flags
}

/** Canonical text of a route's destination, with its length, or `default`. */
export const destinationOf = ({ octets, length }: RouteEntry): string =>
  length === 0 ? 'default' : formatPrefix({ octets, length })

/** A route in the words of {@link Route}. */
export function describeRoute(route: RouteEntry, now: number): Route {
  const [only] = route.hops
  const single = route.hops.length === 1 ? only : undefined
  const version6 = route.family === 6
  return {
    family: route.family,
    type: route.type,
    destination: destinationOf(route),
    ...(single?.via === undefined ? {} : { via: formatIp(single.via) }),
    ...(single?.device === undefined ? {} : { link: single.device.index }),
    nextHops: route.hops.length > 1 ? route.hops.map(describeHop) : [],
    ...(route.source === undefined ? {} : { source: formatIp(route.source) }),
    ...(route.from === undefined ? {} : { from: formatPrefix(route.from) }),
    ...(route.metric === 0 && !version6 ? {} : { metric: route.metric }),
    table: tableWord(route.table),
    protocol: route.protocol,
    scope: version6 ? 'global' : scopeWord(route.scope),
    tos: route.tos,
    flags: single !== undefined ? hopFlags(single) : route.allDown && !version6 ? ['linkdown'] : [],
    ...(version6 ? { preference: route.preference ?? 'medium' } : {}),
    ...(route.expires === undefined ? {} : { expires: Math.max(0, Math.floor((route.expires - now) * 100) / 100) }),
    ...(route.metrics === undefined ? {} : { metrics: route.metrics }),
    other: [],
  }
}

function describeHop(hop: Hop): NextHopState {
  return {
    ...(hop.via === undefined ? {} : { via: formatIp(hop.via) }),
    link: hop.device?.index ?? 0,
    weight: hop.weight,
    flags: hopFlags(hop),
  }
}
