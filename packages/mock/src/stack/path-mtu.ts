/** What fits the way to a destination, as routers told (`struct fib_nh_exception`, `rt6_exception`; RFC 1191, RFC 8201). @module */
import { keyOf } from '../bits.js'
import type { Sysctls } from '../sysctl/conf.js'

/** Least MTU that every way of IPv6 has (RFC 8200 § 5). */
export const leastMtu6 = 1280
/** Destinations that are remembered; the oldest gives way. */
const most = 65_536

/** What is known of one way. */
export interface PathMtu {
  readonly mtu: number
  /** Less fits than is believed: packets are not to insist on staying whole. */
  readonly locked: boolean
  /** Kernel time when it is forgotten. */
  readonly expires: number
}

/** All of a namespace, by destination. */
export type PathMtus = Map<string, PathMtu>

const keyFor = (to: Uint8Array): string => keyOf(to, to.length * 8)

/** What is known of the way to a destination. */
export function pathMtuOf(known: PathMtus, to: Uint8Array, now: number): PathMtu | undefined {
  if (known.size === 0) return undefined
  const found = known.get(keyFor(to))
  return found !== undefined && found.expires > now ? found : undefined
}

/** Forgets what is known of all ways of IPv4. */
export function forgetPathMtus4(known: PathMtus): void {
  for (const key of known.keys()) if (key.length === 4) known.delete(key)
}

/** A router tells what fits; `before` is what was believed. */
export function learnPathMtu(
  known: PathMtus,
  { globals }: Sysctls,
  to: Uint8Array,
  told: number,
  before: number,
  now: number,
): void {
  if (told >= before) return
  const isIpv4 = to.length === 4
  if (!isIpv4 && told < leastMtu6) return
  const least = isIpv4 ? globals['ipv4.route.min_pmtu'] : leastMtu6
  const locked = told < least
  const life = globals[isIpv4 ? 'ipv4.route.mtu_expires' : 'ipv6.route.mtu_expires']
  known.delete(keyFor(to))
  known.set(keyFor(to), { mtu: locked ? Math.min(before, least) : told, locked, expires: now + life })
  for (const oldest of known.keys()) {
    if (known.size <= most) break
    known.delete(oldest)
  }
}
