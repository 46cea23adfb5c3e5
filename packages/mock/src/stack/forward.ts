/** Packets for others: on to their next hop, or back with an error (`ip_forward`, `ip6_forward`). @module */

import { isMulticastIp } from '@vnet/core'
import {
  checksumOf,
  ethernetHeaderSize,
  etherTypes,
  fragmentsOf,
  icmpTypes,
  icmpv6Types,
  ipv4HeaderSizeAt,
  setEtherTypeAt,
  setU16At,
  u16At,
} from '@vnet/wire'
import { isLinkLocal, isLoopback, isZero } from '../bits.js'
import type { Kernel } from '../kernel.js'
import type { Tracked } from '../nat/connection.js'
import { beforeLeaving } from '../nat/hook.js'
import { matches } from '../object/address4.js'
import type { Device } from '../object/device.js'
import type { Hop, RouteEntry } from '../object/route-entry.js'
import { next } from '../random.js'
import { any4 } from '../sysctl/conf.js'
import type { DropCause } from './drop.js'
import { peerOf, reports4, reports6, sendError4, sendError6 } from './icmp-error.js'
import { linkMtu, nextHopOf, sendOn } from './output.js'
import { dontFragment, sourceAt } from './packet.js'
import { leastMtu6, pathMtuOf } from './path-mtu.js'
import { redirect6 } from './redirect.js'

const [ip, moreFragments, offsetBits] = [ethernetHeaderSize, 0x2000, 0x1fff]

/** A packet that is to go on. */
export interface Passing {
  /** Link that it came in by. */
  readonly device: Device
  /** From its IP header to its end. */
  readonly packet: Uint8Array
  readonly from: Uint8Array
  readonly to: Uint8Array
  /** Whether its frame was for this host alone. */
  readonly isForHost: boolean
  /** What is known of its connection. */
  readonly tracked?: Tracked | undefined
  /** Octets of the largest fragment that it was put together from on the way: so much fits. */
  readonly largest?: number | undefined
}

/** Where it goes. */
export interface Onward {
  readonly route: RouteEntry
  readonly hop: Hop
  readonly output: Device
}

/** What a router may send by a way: what the route says, or what fits the link (`ip_dst_mtu_maybe_forward`). */
function forwardMtu(kernel: Kernel, { device, to }: Passing, { route, output }: Onward): number {
  const usual = route.metrics?.mtu ?? linkMtu(output, route.family)
  if (route.family === 6 || device.namespace.sysctls.globals['ipv4.ip_forward_use_pmtu'] === 0) return usual
  return Math.min(usual, pathMtuOf(device.namespace.pathMtus, to, kernel.now())?.mtu ?? usual)
}

/**
 * Passes an IPv4 packet on, or tells why it ends here. `isNear`: its sender is on the link that it came in by, without a router
 * between.
 */
export function forward4(kernel: Kernel, passing: Passing, onward: Onward, isNear: boolean): DropCause | undefined {
  const { device, packet, to, isForHost } = passing
  const { hop, output } = onward
  if (!isForHost) return 'wrong-mac'
  if ((packet[8] as number) <= 1) {
    sendError4(kernel, passing, reports4.hops)
    return 'ttl-exceeded'
  }
  const usual = forwardMtu(kernel, passing, onward)
  const mtu = Math.min(usual, passing.largest ?? usual)
  if (packet.length > mtu && (u16At(packet, 6) & dontFragment) !== 0) {
    sendError4(kernel, passing, [icmpTypes.unreachable, 4, mtu])
    return 'mtu'
  }
  const frame = copyOf(packet, etherTypes.ipv4)
  frame[ip + 8] = (frame[ip + 8] as number) - 1
  sumHeader(frame)
  const nextHop = nextHopOf(hop, to)
  if (output === device && isNear) redirect4(kernel, passing, nextHop)
  const cause = leave(kernel, passing, output, nextHop, frame)
  if (cause !== undefined) return cause
  for (const octets of cut4(frame, mtu)) sendFrom(kernel, passing, output, nextHop, octets)
  return undefined
}

