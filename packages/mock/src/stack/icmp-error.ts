/** Errors about packets: nobody takes them here, or there is no way on for them (`icmp_send`, `icmpv6_send`). @module */
import { isMulticastIp } from '@vnet/core'
import {
  ethernetHeaderSize,
  icmpTypes,
  icmpv6Types,
  ipProtocols,
  ipv4HeaderSize,
  ipv4HeaderSizeAt,
  ipv6HeaderSize,
  u16At,
} from '@vnet/wire'
import { isLimitedBroadcast, isLinkLocal, isZero, keyOf } from '../bits.js'
import type { Kernel } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import { errorAbout, type Tracked } from '../nat/connection.js'
import { isLocal4, isUsable6 } from '../object/address-type.js'
import type { Device } from '../object/device.js'
import { lookupRoute } from '../object/lookup-route.js'
import { forgetException } from '../object/route-exception.js'
import { scopeNumber } from '../object/scope.js'
import { source4, source6 } from '../object/source-address.js'
import { vrfOf } from '../object/vrf-table.js'
import { extensionsOf } from './extension.js'
import { pathHash } from './flow-hash.js'
import { errorMessage, isErrorType } from './icmp-message.js'
import { mtuOf, sendBy, type Way, wayTo } from './output.js'
import type { WaitingPacket } from './unresolved.js'

/** Octets of the header of a message. */
const header = 8
/** Octets of a packet with an error message, at most (RFC 1812 § 4.3.2.3, RFC 4443 § 2.4). */
const largest = { 4: 576, 6: 1280 } as const
/** Precedence of errors (`IPTOS_PREC_INTERNETCONTROL`). */
const internetControl = 0xc0
/** Types that are limited, of those of IPv6 all errors but this one. */
const unlimited6 = icmpv6Types.packetTooBig
/** Source where a router has no address (RFC 7600 § 4.8). */
const dummy = Uint8Array.of(192, 0, 0, 8)

/** What an error says: type, code, and the 32 bits behind the checksum. */
export type Report = readonly [type: number, code: number, parameter: number]

/** The packet that an error is about. */
export interface Faulty {
  /** Link that it came in by, or that it was to leave by, of one of this host's. */
  readonly device: Device
  /** From its IP header on. */
  readonly packet: Uint8Array
  /** Whether its frame was for this host alone. */
  readonly isForHost: boolean
  /** What is known of its connection. */
  readonly tracked?: Tracked | undefined
}

/** Errors of IPv4 (RFC 792). */
export const reports4 = {
  network: [icmpTypes.unreachable, 0, 0],
  host: [icmpTypes.unreachable, 1, 0],
  protocol: [icmpTypes.unreachable, 2, 0],
  port: [icmpTypes.unreachable, 3, 0],
  prohibited: [icmpTypes.unreachable, 13, 0],
  hops: [icmpTypes.timeExceeded, 0, 0],
  fragments: [icmpTypes.timeExceeded, 1, 0],
} as const satisfies { readonly [why: string]: Report }

/** Errors of IPv6 (RFC 4443 § 3). */
export const reports6 = {
  route: [icmpv6Types.unreachable, 0, 0],
  prohibited: [icmpv6Types.unreachable, 1, 0],
  scope: [icmpv6Types.unreachable, 2, 0],
  host: [icmpv6Types.unreachable, 3, 0],
  port: [icmpv6Types.unreachable, 4, 0],
  hops: [icmpv6Types.timeExceeded, 0, 0],
  fragments: [icmpv6Types.timeExceeded, 1, 0],
} as const satisfies { readonly [why: string]: Report }

/** Tells the sender of an IPv4 packet what is wrong with it, where it may be told. */
export function sendError4(kernel: Kernel, { device, packet, isForHost, tracked }: Faulty, report: Report): void {
  const { namespace } = device
  const [type, code] = report
  const [from, to] = [packet.slice(12, 16), packet.slice(16, 20)]
  // Never about what was for many, nor twice for one packet.
  if (!isForHost || isMulticastIp(to) || isMany4(namespace, to) || (u16At(packet, 6) & 0x1fff) !== 0) return
  if (isError4(packet)) return
  const { globals } = namespace.sysctls
  const inbound = globals['ipv4.icmp_errors_use_inbound_ifaddr'] !== 0
  const own = isLocal4(namespace, to, device) ? to : inbound ? source4(device, from, scopeNumber('link')) : undefined
  const way = wayBack(namespace, from, own, vrfOf(device))
  if (way === undefined) return
  const isLimited =
    ((globals['ipv4.icmp_ratemask'] >> type) & 1) === 1 && !(type === icmpTypes.unreachable && code === 4)
  if (isLimited && !allowed(kernel, way, from, globals['ipv4.icmp_ratelimit'] / 1000)) return
  const room = Math.min(mtuOf(kernel, way, from), largest[4]) - ipv4HeaderSize - header
  const tos = ((packet[1] as number) & 0x1e) | internetControl
  const about = errorAbout(tracked)
  tell(kernel, way, from, report, packet.slice(0, room), { protocol: ipProtocols.icmp, tos, tracked: about })
}

