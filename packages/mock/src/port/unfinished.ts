/** What becomes of a frame with a virtio header that a program writes: finished, and cut as a wire needs it. @module */
import { FrameBatch } from '@vnet/core'
import {
  checksumOf,
  checksumOfSum,
  ethernetHeaderSize,
  etherTypes,
  foldSum,
  ipProtocols,
  ipv4HeaderSizeAt,
  ipv4LengthAt,
  ipv6HeaderSize,
  ipv6PayloadLengthAt,
  pseudoSum4,
  pseudoSum6,
  setU16At,
  u16At,
} from '@vnet/wire'
import {
  beginning,
  complete,
  networkOffset,
  plainInto,
  VIRTIO_NET_HDR_F_NEEDS_CSUM,
  VIRTIO_NET_HDR_GSO_NONE,
  VIRTIO_NET_HDR_GSO_UDP,
  VIRTIO_NET_HDR_GSO_UDP_L4,
  type VirtioHeader,
  writeVirtioHeader,
} from '@vnet/wire/offload'
import { type HeaderRefusal, type Taken, verdictOn } from './virtio-verdict.js'

const { hopByHop, routing, destinationOptions } = ipProtocols
const headerSize = 12
const fragmentHeaderSize = 8
const versionOf: { readonly [etherType: number]: number | undefined } = { [etherTypes.ipv4]: 4, [etherTypes.ipv6]: 6 }
/** Room for the segments of the largest super-frame. */
const slab = 1 << 20

/** Cuts the frames of a port. */
export class Cutter {
  readonly #kind: 'tun' | 'tap'
  readonly #identification: () => number
  #one: FrameBatch | undefined
  #scratch: FrameBatch | undefined

  /** `identification` gives the next number for fragments of IPv6. */
  constructor(kind: 'tun' | 'tap', identification: () => number) {
    this.#kind = kind
    this.#identification = identification
  }

  /**
   * The frames that a wire carries; none where what the header says cannot be done, which only shows when it is tried.
   * `forHost`: a host takes the frame and looks at its packet before anything is cut; a bridge does not.
   */
  framesOf(octets: Uint8Array, header: VirtioHeader, forHost: boolean): Uint8Array[] | HeaderRefusal {
    const taken = verdictOn(octets.length, this.#kind === 'tap' ? ethernetHeaderSize : 0, header)
    if (typeof taken === 'string') return taken
    const network = networkOffset(octets, 0, this.#kind)
    const packet = forHost ? packetIn(octets, network) : octets
    // What follows a packet is cut off, but not with the checksum that is to be made (`pskb_trim_rcsum`).
    if (packet !== undefined && packet.length < octets.length && placeOfSum(header) > packet.length) return []
    if (taken.type === VIRTIO_NET_HDR_GSO_NONE) return this.#finished(packet ?? octets, header)
    return packet === undefined ? [] : this.#cut(packet, network, taken, header)
  }

  /** By the protocol of the frame, whatever the packet says of its version: so do bridges. */
  #cut(packet: Uint8Array, network: number, taken: Taken, header: VirtioHeader): Uint8Array[] {
    const told = packet[network]
    const version = network === 0 ? (told ?? 0) >> 4 : versionOf[u16At(packet, network - 2)]
    if (told === undefined || version === undefined) return []
    if (told >> 4 === version) return this.#parts(packet, network, taken, header)
    packet[network] = (version << 4) | (told & 0x0f)
    const frames = this.#parts(packet, network, taken, header)
    packet[network] = told
    for (const frame of frames) {
      frame[network] = told
      if (version === 4) putIpv4Checksum(frame, network)
    }
    return frames
  }

  #parts(packet: Uint8Array, network: number, taken: Taken, header: VirtioHeader): Uint8Array[] {
    const transport = transportIn(packet, network, taken.protocol)
    if (transport === undefined) return []
    // What turns out to fit into one segment is no super-frame, and none of the others (`tcp_gso_segment`, `__udp_gso_segment`).
    if (packet.length - transport - headersIn(packet, transport, taken) <= header.gsoSize) return []
    return taken.type === VIRTIO_NET_HDR_GSO_UDP
      ? this.#fragments(packet, network, transport, header)
      : this.#segments(packet, network, transport, header)
  }

