/** Tags put in and taken out where a frame lies, with its virtio header (IEEE 802.1Q-2018 § 9; virtio 1.2 § 5.1.6). @module */
import type { FrameBatch } from '@vnet/core'
import { popVlan, pushVlan, vlanTagSize } from '@vnet/wire'

/** Flag `VIRTIO_NET_HDR_F_NEEDS_CSUM`. */
const NEEDS_CSUM = 1

/** Puts a tag in: the frame, and a virtio header before it, move 4 octets to the front. */
export function pushTag(batch: FrameBatch, slot: number, tci: number, protocol: number): void {
  const { slab, spans, headerSize } = batch
  const start = spans[2 * slot] as number
  const front = start - vlanTagSize
  if (front < headerSize) throw new RangeError('a tag needs 4 octets of headroom')
  if (headerSize > 0) {
    slab.copyWithin(front - headerSize, start - headerSize, start)
    adjust(slab, front - headerSize, vlanTagSize)
  }
  pushVlan(slab, start, tci, protocol)
  spans[2 * slot] = front
  spans[2 * slot + 1] = (spans[2 * slot + 1] as number) + vlanTagSize
}

/** Takes the outermost tag out: the frame, and a virtio header before it, move 4 octets to the back. */
export function popTag(batch: FrameBatch, slot: number): void {
  const { slab, spans, headerSize } = batch
  const start = spans[2 * slot] as number
  const back = popVlan(slab, start)
  if (headerSize > 0) {
    slab.copyWithin(back - headerSize, start - headerSize, start)
    adjust(slab, back - headerSize, -vlanTagSize)
  }
  spans[2 * slot] = back
  spans[2 * slot + 1] = (spans[2 * slot + 1] as number) - vlanTagSize
}

/** Lengths of headers in a virtio header, in the byte order of TUN/TAP on this machine. */
function adjust(slab: Uint8Array, at: number, by: number): void {
  const view = new DataView(slab.buffer, slab.byteOffset, slab.byteLength)
  const headers = view.getUint16(at + 2, littleEndian)
  if (headers !== 0) view.setUint16(at + 2, headers + by, littleEndian)
  if ((slab[at] as number) & NEEDS_CSUM) view.setUint16(at + 6, view.getUint16(at + 6, littleEndian) + by, littleEndian)
}

const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1
