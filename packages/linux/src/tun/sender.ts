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

/** Converted frames; those from `sent` on are still to be written. */
interface Pending {
  readonly batch: FrameBatch
  sent: number
  /** Parts of a super-frame that the kernel refused: if it takes any, super-frames are split from then on. */
  readonly isTrial: boolean
}

/** Writes batches. */
export class Sender {
  private readonly parts: SenderParts
  private readonly refused = new Int32Array(1 + 2 * 4096)
  private scratch: FrameBatch | undefined
  private parted: FrameBatch | undefined
  /** What is to be written before anything else, the last of them first. */
  private readonly pending: Pending[] = []
  /** Whether the kernel has refused a super-frame: then they are split here. */
  private splits = false

  /** For a port. */
  constructor(parts: SenderParts) {
    this.parts = parts
  }

  /** Writes frames from number `from` on; how many were taken, or a negative error number for a descriptor that is unusable. */
  write(fd: number, batch: FrameBatch, from: number): number {
    const flushed = this.flush(fd)
    if (flushed <= 0) return flushed
    if (batch.count <= from) return 0
    const { headerSize, merge } = this.parts
    if (this.splits && batch.headerSize > 0) return this.convert(fd, batch, from)
    if (merge && batch.headerSize === 0) return this.convert(fd, batch, from)
    if (batch.headerSize === headerSize) return this.asItIs(fd, batch, from)
    if (batch.headerSize === 0 && batch.headroom >= headerSize) {
      // There is room in front: a header of zeros says that there is nothing to do.
      for (let i = from; i < batch.count; i++) batch.slab.fill(0, batch.offset(i) - headerSize, batch.offset(i))
      return this.asItIs(fd, batch, from)
    }
    return this.convert(fd, batch, from)
  }

  /** Writes a batch of the caller's, and the parts of what the kernel refused of it. */
  private asItIs(fd: number, batch: FrameBatch, from: number): number {
    const taken = this.direct(fd, batch, from)
    this.flush(fd)
    return taken
  }

  /** Writes what is left of conversions: 1 when nothing is left, 0 when it would block, or a negative error number. */
  private flush(fd: number): number {
    for (let top = this.pending.at(-1); top !== undefined; top = this.pending.at(-1)) {
      const { batch, isTrial } = top
      if (top.sent >= batch.count) {
        this.pending.pop()
        continue
      }
      const taken = this.direct(fd, batch, top.sent)
      if (taken <= 0) return taken
      top.sent += taken
      if (isTrial && taken > (this.refused[0] as number)) this.splits = true
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
    if (failed > 0) octets -= this.account(batch, failed)
    tally.writtenOctets += octets
    return taken
  }

  /** Counts refused frames; returns their octets. Super-frames that the kernel does not take are split. */
  private account(batch: FrameBatch, failed: number): number {
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
    for (const frame of again.reverse()) this.splitRefused(batch, frame)
    return octets
  }

  /** Beside what is under way: the frame may lie in the batch that conversions go through, with others behind it. */
  private splitRefused(batch: FrameBatch, frame: number): void {
    const one = FrameBatch.of({ ...batch.parts(), spans: batch.spans.slice(2 * frame, 2 * frame + 2), count: 1 })
    this.parted = this.cleared(this.parted)
    const { parted } = this
    const progress = beginning()
    plainInto(parted, one, progress, this.parts.kind, true)
    this.note(progress)
    if (parted.count === 0) return
    const end = parted.offset(parted.count - 1) + parted.length(parted.count - 1)
    const copy = { ...parted.parts(), slab: parted.slab.slice(0, end), spans: parted.spans.slice(0, 2 * parted.count) }
    this.pending.push({ batch: FrameBatch.of(copy), sent: 0, isTrial: true })
  }

  /** Converts and writes, a scratch batch at a time. Frames count as taken once they are in the scratch batch. */
  private convert(fd: number, batch: FrameBatch, from: number): number {
    const progress = beginning(from)
    let result = 1
    while (progress.frame < batch.count && result === 1) {
      this.scratch = this.cleared(this.scratch)
      const { scratch } = this
      this.fill(scratch, batch, progress)
      this.pending.push({ batch: scratch, sent: 0, isTrial: false })
      result = this.flush(fd)
    }
    this.note(progress)
    if (result < 0 && progress.frame === from) return result
    return progress.frame - from
  }

  /** An empty batch for what goes to the descriptor. */
  private cleared(scratch: FrameBatch | undefined): FrameBatch {
    const batch = scratch ?? new FrameBatch({ frames: 1024, octets: SCRATCH })
    batch.clear()
    batch.headerSize = this.parts.headerSize
    return batch
  }

  private note({ unsplittable, tooLong }: Progress): void {
    const { tally } = this.parts
    tally.unsplittable += unsplittable
    tally.tooLong += tooLong
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
