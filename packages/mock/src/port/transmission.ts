/** Gives the frames of written batches to the link of a port. @module */
import { FrameBatch } from '@vnet/core'
import { ethernetHeaderSize, macAt, macToNumber } from '@vnet/wire'
import {
  beginning,
  isSuper,
  mergeInto,
  plainInto,
  readVirtioHeader,
  VIRTIO_NET_HDR_F_NEEDS_CSUM,
} from '@vnet/wire/offload'
import { isTapLink, refusedTapLink, sendWritten } from '../kind/tap-link.js'
import { noteReceived, receiveTun, refusedTun, type WriteRefusal } from '../kind/tun-frame.js'
import type { Device } from '../object/device.js'
import { next } from '../random.js'
import { countRare } from '../stack/counters.js'
import { Frame } from '../stack/frame.js'
import { FrameOctets } from './octets.js'
import type { PortQueue } from './queue.js'
import { markSize, type PortWork } from './reception.js'
import { Cutter } from './unfinished.js'
import type { HeaderRefusal } from './virtio-verdict.js'

/** Octets of the batch that conversions go through, as on a kernel: room for a super-frame in segments, several times. */
const scratchSize = 1 << 20

/** Writes. */
export class Transmission {
  readonly #work: PortWork
  readonly #octets = new FrameOctets()
  readonly #cutter: Cutter
  #scratch: FrameBatch | undefined
  /** Whether a super-frame was refused that could be split: then all are split here, as the ports of a real kernel do. */
  #splits = false

  constructor(work: PortWork) {
    this.#work = work
    this.#cutter = new Cutter(work.kind, () => next(work.kernel.random))
  }

  /** Every frame from number `from` on is taken: it has arrived, or been refused and counted, when this returns. */
  write(queue: PortQueue, batch: FrameBatch, from: number): number {
    const { kernel, headerSize, merges } = this.#work
    if ((headerSize === 0 || this.#splits) && batch.headerSize > 0) this.#writePlain(queue, batch, from)
    else if (merges && batch.headerSize === 0) this.#writeMerged(queue, batch, from)
    else for (let i = from; i < batch.count; i++) this.#writeOne(queue, batch, i)
    kernel.settle()
    return Math.max(0, batch.count - from)
  }

  /** A link without virtio headers gets the frames as a wire would carry them. */
  #writePlain(queue: PortQueue, batch: FrameBatch, from: number): void {
    const { kind, tally } = this.#work
    const progress = beginning(from)
    while (progress.frame < batch.count) {
      const scratch = this.#cleared(0)
      plainInto(scratch, batch, progress, kind, true)
      for (let i = 0; i < scratch.count; i++) this.#writeOne(queue, scratch, i)
    }
    tally.convert(progress)
  }

  /** Segments of one flow become super-frames, which the link cuts again: with numbers in a row, as segments of one. */
  #writeMerged(queue: PortQueue, batch: FrameBatch, from: number): void {
    const { kind, headerSize, tally } = this.#work
    for (let at = from; at < batch.count; ) {
      const scratch = this.#cleared(headerSize)
      const after = mergeInto(scratch, batch, at, kind)
      if (after === at) tally.convert({ unsplittable: 0, tooLong: 1 })
      for (let i = 0; i < scratch.count; i++) this.#writeOne(queue, scratch, i)
      at = Math.max(after, at + 1)
    }
  }