/** Tells a neighbour of a router that is nearer to it. */
function redirect4(kernel: Kernel, passing: Passing, nextHop: Uint8Array): void {
  const { device, from } = passing
  const set = (name: 'send_redirects' | 'shared_media') => any4(device.namespace.sysctls.conf4, device.conf4, name)
  if (!set('send_redirects')) return
  // Several networks on one cable are told of each other's routers only where they share it.
  const onLink = device.addresses4.some((entry) => matches(entry, from) && matches(entry, nextHop))
  if (!set('shared_media') && !onLink) return
  if (!device.namespace.peers.allowRedirect(peerOf(device, from), kernel.now())) return
  const gateway = nextHop.reduce((value, octet) => value * 256 + octet, 0)
  sendError4(kernel, passing, [icmpTypes.redirect, 1, gateway])
}

/** Cuts a packet to what fits; a fragment into smaller ones of the same packet. */
function cut4(frame: Uint8Array, mtu: number): Uint8Array[] {
  const place = u16At(frame, ip + 6)
  const pieces = fragmentsOf(frame, mtu, 0)
  if (pieces.length === 1) return pieces
  for (const piece of pieces) {
    const own = u16At(piece, ip + 6)
    setU16At(piece, ip + 6, (own & ~offsetBits) | (place & moreFragments) | ((own & offsetBits) + (place & offsetBits)))
    sumHeader(piece)
  }
  return pieces
}

function sumHeader(frame: Uint8Array): void {
  setU16At(frame, ip + 10, 0)
  setU16At(frame, ip + 10, checksumOf(frame, ip, ip + ipv4HeaderSizeAt(frame, ip)))
}

/** Passes an IPv6 packet on, or tells why it ends here. */
export function forward6(kernel: Kernel, passing: Passing, onward: Onward): DropCause | undefined {
  const { device, packet, from, to, isForHost } = passing
  const { hop, output } = onward
  if (!isForHost) return 'wrong-mac'
  if ((packet[7] as number) <= 1) {
    sendError6(kernel, passing, reports6.hops)
    return 'ttl-exceeded'
  }
  const nextHop = nextHopOf(hop, to)
  if (output === device) redirect6(kernel, passing, nextHop)
  else if (isZero(from) || isMulticastIp(from) || isLoopback(from)) return 'invalid-source'
  else if (isLinkLocal(from)) {
    sendError6(kernel, passing, reports6.scope)
    return 'invalid-source'
  }
  const mtu = Math.max(forwardMtu(kernel, passing, onward), leastMtu6)
  const { largest } = passing
  if ((largest ?? packet.length) > mtu) {
    // The link that it does not fit is the one that is told of.
    sendError6(kernel, passing, [icmpv6Types.packetTooBig, 0, mtu])
    return 'mtu'
  }
  const frame = copyOf(packet, etherTypes.ipv6)
  frame[ip + 7] = (frame[ip + 7] as number) - 1
  const cause = leave(kernel, passing, output, nextHop, frame)
  if (cause !== undefined) return cause
  // A router cuts again only what it has put together itself.
  const pieces = largest === undefined ? [frame] : fragmentsOf(frame, largest, next(kernel.random))
  for (const octets of pieces) sendFrom(kernel, passing, output, nextHop, octets)
  return undefined
}

/** Its source is translated; in place. */
function leave(
  kernel: Kernel,
  { device, tracked }: Passing,
  output: Device,
  nextHop: Uint8Array,
  octets: Uint8Array,
): DropCause | undefined {
  if (tracked === undefined) return undefined
  const outcome = beforeLeaving(kernel, { output, input: device, nextHop }, { octets, ip, end: octets.length }, tracked)
  return typeof outcome === 'string' ? outcome : undefined
}

/** Sends it, with the source that it has by now. */
function sendFrom(kernel: Kernel, passing: Passing, output: Device, nextHop: Uint8Array, octets: Uint8Array): void {
  const { device, tracked } = passing
  const from = tracked === undefined ? passing.from : sourceAt(octets, ip)
  sendOn(kernel, output, nextHop, { octets, from, input: device, tracked })
}

/** A packet of its own, behind room for an Ethernet header. */
function copyOf(packet: Uint8Array, type: number): Uint8Array {
  const frame = new Uint8Array(ip + packet.length)
  setEtherTypeAt(frame, 0, type)
  frame.set(packet, ip)
  return frame
}
