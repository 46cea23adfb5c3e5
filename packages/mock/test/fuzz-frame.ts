/** Frames made of others by chance. @module */
import { fillChecksums } from '@vnet/wire'

/** A number below a limit, from a seed (xorshift32). */
export function generator(start: number): (limit: number) => number {
  let state = start | 1
  return (limit) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % limit
  }
}

/** A frame of a corpus with some octets changed, cut, grown or with a piece of another; half of them with right checksums. */
export function randomFrame(corpus: readonly Uint8Array[], random: (limit: number) => number): Uint8Array {
  const model = corpus[random(corpus.length)] as Uint8Array
  const frame = new Uint8Array(model.length + (random(6) === 0 ? random(60) : 0))
  frame.set(model)
  for (let changes = random(5); changes > 0; changes--) {
    // Most of them in the headers.
    const at = random(random(3) === 0 ? frame.length : Math.min(frame.length, 80))
    const way = random(4)
    if (way === 0) frame[at] = random(256)
    else if (way === 1) frame[at] = (frame[at] as number) ^ (1 << random(8))
    else if (way === 2) frame[at] = [0, 1, 0x7f, 0x80, 0xff, 4, 8][random(7)] as number
    else {
      const other = corpus[random(corpus.length)] as Uint8Array
      const from = random(other.length)
      frame.set(other.subarray(from, from + Math.min(random(40), frame.length - at)), at)
    }
  }
  const whole = random(8) === 0 ? frame.subarray(0, random(frame.length + 1)) : frame
  if (random(2) === 0) fillChecksums(whole, 0, whole.length)
  return whole
}
