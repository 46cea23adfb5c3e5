/** Writes other addresses, ports and identifiers into a packet, and what its checksums become by that (RFC 1624; RFC 3022 § 4.1). @module */
import {
  checksumOf,
  ipv4TtlAt,
  setIpv4DestinationAt,
  setIpv4SourceAt,
  setU16At,
  u16At,
  updateChecksum,
  updateChecksum32,
} from '@vnet/wire'
import type { Endpoint } from './endpoint.js'
import type { Packet } from './packet.js'

/** Changes one side of a packet, also of one in an ICMP error, which may have been cut before its checksum. */
export function rewrite(bytes: Uint8Array, packet: Packet, side: 'source' | 'destination', to: Endpoint): void {
  const { start, body, end, protocol } = packet
  const from = packet[side]
  if (side === 'source') setIpv4SourceAt(bytes, start, to.address)
  else setIpv4DestinationAt(bytes, start, to.address)
  change(bytes, start + 10, (sum) => updateChecksum32(sum, from.address, to.address))
  if (protocol === 'udp' || protocol === 'tcp') {
    setU16At(bytes, side === 'source' ? body : body + 2, to.port)
    const at = protocol === 'udp' ? body + 6 : body + 16
    // Over IPv4 a checksum of 0 is none (RFC 768), and stays so.
    if (at + 2 > end || (protocol === 'udp' && u16At(bytes, at) === 0)) return
    change(bytes, at, (sum) => {
      const next = updateChecksum(updateChecksum32(sum, from.address, to.address), from.port, to.port)
      return protocol === 'udp' && next === 0 ? 0xffff : next
    })
  } else if (protocol === 'icmp') {
    setU16At(bytes, body + 4, to.port)
    change(bytes, body + 2, (sum) => updateChecksum(sum, from.port, to.port))
  }
}

/** Computes the checksum of an ICMP error anew, after what it tells of has changed. */
export function closeError(bytes: Uint8Array, { body, end }: Packet): void {
  setU16At(bytes, body + 2, 0)
  setU16At(bytes, body + 2, checksumOf(bytes, body, end))
}

/** One hop more: the way into the translator and out of it is none of the network's. */
export function giveBackHop(bytes: Uint8Array): void {
  const ttl = ipv4TtlAt(bytes, 0)
  if (ttl === 255) return
  const before = u16At(bytes, 8)
  bytes[8] = ttl + 1
  change(bytes, 10, (sum) => updateChecksum(sum, before, u16At(bytes, 8)))
}

function change(bytes: Uint8Array, at: number, next: (sum: number) => number): void {
  setU16At(bytes, at, next(u16At(bytes, at)))
}
