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
  #unsplittable = 0
  #tooLong = 0
  readonly #refused: { [R in WriteRefusal]: number } = { malformed: 0, linkDown: 0 }

  /** Counts a written frame that was refused. */
  refuse(why: WriteRefusal): void {
    this.#refused[why]++
  }

  /** Counts what a conversion left out. */
  convert({ unsplittable, tooLong }: { readonly unsplittable: number; readonly tooLong: number }): void {
    this.#unsplittable += unsplittable
    this.#tooLong += tooLong
  }

  /** The counters of now. */
  snapshot(): PortCounters {
    const { readFrames, readOctets, writtenFrames, writtenOctets, cut } = this
    const { malformed, linkDown } = this.#refused
    const [unsplittable, tooLong] = [this.#unsplittable, this.#tooLong]
    // Memory does not run out here.
    const dropped = { malformed, linkDown, noMemory: 0, tooLong, otherwise: 0, cut, unsplittable }
    return { readFrames, readOctets, writtenFrames, writtenOctets, dropped }
  }
}
