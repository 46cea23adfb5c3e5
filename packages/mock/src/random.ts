/** Random numbers that are the same for the same seed. @module */

/** A source of random octets; its whole state is one number. */
export interface Random {
  /** The state, 32 bits; saved with a snapshot. */
  state: number
}

/** The next 32 random bits (Mulberry32). */
export function next(random: Random): number {
  random.state = (random.state + 0x6d2b79f5) >>> 0
  let t = random.state
  t = Math.imul(t ^ (t >>> 15), t | 1)
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
  return (t ^ (t >>> 14)) >>> 0
}

/** A random unicast, locally administered MAC, as the kernel's `eth_random_addr`. */
export function randomMac(random: Random): Uint8Array {
  const high = next(random)
  const low = next(random)
  const octets = Uint8Array.of(high >>> 8, high, low >>> 24, low >>> 16, low >>> 8, low)
  octets[0] = ((octets[0] as number) & 0xfe) | 0x02
  return octets
}

/** Some random octets. */
export function randomOctets(random: Random, count: number): Uint8Array {
  const octets = new Uint8Array(count)
  for (let i = 0; i < count; i++) octets[i] = next(random) >>> 24
  return octets
}

/** A number from 0 to 1, without 1. */
export function fraction(random: Random): number {
  return next(random) / 0x1_0000_0000
}
