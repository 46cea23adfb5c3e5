/** Writes batches to a descriptor, converted where the port's frames look other than the batch's. @module */
import { FrameBatch } from '@vnet/core'
import { beginning, headedInto, isSuper, mergeInto, type Progress, plainInto } from '@vnet/wire/offload'
import type { Syscalls } from '../syscalls.js'
import type { Tally } from './tally.js'

const EINVAL = 22
/** Octets of the batch that conversions go through: room for a whole super-frame in segments, several times. */
const SCRATCH = 1024 * 1024

/** What a sender is made of. */
export interface SenderParts {
  readonly syscalls: Syscalls
  readonly kind: 'tun' | 'tap'
  /** Octets of virtio header on the descriptor, 0 for none. */
  readonly headerSize: number
  readonly merge: boolean
  readonly tally: Tally
}

/** Writes batches. */
export class Sender {
  private readonly parts: SenderParts
  private readonly refused = new Int32Array(1 + 2 * 4096)
  /** Converted frames; those from `sent` on are still to be written, before anything else. */
  private scratch: FrameBatch | undefined
  private sent = 0
  /** Whether the kernel has refused a super-frame: then they are split here. */
  private splits = false

  /** For a port. */
  constructor(parts: SenderParts) {
    this.parts = parts
  }

  /** Writes frames from number `from` on; how many were taken, or a negative error number for a descriptor that is unusable. */
  write(fd: number, batch: FrameBatch, from: number): number {
    if (this.scratch !== undefined && this.sent < this.scratch.count) {
      const flushed = this.flush(fd)
      if (flushed <= 0) return flushed
    }
    if (batch.count <= from) return 0
    const { headerSize, merge } = this.parts
    if (this.splits && batch.headerSize > 0) return this.convert(fd, batch, from)
    if (merge && batch.headerSize === 0) return this.convert(fd, batch, from)
    if (batch.headerSize === headerSize) return this.direct(fd, batch, from)
    if (batch.headerSize === 0 && batch.headroom >= headerSize) {
      // There is room in front: a header of zeros says that there is nothing to do.
      for (let i = from; i < batch.count; i++) batch.slab.fill(0, batch.offset(i) - headerSize, batch.offset(i))
      return this.direct(fd, batch, from)
    }
    return this.convert(fd, batch, from)
  }

  /** Writes what is left of a conversion: 1 when nothing is left, 0 when it would block, or a negative error number. */
  private flush(fd: number): number {
    const scratch = this.scratch as FrameBatch
    while (this.sent < scratch.count) {
      const taken = this.direct(fd, scratch, this.sent)
      if (taken <= 0) return taken
      this.sent += taken
    }
    return 1
  }

  private direct(fd: number, batch: FrameBatch, from: number): number {
    const { syscalls, headerSize, tally } = this.parts
    const { refused } = this
    const { spans, count } = batch
    const taken = syscalls.writeBatch(fd, batch.slab, spans, from, count, headerSize, refused)
    if (taken <= 0) return taken
    let octets = 0
    for (let i = from; i < from + taken; i++) octets += spans[2 * i + 1] as number
    const failed = refused[0] as number
    tally.writtenFrames += taken - failed
    if (failed > 0) octets -= this.account(fd, batch, failed)
    tally.writtenOctets += octets
    return taken
  }

  /** Counts refused frames; returns their octets. Super-frames that the kernel does not take are split, now and from now on. */
  private account(fd: number, batch: FrameBatch, failed: number): number {
    const { headerSize, tally } = this.parts
    let octets = 0
    const again: number[] = []
    for (let i = 0; i < failed; i++) {
      const frame = this.refused[1 + 2 * i] as number
      const errno = this.refused[2 + 2 * i] as number
      octets += batch.length(frame)
      const retry =
        errno === EINVAL && headerSize > 0 && !this.splits && isSuper(batch.slab, batch.offset(frame), headerSize)
      if (retry) again.push(frame)
      else tally.refuse(errno)
    }
    for (const frame of again) this.splitRefused(fd, batch, frame)
    return octets
  }

  private splitRefused(fd: number, batch: FrameBatch, frame: number): void {
    const { tally } = this.parts
    const one = FrameBatch.of({ ...batch.parts(), spans: batch.spans.slice(2 * frame, 2 * frame + 2), count: 1 })
    const before = tally.snapshot().writtenFrames
    this.splits = true
    const taken = this.convert(fd, one, 0)
    // Not because it was a super-frame, if its segments are refused as well.
    if (taken < 1 || tally.snapshot().writtenFrames === before) this.splits = false
  }

  /** Converts and writes, a scratch batch at a time. Frames count as taken once they are in the scratch batch. */
  private convert(fd: number, batch: FrameBatch, from: number): number {
    this.scratch ??= new FrameBatch({ frames: 1024, octets: SCRATCH })
    const { scratch } = this
    const { tally, headerSize } = this.parts
    const progress = beginning(from)
    let result = 1
    while (progress.frame < batch.count && result === 1) {
      scratch.clear()
      scratch.headerSize = headerSize
      this.sent = 0
      this.fill(scratch, batch, progress)
      result = scratch.count === 0 ? 1 : this.flush(fd)
    }
    tally.unsplittable += progress.unsplittable
    tally.tooLong += progress.tooLong
    if (result < 0 && progress.frame === from) return result
    return progress.frame - from
  }

  private fill(scratch: FrameBatch, batch: FrameBatch, progress: Progress): void {
    const { kind, headerSize, merge } = this.parts
    if (headerSize === 0 || this.splits) plainInto(scratch, batch, progress, kind, true)
    else if (merge && batch.headerSize === 0) {
      const next = mergeInto(scratch, batch, progress.frame, kind)
      if (next === progress.frame) {
        progress.tooLong++
        progress.frame++
      } else progress.frame = next
    } else headedInto(scratch, batch, progress)
  }
}