function isMany4(namespace: Namespace, to: Uint8Array): boolean {
  const [first] = namespace.routes[4].get(255)?.at(keyOf(to, 32), 32) ?? []
  return first?.type === 'broadcast' || isLimitedBroadcast(to)
}

/** Of errors there are no errors; nor of what nobody knows. */
function isError4(packet: Uint8Array): boolean {
  if (packet[9] !== ipProtocols.icmp) return false
  const type = packet[ipv4HeaderSizeAt(packet, 0)]
  return type === undefined || type > 18 || isErrorType(true, type)
}

/** The same of IPv6; `always` about what was for many, too. */
export function sendError6(
  kernel: Kernel,
  { device, packet, isForHost, tracked }: Faulty,
  report: Report,
  always = false,
): void {
  const { namespace } = device
  const [type] = report
  const [from, to] = [packet.slice(8, 24), packet.slice(24, 40)]
  const isForMany = isMulticastIp(to) || !isForHost
  if (isForMany && type !== icmpv6Types.packetTooBig && !always) return
  if (isZero(from) || isMulticastIp(from) || isError6(packet)) return
  const own = !isForMany && isUsable6(namespace, to, device) ? to : undefined
  const way = wayBack(namespace, from, own ?? source6(namespace, from, device), device)
  if (way === undefined) return
  const interval = namespace.sysctls.globals['ipv6.icmp.ratelimit'] / 1000
  // Wider networks are told more.
  const share = interval / 2 ** ((128 - way.route.length) >> 5)
  if (type !== unlimited6 && !allowed(kernel, way, from, share)) return
  const room = largest[6] - ipv6HeaderSize - header
  const about = errorAbout(tracked)
  tell(kernel, way, from, report, packet.slice(0, room), { protocol: ipProtocols.icmpv6, tracked: about })
}

function isError6(packet: Uint8Array): boolean {
  const { protocol, start } = extensionsOf(packet)
  if (protocol !== ipProtocols.icmpv6) return false
  const type = packet[start]
  return type === undefined || isErrorType(false, type)
}

function wayBack(namespace: Namespace, to: Uint8Array, from: Uint8Array | undefined, input?: Device): Way | undefined {
  // Neighbours on a link are told on that link.
  const output = isLinkLocal(to) ? input : vrfOf(input)
  const way = wayTo(namespace, to, from, output)
  if (way !== 'EADDRNOTAVAIL' || to.length !== 4) return typeof way === 'string' ? undefined : way
  const again = wayTo(namespace, to, dummy, output)
  return typeof again === 'string' ? undefined : again
}

function allowed(kernel: Kernel, { device }: Way, host: Uint8Array, interval: number): boolean {
  if (device.loopback) return true
  return device.namespace.peers.allow(peerOf(device, host), kernel.now(), interval)
}

/** How a host is known; over IPv4 those of a VRF apart (`inet_getpeer_v4`, `inet_getpeer_v6`). */
export const peerOf = (device: Device, host: Uint8Array): string =>
  `${(host.length === 4 ? vrfOf(device)?.index : undefined) ?? 0}/${keyOf(host, host.length * 8)}`

function tell(
  kernel: Kernel,
  way: Way,
  to: Uint8Array,
  [type, code, parameter]: Report,
  quotation: Uint8Array,
  more: { readonly protocol: number; readonly tos?: number; readonly tracked: Tracked | undefined },
): void {
  sendBy(kernel, way, { to, ...more }, (from) => errorMessage({ type, code, parameter, quotation, from, to }))
}

/** Tells the sender that the next hop of a packet does not answer. */
export function reportUnreachable(kernel: Kernel, device: Device, waiting: WaitingPacket): void {
  const { octets, from, nextHop, input, tracked } = waiting
  const faulty = { device: input ?? device, packet: octets.subarray(ethernetHeaderSize), isForHost: true, tracked }
  if (from.length === 4) {
    sendError4(kernel, faulty, reports4.host)
    return
  }
  sendError6(kernel, faulty, reports6.host)
  const to = faulty.packet.slice(24, 40)
  const found = lookupRoute(device.namespace, 6, { to, from, output: device, hash: pathHash(from, to) })
  if ('route' in found) forgetException(found.hop, to, nextHop)
}