  #cleared(headerSize: number): FrameBatch {
    this.#scratch ??= new FrameBatch({ frames: 1024, octets: scratchSize })
    this.#scratch.clear()
    this.#scratch.headerSize = headerSize
    return this.#scratch
  }

  #writeOne(queue: PortQueue, batch: FrameBatch, i: number): void {
    const { kernel, device, isMarked, tally } = this.#work
    const length = batch.length(i)
    const mark = isMarked ? markSize : 0
    if (length < mark) {
      this.#refuse(batch.frame(i).slice(), 'malformed')
      return
    }
    const octets = this.#octets.copy(batch.slab, batch.offset(i) + mark, length - mark)
    const isDone = batch.headerSize === 0 || isFinished(batch, i)
    const frames = isDone ? undefined : this.#cut(octets, batch, i)
    const why = typeof frames === 'string' ? 'malformed' : refusalOf(device, octets, isMarked)
    if (why === 'malformed' && !isDone && isSuper(batch.slab, batch.offset(i), batch.headerSize)) {
      this.#split(queue, batch, i)
      return
    }
    if (why !== undefined) {
      this.#refuse(octets, why)
      return
    }
    tally.writtenFrames++
    tally.writtenOctets += length
    if (isTapLink(device))
      for (const frame of typeof frames === 'object' ? frames : [octets]) sendWritten(kernel, device, frame)
    else if (typeof frames === 'object') this.#receiveCut(queue, octets, frames)
    else receiveTun(kernel, device, queue, new Frame(octets))
    kernel.backlog.drain()
  }

  /** The frames that a wire would carry of one with a virtio header. */
  #cut(octets: Uint8Array, batch: FrameBatch, i: number): readonly Uint8Array[] | HeaderRefusal {
    const { device } = this.#work
    const header = readVirtioHeader(batch.slab, batch.offset(i), batch.headerSize)
    const frames = this.#cutter.framesOf(octets, header, isForHost(device, octets))
    // A TAP counts them too, and tells nobody (`tap_netdev_ops`).
    if (frames === 'frame' && device.type !== 'ether') countRare(device.counters, 'rxFrameErrors')
    return frames
  }

  /** A super-frame that the link refuses: perhaps its parts are taken. */
  #split(queue: PortQueue, batch: FrameBatch, i: number): void {
    const { tally } = this.#work
    const before = tally.writtenFrames
    const spans = batch.spans.slice(2 * i, 2 * i + 2)
    this.#writePlain(queue, FrameBatch.of({ ...batch.parts(), spans, count: 1 }), 0)
    this.#splits = tally.writtenFrames > before
  }

  /** A super-frame counts as one, and each part goes its way before the next: none is too many for the backlog. */
  #receiveCut(queue: PortQueue, octets: Uint8Array, frames: readonly Uint8Array[]): void {
    const { kernel, device } = this.#work
    noteReceived(kernel, device, queue, octets)
    for (const frame of frames) {
      kernel.backlog.add(device, new Frame(frame))
      kernel.backlog.drain()
    }
    if (frames.length === 0) kernel.dropped(device, octets, 'malformed')
  }

  #refuse(octets: Uint8Array, why: WriteRefusal): void {
    const { kernel, device, tally } = this.#work
    tally.refuse(why)
    kernel.dropped(device, octets, why === 'linkDown' ? 'link-down' : 'malformed')
  }
}

/** Why a frame is refused. A macvtap takes all that have an Ethernet header, and says nothing of what becomes of them. */
function refusalOf(device: Device, octets: Uint8Array, isMarked: boolean): WriteRefusal | undefined {
  return isTapLink(device) ? refusedTapLink(device, octets) : refusedTun(device, octets, isMarked)
}

/** Whether this host takes the frame before anybody passes it on: a bridge passes on what is not for its own MAC. */
function isForHost(device: Device, octets: Uint8Array): boolean {
  if (isTapLink(device)) return false
  const { master } = device
  if (master?.kind?.name !== 'bridge' || octets.length < ethernetHeaderSize) return true
  return macAt(octets, 0) === macToNumber(master.mac as string)
}

/** Whether a virtio header leaves nothing to do. */
function isFinished(batch: FrameBatch, i: number): boolean {
  const at = batch.offset(i) - batch.headerSize
  const { slab } = batch
  // A length of headers beyond the frame is refused even then.
  const leavesNothing = ((slab[at] as number) & VIRTIO_NET_HDR_F_NEEDS_CSUM) === 0
  return leavesNothing && !isSuper(slab, batch.offset(i), batch.headerSize) && slab[at + 2] === 0 && slab[at + 3] === 0
}
