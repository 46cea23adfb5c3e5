/** Splits super-frames of TCP and UDP into the frames that a wire would carry (GSO), as the kernel does. Pure. @module */
import type { FrameBatch } from '@vnet/core'
import { checksumOf } from '../checksum.js'
import { setU16At, u16At, u32At } from '../octets.js'
import { pseudoSum, putIpv4Checksum } from './ip-sum.js'
import type { VirtioHeader } from './virtio-header.js'
import {
  VIRTIO_NET_HDR_GSO_ECN,
  VIRTIO_NET_HDR_GSO_TCPV4,
  VIRTIO_NET_HDR_GSO_TCPV6,
  VIRTIO_NET_HDR_GSO_UDP_L4,
} from './virtio-number.js'

const [TCP, UDP] = [6, 17] as const
const [FIN, PSH, CWR] = [0x01, 0x08, 0x80] as const

/** Where the parts of a super-frame lie; octets from its start. */
export interface Plan {
  /** The IP header. */
  readonly network: number
  /** 4 or 6. */
  readonly version: number
  /** The TCP or UDP header. */
  readonly transport: number
  /** 6 or 17. */
  readonly protocol: number
  /** The payload. */
  readonly payload: number
  /** Octets of payload in each segment but the last. */
  readonly size: number
  /** Number of segments. */
  readonly segments: number
}

/** Where the IP header starts: behind an Ethernet header and its VLAN tags, or at once. */
export function networkOffset(slab: Uint8Array, start: number, kind: 'tun' | 'tap'): number {
  if (kind === 'tun') return 0
  let at = 12
  for (let type = u16At(slab, start + at); type === 0x8100 || type === 0x88a8; type = u16At(slab, start + at)) at += 4
  return at + 2
}

/** How a super-frame is split; `undefined` where its header and its octets contradict each other. */
export function planOf(
  slab: Uint8Array,
  start: number,
  length: number,
  header: VirtioHeader,
  kind: 'tun' | 'tap',
): Plan | undefined {
  const type = header.gsoType & ~VIRTIO_NET_HDR_GSO_ECN
  const tcp = type === VIRTIO_NET_HDR_GSO_TCPV4 || type === VIRTIO_NET_HDR_GSO_TCPV6
  if (!tcp && type !== VIRTIO_NET_HDR_GSO_UDP_L4) return undefined
  const network = networkOffset(slab, start, kind)
  const transport = header.checksumStart
  const version = (slab[start + network] as number) >> 4
  if (version !== 4 && version !== 6) return undefined
  const least = tcp ? 20 : 8
  if (header.gsoSize === 0 || transport < network + (version === 4 ? 20 : 40) || transport + least > length)
    return undefined
  if (type === VIRTIO_NET_HDR_GSO_TCPV4 && version !== 4) return undefined
  if (type === VIRTIO_NET_HDR_GSO_TCPV6 && version !== 6) return undefined
  if (version === 4 && network + ((slab[start + network] as number) & 0x0f) * 4 !== transport) return undefined
  const payload = transport + (tcp ? ((slab[start + transport + 12] as number) >> 4) * 4 : 8)
  if (payload < transport + least || payload > length) return undefined
  const segments = Math.max(1, Math.ceil((length - payload) / header.gsoSize))
  return { network, version, transport, protocol: tcp ? TCP : UDP, payload, size: header.gsoSize, segments }
}

/**
 * Appends segments of a super-frame to `out`, from number `from` on, as long as they fit. Lengths, IPv4 identification,
 * TCP sequence numbers and flags, and all checksums are those that the kernel's own segmentation gives. Returns the number
 * of the first that did not fit, `plan.segments` when all are out.
 */
export function splitInto(
  out: FrameBatch,
  slab: Uint8Array,
  start: number,
  length: number,
  plan: Plan,
  from = 0,
): number {
  for (let i = from; i < plan.segments; i++) {
    const first = plan.payload + i * plan.size
    const last = Math.min(first + plan.size, length)
    const at = out.reserve(plan.payload + last - first)
    if (at < 0) return i
    out.slab.set(slab.subarray(start, start + plan.payload), at)
    out.slab.set(slab.subarray(start + first, start + last), at + plan.payload)
    finish(out.slab, at, plan.payload + last - first, plan, i)
  }
  return plan.segments
}

/** Makes the copied headers those of segment `i`. */
function finish(slab: Uint8Array, at: number, length: number, plan: Plan, i: number): void {
  const { network, version, transport, protocol, size, segments } = plan
  const octets = length - transport
  if (version === 4) {
    setU16At(slab, at + network + 2, length - network)
    setU16At(slab, at + network + 4, (u16At(slab, at + network + 4) + i) & 0xffff)
    putIpv4Checksum(slab, at + network)
  } else {
    setU16At(slab, at + network + 4, length - network - 40)
  }
  const field = at + transport + (protocol === TCP ? 16 : 6)
  if (protocol === TCP) {
    const sequence = (u32At(slab, at + transport + 4) + i * size) >>> 0
    setU16At(slab, at + transport + 4, sequence >>> 16)
    setU16At(slab, at + transport + 6, sequence & 0xffff)
    let flags = slab[at + transport + 13] as number
    if (i < segments - 1) flags &= ~(FIN | PSH)
    if (i > 0) flags &= ~CWR
    slab[at + transport + 13] = flags
  } else setU16At(slab, at + transport + 4, octets)
  setU16At(slab, field, 0)
  const pseudo = pseudoSum(slab, at + network, version, protocol, octets)
  const checksum = checksumOf(slab, at + transport, at + length, pseudo)
  setU16At(slab, field, checksum === 0 && protocol === UDP ? 0xffff : checksum)
}
