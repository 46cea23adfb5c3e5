/** The routes that an IPv4 address brings about (`fib_add_ifaddr`, `fib_del_ifaddr`). @module */
import type { RouteType } from '@vnet/core'
import { isLimitedBroadcast, isZero, keyOf, lastOf, octetsOf, sameOctets } from '../bits.js'
import type { Kernel, Notice } from '../kernel.js'
import { Refusal } from '../refusal.js'
import { isLocal4 } from './address-type.js'
import type { Address4 } from './address4.js'
import type { Device } from './device.js'
import { isOperational } from './device.js'
import { dropSource, insert4, remove4, syncDown, syncUp } from './fib4.js'
import { makeHop, makeRoute, prefixOf } from './make-route.js'
import { forgetNeighbours } from './neighbour.js'
import { tableNumber } from './route-entry.js'
import { scopeNumber } from './scope.js'
import { tableFor } from './vrf-table.js'

const main = tableNumber('main')
const localTable = tableNumber('local')
const host = scopeNumber('host')
const link = scopeNumber('link')
const nowhere = scopeNumber('nowhere')

const network = (entry: Address4): Uint8Array => octetsOf(keyOf(entry.address, entry.length))
const last = (entry: Address4): Uint8Array => lastOf(entry.address, entry.length)

/** The primary address of the network that an address belongs to. */
function primaryOf(device: Device, entry: Address4): Address4 | undefined {
  const key = keyOf(entry.address, entry.length)
  return device.addresses4.find(
    (other) => !other.secondary && other.length === entry.length && keyOf(other.address, other.length) === key,
  )
}

/** `fib_magic(RTM_NEWROUTE, …)`: a route of the kernel's own. */
function add(
  kernel: Kernel,
  device: Device,
  type: RouteType,
  octets: Uint8Array,
  length: number,
  source: Uint8Array,
  metric = 0,
): void {
  const own = type === 'local'
  const linkDown = !own && !(isOperational(device) || device.carrier)
  const route = makeRoute({
    family: 4,
    ...prefixOf(octets, length),
    table: tableFor(device, type === 'unicast' ? main : localTable),
    type,
    scope: own ? host : link,
    protocol: 'kernel',
    metric,
    hops: [makeHop(device, own ? nowhere : host, { linkDown })],
    source,
  })
  try {
    insert4(kernel, device.namespace, route, 'append')
  } catch (refusal) {
    // The same route may be there already, as for two addresses of one network.
    if (!(refusal instanceof Refusal)) throw refusal
  }
}

/** `fib_magic(RTM_DELROUTE, …)`. */
function drop(kernel: Kernel, device: Device, type: RouteType, octets: Uint8Array, length: number, source: Uint8Array) {
  const table = device.namespace.routes[4].get(tableFor(device, type === 'unicast' ? main : localTable))
  const route = table
    ?.by(device, keyOf(octets, length), length)
    .find(
      (other) =>
        other.type === type &&
        other.scope === (type === 'local' ? host : link) &&
        other.protocol === 'kernel' &&
        sameOctets(other.source, source) &&
        other.hops[0]?.device === device,
    )
  if (route !== undefined) remove4(kernel, device.namespace, route)
}

const isZeroNet = (octets: Uint8Array): boolean => octets[0] === 0

/** Makes the routes of an address: to itself, to its network, to the network's broadcast addresses. */
export function addConnected(kernel: Kernel, device: Device, entry: Address4): void {
  const primary = entry.secondary ? primaryOf(device, entry) : entry
  if (primary === undefined) return
  const source = primary.local
  add(kernel, device, 'local', entry.local, 32, source)
  if (!device.up) return
  if (entry.broadcast !== undefined && !isLimitedBroadcast(entry.broadcast)) {
    add(kernel, device, 'broadcast', entry.broadcast, 32, source)
  }
  const net = network(entry)
  if (isZeroNet(net) || entry.secondary || (entry.length === 32 && sameOctets(net, entry.local))) return
  if (!entry.noPrefixRoute) {
    add(kernel, device, device.loopback ? 'local' : 'unicast', net, entry.length, source, entry.metric)
  }
  if (entry.length < 31) add(kernel, device, 'broadcast', last(entry), 32, source)
}

