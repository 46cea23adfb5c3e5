/** MD5 (RFC 1321), which CHAP needs and browsers do not have; HMAC over it (RFC 2104). Not for anything new. @module */

/** Bits that each step of a round turns by. */
const turns = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21]

/** The constants of the 64 steps: whole parts of 2^32 times the sines of 1 to 64 (RFC 1321 § 3.4). */
const sines = Int32Array.from({ length: 64 }, (_, i) => Math.floor(Math.abs(Math.sin(i + 1)) * 4_294_967_296))

/** The octets of a block. */
const BLOCK = 64

/** The digest of some octets in a row: 16 octets. */
export function md5(...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((size, part) => size + part.length, 0)
  const message = new Uint8Array(Math.ceil((length + 9) / BLOCK) * BLOCK)
  let at = 0
  for (const part of parts) {
    message.set(part, at)
    at += part.length
  }
  message[length] = 0x80
  const view = new DataView(message.buffer)
  view.setUint32(message.length - 8, length << 3, true)
  view.setUint32(message.length - 4, Math.floor(length / 0x20000000), true)
  const state = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476)
  for (let block = 0; block < message.length; block += BLOCK) mix(state, view, block)
  const digest = new Uint8Array(16)
  const out = new DataView(digest.buffer)
  for (let i = 0; i < 4; i++) out.setInt32(i * 4, state[i] as number, true)
  return digest
}

/** Mixes a block into the state. */
function mix(state: Int32Array, view: DataView, block: number): void {
  let [a, b, c, d] = state as unknown as [number, number, number, number]
  for (let i = 0; i < 64; i++) {
    const round = i >> 4
    let chosen: number
    let word: number
    if (round === 0) [chosen, word] = [(b & c) | (~b & d), i]
    else if (round === 1) [chosen, word] = [(b & d) | (c & ~d), (5 * i + 1) & 15]
    else if (round === 2) [chosen, word] = [b ^ c ^ d, (3 * i + 5) & 15]
    else [chosen, word] = [c ^ (b | ~d), (7 * i) & 15]
    const sum = (a + chosen + (sines[i] as number) + view.getInt32(block + word * 4, true)) | 0
    const turn = turns[round * 4 + (i & 3)] as number
    ;[a, d, c, b] = [d, c, b, (b + ((sum << turn) | (sum >>> (32 - turn)))) | 0]
  }
  state[0] = (state[0] as number) + a
  state[1] = (state[1] as number) + b
  state[2] = (state[2] as number) + c
  state[3] = (state[3] as number) + d
}

/** HMAC with MD5 (RFC 2104): proves that octets come from who has the key, which is at most 64 octets long. */
export function hmacMd5(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const pad = (octet: number) => Uint8Array.from({ length: BLOCK }, (_, i) => (key[i] ?? 0) ^ octet)
  return md5(pad(0x5c), md5(pad(0x36), ...parts))
}
