/** IP packets that the mock itself sends: behind room for an Ethernet header, whose type is set. @module */
import {
  checksumOf,
  ethernetHeaderSize,
  etherTypes,
  ipv4HeaderSize,
  ipv6HeaderSize,
  setEtherTypeAt,
  setU16At,
} from '@vnet/wire'

/** Hops of new packets (`net.ipv4.ip_default_ttl`, `net.ipv6.conf.*.hop_limit`). */
const usualHops = 64

/** What an IP header says. */
export interface PacketHeader {
  readonly from: Uint8Array
  readonly to: Uint8Array
  readonly protocol: number
  readonly hops?: number
  /** Of IPv4: what tells the fragments of one packet from others. */
  readonly identification?: number
}

/** A packet of the version that the addresses have. */
export function packetOf(header: PacketHeader, payload: Uint8Array): Uint8Array {
  return header.to.length === 4 ? packet4(header, payload) : packet6(header, payload)
}

function packet4({ from, to, protocol, hops, identification = 0 }: PacketHeader, payload: Uint8Array): Uint8Array {
  const at = ethernetHeaderSize
  const octets = new Uint8Array(at + ipv4HeaderSize + payload.length)
  setEtherTypeAt(octets, 0, etherTypes.ipv4)
  octets[at] = 0x45
  setU16At(octets, at + 2, ipv4HeaderSize + payload.length)
  setU16At(octets, at + 4, identification)
  octets[at + 8] = hops ?? usualHops
  octets[at + 9] = protocol
  octets.set(from, at + 12)
  octets.set(to, at + 16)
  setU16At(octets, at + 10, checksumOf(octets, at, at + ipv4HeaderSize))
  octets.set(payload, at + ipv4HeaderSize)
  return octets
}

function packet6({ from, to, protocol, hops }: PacketHeader, payload: Uint8Array): Uint8Array {
  const at = ethernetHeaderSize
  const octets = new Uint8Array(at + ipv6HeaderSize + payload.length)
  setEtherTypeAt(octets, 0, etherTypes.ipv6)
  octets[at] = 0x60
  setU16At(octets, at + 4, payload.length)
  octets[at + 6] = protocol
  octets[at + 7] = hops ?? usualHops
  octets.set(from, at + 8)
  octets.set(to, at + 24)
  octets.set(payload, at + ipv6HeaderSize)
  return octets
}
