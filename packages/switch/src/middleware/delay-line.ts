/** Frames that are held back, each until its time, at most so many. @module */
import type { FrameBatch } from '@vnet/core'

/** A copy of a frame, with its virtio header. */
interface Held {
  readonly at: number
  readonly header: Uint8Array
  readonly bytes: Uint8Array
}

/** A queue in order of time; frames of one time keep their order. */
export class DelayLine {
  readonly #held: Held[] = []
  readonly #limit: number

  /** @param limit Most frames. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Frames that are held. */
  get length(): number {
    return this.#held.length
  }

  /** Whether no frame fits any more. */
  get full(): boolean {
    return this.#held.length >= this.#limit
  }

  /** When the first one is due; `undefined` where there is none. */
  get next(): number | undefined {
    return this.#held[0]?.at
  }

  /** Holds a frame back until `at`. */
  add(bytes: Uint8Array, header: Uint8Array, at: number): void {
    let low = 0
    let high = this.#held.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#held[middle] as Held).at <= at) low = middle + 1
      else high = middle
    }
    this.#held.splice(low, 0, { at, header, bytes })
  }

  /** Fills `batch` with what is due, as far as it fits, and returns how many frames of the line that are. They stay held. */
  show(batch: FrameBatch, now: number): number {
    batch.clear()
    let shown = 0
    for (const { at, header, bytes } of this.#held) {
      if (at > now) break
      if (batch.count > 0 && header.length !== batch.headerSize) break
      if (batch.count === 0) batch.headerSize = header.length
      if (!batch.add(bytes)) break
      if (header.length > 0) batch.header(batch.count - 1).set(header)
      shown++
    }
    return shown
  }

  /** Gives the first frames away. */
  remove(count: number): void {
    this.#held.splice(0, count)
  }
}
