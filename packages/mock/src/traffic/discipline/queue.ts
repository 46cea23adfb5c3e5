/** Frames that wait, in order (`struct qdisc_skb_head`). @module */
import type { Frame } from '../../stack/frame.js'

/** A frame that waits in a discipline. */
export class QueuedFrame {
  /** It may be marked or damaged while it waits. */
  frame: Frame
  /** Octets that it counts as: a tag, which the kernel keeps beside the frame, is none of them. */
  readonly length: number
  /** Cables that it has crossed; see the backlog. */
  readonly crossed: number
  /** When it came, or when it may go; nanoseconds. */
  time = 0

  constructor(frame: Frame, length: number, crossed: number) {
    this.frame = frame
    this.length = length
    this.crossed = crossed
  }
}

/** A queue. */
export class Queue {
  #frames: QueuedFrame[] = []
  #first = 0
  /** Octets that wait. */
  octets = 0

  /** Frames that wait. */
  get length(): number {
    return this.#frames.length - this.#first
  }

  /** The frame that is next. */
  get first(): QueuedFrame | undefined {
    return this.#frames[this.#first]
  }

  /** The frame that came last. */
  get last(): QueuedFrame | undefined {
    return this.#frames[this.#frames.length - 1]
  }

  /** A frame begins to wait, behind all others. */
  push(frame: QueuedFrame): void {
    this.#frames.push(frame)
    this.octets += frame.length
  }

  /** A frame begins to wait, before those that may go later than it. */
  insert(frame: QueuedFrame): void {
    let low = this.#first
    let high = this.#frames.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#frames[middle] as QueuedFrame).time <= frame.time) low = middle + 1
      else high = middle
    }
    this.#frames.splice(low, 0, frame)
    this.octets += frame.length
  }

  /** A frame begins to wait, before all others. */
  unshift(frame: QueuedFrame): void {
    this.#frames.splice(this.#first, 0, frame)
    this.octets += frame.length
  }

  /** Takes the next one out. */
  shift(): QueuedFrame | undefined {
    const frame = this.#frames[this.#first]
    if (frame === undefined) return undefined
    this.#first++
    this.octets -= frame.length
    // What was taken out is let go of, now and then.
    if (this.#first === this.#frames.length) {
      this.#frames = []
      this.#first = 0
    } else if (this.#first > 1024) {
      this.#frames = this.#frames.slice(this.#first)
      this.#first = 0
    }
    return frame
  }

  /** Drops all, and tells of each. */
  clear(dropped: (frame: QueuedFrame) => void): void {
    for (const frame of this.#frames.slice(this.#first)) dropped(frame)
    this.#frames = []
    this.#first = 0
    this.octets = 0
  }
}
