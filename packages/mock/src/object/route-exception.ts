/** Ways to single destinations that redirects told, kept with the hop that they came instead of (`struct fib_nh_exception`, `struct rt6_exception`). @module */
import { keyOf, sameOctets } from '../bits.js'
import type { Kernel } from '../kernel.js'
import type { Device } from './device.js'
import { findNeighbour } from './neighbour.js'
import type { Hop } from './route-entry.js'

/** Seconds that one of IPv4 lasts (`RT_GC_TIMEOUT`). */
const lifetime4 = 300
/** Seconds between two looks at those of IPv6, and looks that one stays without being used (`net.ipv6.route.gc_interval`, `gc_timeout`). */
const [interval6, patience6] = [30, 2]
/** Destinations that are remembered for a hop; the oldest gives way (`FNHE_HASH_SIZE`, `FNHE_RECLAIM_DEPTH`). */
const most = 10_240

/** A way to one destination. */
export interface RouteException {
  /** Who is nearer: a gateway, or the destination itself. */
  readonly gateway: Uint8Array
  /** Kernel time when it ends, or when it is looked at again, seconds. */
  ends: number
  /** Of IPv6: looks since it was used. */
  unused: number
}

const keyFor = (to: Uint8Array): string => keyOf(to, to.length * 8)

/** What is known of the way to a destination by a hop; whoever asks uses it. */
export function exceptionOf(hop: Hop | undefined, to: Uint8Array): RouteException | undefined {
  const found = hop?.exceptions?.get(keyFor(to))
  if (found !== undefined) found.unused = 0
  return found
}

/** A destination is reached by another gateway from now on. */
export function addException(kernel: Kernel, hop: Hop, to: Uint8Array, gateway: Uint8Array): void {
  hop.exceptions ??= new Map()
  const { exceptions } = hop
  const key = keyFor(to)
  const made: RouteException = { gateway, ends: kernel.now() + (to.length === 4 ? lifetime4 : interval6), unused: 0 }
  exceptions.delete(key)
  exceptions.set(key, made)
  watch(kernel, hop, key, made)
  for (const oldest of exceptions.keys()) {
    if (exceptions.size <= most) break
    exceptions.delete(oldest)
  }
}

/** Waits for the end of each; also after a snapshot was loaded. */
export function resumeExceptions(kernel: Kernel, hop: Hop): void {
  for (const [key, entry] of hop.exceptions ?? []) watch(kernel, hop, key, entry)
}

function watch(kernel: Kernel, hop: Hop, key: string, entry: RouteException): void {
  kernel.timers.at(entry.ends, () => {
    if (hop.exceptions?.get(key) !== entry) return
    if (entry.gateway.length === 4 || ++entry.unused >= patience6 || !isRouter(hop, key, entry)) {
      hop.exceptions.delete(key)
      return
    }
    entry.ends = kernel.now() + interval6
    watch(kernel, hop, key, entry)
  })
}

/** A gateway of IPv6 must be a router; a destination that is on the link need not. */
function isRouter(hop: Hop, key: string, { gateway }: RouteException): boolean {
  if (keyFor(gateway) === key || hop.device === undefined) return true
  return findNeighbour(hop.device, gateway)?.router === true
}

/** A neighbour is no router any more: what goes by it goes its old way (`rt6_clean_tohost`). */
export function forgetGateway(device: Device, gateway: Uint8Array): void {
  for (const { hops } of device.routes) {
    for (const { exceptions } of hops) {
      for (const [key, entry] of exceptions ?? []) if (sameOctets(entry.gateway, gateway)) exceptions?.delete(key)
    }
  }
}

/** A destination was not reached by a gateway of IPv6, which is given up (`ip6_link_failure`). */
export function forgetException(hop: Hop | undefined, to: Uint8Array, gateway: Uint8Array): void {
  const key = keyFor(to)
  if (sameOctets(hop?.exceptions?.get(key)?.gateway, gateway)) hop?.exceptions?.delete(key)
}
