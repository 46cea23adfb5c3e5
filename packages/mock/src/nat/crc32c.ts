/** CRC32c (Castagnoli; RFC 9260 appendix A). @module */

/** The polynomial, its bits from least to most. */
const polynomial = 0x82f63b78

/** The sum of octets. */
export function crc32c(octets: Uint8Array): number {
  let sum = 0xffffffff
  for (const octet of octets) {
    sum ^= octet
    for (let bit = 0; bit < 8; bit++) sum = (sum & 1) === 0 ? sum >>> 1 : (sum >>> 1) ^ polynomial
  }
  return ~sum >>> 0
}
