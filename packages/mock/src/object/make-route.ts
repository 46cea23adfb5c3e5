/** From the parts of a route to the route, for both versions of IP. @module */
import type { IpFamily, Prefix, RouteProtocol, RouteType } from '@vnet/core'
import { keyOf } from '../bits.js'
import type { Device } from './device.js'
import type { Hop, RouteEntry } from './route-entry.js'

/** Where a route leads to. Routes may share it. */
export type RoutePrefix = Pick<RouteEntry, 'octets' | 'length' | 'key'>

/** A prefix with its key. */
export const prefixOf = (octets: Uint8Array, length: number): RoutePrefix => ({
  octets,
  length,
  key: keyOf(octets, length),
})

/** The parts; those that most routes lack are optional. */
export interface RouteParts extends RoutePrefix {
  readonly family: IpFamily
  readonly table: number
  readonly type: RouteType
  readonly scope: number
  readonly protocol: RouteProtocol
  readonly metric: number
  readonly hops: Hop[]
  readonly tos?: number | undefined
  readonly source?: Uint8Array | undefined
  readonly from?: Prefix | undefined
  readonly metrics?: RouteEntry['metrics'] | undefined
  readonly preference?: 'low' | 'medium' | 'high' | undefined
  readonly expires?: number | undefined
}

/** A route that is in no table yet. */
export function makeRoute(parts: RouteParts): RouteEntry {
  const { from, metrics, expires, preference = 'medium' } = parts
  const route: RouteEntry = {
    family: parts.family,
    table: parts.table,
    octets: parts.octets,
    length: parts.length,
    key: parts.key,
    type: parts.type,
    tos: parts.tos ?? 0,
    metric: parts.metric,
    scope: parts.scope,
    protocol: parts.protocol,
    source: parts.source,
    hops: parts.hops,
    allDown: parts.hops.length > 0 && parts.hops.every(({ linkDown }) => linkDown),
    place: 0,
  }
  const isFromSome = from !== undefined && from.length > 0
  if (!isFromSome && metrics === undefined && expires === undefined && preference === 'medium') return route
  return {
    ...route,
    ...(isFromSome ? { from } : {}),
    metrics,
    expires,
    ...(preference === 'medium' ? {} : { preference }),
  }
}

/** A way of a route. */
export function makeHop(device: Device | undefined, scope: number, more: Partial<Hop> = {}): Hop {
  return {
    device,
    via: more.via,
    weight: more.weight ?? 1,
    onLink: more.onLink ?? false,
    scope,
    dead: false,
    linkDown: more.linkDown ?? false,
  }
}