/** Removes the routes of an address that is off the list already, but for those that others still need. */
export function deleteConnected(kernel: Kernel, device: Device, entry: Address4, dead: boolean): void {
  const primary = entry.secondary ? primaryOf(device, entry) : entry
  if (primary === undefined) return
  const source = primary.local
  const net = network(entry)
  const end = last(entry)
  const subnet = !entry.secondary && !isZeroNet(net) && (entry.length < 32 || !sameOctets(net, entry.local))
  if (subnet && !entry.noPrefixRoute) {
    drop(kernel, device, device.loopback ? 'local' : 'unicast', net, entry.length, source)
  }
  const keep = dead ? none : needed(device, entry, primary)
  const broadcast = entry.broadcast ?? new Uint8Array(4)
  if (!keep.broadcast) drop(kernel, device, 'broadcast', broadcast, 32, source)
  if (subnet && entry.length < 31) {
    if (!keep.last) drop(kernel, device, 'broadcast', end, 32, source)
    if (!keep.first) drop(kernel, device, 'broadcast', net, 32, source)
  }
  if (keep.local) return
  drop(kernel, device, 'local', entry.local, 32, source)
  if (!isLocal4(device.namespace, entry.local)) {
    dropSource(device.namespace, makeRouteSource(entry.local))
  }
}

const makeRouteSource = (octets: Uint8Array): string => octets.join('.')
const none = { local: false, broadcast: false, last: false, first: false }

/** Which routes other addresses of the link still need. */
function needed(device: Device, entry: Address4, primary: Address4) {
  const keep = { ...none }
  const net = network(entry)
  const end = last(entry)
  for (const other of device.addresses4) {
    const theirs = other.secondary ? primaryOf(device, other) : other
    if (theirs === undefined || !sameOctets(theirs.local, primary.local)) continue
    if (sameOctets(entry.local, other.local)) keep.local = true
    if (sameOctets(entry.broadcast, other.broadcast)) keep.broadcast = true
    if (sameOctets(end, other.broadcast)) keep.last = true
    if (sameOctets(net, other.broadcast)) keep.first = true
    if (theirs !== other || other.length >= 31 || isZeroNet(network(other))) continue
    const ends = [last(other), network(other)]
    for (const octets of ends) {
      if (sameOctets(entry.broadcast, octets)) keep.broadcast = true
      if (sameOctets(end, octets)) keep.last = true
      if (sameOctets(net, octets)) keep.first = true
    }
  }
  return keep
}

/**
 * Another metric for the route to the network (`fib_modify_prefix_metric`). Where the old one is none, the first of all metrics
 * goes: where somebody deleted the old route, that is the new one.
 */
export function modifyMetric(kernel: Kernel, device: Device, entry: Address4, metric: number): void {
  const net = network(entry)
  const without = entry.noPrefixRoute || entry.secondary || isZeroNet(net) || !device.up || isZero(entry.local)
  const old = entry.metric
  entry.metric = metric
  if (without || (entry.length === 32 && sameOctets(net, entry.local))) return
  const type = device.loopback ? 'local' : 'unicast'
  add(kernel, device, type, net, entry.length, entry.local, metric)
  const table = device.namespace.routes[4].get(tableFor(device, type === 'unicast' ? main : localTable))
  const gone = table
    ?.by(device, keyOf(net, entry.length), entry.length)
    .find(
      (route) => (old === 0 || route.metric === old) && route.hops[0]?.device === device && route.protocol === 'kernel',
    )
  if (gone !== undefined) remove4(kernel, device.namespace, gone)
}

/** What IPv4 routes do when something happens to a link (`fib_netdev_event`). */
export function fib4Listener(kernel: Kernel, notice: Notice, device: Device): void {
  if (notice === 'up') {
    for (const entry of device.addresses4) addConnected(kernel, device, entry)
    syncUp(device, true)
  } else if (notice === 'down') {
    syncDown(device, 'down', false)
    forgetNeighbours(kernel, device, 4)
  } else if (notice === 'change') {
    if (device.up && (isOperational(device) || device.carrier)) syncUp(device, false)
    else syncDown(device, 'change', false)
  }
}
