/** A packet leaves by a link: cut to what fits, with the MAC of its next hop (`ip_finish_output`, `ip6_finish_output`). @module */
import type { ErrorCode } from '@vnet/core'
import { ethernetHeaderSize, fragmentsOf, ipv4HeaderSize, ipv6HeaderSize, u16At } from '@vnet/wire'
import { sameOctets } from '../bits.js'
import type { Kernel } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import type { Tracked } from '../nat/connection.js'
import { afterMaking, beforeLeaving, isTracking } from '../nat/hook.js'
import { type Device, hasMac } from '../object/device.js'
import { lookupRoute } from '../object/lookup-route.js'
import { askFor, macOf, neighbourFor } from '../object/neighbour.js'
import type { Hop, RouteEntry } from '../object/route-entry.js'
import { exceptionOf } from '../object/route-exception.js'
import { scopeNumber } from '../object/scope.js'
import { source4, source6 } from '../object/source-address.js'
import { vrfOf } from '../object/vrf-table.js'
import { next } from '../random.js'
import type { DropCause } from './drop.js'
import { pathHash } from './flow-hash.js'
import { Frame } from './frame.js'
import { destinationAt, dontFragment, type PacketHeader, packetOf, sourceAt } from './packet.js'
import { pathMtuOf } from './path-mtu.js'
import { sendPacket } from './transmit.js'
import { sendTo } from './unresolved.js'
import { showAtVrf } from './vrf-tap.js'

/** Index of `lo`. */
const loopback = 1

/** How a packet gets to its destination. */
export interface Way {
  readonly device: Device
  readonly nextHop: Uint8Array
  readonly source: Uint8Array
  readonly route: RouteEntry
}

/**
 * The way of a packet of this host, or why there is none.
 *
 * @param output The link, or the VRF, that it must leave by.
 */
export function wayTo(
  namespace: Namespace,
  to: Uint8Array,
  from?: Uint8Array,
  output?: Device,
  mark?: number,
): Way | ErrorCode {
  const family = to.length === 4 ? 4 : 6
  const found = lookupRoute(namespace, family, { to, from, output, mark, hash: pathHash(from, to) })
  if ('error' in found) {
    // A host of IPv6 looks for an address to send from first (`ip6_dst_lookup_tail`).
    const isNobody = family === 6 && from === undefined && source6(namespace, to, output) === undefined
    return isNobody ? 'EADDRNOTAVAIL' : found.error
  }
  const { route, hop } = found
  const out = hop?.device
  // A VRF is the loopback of its table.
  const device =
    route.type === 'local' || route.type === 'anycast' ? (vrfOf(out) ?? namespace.links.get(loopback)) : out
  if (device === undefined) return 'ENETUNREACH'
  const source =
    from ?? route.source ?? (family === 6 ? source6(namespace, to, out) : out && source4(out, hop?.via, route.scope))
  if (source === undefined) return 'EADDRNOTAVAIL'
  return { device, nextHop: device === out ? nextHopOf(hop, to) : to, source, route }
}

/** Whose MAC is needed. */
export const nextHopOf = (hop: Hop | undefined, to: Uint8Array): Uint8Array => gatewayOf(hop, to) ?? to

/** The gateway of a way: what a redirect told, or what the route says. One that is an address of this host is none. */
export function gatewayOf(hop: Hop | undefined, to: Uint8Array): Uint8Array | undefined {
  const isGateway = to.length === 16 || hop?.scope === scopeNumber('link')
  return exceptionOf(hop, to)?.gateway ?? (isGateway ? hop?.via : undefined)
}

/** Largest packet that a link takes of one version of IP. */
export function linkMtu(device: Device, version: 4 | 6): number {
  return version === 4 ? device.mtu : Math.min(device.inet6?.conf.mtu ?? device.mtu, device.mtu)
}

