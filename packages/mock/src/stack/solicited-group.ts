/** The multicast groups by which hosts ask for IPv6 addresses (RFC 4291 § 2.7.1). @module */

/** What all of them have in common: ff02::1:ff00:0/104. */
export const solicitedPrefix: readonly number[] = [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff]

/** The group of an address. */
export const solicitedGroup = (octets: Uint8Array): Uint8Array =>
  Uint8Array.of(...solicitedPrefix, ...octets.subarray(solicitedPrefix.length))

/** The last 24 bits of such a group; `undefined` of any other. */
export function solicitedLow(octets: Uint8Array): number | undefined {
  if (octets.length !== 16) return undefined
  for (const [at, octet] of solicitedPrefix.entries()) if (octets[at] !== octet) return undefined
  return ((octets[13] as number) << 16) | ((octets[14] as number) << 8) | (octets[15] as number)
}
