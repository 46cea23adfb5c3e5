/** Prefixes as keys: masked octets as text, so that maps find them and comparison sorts them. @module */

/** The octets with only the first `length` bits kept, one character an octet; equal prefixes give equal keys. */
export function keyOf(octets: Uint8Array, length: number): string {
  const whole = length >> 3
  const size = octets.length
  let key = ''
  for (let i = 0; i < size; i++) {
    const octet = octets[i] as number
    if (i < whole) key += String.fromCharCode(octet)
    else if (i === whole) key += String.fromCharCode(octet & (0xff00 >> (length & 7)) & 0xff)
    else key += '\0'
  }
  return key
}

/** Whether two addresses share their first `length` bits. */
export function samePrefix(a: Uint8Array, b: Uint8Array, length: number): boolean {
  if (a.length !== b.length) return false
  const whole = length >> 3
  for (let i = 0; i < whole; i++) if (a[i] !== b[i]) return false
  const rest = length & 7
  return rest === 0 || (((a[whole] as number) ^ (b[whole] as number)) & (0xff00 >> rest) & 0xff) === 0
}

/** Whether two addresses are the same. */
export function sameOctets(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return a.length === b.length && samePrefix(a, b, a.length * 8)
}

/** The octets of a key of {@link keyOf}. */
export function octetsOf(key: string): Uint8Array {
  return Uint8Array.from(key, (character) => character.charCodeAt(0))
}

/** The last address of a prefix: all host bits set. */
export function lastOf(octets: Uint8Array, length: number): Uint8Array {
  const out = Uint8Array.from(octets)
  for (let bit = length; bit < octets.length * 8; bit++) {
    out[bit >> 3] = (out[bit >> 3] as number) | (0x80 >> (bit & 7))
  }
  return out
}

/** Bits that two addresses share from the left. */
export function commonBits(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i] as number) ^ (b[i] as number)
    if (difference !== 0) return i * 8 + Math.clz32(difference) - 24
  }
  return a.length * 8
}

/** Loopback: 127.0.0.0/8 or ::1. */
export function isLoopback(octets: Uint8Array): boolean {
  if (octets.length === 4) return octets[0] === 127
  return octets[15] === 1 && octets.subarray(0, 15).every((octet) => octet === 0)
}

/** Unspecified: 0.0.0.0 or ::. */
export function isZero(octets: Uint8Array): boolean {
  return octets.every((octet) => octet === 0)
}

/** IPv6 link-local unicast, fe80::/10. */
export function isLinkLocal(octets: Uint8Array): boolean {
  return octets.length === 16 && octets[0] === 0xfe && ((octets[1] as number) & 0xc0) === 0x80
}
