/** IPv6 routes: entering and removing them, and what links do to them (`net/ipv6/ip6_fib.c`, `route.c`). @module */
import { formatIp } from '@vnet/core'
import { sameOctets } from '../bits.js'
import type { Kernel } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import { refuse } from '../refusal.js'
import type { Device } from './device.js'
import { withoutOne } from './few.js'
import { tellRoute } from './fib4.js'
import { compareRanks } from './many-routes.js'
import type { RouteEntry } from './route-entry.js'
import { order6, type RouteTable } from './route-table.js'

/** Whether routes like this may share a destination as several ways (`rt6_qualify_for_ecmp`). */
function canShare(route: RouteEntry): boolean {
  return route.hops.every((hop) => hop.via !== undefined)
}

/** Enters a route: `add` refuses where one of its metric is there, `replace` takes its place, `append` comes behind. */
export function insert6(
  kernel: Kernel,
  namespace: Namespace,
  route: RouteEntry,
  how: 'add' | 'replace' | 'append',
): void {
  const table = namespace.routes[6].make(route.table)
  if (how === 'add' && firstAlike(table, route) !== undefined) {
    refuse('EEXIST', undefined, {
      attribute: 'spec.destination',
      hint: 'there is a route to this destination with this metric in this table; IPv6 takes no metric as 1024',
    })
  }
  if (how === 'append') {
    const rivals = table.by(route.hops[0]?.device, route.key, route.length)
    const isThere = rivals.some(
      (other) => compareRanks(other, route) === 0 && sameFrom(other, route) && sameWay(other, route),
    )
    if (isThere) refuse('EEXIST')
  }
  const old = how === 'replace' ? (firstAlike(table, route, canShare(route)) ?? firstAlike(table, route)) : undefined
  if (old === undefined) table.insert(route)
  else table.replace(old, route)
  watchExpiry(kernel, namespace, route)
  tellRoute(kernel, namespace, route, 'route set', how === 'replace')
}

/** The first route of the same destination, metric and source prefix; with `shares` the first that may share it, or may not. */
function firstAlike(table: RouteTable, route: RouteEntry, shares?: boolean): RouteEntry | undefined {
  for (const other of table.alike(route))
    if (sameFrom(other, route) && (shares === undefined || canShare(other) === shares)) return other
  return undefined
}

const sameFrom = ({ from: a }: RouteEntry, { from: b }: RouteEntry): boolean =>
  a?.length === b?.length && sameOctets(a?.octets, b?.octets)

function sameWay(a: RouteEntry, b: RouteEntry): boolean {
  const [left] = a.hops
  const [right] = b.hops
  return a.hops.length === 1 && left?.device === right?.device && sameOctets(left?.via, right?.via)
}

/** Removes a route and tells of it. */
export function remove6(kernel: Kernel, namespace: Namespace, route: RouteEntry): void {
  namespace.routes[6].get(route.table)?.remove(route)
  tellRoute(kernel, namespace, route, 'route delete')
}

/** Removes one way of a route; the route with its last one. */
export function removeHop6(kernel: Kernel, namespace: Namespace, route: RouteEntry, index: number): void {
  if (route.hops.length === 1) {
    remove6(kernel, namespace, route)
    return
  }
  const [gone] = route.hops.splice(index, 1)
  if (gone === undefined) return
  const { device } = gone
  if (device !== undefined && !route.hops.some((hop) => hop.device === device))
    device.routes = withoutOne(device.routes, route)
  tellRoute(kernel, namespace, { ...route, hops: [gone] }, 'route delete')
}

/** Waits for the end of a route's life; also after a snapshot was loaded. */
export function watchExpiry(kernel: Kernel, namespace: Namespace, route: RouteEntry): void {
  const end = route.expires
  if (end === undefined) return
  kernel.timers.at(end, () => {
    if (route.place > 0 && route.expires === end) remove6(kernel, namespace, route)
  })
}

/** The link's routes in the order in which the kernel walks them. */
function walk(device: Device): RouteEntry[] {
  const routes = [...device.routes].filter((route) => route.family === 6)
  return routes.sort((a, b) => (a.table & 255) - (b.table & 255) || order6([a], [b]) || a.metric - b.metric)
}

/** The link is down or gone: its routes vanish, with a word for each; of several ways, those by this link die. */
export function ifDown6(kernel: Kernel, device: Device, gone: boolean): void {
  const { namespace } = device
  for (const route of walk(device)) {
    if (gone && route.hops.length > 1) {
      for (let i = route.hops.length - 1; i >= 0; i--) {
        if (route.hops[i]?.device === device) removeHop6(kernel, namespace, route, i)
      }
      continue
    }
    if (route.hops.every((hop) => hop.dead || hop.device === device)) {
      while (route.place > 0) removeHop6(kernel, namespace, route, 0)
      continue
    }
    for (const hop of route.hops) {
      if (hop.device !== device) continue
      hop.dead = true
      hop.linkDown = true
    }
  }
}

/** The link lost its carrier: its routes stay, marked. */
export function carrierLost6(device: Device): void {
  for (const route of device.routes) {
    if (route.family !== 6 || route.type === 'local' || route.type === 'anycast') continue
    for (const hop of route.hops) if (hop.device === device) hop.linkDown = true
  }
}

/** The link is back. */
export function syncUp6(device: Device, revive: boolean): void {
  for (const route of device.routes) {
    if (route.family !== 6) continue
    for (const hop of route.hops) {
      if (hop.device !== device) continue
      if (revive) hop.dead = false
      if (device.carrier) hop.linkDown = false
    }
  }
}

/** Routes with a source address that is no longer there do without it (`rt6_remove_prefsrc`). */
export function forgetSource6(namespace: Namespace, octets: Uint8Array): void {
  const text = formatIp(octets)
  const { bySource } = namespace.routes[6]
  for (const route of bySource.get(text) ?? []) {
    Object.assign(route, { source: undefined })
  }
  bySource.delete(text)
}
