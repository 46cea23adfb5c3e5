/** Fills batches with what the queues of a port hold. @module */
import { FrameBatch } from '@vnet/core'
import { ethernetHeaderSize, etherTypeAt, etherTypes, setU16At, vlanTagSize } from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import { isTapLink } from '../kind/tap-link.js'
import type { Device } from '../object/device.js'
import { countSent } from '../stack/counters.js'
import type { PortQueue } from './queue.js'
import type { Tally } from './tally.js'

/** Octets of packet information (`struct tun_pi`). */
export const markSize = 4
/** Octets before the payload: an Ethernet header with a tag, or packet information. */
const headers = ethernetHeaderSize + vlanTagSize + markSize
/** The largest frame there is. */
const largest = 65_535 + headers
/** Octets of a batch, at least; and of one for many large frames. */
const usualSlab = 262_144
const largeSlab = 1 << 20

/** What both directions of a port work on. */
export interface PortWork {
  readonly kernel: Kernel
  readonly device: Device
  readonly kind: 'tun' | 'tap'
  /** Whether frames carry packet information. */
  readonly isMarked: boolean
  /** Octets of the virtio header of what is written, 0 where the link has none. */
  readonly headerSize: number
  /** Whether what is read has virtio headers, too. */
  readonly isHeaded: boolean
  /** Whether segments are merged before they are written. */
  readonly merges: boolean
  readonly tally: Tally
}

/** Octets that a frame may need, as far as the MTU goes that the link had when it was opened. */
const usual = (mtu: number): number => mtu + headers + 1

/** Throws where a frame might not fit in a batch. */
export function roomFor(batch: FrameBatch, name: string, mtu: number, headerSize: number): void {
  const least = (headerSize > 0 ? largest + headerSize + 1 : usual(mtu)) + batch.headroom
  if (batch.slab.length >= least) return
  throw new RangeError(
    `port read ${name}: the batch has ${batch.slab.length} octets, a frame may need ${least}: use createBatch`,
  )
}

/** Reads. */
export class Reception {
  readonly #work: PortWork
  readonly #queues: readonly PortQueue[]
  readonly #batchSize: number
  readonly #mtu: number

  /** `queues` grows with the port. */
  constructor(work: PortWork, queues: readonly PortQueue[], batchSize: number) {
    this.#work = work
    this.#queues = queues
    this.#batchSize = batchSize
    this.#mtu = work.device.mtu
  }

  /** A batch that fits: for `batchSize` frames of the MTU, and always for one of 64 KiB. */
  createBatch(headroom: number, shared: boolean): FrameBatch {
    const many = Math.min(this.#batchSize * (headroom + usual(this.#mtu) + 64), largeSlab) + largest
    const wanted = this.#work.headerSize > 0 ? usualSlab : many
    const octets = Math.max(wanted, usualSlab) + headroom
    return new FrameBatch({ frames: this.#batchSize, octets, headroom, shared })
  }

  /** Fills a batch with what is there; the number of frames. All are whole, so virtio headers are zero. */
  take(batch: FrameBatch): number {
    batch.clear()
    if (this.#work.isHeaded) batch.headerSize = this.#work.headerSize
    for (const queue of this.#queues) {
      if (!queue.attached) continue
      while (batch.count < this.#batchSize && this.#takeOne(queue, batch));
    }
    return batch.count
  }

  /** Takes one; `false` where the queue is empty or the batch full. A frame longer than a whole batch is cut out. */
  #takeOne(queue: PortQueue, batch: FrameBatch): boolean {
    const frame = queue.peek()
    if (frame === undefined) return false
    const { device, isMarked, tally } = this.#work
    const { octets } = frame
    const mark = isMarked ? markSize : 0
    const start = batch.reserve(octets.length + mark)
    if (start < 0 && batch.count > 0) return false
    queue.shift()
    if (!isTapLink(device)) countSent(device, octets.length)
    if (start < 0) {
      tally.cut++
      return true
    }
    if (isMarked) {
      setU16At(batch.slab, start, 0)
      setU16At(batch.slab, start + 2, protocolOf(device, octets))
    }
    batch.slab.set(octets, start + mark)
    tally.readFrames++
    tally.readOctets += octets.length + mark
    return true
  }
}

/** EtherType of a frame. */
function protocolOf(device: Device, octets: Uint8Array): number {
  if (device.type === 'ether') return etherTypeAt(octets, 0)
  return (octets[0] as number) >> 4 === 6 ? etherTypes.ipv6 : etherTypes.ipv4
}