  #hold(octets: Uint8Array, header: VirtioHeader): FrameBatch {
    this.#one ??= new FrameBatch({ frames: 1, octets: 131_072 })
    const one = this.#one
    one.clear()
    one.headerSize = headerSize
    one.add(octets)
    writeVirtioHeader(one.slab, one.offset(0), headerSize, header)
    return one
  }

  #finished(octets: Uint8Array, header: VirtioHeader): Uint8Array[] {
    if ((header.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) === 0) return [octets]
    const one = this.#hold(octets, header)
    return complete(one.slab, one.offset(0), octets.length, headerSize) ? [one.frame(0).slice()] : []
  }

  #segments(octets: Uint8Array, network: number, transport: number, header: VirtioHeader): Uint8Array[] {
    const one = this.#hold(octets, { ...header, checksumStart: transport })
    this.#scratch ??= new FrameBatch({ frames: 4096, octets: slab })
    const parts = this.#scratch
    const frames: Uint8Array[] = []
    const progress = beginning()
    while (progress.frame < one.count) {
      parts.clear()
      plainInto(parts, one, progress, this.#kind)
      for (const frame of parts) frames.push(frame.slice())
    }
    if ((header.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) === 0) return frames
    // Linux 6.11 and later.
    if (header.checksumStart !== transport) return []
    const field = transport + (header.gsoType === VIRTIO_NET_HDR_GSO_UDP_L4 ? 6 : 16)
    const wrong = mistakeIn(octets, network, transport, field)
    if (wrong !== 0) for (const frame of frames) addTo(frame, field, wrong)
    return frames
  }

  /** UDP in fragments (UFO): the checksum goes over all of it first (`udp4_ufo_fragment`, `udp6_ufo_fragment`). */
  #fragments(octets: Uint8Array, network: number, transport: number, { gsoSize }: VirtioHeader): Uint8Array[] {
    const isIpv4 = (octets[network] as number) >> 4 === 4
    const end = isIpv4 ? transport : network + ipv6HeaderSize
    if (transport !== end) return []
    const whole = octets.slice()
    const pseudo = isIpv4 ? pseudoSum4 : pseudoSum6
    setU16At(whole, transport + 6, 0)
    const sum = pseudo(whole, network, ipProtocols.udp, whole.length - transport)
    setU16At(whole, transport + 6, checksumOf(whole, transport, whole.length, sum) || 0xffff)
    const identification = isIpv4 ? 0 : this.#identification()
    const frames: Uint8Array[] = []
    for (let at = end; at < whole.length; at += gsoSize) {
      const piece = whole.subarray(at, at + gsoSize)
      const [offset, more] = [at - end, at + gsoSize < whole.length]
      frames.push(
        isIpv4
          ? fragment4(whole.subarray(0, end), network, piece, offset, more)
          : fragment6(whole.subarray(0, end), network, piece, offset, more, identification),
      )
    }
    return frames
  }
}

/** A fragment as Linux makes it of such a size, also where that is no multiple of 8: then the next begins too early (`inet_gso_segment`). */
function fragment4(headers: Uint8Array, network: number, piece: Uint8Array, offset: number, more: boolean): Uint8Array {
  const frame = new Uint8Array(headers.length + piece.length)
  frame.set(headers)
  frame.set(piece, headers.length)
  setU16At(frame, network + 2, frame.length - network)
  setU16At(frame, network + 6, (offset >> 3) | (more ? 0x2000 : 0))
  putIpv4Checksum(frame, network)
  return frame
}

