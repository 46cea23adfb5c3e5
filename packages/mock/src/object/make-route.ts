/** From the parts of a route to the route, for both versions of IP. @module */
import { formatIp, formatPrefix, type IpFamily, type RouteProtocol, type RouteType } from '@vnet/core'
import { keyOf } from '../bits.js'
import type { Device } from './device.js'
import type { Hop, RouteEntry } from './route-entry.js'

/** The parts; those that most routes lack are optional. */
export interface RouteParts {
  readonly family: IpFamily
  readonly octets: Uint8Array
  readonly length: number
  readonly table: number
  readonly type: RouteType
  readonly scope: number
  readonly protocol: RouteProtocol
  readonly metric: number
  readonly hops: Hop[]
  readonly tos?: number | undefined
  readonly source?: Uint8Array | undefined
  readonly from?: { readonly octets: Uint8Array; readonly length: number } | undefined
  readonly metrics?: RouteEntry['metrics'] | undefined
  readonly preference?: RouteEntry['preference'] | undefined
  readonly expires?: number | undefined
}

/** A route that is in no table yet. */
export function makeRoute(parts: RouteParts): RouteEntry {
  const { octets, length, source, from } = parts
  return {
    family: parts.family,
    table: parts.table,
    octets,
    length,
    key: keyOf(octets, length),
    destination: length === 0 ? 'default' : formatPrefix({ octets, length }),
    type: parts.type,
    tos: parts.tos ?? 0,
    metric: parts.metric,
    scope: parts.scope,
    protocol: parts.protocol,
    source,
    sourceText: source === undefined ? undefined : formatIp(source),
    from: from === undefined || from.length === 0 ? undefined : formatPrefix(from),
    fromOctets: from === undefined || from.length === 0 ? undefined : from.octets,
    fromLength: from?.length ?? 0,
    hops: parts.hops,
    metrics: parts.metrics,
    preference: parts.preference ?? 'medium',
    expires: parts.expires,
    allDown: false,
    installed: false,
  }
}

/** A way of a route. */
export function makeHop(device: Device | undefined, scope: number, more: Partial<Hop> = {}): Hop {
  const via = more.via
  return {
    device,
    via,
    viaText: via === undefined ? undefined : formatIp(via),
    weight: more.weight ?? 1,
    onLink: more.onLink ?? false,
    scope,
    dead: false,
    linkDown: more.linkDown ?? false,
  }
}
