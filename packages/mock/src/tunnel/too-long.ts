/**
 * A frame is too long for the way of a tunnel in UDP: its sender is told. That of a bridge by an error which seems to come from
 * whom it was for (`skb_tunnel_check_pmtu`, `net/ipv4/ip_tunnel_core.c`). @module
 */

import { isMulticastIp } from '@vnet/core'
import {
  ethernetHeaderSize,
  icmpTypes,
  icmpv6Types,
  ipProtocols,
  ipv4HeaderSize,
  ipv4HeaderSizeAt,
  ipv6HeaderSize,
  isTaggedAt,
  macAt,
  setMacAt,
  u16At,
} from '@vnet/wire'
import { isLimitedBroadcast, isLoopback, isZero } from '../bits.js'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { type Behind, extensionsOf } from '../stack/extension.js'
import type { Frame } from '../stack/frame.js'
import { errorMessage, isErrorType } from '../stack/icmp-message.js'
import { linkMtu } from '../stack/output.js'
import { destinationAt, dontFragment, packetOf, sourceAt } from '../stack/packet.js'
import { learnPathMtu, leastMtu6, pathMtuOf } from '../stack/path-mtu.js'
import { type Inner, innerOf } from './inner.js'

/** Octets of an error with its packet, at most, and the least MTU that is told over IPv4. */
const largest4 = 576
/** Octets of the header of an error. */
const header = 8

/**
 * The frame with which a bridge tells the sender of a frame; `undefined` where it fits, or its sender is told otherwise, or not
 * at all.
 *
 * @param room Octets that the way takes of the frame, its Ethernet header left out.
 */
export function answerTooLong(kernel: Kernel, device: Device, frame: Frame, room: number): Uint8Array | undefined {
  const { octets } = frame
  if (octets.length - ethernetHeaderSize <= room) return undefined
  const inner = innerOf(octets, true)
  if (inner.version === undefined || isTaggedAt(octets, 0)) return undefined
  if (frame.nextHop !== undefined) learnRoom(kernel, device, octets, inner, room)
  if (device.port === undefined) return undefined
  const packet = octets.subarray(inner.at)
  const isTold = inner.version === 4 ? isTold4(packet, room) : isTold6(octets, packet, room)
  return isTold ? errorFrame(octets, packet, inner.version, room) : undefined
}

/** What comes from this host by a route is made to fit from now on (`skb_dst_update_pmtu_no_confirm`). */
function learnRoom(kernel: Kernel, device: Device, octets: Uint8Array, { at }: Inner, room: number): void {
  const { namespace } = device
  const to = destinationAt(octets, at)
  const now = kernel.now()
  const before = pathMtuOf(namespace.pathMtus, to, now)?.mtu ?? linkMtu(device, to.length === 4 ? 4 : 6)
  learnPathMtu(namespace.pathMtus, namespace.sysctls, to, room, before, now)
}

function isTold4(packet: Uint8Array, room: number): boolean {
  if (room < largest4 || u16At(packet, 6) !== dontFragment) return false
  const [from, to] = [sourceAt(packet, 0), destinationAt(packet, 0)]
  if ([from, to].some((address) => isLimitedBroadcast(address) || isMulticastIp(address))) return false
  if (isZero(from) || isLoopback(from)) return false
  if (packet[9] !== ipProtocols.icmp) return true
  return !isErrorType(true, packet[ipv4HeaderSizeAt(packet, 0)] as number)
}

function isTold6(octets: Uint8Array, packet: Uint8Array, room: number): boolean {
  const from = sourceAt(packet, 0)
  // Linux compares more than the type of an address, and so misses nearby groups and ::1.
  const isFarGroup = isMulticastIp(from) && ![1, 2, 5].includes((from[1] as number) & 0xf)
  if (room < leastMtu6 || isZero(from) || isFarGroup) return false
  const { protocol, start } = headersOf(octets, packet)
  if (protocol === ipProtocols.noNextHeader) return false
  if (protocol !== ipProtocols.icmpv6) return true
  const type = packet[start]
  return type !== undefined && !isErrorType(false, type) && type !== icmpv6Types.redirect
}

/** Extension headers as Linux takes them for: it begins where they would be without an Ethernet header in front. */
function headersOf(octets: Uint8Array, packet: Uint8Array): Behind {
  const shifted = octets.slice()
  shifted[6] = packet[6] as number
  return extensionsOf(shifted)
}

function errorFrame(octets: Uint8Array, packet: Uint8Array, version: 4 | 6, room: number): Uint8Array {
  const [from, to] = [destinationAt(packet, 0), sourceAt(packet, 0)]
  const is4 = version === 4
  const most = is4 ? largest4 - ipv4HeaderSize : leastMtu6 - ipv6HeaderSize
  const [type, code] = is4 ? [icmpTypes.unreachable, 4] : [icmpv6Types.packetTooBig, 0]
  const message = errorMessage({ type, code, parameter: room, quotation: packet.slice(0, most - header), from, to })
  const hops = packet[is4 ? 8 : 7] as number
  const protocol = is4 ? ipProtocols.icmp : ipProtocols.icmpv6
  const frame = packetOf({ from, to, protocol, hops, isWhole: true }, message)
  setMacAt(frame, 0, macAt(octets, 6))
  setMacAt(frame, 6, macAt(octets, 0))
  return frame
}
