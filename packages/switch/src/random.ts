/** Chance as an argument. @module */

/** A number from 0 up to, but not including, 1. */
export type Random = () => number

/** Random numbers that are the same for the same seed, a whole number of 32 bits (Mulberry32). Not for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
