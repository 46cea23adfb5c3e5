/** The routes that IPv6 addresses and links bring about (`addrconf_prefix_route`, `addrconf_f6i_alloc`). @module */
import type { RouteType } from '@vnet/core'
import { isZero, keyOf, octetsOf, sameOctets, samePrefix } from '../bits.js'
import type { Kernel } from '../kernel.js'
import { Refusal } from '../refusal.js'
import { solicitedGroup } from '../stack/solicited-group.js'
import type { Address6 } from './address6-entry.js'
import type { Device } from './device.js'
import { insert6, remove6, watchExpiry } from './fib6.js'
import { removedAt } from './lifetime.js'
import { makeHop, makeRoute, prefixOf, type RoutePrefix } from './make-route.js'
import { joinGroup, leaveGroup } from './membership.js'
import { type Hop, type RouteEntry, tableNumber } from './route-entry.js'
import { tableFor } from './vrf-table.js'

/** Metric of the kernel's own routes (`IP6_RT_PRIO_ADDRCONF`). */
const ownMetric = 256
/** The networks that nearly every link has a route to. */
const allGroups = prefixOf(Uint8Array.of(0xff, ...Array(15).fill(0)), 8)
const linkLocal = prefixOf(Uint8Array.of(0xfe, 0x80, ...Array(14).fill(0)), 64)
const main = tableNumber('main')
const local = tableNumber('local')

function add(
  kernel: Kernel,
  device: Device,
  prefix: RoutePrefix,
  type: RouteType,
  metric: number,
  expires?: number,
  announced?: true,
): void {
  // Routes to addresses of this host do without a link that is up; others do not.
  const isOwn = type === 'local' || type === 'anycast'
  if (!device.up && !isOwn) return
  const route = makeRoute({
    family: 6,
    ...prefix,
    table: tableFor(device, type === 'unicast' ? main : local),
    type,
    scope: 0,
    protocol: 'kernel',
    metric,
    hops: isOwn ? [makeHop(device, 0)] : hopsTo(device),
    expires,
  })
  if (announced) route.announced = true
  try {
    insert6(kernel, device.namespace, route, 'append')
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal
  }
}

/** The way by a link that has no gateway. The routes that the kernel makes for a link by itself share it: what happens to one happens to all. */
function hopsTo(device: Device): Hop[] {
  const [first] = device.routes
  const isAlike = first?.family === 6 && first.type === 'multicast' && first.protocol === 'kernel'
  if (isAlike && first.hops.length === 1 && first.hops[0]?.linkDown === !device.carrier) return first.hops
  return [makeHop(device, 0, { linkDown: !device.carrier })]
}

/** The route to a prefix that a router said to be on the link, for `valid` seconds; 0 takes it back. */
export function setOnLinkRoute(
  kernel: Kernel,
  device: Device,
  octets: Uint8Array,
  length: number,
  valid: number,
): void {
  const { namespace } = device
  const expires = valid === Number.POSITIVE_INFINITY ? undefined : kernel.now() + valid
  const there = namespace.routes[6]
    .get(tableFor(device, main))
    ?.by(device, keyOf(octets, length), length)
    .find((route) => route.announced && route.hops[0]?.device === device)
  if (there === undefined) {
    if (valid === 0) return
    add(kernel, device, prefixOf(octetsOf(keyOf(octets, length)), length), 'unicast', ownMetric, expires, true)
  } else if (valid === 0) remove6(kernel, namespace, there)
  else {
    there.expires = expires
    watchExpiry(kernel, namespace, there)
  }
}

function find(device: Device, octets: Uint8Array, length: number, table: number): RouteEntry | undefined {
  return device.namespace.routes[6]
    .get(tableFor(device, table))
    ?.by(device, keyOf(octets, length), length)
    .find((route) => route.hops[0]?.device === device && route.hops[0].via === undefined && route.protocol === 'kernel')
}

