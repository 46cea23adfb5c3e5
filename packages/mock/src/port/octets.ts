/** Octets of frames, many from one buffer: a buffer for each would cost more than all else that is done for a frame. @module */

/** Octets of a buffer, and of the longest frame that shares one. */
const bufferSize = 262_144
const longest = 16_384

/** Gives out octets. A buffer goes once none of its frames is held any more. */
export class FrameOctets {
  #buffer = new Uint8Array(0)
  #used = 0

  /** A copy of `length` octets of `slab`. */
  copy(slab: Uint8Array, start: number, length: number): Uint8Array {
    if (length > longest) return slab.slice(start, start + length)
    if (this.#used + length > this.#buffer.length) {
      this.#buffer = new Uint8Array(bufferSize)
      this.#used = 0
    }
    const octets = this.#buffer.subarray(this.#used, this.#used + length)
    octets.set(slab.subarray(start, start + length))
    this.#used += length
    return octets
  }
}
