/** Routers that a host uses by default because they told of themselves (`rt6_add_dflt_router`; RFC 4861 § 6.3.4, RFC 4191). @module */
import { keyOf, sameOctets } from '../bits.js'
import type { Kernel } from '../kernel.js'
import { quietly } from '../refusal.js'
import type { Device } from './device.js'
import { insert6, remove6, watchExpiry } from './fib6.js'
import { makeHop, makeRoute, prefixOf } from './make-route.js'
import { type RouteEntry, tableNumber } from './route-entry.js'
import { tableFor } from './vrf-table.js'

/** Metric of such routes (`IP6_RT_PRIO_USER`). */
const metric = 1024
const everywhere = new Uint8Array(16)
const main = tableNumber('main')

/** What a router says of itself. */
export interface RouterWords {
  /** Seconds for which it may be used; 0 no longer. */
  readonly lifetime: number
  /** Bits 0x18 are its preference. */
  readonly flags: number
  /** Hops of packets by it; 0 says nothing. */
  readonly hopLimit: number
}

/** Enters, refreshes or removes the default route by a router. */
export function setDefaultRouter(kernel: Kernel, device: Device, via: Uint8Array, said: RouterWords): void {
  const { namespace } = device
  const there = routeBy(device, via, everywhere, 0)
  if (said.lifetime === 0) {
    if (there !== undefined) remove6(kernel, namespace, there)
    return
  }
  const expires = kernel.now() + said.lifetime
  const more = {
    // Without `accept_ra_rtr_pref` all are alike; 10 means nothing, and counts as 00.
    preference: (device.inet6?.conf.accept_ra_rtr_pref ? preferenceOf(said.flags) : undefined) ?? ('medium' as const),
    metrics: said.hopLimit === 0 ? there?.metrics : { ...there?.metrics, hopLimit: said.hopLimit },
  }
  if (there !== undefined) {
    Object.assign(there, more, { expires })
    watchExpiry(kernel, namespace, there)
    return
  }
  addRouteBy(kernel, device, via, everywhere, 0, { expires, ...more })
}

/** Enters a route by a router that told of it; nothing happens where that cannot be. */
export function addRouteBy(
  kernel: Kernel,
  device: Device,
  via: Uint8Array,
  octets: Uint8Array,
  length: number,
  more: Pick<RouteEntry, 'expires' | 'preference' | 'metrics'>,
): void {
  const route = makeRoute({
    family: 6,
    ...prefixOf(octets, length),
    table: tableFor(device, main),
    type: 'unicast',
    scope: 0,
    protocol: 'ra',
    metric,
    hops: [makeHop(device, 0, { via })],
    ...more,
  })
  quietly(() => insert6(kernel, device.namespace, route, 'append'))
}

/** 00 is medium, 01 high, 11 low; 10 means nothing (RFC 4191 § 2.1). */
export const preferenceOf = (flags: number): RouteEntry['preference'] =>
  (['medium', 'high', undefined, 'low'] as const)[(flags >> 3) & 3]

/** The route to a prefix that a router told of. */
export function routeBy(device: Device, via: Uint8Array, octets: Uint8Array, length: number): RouteEntry | undefined {
  return device.namespace.routes[6]
    .get(tableFor(device, main))
    ?.by(device, keyOf(octets, length), length)
    .find(({ protocol, hops: [hop] }) => protocol === 'ra' && hop?.device === device && sameOctets(hop.via, via))
}
