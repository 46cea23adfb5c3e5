/** IPv4 addresses inside IPv6 sockets (`::ffff:0:0/96`, RFC 3493 § 3.7). @module */
import { isZero } from '../bits.js'

/** An address as packets have it: four octets for a mapped one. */
export function plain(octets: Uint8Array): Uint8Array {
  const isMapped = octets.length === 16 && octets[10] === 0xff && octets[11] === 0xff && isZero(octets.subarray(0, 10))
  return isMapped ? octets.slice(12) : octets
}

/** An address as a socket of a version of IP tells it. */
export function asFamily(octets: Uint8Array, family: 4 | 6): Uint8Array {
  if (family === 4 || octets.length === 16) return octets
  return Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...octets)
}
