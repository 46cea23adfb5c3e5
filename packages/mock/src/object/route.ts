/** `route add`, `set`, `delete` and `list` (`inet_rtm_newroute`, `inet6_rtm_newroute`). @module */
import type { CleanRouteFilter, CleanRouteKey, CleanRouteSpec, NextHop, Route } from '@vnet/core'
import { keyOf, sameOctets } from '../bits.js'
import type { Kernel } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import { refuse } from '../refusal.js'
import { checkHops4, checkRoute4, noNextHop } from './check-route4.js'
import { checkHops6, checkRoute6 } from './check-route6.js'
import type { Device } from './device.js'
import { insert4, remove4 } from './fib4.js'
import { insert6, remove6, removeHop6 } from './fib6.js'
import { linkOf } from './lookup.js'
import { makeRoute, prefixOf } from './make-route.js'
import { describeRoute, type RouteEntry, tableNumber } from './route-entry.js'
import { scopeNumber } from './scope.js'

/** A way of a route with its link looked up. */
export interface WantedHop {
  readonly via: Uint8Array | undefined
  readonly device: Device | undefined
  readonly weight: number
  readonly onLink: boolean
}

/** IPv6 routes without a metric have this one (`IP6_RT_PRIO_USER`). */
const metric6 = 1024

/** The ways of a specification. */
function wantedHops(namespace: Namespace, spec: CleanRouteSpec | CleanRouteKey): WantedHop[] {
  const one = (hop: NextHop<Uint8Array>, path: string): WantedHop => ({
    via: hop.via,
    device: hop.link === undefined ? undefined : linkOf(namespace, hop.link, `${path}.link`),
    weight: hop.weight ?? 1,
    onLink: hop.onLink ?? false,
  })
  if (spec.nextHops !== undefined && spec.nextHops.length > 0) {
    return spec.nextHops.map((hop, index) => one(hop, `spec.nextHops.${index}`))
  }
  return spec.via === undefined && spec.link === undefined ? [] : [one(spec, 'spec')]
}

/** Adds a route, or replaces one. */
export function setRoute(kernel: Kernel, namespace: Namespace, spec: CleanRouteSpec, replace: boolean): undefined {
  const { family } = spec
  const wanted = wantedHops(namespace, spec)
  if (family === 4) checkRoute4(namespace, spec, wanted)
  else checkRoute6(namespace, spec, wanted)
  const route = makeRoute({
    family,
    ...prefixOf(spec.destination.octets, spec.destination.length),
    table: tableNumber(spec.table),
    type: spec.type,
    scope: family === 4 ? scopeNumber(spec.scope) : 0,
    protocol: spec.protocol,
    metric: family === 6 ? spec.metric || metric6 : (spec.metric ?? 0),
    tos: spec.tos,
    source: spec.source,
    from: spec.from,
    metrics: spec.metrics !== undefined && Object.keys(spec.metrics).length > 0 ? { ...spec.metrics } : undefined,
    preference: spec.preference,
    expires: spec.expires === undefined || spec.expires === 0 ? undefined : kernel.now() + spec.expires,
    hops: family === 4 ? checkHops4(namespace, spec, wanted) : checkHops6(namespace, spec, wanted),
  })
  const insert = family === 4 ? insert4 : insert6
  insert(kernel, namespace, route, replace ? 'replace' : 'add')
}

/** Removes the first route that matches all that is given. */
export function deleteRoute(kernel: Kernel, namespace: Namespace, key: CleanRouteKey): undefined {
  const { octets, length } = key.destination
  if (key.nextHopId !== undefined) noNextHop()
  const table = namespace.routes[key.family].get(tableNumber(key.table))
  if (table === undefined) {
    refuse('ESRCH', 'FIB table does not exist', { attribute: 'spec.table', hint: 'there is no route in this table' })
  }
  const wanted = wantedHops(namespace, key)
  const prefix = keyOf(octets, length)
  const candidates = (link: Device | undefined): Iterable<RouteEntry> =>
    link === undefined ? table.at(prefix, length) : table.by(link, prefix, length)
  if (key.family === 4) {
    const route = firstThat(candidates(wanted[0]?.device), (other) => fits4(other, key, wanted))
    if (route === undefined) refuse('ESRCH', undefined, { hint: 'no route matches all that was given' })
    remove4(kernel, namespace, route)
    return
  }
  for (const hop of wanted.length > 1 ? wanted.map((one) => [one]) : [wanted]) {
    const route = firstThat(candidates(hop[0]?.device), (other) => fits6(other, key, hop))
    if (route === undefined) refuse('ESRCH', undefined, { hint: 'no route matches all that was given' })
    // With a gateway only that way goes; without, all of them.
    const index = route.hops.findIndex((other) => sameOctets(other.via, hop[0]?.via))
    if (hop[0]?.via === undefined) remove6(kernel, namespace, route)
    else removeHop6(kernel, namespace, route, index)
  }
}

