/** IPv4 headers with options and fragments (RFC 791), in place and as values. @module */
import { DecodeError, formatIp } from '@vnet/core'
import { assembled, type Decoded, need, none, type SpecOf, setIp, trailerOf, unsigned } from './bounds.js'
import { checksumOf } from './checksum.js'
import { setU16At, setU32At, u16At, u32At } from './octets.js'
import { type RawOption, readOptions, sizeOfOptions, writeOptions } from './option.js'

/** Numbers of protocols by name (IANA protocol numbers), for IPv4 and IPv6. */
export const ipProtocols = {
  hopByHop: 0,
  icmp: 1,
  igmp: 2,
  ipv4: 4,
  tcp: 6,
  udp: 17,
  ipv6: 41,
  routing: 43,
  fragment: 44,
  gre: 47,
  esp: 50,
  authentication: 51,
  icmpv6: 58,
  noNextHeader: 59,
  destinationOptions: 60,
} as const

/** Octets of an IPv4 header without options. */
export const ipv4HeaderSize = 20

/** The version of the IP packet at `offset`: 4 or 6, other numbers are no IP. */
export function ipVersionAt(bytes: Uint8Array, offset: number): number {
  return (bytes[offset] as number) >>> 4
}

/** Octets of the IPv4 header at `offset`, with options: 20–60; below 20 it is malformed. */
export function ipv4HeaderSizeAt(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] as number) & 0x0f) * 4
}

/** Octets of the IPv4 packet at `offset`, with its header. */
export function ipv4LengthAt(bytes: Uint8Array, offset: number): number {
  return u16At(bytes, offset + 2)
}

/** Time to live, in hops, of the IPv4 packet at `offset`. */
export function ipv4TtlAt(bytes: Uint8Array, offset: number): number {
  return bytes[offset + 8] as number
}

/** Protocol of the IPv4 packet at `offset`, see {@link ipProtocols}. */
export function ipv4ProtocolAt(bytes: Uint8Array, offset: number): number {
  return bytes[offset + 9] as number
}

/** Source address of the IPv4 packet at `offset`, as an unsigned number of 32 bits. */
export function ipv4SourceAt(bytes: Uint8Array, offset: number): number {
  return u32At(bytes, offset + 12)
}

/** Destination address of the IPv4 packet at `offset`, as an unsigned number of 32 bits. */
export function ipv4DestinationAt(bytes: Uint8Array, offset: number): number {
  return u32At(bytes, offset + 16)
}

/** Writes the source address of the IPv4 packet at `offset`. The checksums are left as they are. */
export function setIpv4SourceAt(bytes: Uint8Array, offset: number, address: number): void {
  setU32At(bytes, offset + 12, address)
}

/** Writes the destination address of the IPv4 packet at `offset`. The checksums are left as they are. */
export function setIpv4DestinationAt(bytes: Uint8Array, offset: number, address: number): void {
  setU32At(bytes, offset + 16, address)
}

/** Whether the IPv4 packet at `offset` is a fragment: more follow, or it is not the first. */
export function isIpv4FragmentAt(bytes: Uint8Array, offset: number): boolean {
  return (u16At(bytes, offset + 6) & 0x3fff) !== 0
}

/** An IPv4 header. */
export interface Ipv4 {
  readonly layer: 'ipv4'
  /** Differentiated services, 6 bits (RFC 2474). */
  readonly dscp: number
  /** Congestion notification, 2 bits (RFC 3168). */
  readonly ecn: number
  /** Octets of the packet with its header; 0 in super-frames of segmentation offload: up to the end. */
  readonly totalLength: number
  /** What the fragments of one packet have in common, 16 bits. */
  readonly identification: number
  /** The flag that must be zero. */
  readonly reserved: boolean
  /** Whether routers must not fragment the packet. */
  readonly dontFragment: boolean
  /** Whether further fragments follow. */
  readonly moreFragments: boolean
  /** Where this fragment belongs in the packet's payload, octets, a multiple of 8. */
  readonly fragmentOffset: number
  /** Hops that the packet may still make, 0–255. */
  readonly ttl: number
  /** Protocol of the payload, see {@link ipProtocols}. */
  readonly protocol: number
  /** Checksum of the header. */
  readonly checksum: number
  /** Address that the packet comes from. */
  readonly source: string
  /** Address that the packet goes to. */
  readonly destination: string
  /** Options in their order: 0 ends the list, 1 is padding (RFC 791 § 3.1). At most 40 octets with types and lengths. */
  readonly options: readonly RawOption[]
  /** Octets behind the packet: padding of the frame. */
  readonly trailer?: Uint8Array
}

/**
 * An IPv4 header to encode. Absent: `ttl` is 64, `protocol` that of the layer that follows, `totalLength` and `checksum` are
 * computed, everything else is zero.
 */
