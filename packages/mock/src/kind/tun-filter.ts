/** The hash by which a TAP's filter knows groups beyond its first eight addresses (`addr_hash_set`, `drivers/net/tun.c`). @module */

/** CRC-32 of Ethernet, lowest bit first. */
const polynomial = 0xedb88320

/** Place of a group's bit among 64: the upper six bits of the CRC of its address. */
export function groupBit(octets: Uint8Array): number {
  let crc = 0xffffffff
  for (let i = 0; i < 6; i++) {
    crc ^= octets[i] as number
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ polynomial
  }
  // Read from its lowest bit on, the upper six are the lower six.
  let place = 0
  for (let bit = 0; bit < 6; bit++) place = (place << 1) | ((crc >>> bit) & 1)
  return place
}
