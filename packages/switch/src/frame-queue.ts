/** Copies of frames that wait for a port, at most so many. @module */
import { FrameBatch } from '@vnet/core'

/** A queue in two batches: one is written from the front, the other takes what comes in meanwhile. */
export class FrameQueue {
  #front: FrameBatch
  #back: FrameBatch
  readonly #frames: number
  /** Frames of the front that are gone. */
  #gone = 0

  /**
   * @param frames Most frames that wait.
   * @param octets Octets for each of the two batches.
   */
  constructor(frames: number, octets: number) {
    this.#frames = frames
    this.#front = new FrameBatch({ frames, octets })
    this.#back = new FrameBatch({ frames, octets })
  }

  /** Frames that wait. */
  get length(): number {
    return this.#front.count - this.#gone + this.#back.count
  }

  /** Copies a frame, with its virtio header, to the end; `false` where it does not fit. */
  add(batch: FrameBatch, i: number): boolean {
    if (this.length >= this.#frames) return false
    const back = this.#back
    if (back.count === 0) {
      back.clear()
      back.headerSize = batch.headerSize
    }
    // Frames without a header stand among others with one that says nothing; the other way round they do not fit.
    if (batch.headerSize > back.headerSize) return false
    const start = batch.offset(i)
    const length = batch.length(i)
    const at = back.reserve(length)
    if (at < 0) return false
    back.slab.set(batch.slab.subarray(start, start + length), at)
    if (batch.headerSize > 0) {
      back.slab.set(batch.slab.subarray(start - batch.headerSize, start), at - back.headerSize)
    }
    return true
  }

  /** Gives the frames from the front to `write`, which takes as many as it can; returns whether all are gone. */
  drain(write: (batch: FrameBatch, from: number) => number): boolean {
    for (;;) {
      if (this.#gone === this.#front.count) {
        this.#front.clear()
        this.#gone = 0
        if (this.#back.count === 0) return true
        const full = this.#back
        this.#back = this.#front
        this.#front = full
      }
      this.#gone += write(this.#front, this.#gone)
      if (this.#gone < this.#front.count) return false
    }
  }

  /** Forgets all frames. */
  clear(): void {
    this.#front.clear()
    this.#back.clear()
    this.#gone = 0
  }
}
