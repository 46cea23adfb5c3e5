/** Gives the frames of written batches to the link of a port. @module */
import type { FrameBatch } from '@vnet/core'
import { receiveTun, refusedTun } from '../kind/tun-frame.js'
import { Frame } from '../stack/frame.js'
import { FrameOctets } from './octets.js'
import type { PortQueue } from './queue.js'
import { markSize, type PortWork } from './reception.js'

/** Writes. */
export class Transmission {
  readonly #work: PortWork
  readonly #octets = new FrameOctets()

  constructor(work: PortWork) {
    this.#work = work
  }

  /** Every frame from number `from` on is taken: it has arrived, or been refused and counted, when this returns. */
  write(queue: PortQueue, batch: FrameBatch, from: number): number {
    const { kernel } = this.#work
    for (let i = from; i < batch.count; i++) this.#writeOne(queue, batch, i)
    kernel.settle()
    return Math.max(0, batch.count - from)
  }

  #writeOne(queue: PortQueue, batch: FrameBatch, i: number): void {
    const { kernel, device, isMarked, tally } = this.#work
    const length = batch.length(i)
    const mark = isMarked ? markSize : 0
    if (length < mark || isUnfinished(batch, i)) {
      tally.refuse('malformed')
      kernel.dropped(device, batch.slab.slice(batch.offset(i), batch.offset(i) + length), 'malformed')
      return
    }
    const octets = this.#octets.copy(batch.slab, batch.offset(i) + mark, length - mark)
    const why = refusedTun(device, octets, isMarked)
    if (why !== undefined) {
      tally.refuse(why)
      kernel.dropped(device, octets, why === 'linkDown' ? 'link-down' : 'malformed')
      return
    }
    tally.writtenFrames++
    tally.writtenOctets += length
    receiveTun(kernel, device, queue, new Frame(octets))
    kernel.backlog.drain()
  }
}

/** Whether a virtio header says that a checksum or a split is still to be made, which a link without offloads leaves to nobody. */
function isUnfinished(batch: FrameBatch, i: number): boolean {
  if (batch.headerSize === 0) return false
  const at = batch.offset(i) - batch.headerSize
  return ((batch.slab[at] as number) & 1) !== 0 || batch.slab[at + 1] !== 0
}
