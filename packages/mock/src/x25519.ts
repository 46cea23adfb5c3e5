/** X25519: public keys, and the secret that two key pairs share (RFC 7748 § 5, § 6.1). Not in constant time: for a kernel of the mind only. @module */

const prime = 2n ** 255n - 19n

const mod = (value: bigint): bigint => ((value % prime) + prime) % prime

/** `base` to the power of `exponent`, modulo the prime. */
function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  for (let factor = base, left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = mod(result * factor)
    factor = mod(factor * factor)
  }
  return result
}

/** A private key as it is used: the lowest three bits and the highest cleared, the second highest set. */
export function clamped(key: Uint8Array): Uint8Array {
  const octets = Uint8Array.from(key)
  octets[0] = (octets[0] as number) & 248
  octets[31] = ((octets[31] as number) & 127) | 64
  return octets
}

/** The public key of a private key. */
export const publicKeyOf = (privateKey: Uint8Array): Uint8Array => multiplied(privateKey, 9n)

/** What the owner of a private key shares with the owner of a public one; `undefined` for a point that shares nothing (RFC 7748 § 6.1). */
export function sharedSecret(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined {
  const point = numberOf(publicKey) & ((1n << 255n) - 1n)
  const secret = multiplied(privateKey, mod(point))
  return secret.some((octet) => octet !== 0) ? secret : undefined
}

const numberOf = (octets: Uint8Array): bigint => octets.reduceRight((sum, octet) => (sum << 8n) | BigInt(octet), 0n)

/** A point, taken as often as a private key says: the Montgomery ladder (RFC 7748 § 5, `x25519`). */
function multiplied(privateKey: Uint8Array, start: bigint): Uint8Array {
  const scalar = numberOf(clamped(privateKey))
  let [x2, z2, x3, z3] = [1n, 0n, start, 1n]
  for (let bit = 254n; bit >= 0n; bit--) {
    const swap = (scalar >> bit) & 1n
    if (swap) [x2, z2, x3, z3] = [x3, z3, x2, z2]
    const [sum, difference] = [x2 + z2, x2 - z2]
    const [aa, bb] = [mod(sum * sum), mod(difference * difference)]
    const e = aa - bb
    const [da, cb] = [mod((x3 - z3) * sum), mod((x3 + z3) * difference)]
    x3 = mod((da + cb) ** 2n)
    z3 = mod(start * mod((da - cb) ** 2n))
    x2 = mod(aa * bb)
    z2 = mod(e * (aa + 121665n * e))
    if (swap) [x2, z2, x3, z3] = [x3, z3, x2, z2]
  }
  const point = mod(x2 * power(z2, prime - 2n))
  return Uint8Array.from({ length: 32 }, (_, at) => Number((point >> BigInt(8 * at)) & 255n))
}
