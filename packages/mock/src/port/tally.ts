/** What a port counts. @module */
import type { PortCounters } from '@vnet/core'
import type { WriteRefusal } from '../kind/tun-frame.js'

/** Counters that grow. */
export class Tally {
  readFrames = 0
  readOctets = 0
  writtenFrames = 0
  writtenOctets = 0
  cut = 0
  readonly #refused: { [R in WriteRefusal]: number } = { malformed: 0, linkDown: 0 }

  /** Counts a written frame that was refused. */
  refuse(why: WriteRefusal): void {
    this.#refused[why]++
  }

  /** The counters of now. */
  snapshot(): PortCounters {
    const { readFrames, readOctets, writtenFrames, writtenOctets, cut } = this
    const { malformed, linkDown } = this.#refused
    // Memory does not run out here, and nothing is too long or has super-frames to split.
    const dropped = { malformed, linkDown, noMemory: 0, tooLong: 0, otherwise: 0, cut, unsplittable: 0 }
    return { readFrames, readOctets, writtenFrames, writtenOctets, dropped }
  }
}
