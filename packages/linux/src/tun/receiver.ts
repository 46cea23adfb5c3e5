/** Reads batches from the queues of a port, and splits what was read where plain frames are wanted. @module */
import { FrameBatch } from '@vnet/core'
import { beginning, plainInto } from '@vnet/wire/offload'
import type { Syscalls } from '../syscalls.js'
import type { Lane } from './lane.js'
import type { Tally } from './tally.js'

/** Batches that a wake of the loop may fill before everything else gets its turn. */
const TURNS = 4
/** The largest frame there is: an IP packet behind an Ethernet header with a VLAN tag, or behind packet information. */
const LARGEST = 65_535 + 18 + 4
const LINK_HEADERS = 18 + 4
/** Octets of a batch for super-frames. */
const SUPER_SLAB = 262_144

/** What a receiver is made of. */
export interface ReceiverParts {
  /** The port's name, for errors. */
  readonly name: string
  readonly syscalls: Syscalls
  readonly kind: 'tun' | 'tap'
  readonly mtu: number
  readonly batchSize: number
  /** Octets of virtio header on the descriptors, 0 for none. */
  readonly headerSize: number
  /** Whether super-frames are split before they are handed out. */
  readonly split: boolean
  /** The port's queues; grows with it. */
  readonly lanes: readonly Lane[]
  readonly tally: Tally
}

/** Reads batches. */
export class Receiver {
  /** Reads that may be tried before the loop has to say that there is something. */
  turns: number = 1
  private readonly parts: ReceiverParts
  private next = 0
  /** Octets that a frame has, as far as the MTU goes that the link had when it was opened. */
  private readonly usual: number
  /** Octets that a frame can have whatever becomes of the MTU, and one more, so that one that was cut shows. */
  private readonly most: number
  /** What was read and is not all handed out, where super-frames are split. */
  private readonly inner: FrameBatch | undefined
  private progress = beginning()

  /** For a port. */
  constructor(parts: ReceiverParts) {
    const { headerSize, mtu, split } = parts
    this.parts = parts
    this.most = LARGEST + headerSize + 1
    this.usual = headerSize === 0 ? mtu + LINK_HEADERS + 1 : this.most
    if (split) this.inner = this.createBatch(0, false)
  }

  /** A batch that fits. */
  createBatch(headroom: number, shared: boolean): FrameBatch {
    const { batchSize, headerSize } = this.parts
    // Room for all frames, within reason, and for a largest one behind them. Few super-frames at a time: what was read is
    // still in the processor's cache when it is written.
    const wanted = headerSize > 0 ? SUPER_SLAB : Math.min(batchSize * (headroom + this.usual + 64), 1 << 20) + this.most
    const octets = Math.max(wanted, 262_144) + headroom
    return new FrameBatch({ frames: batchSize, octets, headroom, shared })
  }

  /** Throws where a frame might not fit in a batch. */
  check(batch: FrameBatch): void {
    const least = (this.inner === undefined ? this.usual : this.parts.mtu + LINK_HEADERS) + batch.headroom
    if (batch.slab.length >= least) return
    const octets = batch.slab.length
    throw new RangeError(
      `port read ${this.parts.name}: the batch has ${octets} octets, a frame may need ${least}: use createBatch`,
    )
  }

  /** The loop says that there is something. */
  wake(): void {
    this.turns = TURNS - 1
  }

  /**
   * Fills a batch with what is there: the number of frames, 0 when there is nothing, or a negative error number for a
   * descriptor that is unusable.
   */
  take(batch: FrameBatch): number {
    if (this.inner !== undefined) return this.takeSplit(batch, this.inner)
    return this.takeWhole(batch)
  }

  private takeWhole(batch: FrameBatch): number {
    const { lanes, headerSize, syscalls, batchSize } = this.parts
    for (let tries = lanes.length; tries > 0; tries--) {
      const lane = lanes[this.next % lanes.length] as Lane
      this.next++
      if (!lane.attached) continue
      const { slab, spans, headroom } = batch
      const limit = lanes.length === 1 ? lane.asking(batchSize) : batchSize
      // A batch of the caller's own may have less room: then a frame may be cut, when the MTU was raised.
      const most = Math.min(this.most, slab.length - headroom)
      const count = syscalls.readBatch(lane.fd, slab, spans, limit, headroom, headerSize, most)
      if (count < 0) return count
      if (count === 0) continue
      lane.found(count)
      batch.headerSize = headerSize
      // Fewer than fit: the queue is empty, and asking again would only be told so.
      const end = (spans[2 * count - 2] as number) + Math.abs(spans[2 * count - 1] as number)
      const hasRoom = end + 64 + headroom + most <= slab.length
      const isLess = hasRoom && count < Math.min(limit, batch.capacity)
      // What the binding holds needs no wake, and comes next.
      if (lane.holding || !hasRoom) lane.holding = syscalls.holds?.(lane.fd) ?? false
      if (lane.holding) {
        this.turns = Math.max(this.turns, 1)
        this.next--
      } else if ((isLess || limit === 1) && lanes.length === 1) this.turns = 0
      batch.count = this.countIn(spans, count)
      if (batch.count > 0) return batch.count
    }
    return 0
  }

  /** Counts what was read; takes frames that were cut out of the list. */
  private countIn(spans: Int32Array, count: number): number {
    const { tally } = this.parts
    let octets = 0
    let whole = 0
    for (let i = 0; i < count; i++) {
      const length = spans[2 * i + 1] as number
      if (length < 0) continue
      octets += length
      if (whole !== i) {
        spans[2 * whole] = spans[2 * i] as number
        spans[2 * whole + 1] = length
      }
      whole++
    }
    tally.cut += count - whole
    tally.readFrames += whole
    tally.readOctets += octets
    return whole
  }

  private takeSplit(batch: FrameBatch, inner: FrameBatch): number {
    const { progress } = this
    const { tally, kind } = this.parts
    for (;;) {
      if (progress.frame >= inner.count) {
        inner.clear()
        Object.assign(progress, beginning())
        const count = this.takeWhole(inner)
        if (count <= 0) return count
      }
      batch.clear()
      plainInto(batch, inner, progress, kind)
      tally.unsplittable += progress.unsplittable
      tally.tooLong += progress.tooLong
      progress.unsplittable = 0
      progress.tooLong = 0
      // What is left needs no wake: it is here.
      if (progress.frame < inner.count && this.turns === 0) this.turns = 1
      if (batch.count > 0) return batch.count
    }
  }
}