/** Largest packet of this host that fits a way (`ipv4_mtu`, `ip6_mtu`). */
export function mtuOf(kernel: Kernel, { device, route }: Way, to: Uint8Array): number {
  const usual = route.metrics?.mtu ?? linkMtu(device, route.family)
  const told = pathMtuOf(device.namespace.pathMtus, to, kernel.now())
  return told === undefined || route.metrics?.lock?.includes('mtu') ? usual : Math.min(usual, told.mtu)
}

/** Hops of a new packet (`ip4_dst_hoplimit`, `ip6_dst_hoplimit`). */
export function hopsOf({
  device,
  route,
}: {
  readonly device: Device
  readonly route: Pick<RouteEntry, 'family' | 'metrics'>
}): number {
  if (route.metrics?.hopLimit) return route.metrics.hopLimit
  const { globals, conf6 } = device.namespace.sysctls
  return route.family === 4 ? globals['ipv4.ip_default_ttl'] : (device.inet6?.conf ?? conf6.all).hop_limit
}

/** What a packet of this host says of itself; its source and its hops are chosen where they are not given. */
export type OwnHeader = Omit<PacketHeader, 'from' | 'hops' | 'isWhole' | 'identification'> & {
  readonly from?: Uint8Array
  readonly hops?: number
  /** Whoever sends it wants to hear of links that it does not fit (`IP_PMTUDISC_WANT`). */
  readonly discovers?: boolean
  /** The link, or the VRF, that it must leave by. */
  readonly output?: Device | undefined
  /** What rules know it by (`fwmark`). */
  readonly mark?: number
  /** What is known of the connection of an error about a packet. */
  readonly tracked?: Tracked | undefined
}

/** Sends a packet of this host; its source is chosen where it has none. */
export function send(
  kernel: Kernel,
  namespace: Namespace,
  header: OwnHeader,
  payload: (from: Uint8Array) => Uint8Array,
  failed?: (code: ErrorCode) => void,
): void {
  const way = wayTo(namespace, header.to, header.from, header.output, header.mark)
  if (typeof way === 'string') failed?.(way)
  else sendBy(kernel, way, header, payload, failed)
}

/** Sends a packet of this host by a way that was found. */
export function sendBy(
  kernel: Kernel,
  way: Way,
  { discovers = false, output, mark, tracked, ...header }: OwnHeader,
  payload: (from: Uint8Array) => Uint8Array,
  failed?: (code: ErrorCode) => void,
): void {
  const { device, source } = way
  const { namespace } = device
  const identification = next(kernel.random) & 0xffff
  const content = payload(source)
  const mtu = mtuOf(kernel, way, header.to)
  const told = pathMtuOf(namespace.pathMtus, header.to, kernel.now())
  const isLong = (header.to.length === 4 ? ipv4HeaderSize : ipv6HeaderSize) + content.length > mtu
  const isWhole = discovers && !isLong && namespace.sysctls.globals['ipv4.ip_no_pmtu_disc'] === 0 && !told?.locked
  const own = { from: source, hops: header.hops ?? hopsOf(way), identification, isWhole }
  const octets = packetOf({ ...header, ...own }, content)
  sendMade(kernel, way, octets, { output, mark, tracked, failed })
}

/** What is known of a packet of this host beside what it says. */
export interface Made {
  /** The link, or the VRF, that it must leave by. */
  readonly output?: Device | undefined
  /** What rules know it by (`fwmark`). */
  readonly mark?: number | undefined
  /** What is known of the connection of an error about a packet. */
  readonly tracked?: Tracked | undefined
  /** Is told when it cannot be sent. */
  readonly failed?: ((code: ErrorCode) => void) | undefined
}