export type Ipv4Spec = SpecOf<Ipv4, 'source' | 'destination'>

/**
 * Decodes an IPv4 header.
 *
 * @throws DecodeError another version, or fewer octets than its lengths say
 */
export function decodeIpv4(bytes: Uint8Array, start = 0, end = bytes.length): Decoded<Ipv4> {
  need(bytes, start, end, ipv4HeaderSize, 'ipv4')
  const version = ipVersionAt(bytes, start)
  if (version !== 4) throw new DecodeError('ipv4.version', start, `version ${version}`)
  const headerSize = ipv4HeaderSizeAt(bytes, start)
  if (headerSize < ipv4HeaderSize) throw new DecodeError('ipv4', start, `a header of ${headerSize} octets`)
  need(bytes, start, end, headerSize, 'ipv4')
  const totalLength = ipv4LengthAt(bytes, start)
  const stop = totalLength === 0 ? end : start + totalLength
  if (stop < start + headerSize || stop > Math.min(end, bytes.length)) {
    throw new DecodeError('ipv4.totalLength', start + 2, `${totalLength} octets in ${end - start}`)
  }
  const service = bytes[start + 1] as number
  const fragment = u16At(bytes, start + 6)
  const value: Ipv4 = {
    layer: 'ipv4',
    dscp: service >>> 2,
    ecn: service & 3,
    totalLength,
    identification: u16At(bytes, start + 4),
    reserved: (fragment & 0x8000) !== 0,
    dontFragment: (fragment & 0x4000) !== 0,
    moreFragments: (fragment & 0x2000) !== 0,
    fragmentOffset: (fragment & 0x1fff) * 8,
    ttl: ipv4TtlAt(bytes, start),
    protocol: ipv4ProtocolAt(bytes, start),
    checksum: u16At(bytes, start + 10),
    source: formatIp(bytes, start + 12, 4),
    destination: formatIp(bytes, start + 16, 4),
    options: readOptions(bytes, start + ipv4HeaderSize, start + headerSize, 'ipv4'),
    ...trailerOf(bytes, stop, end),
  }
  return { value, start: start + headerSize, end: stop }
}

/** Octets of an IPv4 header with its options. */
export function sizeOfIpv4(spec: Ipv4Spec): number {
  return ipv4HeaderSize + sizeOfOptions(spec.options ?? [])
}

/**
 * Writes an IPv4 header at `at`; the payload lies between the header and `end`.
 *
 * @throws TypeError, RangeError a value that does not fit
 */
export function writeIpv4(spec: Ipv4Spec & { protocol: number }, bytes: Uint8Array, at: number, end: number): void {
  const size = sizeOfIpv4(spec)
  if (size > 60) throw new RangeError(`ipv4.options: ${size - ipv4HeaderSize} octets, 40 fit`)
  const offset = spec.fragmentOffset ?? 0
  if (offset % 8 !== 0) throw new RangeError(`ipv4.fragmentOffset: ${offset} is not a multiple of 8`)
  bytes[at] = 0x40 | (size / 4)
  bytes[at + 1] = (unsigned(spec.dscp ?? 0, 6, 'ipv4.dscp') << 2) | unsigned(spec.ecn ?? 0, 2, 'ipv4.ecn')
  setU16At(bytes, at + 2, unsigned(spec.totalLength ?? end - at, 16, 'ipv4.totalLength'))
  setU16At(bytes, at + 4, unsigned(spec.identification ?? 0, 16, 'ipv4.identification'))
  const flags = (spec.reserved ? 0x8000 : 0) | (spec.dontFragment ? 0x4000 : 0) | (spec.moreFragments ? 0x2000 : 0)
  setU16At(bytes, at + 6, flags | unsigned(offset / 8, 13, 'ipv4.fragmentOffset (in units of 8)'))
  bytes[at + 8] = unsigned(spec.ttl ?? 64, 8, 'ipv4.ttl')
  bytes[at + 9] = unsigned(spec.protocol, 8, 'ipv4.protocol')
  setU16At(bytes, at + 10, 0)
  setIp(bytes, at + 12, spec.source, 4, 'ipv4.source')
  setIp(bytes, at + 16, spec.destination, 4, 'ipv4.destination')
  writeOptions(spec.options ?? [], bytes, at + ipv4HeaderSize, 'ipv4')
  setU16At(bytes, at + 10, unsigned(spec.checksum ?? checksumOf(bytes, at, at + size), 16, 'ipv4.checksum'))
}

/** Encodes an IPv4 header and its payload. @throws TypeError, RangeError a value that does not fit */
export function encodeIpv4(spec: Ipv4Spec & { protocol: number }, payload: Uint8Array = none()): Uint8Array {
  return assembled(sizeOfIpv4(spec), payload, spec.trailer, (bytes, at, end) => writeIpv4(spec, bytes, at, end))
}
