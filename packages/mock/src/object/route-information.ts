/** Routes that a router tells of beside itself (`rt6_route_rcv`; RFC 4191 § 2.3). @module */
import { u32At } from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import { addRouteBy, preferenceOf, routeBy } from './default-router.js'
import type { Device } from './device.js'
import { remove6, watchExpiry } from './fib6.js'
import { prefixOf } from './make-route.js'

/** Number of the option. */
export const routeInformation = 24

/** A lifetime without end, seconds. */
const endless = 0xffffffff
/** Where the prefix stands, behind the number of the option and its length. */
const prefixAt = 6

/** Enters, refreshes or removes a route by a router. `option` is what stands behind the number of the option and its length. */
export function receiveRoute(kernel: Kernel, device: Device, via: Uint8Array, option: Uint8Array): void {
  const [length = 0, flags = 0] = option
  const preference = preferenceOf(flags)
  const conf = device.inet6?.conf
  if (conf === undefined || preference === undefined) return
  if (length < conf.accept_ra_rt_info_min_plen || length > conf.accept_ra_rt_info_max_plen) return
  const room = option.length - prefixAt
  // What of the prefix is not zero must be there, in units of eight octets, and no more than an address has.
  if (length > 128 || room > 16 || room < 8 * Math.ceil(length / 64)) return
  const octets = new Uint8Array(16)
  octets.set(option.subarray(prefixAt))
  const { octets: prefix } = prefixOf(octets, length)
  const { namespace } = device
  const lifetime = u32At(option, 2)
  const there = routeBy(device, via, prefix, length)
  if (lifetime === 0) {
    if (there !== undefined) remove6(kernel, namespace, there)
    return
  }
  const expires = lifetime === endless ? undefined : kernel.now() + lifetime
  if (there === undefined) addRouteBy(kernel, device, via, prefix, length, { expires, preference })
  else {
    Object.assign(there, { expires, preference })
    watchExpiry(kernel, namespace, there)
  }
}
