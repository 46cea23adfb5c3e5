/** The largest segments that TCP announces, made to fit where packets are smaller than both ends believe (RFC 6691, RFC 2923). @module */
import { setU16At, u16At } from '@vnet/wire'

const TCP = 6
const SYN = 0x02
/** The option that says the largest segment (RFC 9293 § 3.7.1). */
const MSS = 2

/** The largest segment in a packet of `mtu` octets with headers without options. */
export function segmentOf(mtu: number, version: 4 | 6): number {
  return mtu - (version === 4 ? 40 : 60)
}

/**
 * Lowers the segment size that a TCP SYN announces to what fits into packets of `mtu` octets, in place, with its checksum
 * (RFC 1624), as `iptables -j TCPMSS --clamp-mss-to-pmtu` does. Whether the packet was changed. Anything else is left alone:
 * fragments, IPv6 with extension headers, and what is cut.
 */
export function clampSegments(packet: Uint8Array, mtu: number): boolean {
  const version = (packet[0] ?? 0) >> 4
  if (version === 4) {
    const header = ((packet[0] as number) & 15) * 4
    const isFragment = (u16At(packet, 6) & 0x3fff) !== 0
    if (packet.length < 20 || header < 20 || packet[9] !== TCP || isFragment) return false
    return clampAt(packet, header, segmentOf(mtu, 4))
  }
  return version === 6 && packet.length >= 40 && packet[6] === TCP && clampAt(packet, 40, segmentOf(mtu, 6))
}

function clampAt(packet: Uint8Array, tcp: number, most: number): boolean {
  if (packet.length < tcp + 20 || ((packet[tcp + 13] as number) & SYN) === 0) return false
  const end = Math.min(packet.length, tcp + ((packet[tcp + 12] as number) >> 4) * 4)
  for (let at = tcp + 20; at < end && packet[at] !== 0; ) {
    const size = packet[at] === 1 ? 1 : (packet[at + 1] ?? 0)
    if (size === 0 || (packet[at] !== 1 && size < 2)) return false
    if (packet[at] === MSS && size === 4 && at + 4 <= end) {
      const old = u16At(packet, at + 2)
      if (old <= most) return false
      setU16At(packet, at + 2, most)
      lower(packet, tcp + 16, old, most, (at - tcp) & 1)
      return true
    }
    at += size
  }
  return false
}

/** Corrects the checksum at `at` for a number that was `old`; at an odd place its two octets count the other way round. */
function lower(packet: Uint8Array, at: number, old: number, value: number, odd: number): void {
  const turned = (number: number) => (odd === 0 ? number : ((number & 255) << 8) | (number >> 8))
  let sum = (~u16At(packet, at) & 0xffff) + (~turned(old) & 0xffff) + turned(value)
  sum = (sum & 0xffff) + (sum >>> 16)
  sum = (sum & 0xffff) + (sum >>> 16)
  setU16At(packet, at, ~sum & 0xffff)
}
