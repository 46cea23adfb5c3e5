/** Where a packet that came in goes: here, on to others, or nowhere (`ip_route_input`, `ip6_route_input`). @module */

import { type ErrorCode, isMulticastIp } from '@vnet/core'
import { isLimitedBroadcast, isLinkLocal, isLoopback, isZero } from '../bits.js'
import { isLocal4, isUsable6 } from '../object/address-type.js'
import type { Device } from '../object/device.js'
import { lookupRoute } from '../object/lookup-route.js'
import { isMember } from '../object/membership.js'
import { any4 } from '../sysctl/conf.js'
import type { DropCause } from './drop.js'
import { pathHash } from './flow-hash.js'
import type { Onward, Passing } from './forward.js'
import { placeOfSource4 } from './validate-source.js'

/** What becomes of a packet; `silence` where it is dropped and no sender told. */
export type Decision =
  | { readonly to: 'here'; readonly isUnicast: boolean }
  | { readonly to: 'there'; readonly onward: Onward; readonly isNear: boolean }
  | { readonly to: 'nowhere'; readonly error: ErrorCode }
  | { readonly to: 'silence'; readonly cause: DropCause }

const silence = (cause: DropCause): Decision => ({ to: 'silence', cause })
const forMany: Decision = { to: 'here', isUnicast: false }

/** Of an IPv4 packet (`ip_route_input_slow`). */
export function routeIn4({ device, from, to }: Pick<Passing, 'device' | 'from' | 'to'>, tos: number): Decision {
  const { namespace } = device
  const set = (name: 'route_localnet' | 'bc_forwarding') => any4(namespace.sysctls.conf4, device.conf4, name)
  if (device.loopback) return routeOwn4(device, from, to)
  if (isMulticastIp(from) || isLimitedBroadcast(from)) return silence('invalid-source')
  if (isLimitedBroadcast(to) || (isZero(from) && isZero(to))) return fromAnywhere(device, from, to)
  if (isZero(to)) return silence('invalid-destination')
  if (isZero(from) && !isMulticastIp(to)) return silence('invalid-source')
  if ((isLoopback(to) || isLoopback(from)) && !set('route_localnet')) {
    return silence(isLoopback(to) ? 'invalid-destination' : 'invalid-source')
  }
  if (isMulticastIp(to)) return isMember(device, to) ? fromAnywhere(device, from, to) : silence('not-member')
  const found = lookupRoute(namespace, 4, { to, from, input: device, tos: tos & 0x1c, hash: pathHash(from, to) })
  const forwards = device.conf4.forwarding !== 0
  if ('error' in found) return { to: 'nowhere', error: forwards ? found.error : 'EHOSTUNREACH' }
  const { route, hop } = found
  if (route.type === 'broadcast' && !(set('bc_forwarding') && forwards)) return fromAnywhere(device, from, to)
  if (route.type === 'local') {
    const isMartian = placeOfSource4({ from, to, device, tos }) === 'martian'
    return isMartian ? martian(device, from) : { to: 'here', isUnicast: true }
  }
  if (!forwards) return { to: 'nowhere', error: 'EHOSTUNREACH' }
  const output = hop?.device
  if ((route.type !== 'unicast' && route.type !== 'broadcast') || hop === undefined || output === undefined)
    return silence('no-route')
  const place = placeOfSource4({ from, to, device, output, tos })
  if (place === 'martian') return martian(device, from)
  return { to: 'there', onward: { route, hop, output }, isNear: place === 'near' }
}

/** The source cannot lie where the packet came from: it is this host's own, or the way back is another one. */
const martian = ({ namespace }: Device, from: Uint8Array): Decision =>
  silence(isLocal4(namespace, from) ? 'invalid-source' : 'rp-filter')

/** What went out by `lo` is not asked where it comes from. */
function routeOwn4(device: Device, from: Uint8Array, to: Uint8Array): Decision {
  if (isMulticastIp(to) || isLimitedBroadcast(to)) return forMany
  const found = lookupRoute(device.namespace, 4, { to, from })
  if ('error' in found) return silence('no-route')
  const { type } = found.route
  return type === 'local' || type === 'broadcast' ? { to: 'here', isUnicast: type === 'local' } : silence('no-route')
}

/** For many, this host among them; who has no address yet may send so, too. */
function fromAnywhere(device: Device, from: Uint8Array, to: Uint8Array): Decision {
  if (isZero(from)) return forMany
  return placeOfSource4({ from, to, device }) === 'martian' ? martian(device, from) : forMany
}

/** Of an IPv6 packet. */
export function routeIn6({ device, from, to }: Passing): Decision {
  const { namespace } = device
  if (isMulticastIp(from) || (!device.loopback && isLoopback(from))) return silence('invalid-source')
  if (!device.loopback && isLoopback(to)) return silence('invalid-destination')
  // Groups of no reach, and of this host alone, do not come from outside (RFC 4291 § 2.7).
  if (isMulticastIp(to)) {
    const reach = (to[1] as number) & 15
    if (!device.loopback && reach <= 1) return silence('invalid-destination')
    return isMember(device, to) ? forMany : silence('not-member')
  }
  if (isUsable6(namespace, to, device)) return { to: 'here', isUnicast: true }
  if (isLinkLocal(to)) return silence('no-route')
  const found = lookupRoute(namespace, 6, { to, from, input: device, hash: pathHash(from, to) })
  if ('error' in found) return { to: 'nowhere', error: found.error }
  const { route, hop } = found
  if (route.type === 'anycast') return { to: 'here', isUnicast: true }
  const output = hop?.device
  if (route.type !== 'unicast' || hop === undefined || output === undefined) return silence('no-route')
  return { to: 'there', onward: { route, hop, output }, isNear: true }
}
