/** Whether the kernel takes a frame with a virtio header that a program writes (`virtio_net_hdr_to_skb`, `tun_get_user`). @module */
import { ipProtocols, ipv6HeaderSize } from '@vnet/wire'
import {
  VIRTIO_NET_HDR_F_NEEDS_CSUM,
  VIRTIO_NET_HDR_GSO_ECN,
  VIRTIO_NET_HDR_GSO_NONE,
  VIRTIO_NET_HDR_GSO_TCPV4,
  VIRTIO_NET_HDR_GSO_TCPV6,
  VIRTIO_NET_HDR_GSO_UDP,
  VIRTIO_NET_HDR_GSO_UDP_L4,
  type VirtioHeader,
} from '@vnet/wire/offload'

const { tcp, udp } = ipProtocols

/** What each kind of super-frame has at least: its IP header, and its header of TCP or UDP with the place of the checksum. */
const kinds: {
  readonly [type: number]: { network: number; transport: number; protocol: number; checksum: number } | undefined
} = {
  [VIRTIO_NET_HDR_GSO_TCPV4]: { network: 20, transport: 20, protocol: tcp, checksum: 16 },
  [VIRTIO_NET_HDR_GSO_TCPV6]: { network: ipv6HeaderSize, transport: 20, protocol: tcp, checksum: 16 },
  [VIRTIO_NET_HDR_GSO_UDP]: { network: 20, transport: 8, protocol: udp, checksum: 6 },
  [VIRTIO_NET_HDR_GSO_UDP_L4]: { network: 20, transport: 8, protocol: udp, checksum: 6 },
}
/** Segments of a super-frame of UDP, at most (`UDP_MAX_SEGMENTS`; 64 before Linux 6.9). */
const mostSegments = 128
/** No size: one that the kernel keeps for itself (`GSO_BY_FRAGS`). */
const bySelf = 0xffff

/** What a header comes to: how the frame is split, if it is. */
export interface Taken {
  /** `VIRTIO_NET_HDR_GSO_*` without {@link VIRTIO_NET_HDR_GSO_ECN}; none where all of it fits into one segment. */
  readonly type: number
  /** TCP or UDP, where it is split. */
  readonly protocol: number
}

/** Why a header is refused: told at once, or counted as a broken frame (`rx_frame_errors`) as well. */
export type HeaderRefusal = 'header' | 'frame'

/** The verdict on a frame of so many octets, of which `link` are an Ethernet header. */
export function verdictOn(length: number, link: number, header: VirtioHeader): Taken | HeaderRefusal {
  const { flags, headerLength, gsoType, gsoSize, checksumStart, checksumOffset } = header
  const isUnfinished = (flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) !== 0
  const sum = checksumStart + checksumOffset + 2
  // The kernel keeps it in 16 bits.
  const headers = isUnfinished ? Math.max(headerLength, sum) & 0xffff : headerLength
  if (length < link || headers > length || (headers > 0 && headers < link)) return 'header'
  const type = gsoType & ~VIRTIO_NET_HDR_GSO_ECN
  const kind = kinds[type]
  if (gsoType !== VIRTIO_NET_HDR_GSO_NONE && (kind === undefined || gsoSize === 0)) return 'frame'
  // Where no checksum tells it, the least that there is of an IP header counts, from the start of the frame.
  let transport = kind?.network ?? 0
  if (isUnfinished) {
    if (checksumStart < (kind?.network ?? 20) || sum > length) return 'frame'
    transport = checksumStart
  }
  if (kind === undefined) return { type: VIRTIO_NET_HDR_GSO_NONE, protocol: 0 }
  const payload = transport + kind.transport
  if (payload > length) return 'frame'
  if (isUnfinished && type !== VIRTIO_NET_HDR_GSO_UDP && checksumOffset !== kind.checksum) return 'frame'
  if (type === VIRTIO_NET_HDR_GSO_UDP_L4 && (!isUnfinished || length - payload > gsoSize * mostSegments)) return 'frame'
  if (gsoSize === bySelf) return 'frame'
  const left = length - (type === VIRTIO_NET_HDR_GSO_UDP ? transport : payload)
  return { type: left > gsoSize ? type : VIRTIO_NET_HDR_GSO_NONE, protocol: kind.protocol }
}
