/** What a port counts, by cause. @module */
import type { PortCounters } from '@vnet/core'

const [EIO, ENOMEM, EINVAL, EMSGSIZE, ENOBUFS] = [5, 12, 22, 90, 105] as const

/** Counters that grow. */
export class Tally {
  readFrames: number = 0
  readOctets: number = 0
  writtenFrames: number = 0
  writtenOctets: number = 0
  cut: number = 0
  unsplittable: number = 0
  tooLong: number = 0
  private malformed = 0
  private linkDown = 0
  private noMemory = 0
  private otherwise = 0

  /** Counts a frame that the kernel refused. */
  refuse(errno: number): void {
    if (errno === EINVAL) this.malformed++
    else if (errno === EIO) this.linkDown++
    else if (errno === ENOMEM || errno === ENOBUFS) this.noMemory++
    else if (errno === EMSGSIZE) this.tooLong++
    else this.otherwise++
  }

  /** The counters of now. */
  snapshot(): PortCounters {
    const { readFrames, readOctets, writtenFrames, writtenOctets } = this
    const { malformed, linkDown, noMemory, tooLong, otherwise, cut, unsplittable } = this
    const dropped = { malformed, linkDown, noMemory, tooLong, otherwise, cut, unsplittable }
    return { readFrames, readOctets, writtenFrames, writtenOctets, dropped }
  }
}
