/** Which address of a range a connection gets (`find_best_ips_proto`): by a hash (B. Jenkins' lookup3), so that it stays the same. @module */
import { sameOctets } from '../bits.js'
import type { Tuple } from './tuple.js'

type Triple = [a: number, b: number, c: number]

const rotated = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits))
/** What the hash begins with, beside the number of words. */
const golden = 0xdeadbeef

/** Stirs all but the last words. */
function mix(s: Triple): void {
  for (const [x, y, z, bits] of [
    [0, 2, 1, 4],
    [1, 0, 2, 6],
    [2, 1, 0, 8],
    [0, 2, 1, 16],
    [1, 0, 2, 19],
    [2, 1, 0, 4],
  ] as const) {
    s[x] = (s[x] - s[y]) | 0
    s[x] ^= rotated(s[y], bits)
    s[y] = (s[y] + s[z]) | 0
  }
}

/** Stirs the last words in. */
function final(s: Triple): void {
  for (const [x, y, bits] of [
    [2, 1, 14],
    [0, 2, 11],
    [1, 0, 25],
    [2, 1, 16],
    [0, 2, 4],
    [1, 0, 14],
    [2, 1, 24],
  ] as const)
    s[x] = ((s[x] ^ s[y]) - rotated(s[y], bits)) | 0
}

/** The hash of four 32-bit words. */
function hashOf(words: readonly [number, number, number, number], initial: number): number {
  const start = (golden + (4 << 2) + initial) | 0
  const s: Triple = [(start + words[0]) | 0, (start + words[1]) | 0, (start + words[2]) | 0]
  mix(s)
  s[0] = (s[0] + words[3]) | 0
  final(s)
  return s[2] >>> 0
}

/** The words of an address, as a little-endian machine reads them; those of IPv4 are followed by zeros. */
function wordsOf(octets: Uint8Array): [number, number, number, number] {
  const words: [number, number, number, number] = [0, 0, 0, 0]
  for (const [at, octet] of octets.entries())
    words[at >> 2] = ((words[at >> 2] as number) | (octet << ((at & 3) * 8))) >>> 0
  return words
}

const bigEndian = (octets: Uint8Array, at: number): number =>
  new DataView(octets.buffer, octets.byteOffset).getUint32(at)

/** An address of a range: for the same source always the same, and where it need not persist another for each destination. */
export function addressIn(
  [first, last]: readonly [Uint8Array, Uint8Array],
  { from, to }: Tuple,
  isPersistent: boolean,
): Uint8Array {
  if (sameOctets(first, last)) return first
  const words = wordsOf(to)
  const lastWord = first.length / 4 - 1
  let hash = hashOf(wordsOf(from), isPersistent ? 0 : (words[lastWord] as number))
  const chosen = first.slice()
  const view = new DataView(chosen.buffer)
  let isBelow = false
  for (let word = 0; word <= lastWord; word++) {
    // Once it is below the last address, what follows may be anything.
    const [least, most] = isBelow ? [0, 0xffffffff] : [bigEndian(first, word * 4), bigEndian(last, word * 4)]
    const count = isBelow ? 0xffffffff : most - least + 1
    const value = least + Number((BigInt(hash) * BigInt(count)) >> 32n)
    view.setUint32(word * 4, value)
    if (value !== bigEndian(last, word * 4)) isBelow = true
    if (!isPersistent) hash = (hash ^ (words[word] as number)) >>> 0
  }
  return chosen
}