function firstThat(routes: Iterable<RouteEntry>, fits: (route: RouteEntry) => boolean): RouteEntry | undefined {
  for (const route of routes) if (fits(route)) return route
  return undefined
}

/** `fib_table_delete`. */
function fits4(route: RouteEntry, key: CleanRouteKey, wanted: readonly WantedHop[]): boolean {
  if (route.tos !== (key.tos ?? 0)) return false
  if (key.type !== undefined && route.type !== key.type) return false
  if (key.scope !== undefined && route.scope !== scopeNumber(key.scope)) return false
  if (key.source !== undefined && !sameOctets(route.source, key.source)) return false
  if (key.protocol !== undefined && route.protocol !== key.protocol) return false
  if (key.metric !== undefined && key.metric !== 0 && route.metric !== key.metric) return false
  if (!metricsFit(route, key)) return false
  if (wanted.length === 0) return true
  if (wanted.length > 1 && wanted.length !== route.hops.length) return false
  return wanted.every((hop, index) => {
    const other = route.hops[index]
    if (other === undefined) return false
    return (hop.device === undefined || hop.device === other.device) && (!hop.via || sameOctets(hop.via, other.via))
  })
}

function metricsFit(route: RouteEntry, key: CleanRouteKey): boolean {
  for (const [name, value] of Object.entries(key.metrics ?? {})) {
    if (name !== 'lock' && route.metrics?.[name as 'mtu'] !== value) return false
  }
  return true
}

/** `ip6_route_del`. */
function fits6(route: RouteEntry, key: CleanRouteKey, wanted: readonly WantedHop[]): boolean {
  if (key.metric !== undefined && key.metric !== 0 && route.metric !== key.metric) return false
  if (key.protocol !== undefined && route.protocol !== key.protocol) return false
  if ((key.from?.length ?? 0) !== (route.from?.length ?? 0)) return false
  const [hop] = wanted
  if (hop === undefined) return true
  return route.hops.some(
    (other) =>
      (hop.device === undefined || hop.device === other.device) && (!hop.via || sameOctets(hop.via, other.via)),
  )
}

/** The routes that match, in the order of a dump. */
export function listRoutes(kernel: Kernel, namespace: Namespace, filter: CleanRouteFilter): Route[] {
  const device = filter.link === undefined ? undefined : linkOf(namespace, filter.link)
  const now = kernel.now()
  const found: Route[] = []
  for (const family of [4, 6] as const) {
    if (filter.family !== undefined && filter.family !== family) continue
    if (filter.destination !== undefined && filter.destination.octets.length !== (family === 4 ? 4 : 16)) continue
    for (const table of namespace.routes[family].all()) {
      if (filter.table !== 'all' && table.id !== tableNumber(filter.table)) continue
      for (const route of table.all()) {
        if (device !== undefined && !route.hops.some((hop) => hop.device === device)) continue
        if (filter.protocol !== undefined && route.protocol !== filter.protocol) continue
        if (filter.type !== undefined && route.type !== filter.type) continue
        if (filter.destination !== undefined && !isDestination(route, filter.destination)) continue
        found.push(describeRoute(route, now))
      }
    }
  }
  return found
}

function isDestination(route: RouteEntry, wanted: NonNullable<CleanRouteFilter['destination']>): boolean {
  return route.length === wanted.length && route.key === keyOf(wanted.octets, wanted.length)
}
