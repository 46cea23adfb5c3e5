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
  const there = find(device, via)
  if (said.lifetime === 0) {
    if (there !== undefined) remove6(kernel, namespace, there)
    return
  }
  const expires = kernel.now() + said.lifetime
  const more = {
    preference: preferenceOf(said.flags),
    metrics: said.hopLimit === 0 ? there?.metrics : { ...there?.metrics, hopLimit: said.hopLimit },
  }
  if (there !== undefined) {
    Object.assign(there, more, { expires })
    watchExpiry(kernel, namespace, there)
    return
  }
  const route = makeRoute({
    family: 6,
    ...prefixOf(everywhere, 0),
    table: tableFor(device, main),
    type: 'unicast',
    scope: 0,
    protocol: 'ra',
    metric,
    hops: [makeHop(device, 0, { via })],
    expires,
    ...more,
  })
  quietly(() => insert6(kernel, namespace, route, 'append'))
}

/** 01 is high, 11 low; 10 means nothing, and counts as 00 (RFC 4191 § 2.1). */
function preferenceOf(flags: number): RouteEntry['preference'] {
  const bits = (flags >> 3) & 3
  return bits === 1 ? 'high' : bits === 3 ? 'low' : 'medium'
}

function find(device: Device, via: Uint8Array): RouteEntry | undefined {
  return device.namespace.routes[6]
    .get(tableFor(device, main))
    ?.by(device, keyOf(everywhere, 0), 0)
    .find(({ protocol, hops: [hop] }) => protocol === 'ra' && hop?.device === device && sameOctets(hop.via, via))
}
