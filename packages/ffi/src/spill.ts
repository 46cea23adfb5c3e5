/** Where the ends of frames go that are longer than their slots: reads by io_uring into two pieces (`struct iovec`). @module */
import type { Libc } from './libc.js'
import { ENTRIES } from './ring.js'

/** The longest end: a frame of 64 KiB with its headers. The memory is not taken before it is needed. */
const TAIL = 65_664
/** 32-bit words of a pair of `struct iovec`: two addresses and two lengths of 64 bits. */
const WORDS = 8
const HIGH = 2 ** 32

/** A pair of pieces for each operation of a submission: the slot of a frame, and behind it the room for its end. */
export class Spill {
  private readonly tails = new Uint8Array(ENTRIES * TAIL)
  private readonly pairs = new Uint32Array(ENTRIES * WORDS)
  private readonly address: number

  /** For a thread. */
  constructor(libc: Libc) {
    const { tails, pairs } = this
    this.address = libc.addressOf(new Uint8Array(pairs.buffer))
    const base = libc.addressOf(tails)
    for (let i = 0; i < ENTRIES; i++) {
      const at = base + i * TAIL
      const high = Math.floor(at / HIGH)
      pairs.set([at - high * HIGH, high, TAIL], i * WORDS + 4)
    }
  }

  /** Gives operation `i` a slot of `length` octets at `address`; returns where its pair lies. */
  pair(i: number, address: number, length: number): number {
    const { pairs } = this
    const at = i * WORDS
    const high = Math.floor(address / HIGH)
    pairs[at] = address - high * HIGH
    pairs[at + 1] = high
    pairs[at + 2] = length
    return this.address + at * 4
  }

  /** The first `octets` of what did not fit in the slot of operation `i`. */
  tail(i: number, octets: number): Uint8Array {
    return this.tails.subarray(i * TAIL, i * TAIL + octets)
  }
}
