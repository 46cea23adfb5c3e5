/** Merges segments of one TCP flow that follow each other into super-frames (GRO), for writing. Pure. @module */
import type { FrameBatch } from '@vnet/core'
import { checksumOf } from '../checksum.js'
import { setU16At, u16At, u32At } from '../octets.js'
import { pseudoSum, putIpv4Checksum } from './ip-sum.js'
import { networkOffset } from './segment.js'
import { writeVirtioHeader } from './virtio-header.js'
import { VIRTIO_NET_HDR_F_NEEDS_CSUM, VIRTIO_NET_HDR_GSO_TCPV4, VIRTIO_NET_HDR_GSO_TCPV6 } from './virtio-number.js'

const TCP = 6
const [PSH, ACK] = [0x08, 0x10] as const
const MOST = 65_535

/** A TCP segment that may be merged; places in octets from the start of the slab. */
interface Segment {
  readonly start: number
  readonly network: number
  readonly version: number
  readonly transport: number
  readonly payload: number
  readonly end: number
}

/**
 * Appends the frames of `from` (without virtio headers), from number `first` on, to `to` (with them), merged where the
 * kernel's own receive offload would: same addresses, ports, acknowledgement, window, options, life time and type of service; next sequence
 * number; equal sizes; a right checksum. Returns the number of the first frame that did not fit.
 */
export function mergeInto(to: FrameBatch, from: FrameBatch, first: number, kind: 'tun' | 'tap'): number {
  let i = first
  while (i < from.count) {
    const segment = readSegment(from.slab, from.offset(i), from.length(i), kind)
    const run = segment === undefined ? 1 : runLength(from, i, segment, kind)
    if (!(run === 1 ? copy(to, from, i) : join(to, from, i, run, segment as Segment))) return i
    i += run
  }
  return i
}

function copy(to: FrameBatch, from: FrameBatch, i: number): boolean {
  return to.add(from.frame(i))
}

/** How many frames, this one counted, become one. */
function runLength(batch: FrameBatch, i: number, head: Segment, kind: 'tun' | 'tap'): number {
  const size = head.end - head.payload
  let total = head.end - head.network
  let sequence = u32At(batch.slab, head.transport + 4)
  let run = 1
  let last = head
  while (i + run < batch.count) {
    // A segment that was pushed, or is shorter than the first, ends a super-frame.
    if (((batch.slab[last.transport + 13] as number) & PSH) !== 0 || last.end - last.payload < size) break
    const next = readSegment(batch.slab, batch.offset(i + run), batch.length(i + run), kind)
    sequence = (sequence + size) >>> 0
    if (next === undefined || next.end - next.payload > size || !follows(batch.slab, head, next, sequence)) break
    total += next.end - next.payload
    if (total > MOST) break
    last = next
    run++
  }
  return run
}

/** Reads a frame as a TCP segment with payload, only ACK and PSH set, no IP options, whole, and rightly summed. */
function readSegment(slab: Uint8Array, start: number, length: number, kind: 'tun' | 'tap'): Segment | undefined {
  if (length < (kind === 'tap' ? 54 : 40)) return undefined
  const network = start + networkOffset(slab, start, kind)
  const version = (slab[network] as number) >> 4
  const headers = version === 4 ? 20 : 40
  const transport = network + headers
  if (start + length < transport + 20) return undefined
  const octets = version === 4 ? u16At(slab, network + 2) : u16At(slab, network + 4) + 40
  const end = network + octets
  if (end > start + length) return undefined
  if (version === 4) {
    if (slab[network] !== 0x45 || slab[network + 9] !== TCP || (u16At(slab, network + 6) & 0x3fff) !== 0)
      return undefined
    if (checksumOf(slab, network, transport) !== 0) return undefined
  } else if (version !== 6 || slab[network + 6] !== TCP) return undefined
  const payload = transport + ((slab[transport + 12] as number) >> 4) * 4
  if (payload < transport + 20 || payload >= end) return undefined
  if (((slab[transport + 13] as number) & ~PSH) !== ACK) return undefined
  // Merging would hide a wrong checksum behind a right one.
  const pseudo = pseudoSum(slab, network, version, TCP, end - transport)
  return checksumOf(slab, transport, end, pseudo) === 0
    ? { start, network, version, transport, payload, end }
    : undefined
}

function follows(slab: Uint8Array, head: Segment, next: Segment, sequence: number): boolean {
  if (next.version !== head.version || u32At(slab, next.transport + 4) !== sequence) return false
  if (next.payload - next.start !== head.payload - head.start) return false
  const linkHeader = same(slab, head.start, next.start, head.network - head.start)
  const ports = same(slab, head.transport, next.transport, 4)
  const acknowledgement = same(slab, head.transport + 8, next.transport + 8, 5)
  const window = same(slab, head.transport + 14, next.transport + 14, 2)
  const options = same(slab, head.transport + 20, next.transport + 20, head.payload - head.transport - 20)
  return linkHeader && ports && acknowledgement && window && options && sameIp(slab, head, next)
}

function sameIp(slab: Uint8Array, head: Segment, next: Segment): boolean {
  const [a, b] = [head.network, next.network]
  if (head.version === 6) return same(slab, a, b, 4) && same(slab, a + 6, b + 6, 34)
  return slab[a + 1] === slab[b + 1] && same(slab, a + 6, b + 6, 4) && same(slab, a + 12, b + 12, 8)
}

function same(slab: Uint8Array, a: number, b: number, octets: number): boolean {
  for (let i = 0; i < octets; i++) if (slab[a + i] !== slab[b + i]) return false
  return true
}

function join(to: FrameBatch, from: FrameBatch, first: number, run: number, head: Segment): boolean {
  const { slab } = from
  const segments: { readonly start: number; readonly end: number }[] = []
  const headers = head.payload - head.start
  let length = headers
  for (let i = first; i < first + run; i++) {
    const start = from.offset(i) + headers
    // The length of the IP packet, not of the frame: Ethernet pads short ones.
    const ip = from.offset(i) + head.network - head.start
    const octets = head.version === 4 ? u16At(slab, ip + 2) : u16At(slab, ip + 4) + 40
    segments.push({ start, end: ip + octets })
    length += ip + octets - start
  }
  const at = to.reserve(length)
  if (at < 0) return false
  to.slab.set(slab.subarray(head.start, head.payload), at)
  let end = at + headers
  for (const segment of segments) {
    to.slab.set(slab.subarray(segment.start, segment.end), end)
    end += segment.end - segment.start
  }
  const network = at + head.network - head.start
  const transport = at + head.transport - head.start
  if (head.version === 4) {
    setU16At(to.slab, network + 2, end - network)
    putIpv4Checksum(to.slab, network)
  } else setU16At(to.slab, network + 4, end - network - 40)
  // A push of the last segment is one of the whole.
  const lastFlags = slab[from.offset(first + run - 1) + head.transport - head.start + 13] as number
  to.slab[transport + 13] = (to.slab[transport + 13] as number) | (lastFlags & PSH)
  setU16At(to.slab, transport + 16, pseudoSum(to.slab, network, head.version, TCP, end - transport))
  writeVirtioHeader(to.slab, at, to.headerSize, {
    flags: VIRTIO_NET_HDR_F_NEEDS_CSUM,
    gsoType: head.version === 4 ? VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_TCPV6,
    headerLength: headers,
    gsoSize: head.end - head.payload,
    checksumStart: head.transport - head.start,
    checksumOffset: 16,
  })
  return true
}
