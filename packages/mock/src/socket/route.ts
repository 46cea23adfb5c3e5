/** The way of a datagram, and what of it is the socket's choice (`ip_route_output_key`, `ip6_dst_lookup_flow`). @module */
import { isMulticastIp, type RouteType } from '@vnet/core'
import { isLimitedBroadcast, isZero } from '../bits.js'
import type { Namespace } from '../namespace.js'
import { addressType4 } from '../object/address-type.js'
import type { Device } from '../object/device.js'
import { makeHop, makeRoute, prefixOf } from '../object/make-route.js'
import { scopeNumber } from '../object/scope.js'
import { source4 } from '../object/source-address.js'
import { refuse } from '../refusal.js'
import { type Way, wayTo } from '../stack/output.js'
import type { InetSocket } from './inet.js'

/** A way, and whether it is to one host, a group, or all of a link. */
export interface SocketWay extends Way {
  readonly type: RouteType
}

/** Groups of a link that the routes do not tell, 224.0.0.0/24. */
const isNearGroup = (octets: Uint8Array): boolean =>
  octets.length === 4 && octets[0] === 224 && octets[1] === 0 && octets[2] === 0

/** Where a socket sends a datagram by; refuses where there is no way. `scope` is the link of a link-local address. */
export function socketWay(
  namespace: Namespace,
  socket: InetSocket,
  to: Uint8Array,
  scope: Device | undefined,
): SocketWay {
  const isGroup = isMulticastIp(to)
  const from = sourceOf(namespace, socket)
  const chosen = socket.device ?? scope ?? (isGroup ? socket.multicastDevice : undefined)
  const isSpecial = isGroup || isLimitedBroadcast(to)
  const output = chosen ?? (isSpecial && from?.length === 4 ? deviceOf(namespace, from) : undefined)
  const way = directWay(to, from, output, isGroup) ?? wayTo(namespace, to, from, output)
  if (typeof way !== 'string') return isSpecial ? special(way, to, isGroup) : { ...way, type: way.route.type }
  // Bound to a link, everything counts as on it.
  const isOnLink = way === 'ENETUNREACH' && output !== undefined && to.length === 4
  return (isOnLink ? onLink(output, to, from, isGroup ? 'multicast' : 'unicast') : undefined) ?? refuse(way)
}

/** The address that a socket sends from, where it has one of this host. */
function sourceOf(namespace: Namespace, { local }: InetSocket): Uint8Array | undefined {
  if (isZero(local) || isMulticastIp(local)) return undefined
  return local.length === 4 && addressType4(namespace, local) === 'broadcast' ? undefined : local
}

/** What a link reaches without a route: groups that no router passes on, and everybody. */
function directWay(to: Uint8Array, from: Uint8Array | undefined, output: Device | undefined, isGroup: boolean) {
  if (output === undefined || !(isLimitedBroadcast(to) || isNearGroup(to))) return undefined
  return onLink(output, to, from, isGroup ? 'multicast' : 'broadcast')
}

function onLink(output: Device, to: Uint8Array, from: Uint8Array | undefined, type: RouteType): SocketWay | undefined {
  if (!output.up) return undefined
  const scope = scopeNumber('link')
  const source = from ?? source4(output, undefined, scope) ?? new Uint8Array(4)
  const hops = [makeHop(output, scope)]
  const route = makeRoute({
    family: 4,
    ...prefixOf(to, 32),
    table: 0,
    type,
    scope,
    protocol: 'unspec',
    metric: 0,
    hops,
  })
  return { device: output, nextHop: to, source, route, type }
}

/** Groups and broadcasts go to all at once, not to a gateway. */
function special(way: Way, to: Uint8Array, isGroup: boolean): SocketWay {
  return { ...way, nextHop: to, type: isGroup ? 'multicast' : 'broadcast' }
}

/** The link of an address of this host. */
export function deviceOf(namespace: Namespace, address: Uint8Array): Device | undefined {
  return namespace.owners.first(address, namespace.links.values())
}

/** An address that means this host itself, written out. */
export function destinationOf(to: Uint8Array): Uint8Array {
  if (!isZero(to)) return to
  return to.length === 4 ? Uint8Array.of(127, 0, 0, 1) : Uint8Array.from({ length: 16 }, (_, i) => (i === 15 ? 1 : 0))
}

/** The link that a group is joined on where none is named: that of its route (`ip_mc_find_dev`, `rt6_lookup`). */
export function groupDevice(namespace: Namespace, group: Uint8Array): Device | undefined {
  const way = wayTo(namespace, group)
  return typeof way === 'string' ? undefined : way.device
}
