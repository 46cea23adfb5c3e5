/** Sets every checksum of a frame, in place. @module */
import { checksumOf, pseudoSum4, pseudoSum6 } from './checksum.js'
import { ethernetHeaderSize, etherTypes } from './ethernet.js'
import { ipProtocols, ipv4HeaderSizeAt, ipv4LengthAt, isIpv4FragmentAt } from './ipv4.js'
import { ipv6HeaderSize, ipv6NextHeaderAt, ipv6PayloadLengthAt } from './ipv6.js'
import { setU16At, u16At } from './octets.js'

/**
 * Computes the checksums of an Ethernet frame and writes them: of IPv4 headers, and of TCP, UDP, ICMP, ICMPv6 and IGMP, also
 * behind VLAN tags and behind hop-by-hop and destination options. Fragments get only the header's. A UDP checksum of 0 over
 * IPv4, which is none, stays. What is malformed or not known stays as it is. Allocates nothing.
 *
 * @param start Offset of the frame.
 * @param end Offset behind the frame.
 * @returns whether the innermost known layer was reached: false for other protocols and malformed frames
 */
export function fillChecksums(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start + ethernetHeaderSize
  if (at > end) return false
  let type = u16At(bytes, at - 2)
  while ((type === etherTypes.vlan || type === etherTypes.serviceVlan) && at + 4 <= end) {
    type = u16At(bytes, at + 2)
    at += 4
  }
  if (type === etherTypes.ipv4) return fillIpv4(bytes, at, end)
  return type === etherTypes.ipv6 && fillIpv6(bytes, at, end)
}

function fillIpv4(bytes: Uint8Array, packet: number, end: number): boolean {
  if (packet + 20 > end || (bytes[packet] as number) >>> 4 !== 4) return false
  const headerSize = ipv4HeaderSizeAt(bytes, packet)
  const length = ipv4LengthAt(bytes, packet)
  const stop = length === 0 ? end : packet + length
  if (headerSize < 20 || packet + headerSize > stop || stop > end) return false
  setU16At(bytes, packet + 10, 0)
  setU16At(bytes, packet + 10, checksumOf(bytes, packet, packet + headerSize))
  if (isIpv4FragmentAt(bytes, packet)) return true
  const at = packet + headerSize
  const protocol = bytes[packet + 9] as number
  if (protocol === ipProtocols.icmp || protocol === ipProtocols.igmp) return fill(bytes, at, stop, 2, 8, 0)
  if (protocol === ipProtocols.udp && at + 8 <= stop && u16At(bytes, at + 6) === 0) return true
  return fillTransport(bytes, at, stop, protocol, pseudoSum4(bytes, packet, protocol, stop - at))
}

function fillIpv6(bytes: Uint8Array, packet: number, end: number): boolean {
  if (packet + ipv6HeaderSize > end || (bytes[packet] as number) >>> 4 !== 6) return false
  let protocol = ipv6NextHeaderAt(bytes, packet)
  const length = ipv6PayloadLengthAt(bytes, packet)
  let at = packet + ipv6HeaderSize
  const stop = length === 0 && protocol === ipProtocols.hopByHop ? end : at + length
  if (stop > end) return false
  while (protocol === ipProtocols.hopByHop || protocol === ipProtocols.destinationOptions) {
    if (at + 8 > stop) return false
    protocol = bytes[at] as number
    at += ((bytes[at + 1] as number) + 1) * 8
  }
  if (at > stop) return false
  const sum = pseudoSum6(bytes, packet, protocol, stop - at)
  return protocol === ipProtocols.icmpv6
    ? fill(bytes, at, stop, 2, 4, sum)
    : fillTransport(bytes, at, stop, protocol, sum)
}

function fillTransport(bytes: Uint8Array, at: number, end: number, protocol: number, sum: number): boolean {
  if (protocol === ipProtocols.tcp) return fill(bytes, at, end, 16, 20, sum)
  if (protocol !== ipProtocols.udp || !fill(bytes, at, end, 6, 8, sum)) return false
  // Zero would say that there is none (RFC 768).
  if (u16At(bytes, at + 6) === 0) setU16At(bytes, at + 6, 0xffff)
  return true
}

/** Writes the checksum of `at`…`end` at `field`, where there are at least `least` octets. */
function fill(bytes: Uint8Array, at: number, end: number, field: number, least: number, sum: number): boolean {
  if (at + least > end) return false
  setU16At(bytes, at + field, 0)
  setU16At(bytes, at + field, checksumOf(bytes, at, end, sum))
  return true
}
