/** Which of its addresses a host sends from (`inet_select_addr`; RFC 6724 § 5). @module */
import { commonBits, isLinkLocal, isLoopback, isZero, sameOctets, samePrefix } from '../bits.js'
import type { Namespace } from '../namespace.js'
import type { Address6 } from './address6-entry.js'
import type { Device } from './device.js'
import { scopeNumber } from './scope.js'
import { vrfOf } from './vrf-table.js'

/**
 * The source of IPv4 packets that leave by a link: the first primary address that reaches far enough, of the same network as `to` if
 * there is one. For what a link reaches without a gateway Linux looks for no network.
 */
export function source4(device: Device, to: Uint8Array | undefined, scope: number): Uint8Array | undefined {
  const reach = Math.min(scope, scopeNumber('link'))
  let first: Uint8Array | undefined
  for (const entry of device.addresses4) {
    if (entry.secondary || entry.scope > reach) continue
    if (to === undefined || samePrefix(entry.address, to, entry.length)) return entry.local
    first ??= entry.local
  }
  if (first !== undefined) return first
  // Any other link's will do, of the same VRF or of none; that of a VRF before those of its ports.
  const vrf = vrfOf(device)
  for (const other of vrf === undefined ? device.namespace.links.values() : [vrf, ...device.namespace.links.values()]) {
    if (vrfOf(other) !== vrf) continue
    for (const entry of other.addresses4) {
      if (!entry.secondary && entry.scope !== scopeNumber('link') && entry.scope <= reach) return entry.local
    }
  }
  return undefined
}

/** The source of IPv6 packets: of all addresses the one that the rules of RFC 6724 prefer. */
export function source6(namespace: Namespace, to: Uint8Array, device: Device | undefined): Uint8Array | undefined {
  const near = isLinkLocal(to) || (to[0] === 0xff && ((to[1] as number) & 15) <= 2)
  const own = device && bestOf([device], to, device)
  if (own !== undefined && (near || hasLastWord(own, namespace, to))) return own.entry.octets
  if (near && device !== undefined) return undefined
  const vrf = vrfOf(device)
  const links = [...namespace.links.values()].filter((one) => vrfOf(one) === vrf)
  return bestOf(links, to, device)?.entry.octets
}

/** An address of the link itself that reaches just as far: no other link has a better one, unless the packet goes to that. */
function hasLastWord({ entry, device }: Candidate, namespace: Namespace, to: Uint8Array): boolean {
  if (entry.deprecated === true || reach(entry.octets) !== reach(to)) return false
  const [holder, other] = namespace.owners.of(to, [])
  return other === undefined && (holder === undefined || holder === device)
}

function bestOf(links: readonly Device[], to: Uint8Array, device: Device | undefined): Candidate | undefined {
  let best: Candidate | undefined
  for (const one of links) {
    for (const entry of one.inet6?.addresses ?? []) {
      if (entry.tentative && !entry.optimistic) continue
      const candidate = { entry, device: one }
      if (best === undefined || better(candidate, best, to, device)) best = candidate
    }
  }
  return best
}

interface Candidate {
  readonly entry: Address6
  readonly device: Device
}

/** Reach as RFC 4291 numbers it: interface-local 1, link-local 2, site 5, global 14. */
function reach(octets: Uint8Array): number {
  if (octets[0] === 0xff) return (octets[1] as number) & 15
  if (isLoopback(octets) || isLinkLocal(octets)) return 2
  return octets[0] === 0xfe && ((octets[1] as number) & 0xc0) === 0xc0 ? 5 : 14
}

function better(a: Candidate, b: Candidate, to: Uint8Array, device: Device | undefined): boolean {
  const same = (candidate: Candidate) => sameOctets(candidate.entry.octets, to)
  if (same(a) !== same(b)) return same(a)
  const [scopeA, scopeB, scopeTo] = [reach(a.entry.octets), reach(b.entry.octets), reach(to)]
  if (scopeA !== scopeB) return scopeA < scopeB ? scopeA >= scopeTo : scopeB < scopeTo
  const isOld = ({ entry }: Candidate) => entry.deprecated === true
  if (isOld(a) !== isOld(b)) return isOld(b)
  const out = (candidate: Candidate) => candidate.device === device
  if (out(a) !== out(b)) return out(a)
  if (isZero(to)) return false
  return matching(a, to) > matching(b, to)
}

/** Bits in common with the destination, at most the length of the prefix. */
function matching({ entry }: Candidate, to: Uint8Array): number {
  return Math.min(commonBits(entry.octets, to), entry.length)
}