/** Sends a packet that is made, cut to what fits its way. */
export function sendMade(kernel: Kernel, made: Way, octets: Uint8Array, more: Made): void {
  const left = leave(kernel, made, octets, more)
  if (left === undefined) return
  const { way, source, tracked } = left
  const { device, nextHop } = way
  const { failed } = more
  showAtVrf(device, octets.subarray(ethernetHeaderSize))
  const mtu = mtuOf(kernel, way, destinationAt(octets, ethernetHeaderSize))
  const isLong = octets.length - ethernetHeaderSize > mtu
  // It was made for another way.
  if (isLong && source.length === 4 && (u16At(octets, ethernetHeaderSize + 6) & dontFragment) !== 0) {
    kernel.dropped(device, octets, 'mtu')
    failed?.('EMSGSIZE')
    return
  }
  const pieces = isLong ? fragmentsOf(octets, mtu, next(kernel.random)) : [octets]
  for (const piece of pieces) sendOn(kernel, device, nextHop, { octets: piece, from: source, failed, tracked })
}

/** The way that a packet of this host takes in the end, the source that it has then, and what is known of its connection. */
export interface Left<W> {
  readonly way: W | Way
  readonly source: Uint8Array
  readonly tracked?: Tracked | undefined
}

/** A packet of this host is translated, in place, which may give it another way; `undefined` where it is dropped. */
export function leave<W extends Pick<Way, 'device' | 'nextHop' | 'source'>>(
  kernel: Kernel,
  way: W,
  octets: Uint8Array,
  made: Made,
): Left<W> | undefined {
  const { device, source } = way
  const { namespace } = device
  const ip = ethernetHeaderSize
  if (!isTracking(namespace, source.length === 4 ? 4 : 6)) return { way, source }
  const dropped = (cause: DropCause, code: ErrorCode) => {
    kernel.dropped(device, octets, cause)
    made.failed?.(code)
    return undefined
  }
  const packet = { octets, ip, end: octets.length }
  const before = destinationAt(octets, ip)
  const tracked = afterMaking(kernel, device, packet, made.tracked)
  if (typeof tracked === 'string') return dropped(tracked, 'EPERM')
  if (tracked === undefined) return { way, source }
  const to = destinationAt(octets, ip)
  const isElsewhere = !sameOctets(before, to)
  const on = isElsewhere ? wayTo(namespace, to, sourceAt(octets, ip), made.output, made.mark) : way
  if (typeof on === 'string') return dropped('no-route', on)
  const outcome = beforeLeaving(kernel, { output: on.device, nextHop: on.nextHop }, packet, tracked)
  if (typeof outcome === 'string') return dropped(outcome, 'EPERM')
  return { way: on, source: sourceAt(octets, ip), tracked }
}

/** A packet, behind room for its Ethernet header. */
export interface Outgoing {
  readonly octets: Uint8Array
  readonly from: Uint8Array
  /** Is told when it cannot be sent. */
  readonly failed?: ((code: ErrorCode) => void) | undefined
  /** Link that it came in by, of one that is forwarded. */
  readonly input?: Device | undefined
  /** What is known of its connection. */
  readonly tracked?: Tracked | undefined
}

/** Sends a packet to the next hop on a link. */
export function sendOn(kernel: Kernel, device: Device, nextHop: Uint8Array, packet: Outgoing): void {
  const { octets, failed } = packet
  if (!hasMac(device)) {
    const bare = octets.subarray(ethernetHeaderSize)
    const refusal = device.up ? device.kind?.refusesPacket?.(device, bare) : undefined
    sendPacket(kernel, device, new Frame(bare, 0, nextHop), failed, refusal)
    return
  }
  const entry = neighbourFor(device, nextHop)
  const mac = macOf(kernel, device, entry)
  if (mac !== undefined) sendTo(kernel, device, mac, { failed, ...packet, nextHop })
  else if (!device.up || !device.active) {
    kernel.dropped(device, octets, 'link-down')
  } else {
    const most = device.neighbourConf[entry.family].unres_qlen
    const displaced = kernel.unresolved.add(entry, { failed: undefined, ...packet, nextHop }, most)
    if (displaced !== undefined) kernel.dropped(device, displaced.octets, 'neighbour-queue-full')
    askFor(kernel, device, entry)
  }
}
