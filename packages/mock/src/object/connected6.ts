/** The routes that IPv6 addresses and links bring about (`addrconf_prefix_route`, `addrconf_f6i_alloc`). @module */
import type { RouteType } from '@vnet/core'
import { keyOf, octetsOf, samePrefix } from '../bits.js'
import type { Kernel } from '../kernel.js'
import { Refusal } from '../refusal.js'
import type { Address6 } from './address6-entry.js'
import type { Device } from './device.js'
import { insert6, remove6, watchExpiry } from './fib6.js'
import { removedAt } from './lifetime.js'
import { makeHop, makeRoute } from './make-route.js'
import { type RouteEntry, tableNumber } from './route-entry.js'
import { tableFor } from './vrf-table.js'

/** Metric of the kernel's own routes (`IP6_RT_PRIO_ADDRCONF`). */
const ownMetric = 256
const main = tableNumber('main')
const local = tableNumber('local')

function add(
  kernel: Kernel,
  device: Device,
  octets: Uint8Array,
  length: number,
  type: RouteType,
  metric: number,
  expires?: number,
): void {
  // Routes to addresses of this host do without a link that is up; others do not.
  if (!device.up && type !== 'local') return
  const route = makeRoute({
    family: 6,
    octets,
    length,
    table: tableFor(device, type === 'unicast' ? main : local),
    type,
    scope: 0,
    protocol: 'kernel',
    metric,
    hops: [makeHop(device, 0, { linkDown: type !== 'local' && !device.carrier })],
    expires,
  })
  try {
    insert6(kernel, device.namespace, route, 'append')
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal
  }
}

function find(device: Device, octets: Uint8Array, length: number, table: number): RouteEntry | undefined {
  return device.namespace.routes[6]
    .get(tableFor(device, table))
    ?.at(keyOf(octets, length), length)
    .find((route) => route.hops[0]?.device === device && route.hops[0].via === undefined && route.protocol === 'kernel')
}

/** The route to all multicast groups, in table `local`. */
export function addGroupRoute(kernel: Kernel, device: Device): void {
  const groups = new Uint8Array(16)
  groups[0] = 0xff
  add(kernel, device, groups, 8, 'multicast', ownMetric)
}

/** The route to an address's network, or to its peer. */
export function addPrefixRoute(kernel: Kernel, device: Device, entry: Address6, peer?: Uint8Array): void {
  const length = peer === undefined ? entry.length : 128
  const octets = octetsOf(keyOf(peer ?? entry.octets, length))
  const end = removedAt(entry)
  add(
    kernel,
    device,
    octets,
    length,
    'unicast',
    entry.metric || ownMetric,
    end === Number.POSITIVE_INFINITY ? undefined : end,
  )
}

/** After a change of the address: its route follows, with metric and end of life (`modify_prefix_route`). */
export function restorePrefixRoute(kernel: Kernel, device: Device, entry: Address6, had: boolean): void {
  const route = had ? find(device, entry.octets, entry.length, main) : undefined
  if (route === undefined) {
    addPrefixRoute(kernel, device, entry)
    return
  }
  if (route.metric !== (entry.metric || ownMetric)) {
    remove6(kernel, device.namespace, route)
    addPrefixRoute(kernel, device, entry)
    return
  }
  const end = removedAt(entry)
  route.expires = end === Number.POSITIVE_INFINITY ? undefined : end
  watchExpiry(kernel, device.namespace, route)
}

/** Removes the route to an address's network, unless another address needs it; then it lives as long as that one. */
export function dropPrefixRoute(kernel: Kernel, device: Device, entry: Address6): void {
  let expires: number | undefined
  for (const other of device.inet6?.addresses ?? []) {
    if (other === entry || other.length !== entry.length) continue
    if (!samePrefix(other.octets, entry.octets, entry.length)) continue
    if (other.valid === Number.POSITIVE_INFINITY || other.noPrefixRoute) return
    expires = Math.max(expires ?? 0, removedAt(other))
  }
  const route = find(device, entry.octets, entry.length, main)
  if (route === undefined) return
  if (expires === undefined) remove6(kernel, device.namespace, route)
  else {
    route.expires = expires
    watchExpiry(kernel, device.namespace, route)
  }
}

/** The route to an address itself, in table `local`. */
export function addHostRoute(kernel: Kernel, device: Device, entry: Address6): void {
  if (find(device, entry.octets, 128, local) === undefined) add(kernel, device, entry.octets, 128, 'local', 0)
}

/** Removes it. */
export function dropHostRoute(kernel: Kernel, device: Device, entry: Address6): void {
  const route = find(device, entry.octets, 128, local)
  if (route !== undefined) remove6(kernel, device.namespace, route)
}

/** Removes the route to an address's peer. */
export function dropPeerRoute(kernel: Kernel, device: Device, entry: Address6): void {
  const route = find(device, entry.peer as Uint8Array, 128, main)
  if (route !== undefined) remove6(kernel, device.namespace, route)
}