/** The same of IPv6, whose places count in octets, with the lowest bits for others (`ipv6_gso_segment`). */
function fragment6(
  headers: Uint8Array,
  network: number,
  piece: Uint8Array,
  offset: number,
  more: boolean,
  identification: number,
): Uint8Array {
  const end = headers.length
  const frame = new Uint8Array(end + fragmentHeaderSize + piece.length)
  frame.set(headers)
  frame.set(piece, end + fragmentHeaderSize)
  frame[end] = frame[network + 6] as number
  frame[network + 6] = ipProtocols.fragment
  setU16At(frame, network + 4, frame.length - network - ipv6HeaderSize)
  setU16At(frame, end + 2, offset | (more ? 1 : 0))
  setU16At(frame, end + 4, identification >>> 16)
  setU16At(frame, end + 6, identification & 0xffff)
  return frame
}

function putIpv4Checksum(frame: Uint8Array, network: number): void {
  setU16At(frame, network + 10, 0)
  setU16At(frame, network + 10, checksumOf(frame, network, network + ipv4HeaderSizeAt(frame, network)))
}

/** Where the checksum that is to be made ends; 0 where there is none. */
const placeOfSum = ({ flags, checksumStart, checksumOffset }: VirtioHeader): number =>
  (flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) === 0 ? 0 : checksumStart + checksumOffset + 2

/** Octets of the headers that each segment has, from those of TCP or UDP on. */
function headersIn(octets: Uint8Array, transport: number, { type, protocol }: Taken): number {
  if (type === VIRTIO_NET_HDR_GSO_UDP) return 0
  return protocol === ipProtocols.udp ? 8 : ((octets[transport + 12] ?? 0) >> 4) * 4
}

/** By how much the sum that a program put in is wrong: the kernel only corrects its length, so that each segment is as wrong. */
function mistakeIn(octets: Uint8Array, network: number, transport: number, field: number): number {
  const isUdp = field === transport + 6
  const length = isUdp ? u16At(octets, transport + 4) : octets.length - transport
  const pseudo = (octets[network] as number) >> 4 === 4 ? pseudoSum4 : pseudoSum6
  const right = foldSum(pseudo(octets, network, isUdp ? ipProtocols.udp : ipProtocols.tcp, length))
  return foldSum(u16At(octets, field) + (~right & 0xffff)) % 0xffff
}

/** Adds to what a checksum is made of. */
function addTo(frame: Uint8Array, field: number, more: number): void {
  setU16At(frame, field, checksumOfSum((~u16At(frame, field) & 0xffff) + more))
}

/** Where TCP or UDP begin as the packet says, behind what may stand before them (`inet_gso_segment`, `ipv6_gso_pull_exthdrs`). */
function transportIn(octets: Uint8Array, network: number, protocol: number): number | undefined {
  if ((octets[network] as number) >> 4 === 4) {
    return octets[network + 9] === protocol ? network + ipv4HeaderSizeAt(octets, network) : undefined
  }
  let next = octets[network + 6]
  let at = network + ipv6HeaderSize
  while (next === hopByHop || next === routing || next === destinationOptions) {
    next = octets[at]
    at += 8 * ((octets[at + 1] ?? 0) + 1)
  }
  return next === protocol ? at : undefined
}

/** The frame without what follows its packet; `undefined` where hosts would drop it (`ip_rcv_core`, `ip6_rcv_core`). */
function packetIn(octets: Uint8Array, network: number): Uint8Array | undefined {
  const version = (octets[network] ?? 0) >> 4
  if (network + (version === 4 ? 20 : ipv6HeaderSize) > octets.length) return undefined
  const headers = version === 4 ? ipv4HeaderSizeAt(octets, network) : ipv6HeaderSize
  const whole = version === 4 ? ipv4LengthAt(octets, network) : headers + ipv6PayloadLengthAt(octets, network)
  if ((version !== 4 && version !== 6) || whole < headers || network + whole > octets.length) return undefined
  if (version === 4 && checksumOf(octets, network, network + headers) !== 0) return undefined
  return octets.subarray(0, network + whole)
}
