/** `struct virtio_net_hdr`: what is unfinished about a frame (`linux/virtio_net.h`; virtio 1.2 § 5.1.6). @module */
import { checksumOf } from '../checksum.js'
import { setU16At } from '../octets.js'
import { VIRTIO_NET_HDR_F_NEEDS_CSUM, VIRTIO_NET_HDR_GSO_NONE } from './virtio-number.js'

/** The machine's byte order. */
const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

/** A virtio header. Numbers are in the machine's byte order, as the kernel has them unless told otherwise. */
export interface VirtioHeader {
  /** `VIRTIO_NET_HDR_F_*`. */
  readonly flags: number
  /** `VIRTIO_NET_HDR_GSO_*`: how the frame is to be split. */
  readonly gsoType: number
  /** Octets of all headers of the frame; a hint. */
  readonly headerLength: number
  /** Octets of payload of each segment. */
  readonly gsoSize: number
  /** Where the checksum begins, octets from the start of the frame. */
  readonly checksumStart: number
  /** Where the checksum lies, octets from there. */
  readonly checksumOffset: number
}

/** The header in front of a frame whose first octet is `frame`; `size` is the header's. */
export function readVirtioHeader(slab: Uint8Array, frame: number, size: number): VirtioHeader {
  const at = frame - size
  const u16 = littleEndian
    ? (to: number) => (slab[at + to] as number) | ((slab[at + to + 1] as number) << 8)
    : (to: number) => ((slab[at + to] as number) << 8) | (slab[at + to + 1] as number)
  return {
    flags: slab[at] as number,
    gsoType: slab[at + 1] as number,
    headerLength: u16(2),
    gsoSize: u16(4),
    checksumStart: u16(6),
    checksumOffset: u16(8),
  }
}

/** Writes the header in front of a frame; octets beyond the tenth (the number of buffers, which a TUN ignores) are zero. */
export function writeVirtioHeader(slab: Uint8Array, frame: number, size: number, header: VirtioHeader): void {
  const at = frame - size
  slab.fill(0, at, frame)
  slab[at] = header.flags
  slab[at + 1] = header.gsoType
  const u16 = (to: number, value: number) => {
    slab[at + to] = littleEndian ? value & 0xff : value >> 8
    slab[at + to + 1] = littleEndian ? value >> 8 : value & 0xff
  }
  u16(2, header.headerLength)
  u16(4, header.gsoSize)
  u16(6, header.checksumStart)
  u16(8, header.checksumOffset)
}

/** Whether a frame with this header is a super-frame. */
export function isSuper(slab: Uint8Array, frame: number, size: number): boolean {
  return slab[frame - size + 1] !== VIRTIO_NET_HDR_GSO_NONE
}

/**
 * Finishes the checksum of a frame in place, where its header says that it is unfinished: the field holds the sum of the
 * pseudo-header. Returns `false`, and changes nothing, for places outside of the frame.
 */
export function completeChecksum(slab: Uint8Array, frame: number, length: number, header: VirtioHeader): boolean {
  if ((header.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) === 0) return true
  const { checksumStart, checksumOffset } = header
  if (checksumStart + checksumOffset + 2 > length) return false
  const sum = checksumOf(slab, frame + checksumStart, frame + length)
  // UDP tells 0 from no checksum by writing all ones, which is 0 in this arithmetic; TCP does not mind.
  setU16At(slab, frame + checksumStart + checksumOffset, sum === 0 ? 0xffff : sum)
  return true
}
