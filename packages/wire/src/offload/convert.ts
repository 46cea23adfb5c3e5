/** Frames between ports that differ: super-frames split, checksums finished, virtio headers added. @module */
import type { FrameBatch } from '@vnet/core'
import { type Plan, planOf, splitInto } from './segment.js'
import { completeChecksum, isSuper, readVirtioHeader } from './virtio-header.js'
import { VIRTIO_NET_HDR_F_NEEDS_CSUM } from './virtio-number.js'

/** Where a conversion stands: frames of the source that are done, and segments of the one under way. */
export interface Progress {
  /** The frame of the source that comes next. */
  frame: number
  /** Its first segment that is not out yet. */
  segment: number
  /** Frames that could not be converted and were left out, since this was made. */
  unsplittable: number
  /** Frames that fit in no batch of this size, since this was made. */
  tooLong: number
}

/** The start of a conversion. */
export const beginning = (frame = 0): Progress => ({ frame, segment: 0, unsplittable: 0, tooLong: 0 })

/**
 * Appends the frames of `from` to `to` as a wire would carry them: super-frames split, checksums finished (in `from` too).
 * Where `to` has virtio headers theirs are zero. Stops where `to` is full, in the middle of a
 * super-frame unless they shall stay `together`; go on with the same `progress`, after clearing `to`.
 */
export function plainInto(
  to: FrameBatch,
  from: FrameBatch,
  progress: Progress,
  kind: 'tun' | 'tap',
  together = false,
): void {
  const { slab, headerSize } = from
  for (; progress.frame < from.count; progress.frame++) {
    const [start, length] = [from.offset(progress.frame), from.length(progress.frame)]
    if (headerSize === 0 || !isSuper(slab, start, headerSize)) {
      if (headerSize > 0 && !complete(slab, start, length, headerSize)) progress.unsplittable++
      else if (!to.add(from.frame(progress.frame))) {
        if (to.count > 0) return
        progress.tooLong++
      }
      continue
    }
    const plan = planOf(slab, start, length, readVirtioHeader(slab, start, headerSize), kind)
    if (plan === undefined) {
      progress.unsplittable++
      continue
    }
    if (together && !fits(to, plan)) {
      if (to.count > 0) return
      progress.tooLong++
      continue
    }
    progress.segment = splitInto(to, slab, start, length, plan, progress.segment)
    if (progress.segment < plan.segments) {
      if (to.count > 0) return
      progress.tooLong++
    }
    progress.segment = 0
  }
}

/** Whether all segments have room. */
function fits(to: FrameBatch, plan: Plan): boolean {
  const { count, capacity, headroom, headerSize, slab } = to
  const end = count === 0 ? 0 : to.offset(count - 1) + to.length(count - 1)
  const each = plan.payload + plan.size + headroom + headerSize + 64
  return count + plan.segments <= capacity && end + 64 + plan.segments * each <= slab.length
}

/** Finishes a frame's checksum, and says so in its header. */
export function complete(slab: Uint8Array, start: number, length: number, headerSize: number): boolean {
  const done = completeChecksum(slab, start, length, readVirtioHeader(slab, start, headerSize))
  if (done) slab[start - headerSize] = (slab[start - headerSize] as number) & ~VIRTIO_NET_HDR_F_NEEDS_CSUM
  return done
}

/** Appends frames with the virtio headers that they have, or zero ones; the sizes of the headers may differ. */
export function headedInto(to: FrameBatch, from: FrameBatch, progress: Progress): void {
  const octets = Math.min(10, to.headerSize, from.headerSize)
  for (; progress.frame < from.count; progress.frame++) {
    const start = to.reserve(from.length(progress.frame))
    if (start < 0) {
      if (to.count > 0) return
      progress.tooLong++
      continue
    }
    to.slab.set(from.frame(progress.frame), start)
    if (octets > 0) to.slab.set(from.header(progress.frame).subarray(0, octets), start - to.headerSize)
  }
}
