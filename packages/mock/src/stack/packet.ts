/** IP packets that the mock itself sends: behind room for an Ethernet header, whose type is set. @module */
import {
  checksumOf,
  ethernetHeaderSize,
  etherTypes,
  ipv4HeaderSize,
  ipv6HeaderSize,
  setEtherTypeAt,
  setU16At,
  setU32At,
} from '@vnet/wire'

/** The flag of an IPv4 header that forbids routers to cut the packet (RFC 791 § 3.1). */
export const dontFragment = 0x4000

/** What an IP header says. */
export interface PacketHeader {
  readonly from: Uint8Array
  readonly to: Uint8Array
  readonly protocol: number
  readonly hops: number
  /** Type of service, or traffic class. */
  readonly tos?: number
  /** Of IPv4: routers are not to cut it. */
  readonly isWhole?: boolean
  /** Of IPv4: what tells the fragments of one packet from others. */
  readonly identification?: number
  /** Of IPv6: what the packets of one flow have in common, 20 bits. */
  readonly flowLabel?: number
}

/** The source of a packet whose IP header is at `ip`. */
export const sourceAt = (octets: Uint8Array, ip: number): Uint8Array =>
  (octets[ip] as number) >> 4 === 4 ? octets.slice(ip + 12, ip + 16) : octets.slice(ip + 8, ip + 24)

/** Its destination. */
export const destinationAt = (octets: Uint8Array, ip: number): Uint8Array =>
  (octets[ip] as number) >> 4 === 4 ? octets.slice(ip + 16, ip + 20) : octets.slice(ip + 24, ip + 40)

/** A packet of the version that the addresses have. */
export function packetOf(header: PacketHeader, payload: Uint8Array): Uint8Array {
  return header.to.length === 4 ? packet4(header, payload) : packet6(header, payload)
}

function packet4(
  { from, to, protocol, hops, tos = 0, isWhole = false, identification = 0 }: PacketHeader,
  payload: Uint8Array,
): Uint8Array {
  const at = ethernetHeaderSize
  const octets = new Uint8Array(at + ipv4HeaderSize + payload.length)
  setEtherTypeAt(octets, 0, etherTypes.ipv4)
  octets[at] = 0x45
  octets[at + 1] = tos
  setU16At(octets, at + 2, ipv4HeaderSize + payload.length)
  setU16At(octets, at + 4, identification)
  if (isWhole) setU16At(octets, at + 6, dontFragment)
  octets[at + 8] = hops
  octets[at + 9] = protocol
  octets.set(from, at + 12)
  octets.set(to, at + 16)
  setU16At(octets, at + 10, checksumOf(octets, at, at + ipv4HeaderSize))
  octets.set(payload, at + ipv4HeaderSize)
  return octets
}

function packet6(header: PacketHeader, payload: Uint8Array): Uint8Array {
  const { from, to, protocol, hops, tos = 0, flowLabel = 0 } = header
  const at = ethernetHeaderSize
  const octets = new Uint8Array(at + ipv6HeaderSize + payload.length)
  setEtherTypeAt(octets, 0, etherTypes.ipv6)
  setU32At(octets, at, (0x60000000 | (tos << 20) | flowLabel) >>> 0)
  setU16At(octets, at + 4, payload.length)
  octets[at + 6] = protocol
  octets[at + 7] = hops
  octets.set(from, at + 8)
  octets.set(to, at + 24)
  octets.set(payload, at + ipv6HeaderSize)
  return octets
}
