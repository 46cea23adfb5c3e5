/** Prefixes as keys: masked octets as text, so that maps find them and comparison sorts them. @module */

/** The octets with only the first `length` bits kept, one character an octet; equal prefixes give equal keys. */
export function keyOf(octets: Uint8Array, length: number): string {
  const masked: number[] = []
  for (let i = 0, left = length; i < octets.length; i++, left -= 8) {
    const octet = octets[i] as number
    masked.push(left >= 8 ? octet : left <= 0 ? 0 : octet & (0xff00 >> left) & 0xff)
  }
  // Made at once: a text that grows by characters is a chain of parts, which takes five times the memory.
  return String.fromCharCode(...masked)
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

/** Which of two addresses of one version is less: negative the first, positive the second. */
export function compareOctets(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return (a[i] as number) - (b[i] as number)
  return 0
}

/** Loopback: 127.0.0.0/8 or ::1. */
export function isLoopback(octets: Uint8Array): boolean {
  if (octets.length === 4) return octets[0] === 127
  return octets[15] === 1 && octets.subarray(0, 15).every((octet) => octet === 0)
}

/** Limited broadcast: 255.255.255.255. */
export function isLimitedBroadcast(octets: Uint8Array): boolean {
  return octets.length === 4 && octets.every((octet) => octet === 255)
}

/** Unspecified: 0.0.0.0 or ::. */
export function isZero(octets: Uint8Array): boolean {
  return octets.every((octet) => octet === 0)
}

/** IPv6 link-local unicast, fe80::/10. */
export function isLinkLocal(octets: Uint8Array): boolean {
  return octets.length === 16 && octets[0] === 0xfe && ((octets[1] as number) & 0xc0) === 0x80
}

/** Octets one after the other. */
export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
