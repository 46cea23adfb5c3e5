/** The Internet checksum over octets of a slab (RFC 1071), and the pseudo-headers of TCP and UDP (RFC 9293, RFC 768, RFC 8200 § 8.1). @module */
import { littleEndian } from '../netlink/octets.js'

const words = new WeakMap<ArrayBufferLike, Uint16Array>()

/** The 16-bit words of the buffer behind a slab; made once a buffer. */
function wordsOf(slab: Uint8Array): Uint16Array {
  let view = words.get(slab.buffer)
  if (view === undefined) {
    view = new Uint16Array(slab.buffer, 0, slab.buffer.byteLength >> 1)
    words.set(slab.buffer, view)
  }
  return view
}

/** Folds carries: a sum of 16 bits. */
export function fold(sum: number): number {
  let folded = (sum & 0xffff) + (sum >>> 16)
  folded = (folded & 0xffff) + (folded >>> 16)
  return folded
}

/** The sum of the 16-bit words, in network order, of the octets from `start` to `end` (at most 65,536), folded. */
export function sumOf(slab: Uint8Array, start: number, end: number): number {
  if (end <= start) return 0
  const view = wordsOf(slab)
  const base = slab.byteOffset
  let at = base + start
  const stop = base + end
  let sum = 0
  // An odd first and an odd last octet are halves of words in memory.
  const odd = (at & 1) === 1
  if (odd) {
    const octet = slab[start] as number
    sum += littleEndian ? octet << 8 : octet
    at++
  }
  let i = at >> 1
  const last = stop >> 1
  for (; i + 4 <= last; i += 4) {
    sum += (view[i] as number) + (view[i + 1] as number) + (view[i + 2] as number) + (view[i + 3] as number)
  }
  for (; i < last; i++) sum += view[i] as number
  if (stop & 1 && stop > at) {
    const octet = slab[end - 1] as number
    sum += littleEndian ? octet : octet << 8
  }
  const folded = fold(fold(sum))
  return littleEndian !== odd ? ((folded & 0xff) << 8) | (folded >> 8) : folded
}

/** The sum of the pseudo-header: addresses of the IP header at `network`, protocol, and octets from the transport header on. */
export function pseudoSum(
  slab: Uint8Array,
  network: number,
  version: number,
  protocol: number,
  octets: number,
): number {
  const addresses = version === 4 ? sumOf(slab, network + 12, network + 20) : sumOf(slab, network + 8, network + 40)
  return fold(addresses + protocol + octets)
}

/** Writes 16 bits in network order. */
export function putU16(slab: Uint8Array, at: number, value: number): void {
  slab[at] = value >> 8
  slab[at + 1] = value & 0xff
}

/** Reads 16 bits in network order. */
export function getU16(slab: Uint8Array, at: number): number {
  return ((slab[at] as number) << 8) | (slab[at + 1] as number)
}

/** Reads 32 bits in network order. */
export function getU32(slab: Uint8Array, at: number): number {
  return ((getU16(slab, at) << 16) | getU16(slab, at + 2)) >>> 0
}

/** Writes the checksum of an IPv4 header. */
export function putIpv4Checksum(slab: Uint8Array, network: number): void {
  putU16(slab, network + 10, 0)
  const octets = ((slab[network] as number) & 0x0f) * 4
  putU16(slab, network + 10, ~sumOf(slab, network, network + octets) & 0xffff)
}
