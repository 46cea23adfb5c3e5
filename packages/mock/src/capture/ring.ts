/** What a capture holds until it is read: octets and surroundings of frames, up to so many octets (`net/packet/af_packet.c`). @module */
import type { CaptureBatch } from '@vnet/core'

/** A captured frame. */
export interface Captured {
  readonly octets: Uint8Array
  readonly seconds: number
  readonly nanoseconds: number
  readonly originalLength: number
  readonly link: number
  readonly format: number
  readonly packetType: number
}

/** Octets that the kernel writes before each frame, and what it aligns frames to (`TPACKET3_HDRLEN`, `TPACKET_ALIGNMENT`). */
const overhead = 82
const alignment = 16

/** The ring. */
export class Ring {
  readonly #size: number
  #frames: Captured[] = []
  #first = 0
  #used = 0
  #isFull = false
  received = 0
  dropped = 0
  freezes = 0

  /** @param size Octets. */
  constructor(size: number) {
    this.#size = size
  }

  /** Whether something is there. */
  get hasFrame(): boolean {
    return this.#first < this.#frames.length
  }

  /** Takes a frame, or drops and counts it. */
  put(frame: Captured): void {
    this.received++
    const room = roomOf(frame)
    if (this.#used + room > this.#size) {
      this.dropped++
      if (!this.#isFull) this.freezes++
      this.#isFull = true
      return
    }
    this.#isFull = false
    this.#used += room
    this.#frames.push(frame)
  }

  /** Fills a batch, which is empty; the number of frames. */
  take(batch: CaptureBatch): number {
    while (this.hasFrame) {
      const frame = this.#frames[this.#first] as Captured
      if (!batch.add(frame.octets)) break
      batch.describe(frame)
      this.#first++
      this.#used -= roomOf(frame)
    }
    if (!this.hasFrame || this.#first > 1024) {
      this.#frames = this.#frames.slice(this.#first)
      this.#first = 0
    }
    return batch.count
  }
}

const roomOf = ({ octets }: Captured): number => (overhead + octets.length + alignment - 1) & -alignment