/** The route to all multicast groups, in table `local`. */
export function addGroupRoute(kernel: Kernel, device: Device): void {
  add(kernel, device, allGroups, 'multicast', ownMetric)
}

function networkOf(address: Uint8Array, length: number): RoutePrefix {
  const octets = octetsOf(keyOf(address, length))
  return length === 64 && sameOctets(octets, linkLocal.octets) ? linkLocal : prefixOf(octets, length)
}

/** The route to an address's network, or to its peer. */
export function addPrefixRoute(kernel: Kernel, device: Device, entry: Address6, peer?: Uint8Array): void {
  const length = peer === undefined ? entry.length : 128
  const network = networkOf(peer ?? entry.octets, length)
  const end = removedAt(entry.lifetime)
  add(kernel, device, network, 'unicast', entry.metric || ownMetric, end === Number.POSITIVE_INFINITY ? undefined : end)
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
  const end = removedAt(entry.lifetime)
  route.expires = end === Number.POSITIVE_INFINITY ? undefined : end
  watchExpiry(kernel, device.namespace, route)
}

/** Removes the route to an address's network, unless another address needs it; then it lives as long as that one. */
export function dropPrefixRoute(kernel: Kernel, device: Device, entry: Address6): void {
  let expires: number | undefined
  for (const other of device.inet6?.addresses ?? []) {
    if (other === entry || other.length !== entry.length) continue
    if (!samePrefix(other.octets, entry.octets, entry.length)) continue
    if (other.lifetime.valid === Number.POSITIVE_INFINITY || other.noPrefixRoute) return
    expires = Math.max(expires ?? 0, removedAt(other.lifetime))
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
  if (find(device, entry.octets, 128, local) === undefined) add(kernel, device, prefixOf(entry.octets, 128), 'local', 0)
  if (device.inet6?.conf.forwarding) addAnycastRoute(kernel, device, entry)
}

/** The anycast address of the routers of an address's network; networks of two hosts have none (RFC 6164). */
function routersOf(entry: Address6): Uint8Array | undefined {
  const octets = octetsOf(keyOf(entry.octets, entry.length))
  return entry.length >= 127 || isZero(octets) ? undefined : octets
}

/** Makes a link of a router answer to the anycast address of an address's network (`addrconf_join_anycast`). */
export function addAnycastRoute(kernel: Kernel, device: Device, entry: Address6): void {
  const octets = routersOf(entry)
  if (octets === undefined || find(device, octets, 128, local) !== undefined) return
  add(kernel, device, prefixOf(octets, 128), 'anycast', 0)
  if (!device.loopback && !device.noArp) joinGroup(kernel, device, solicitedGroup(octets))
}

/** Takes that back, unless another address of the network needs it. */
export function dropAnycastRoute(kernel: Kernel, device: Device, entry: Address6): void {
  const octets = routersOf(entry)
  const route = octets && find(device, octets, 128, local)
  if (octets === undefined || route?.type !== 'anycast') return
  const forwards = device.inet6?.conf.forwarding
  const isShared = (other: Address6) => other !== entry && sameOctets(routersOf(other), octets)
  if (forwards && device.inet6?.addresses.some(isShared)) return
  remove6(kernel, device.namespace, route)
  if (!device.loopback && !device.noArp) leaveGroup(kernel, device, solicitedGroup(octets))
}

/** Removes it. */
export function dropHostRoute(kernel: Kernel, device: Device, entry: Address6): void {
  dropAnycastRoute(kernel, device, entry)
  const route = find(device, entry.octets, 128, local)
  if (route !== undefined) remove6(kernel, device.namespace, route)
}

/** Removes the route to an address's peer. */
export function dropPeerRoute(kernel: Kernel, device: Device, entry: Address6): void {
  const route = find(device, entry.peer as Uint8Array, 128, main)
  if (route !== undefined) remove6(kernel, device.namespace, route)
}
