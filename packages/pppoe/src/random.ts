/** Chance as an argument: octets and numbers of it. @module */

/** A number from 0 up to, but not including, 1. */
export type Random = () => number

/** So many octets by chance. */
export function randomOctets(random: Random, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, () => Math.floor(random() * 256))
}

/** A magic number: 32 bits, not 0 (RFC 1661 § 6.4). */
export function randomMagic(random: Random): number {
  return Math.floor(random() * 0xffffffff) + 1
}

/** Chance that nobody can foresee, as challenges and cookies need it: the generator of Web Cryptography. */
export function secureRandom(): Random {
  const { crypto } = globalThis as unknown as { crypto: { getRandomValues(numbers: Uint32Array): Uint32Array } }
  const pool = new Uint32Array(64)
  let left = 0
  return () => {
    if (left === 0) left = crypto.getRandomValues(pool).length
    return (pool[--left] as number) / 4_294_967_296
  }
}
