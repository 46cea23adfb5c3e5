/**
 * The Internet checksum (RFC 1071), whole and incremental (RFC 1624), and its pseudo headers (RFC 768, 9293, 8200 § 8.1).
 *
 * A *sum* is a partial result, a number below 2^53 that further octets and words may be added to; a *checksum* is the
 * complement of its 16-bit fold, as it stands in a header.
 *
 * @module
 */
import { u16At } from './octets.js'

/** The last buffer that was summed by words, and its words: making a view for each sum would cost more than the sum. */
let viewed: ArrayBufferLike | undefined
let words: Uint16Array<ArrayBufferLike> = new Uint16Array(0)

const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

/** From this size on, the sum by words is faster than the one by octets. */
const long = 160

/**
 * Adds octets from `start` to `end` to a sum, as 16-bit words in network order; a last odd octet counts as the upper half
 * of a word. Allocates nothing, but keeps the last large buffer referenced.
 *
 * @param initial A sum to go on from. It must not have ended in the middle of a word.
 */
export function sumOf(bytes: Uint8Array, start: number, end: number, initial = 0): number {
  if (end - start >= long) return initial + sumByWords(bytes, start, end)
  return initial + sumByOctets(bytes, start, end)
}

function sumByOctets(bytes: Uint8Array, start: number, end: number): number {
  let upper = 0
  let lower = 0
  let at = start
  for (; at + 7 < end; at += 8) {
    upper += (bytes[at] as number) + (bytes[at + 2] as number) + (bytes[at + 4] as number) + (bytes[at + 6] as number)
    lower +=
      (bytes[at + 1] as number) + (bytes[at + 3] as number) + (bytes[at + 5] as number) + (bytes[at + 7] as number)
  }
  for (; at + 1 < end; at += 2) {
    upper += bytes[at] as number
    lower += bytes[at + 1] as number
  }
  if (at < end) upper += bytes[at] as number
  return upper * 256 + lower
}

/** Words of the machine's order, added and then swapped: the sum does not mind the order (RFC 1071 § 2 B). */
function sumByWords(bytes: Uint8Array, start: number, end: number): number {
  if (bytes.buffer !== viewed || words.length === 0) {
    viewed = bytes.buffer
    words = new Uint16Array(viewed, 0, viewed.byteLength >> 1)
  }
  const odd = (bytes.byteOffset + start) & 1
  const from = start + odd
  const last = from + ((end - from) & ~1)
  const view = words
  const stop = (bytes.byteOffset + last) >> 1
  let at = (bytes.byteOffset + from) >> 1
  let sum = 0
  for (; at + 7 < stop; at += 8) {
    sum +=
      (view[at] as number) +
      (view[at + 1] as number) +
      (view[at + 2] as number) +
      (view[at + 3] as number) +
      (view[at + 4] as number) +
      (view[at + 5] as number) +
      (view[at + 6] as number) +
      (view[at + 7] as number)
  }
  for (; at < stop; at++) sum += view[at] as number
  // Words that begin at an odd octet are swapped once more, as the octets stand in the other half.
  let folded = foldSum(sum)
  if (littleEndian) folded = swap(folded)
  if (last < end) folded += (bytes[last] as number) << 8
  if (odd === 0) return folded
  return swap(foldSum(folded)) + ((bytes[start] as number) << 8)
}

function swap(word: number): number {
  return ((word & 0xff) << 8) | (word >>> 8)
}

/** A sum folded to 16 bits, carries added in; not complemented. */
export function foldSum(sum: number): number {
  let folded = sum
  while (folded > 0xffff) folded = Math.floor(folded / 0x10000) + (folded % 0x10000)
  return folded
}

/** The checksum of a sum: its fold, complemented. */
export function checksumOfSum(sum: number): number {
  return ~foldSum(sum) & 0xffff
}

/** The checksum of the octets from `start` to `end`, with a sum (of a pseudo header) added. */
export function checksumOf(bytes: Uint8Array, start: number, end: number, initial = 0): number {
  return checksumOfSum(sumOf(bytes, start, end, initial))
}

/** The checksum after a 16-bit word beneath it changed from `before` to `after` (RFC 1624 equation 3). */
export function updateChecksum(checksum: number, before: number, after: number): number {
  let sum = (~checksum & 0xffff) + (~before & 0xffff) + after
  sum = (sum & 0xffff) + (sum >>> 16)
  sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}

/** The checksum after a 32-bit number beneath it, at an even offset, changed from `before` to `after` (RFC 1624). */
export function updateChecksum32(checksum: number, before: number, after: number): number {
  const upper = updateChecksum(checksum, before >>> 16, after >>> 16)
  return updateChecksum(upper, before & 0xffff, after & 0xffff)
}

/**
 * The sum of the IPv4 pseudo header (RFC 768, 9293 § 3.1), addresses taken from the packet.
 *
 * @param packet Offset of the IPv4 header in `bytes`.
 * @param protocol Number of the protocol: 6 TCP, 17 UDP.
 * @param length Octets of the transport header and its payload.
 */
export function pseudoSum4(bytes: Uint8Array, packet: number, protocol: number, length: number): number {
  return (
    u16At(bytes, packet + 12) +
    u16At(bytes, packet + 14) +
    u16At(bytes, packet + 16) +
    u16At(bytes, packet + 18) +
    protocol +
    length
  )
}

/**
 * The sum of the IPv6 pseudo header (RFC 8200 § 8.1), addresses taken from the packet's own header; a packet with a routing
 * header needs its final destination instead.
 *
 * @param packet Offset of the IPv6 header in `bytes`.
 * @param protocol Number of the protocol: 6 TCP, 17 UDP, 58 ICMPv6.
 * @param length Octets of the upper-layer header and its payload.
 */
export function pseudoSum6(bytes: Uint8Array, packet: number, protocol: number, length: number): number {
  return sumByOctets(bytes, packet + 8, packet + 40) + protocol + (length >>> 16) + (length & 0xffff)
}

/**
 * Completes a checksum that was left open, as virtio's `VIRTIO_NET_HDR_F_NEEDS_CSUM` asks (virtio 1.2 § 5.1.6.2, Linux
 * `skb_checksum_help`): the field holds the folded sum of the pseudo header; it gets the checksum of everything from
 * `checksumStart` on. A result of zero is written as 0xffff, as Linux does.
 *
 * @param start Offset of the frame.
 * @param end Offset behind the frame.
 * @param checksumStart Octets from the frame's start to where summing begins (`csum_start`).
 * @param checksumOffset Octets from there to the field (`csum_offset`).
 * @throws RangeError the field lies outside of the frame
 */
export function completeChecksum(
  bytes: Uint8Array,
  start: number,
  end: number,
  checksumStart: number,
  checksumOffset: number,
): void {
  const from = start + checksumStart
  const field = from + checksumOffset
  if (!(from >= start && field >= from && field + 2 <= end && end <= bytes.length)) {
    throw new RangeError(`a checksum at ${checksumStart} + ${checksumOffset} lies outside of ${end - start} octets`)
  }
  const checksum = checksumOf(bytes, from, end) || 0xffff
  bytes[field] = checksum >>> 8
  bytes[field + 1] = checksum
}
