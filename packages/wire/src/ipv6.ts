/** IPv6 headers (RFC 8200 § 3), in place and as values; extension headers are in a file of their own. @module */
import { DecodeError, formatIp } from '@vnet/core'
import { assembled, type Decoded, need, none, type SpecOf, setIp, trailerOf, unsigned } from './bounds.js'
import { ipProtocols, ipVersionAt } from './ipv4.js'
import { setU16At, setU32At, u16At, u32At } from './octets.js'

/** Octets of an IPv6 header. */
export const ipv6HeaderSize = 40

/** Octets behind the header of the IPv6 packet at `offset`. */
export function ipv6PayloadLengthAt(bytes: Uint8Array, offset: number): number {
  return u16At(bytes, offset + 4)
}

/** What follows the header of the IPv6 packet at `offset`: a protocol or an extension header, see `ipProtocols`. */
export function ipv6NextHeaderAt(bytes: Uint8Array, offset: number): number {
  return bytes[offset + 6] as number
}

/** Hops that the IPv6 packet at `offset` may still make. */
export function ipv6HopLimitAt(bytes: Uint8Array, offset: number): number {
  return bytes[offset + 7] as number
}

/** An IPv6 header. */
export interface Ipv6 {
  readonly layer: 'ipv6'
  /** Differentiated services, 6 bits (RFC 2474). */
  readonly dscp: number
  /** Congestion notification, 2 bits (RFC 3168). */
  readonly ecn: number
  /** What the packets of one flow have in common, 20 bits (RFC 6437). */
  readonly flowLabel: number
  /** Octets behind this header; 0 with a hop-by-hop header behind it is a jumbogram (RFC 2675): up to the end. */
  readonly payloadLength: number
  /** What follows: a protocol or an extension header, see `ipProtocols`. */
  readonly nextHeader: number
  /** Hops that the packet may still make, 0–255. */
  readonly hopLimit: number
  /** Address that the packet comes from. */
  readonly source: string
  /** Address that the packet goes to (next, where a routing header follows). */
  readonly destination: string
  /** Octets behind the packet: padding of the frame. */
  readonly trailer?: Uint8Array
}

/**
 * An IPv6 header to encode. Absent: `hopLimit` is 64, `nextHeader` that of the layer that follows, `payloadLength` is
 * computed, everything else is zero.
 */
export type Ipv6Spec = SpecOf<Ipv6, 'source' | 'destination'>

/**
 * Decodes an IPv6 header.
 *
 * @throws DecodeError another version, or fewer octets than its length says
 */
export function decodeIpv6(bytes: Uint8Array, start = 0, end = bytes.length): Decoded<Ipv6> {
  need(bytes, start, end, ipv6HeaderSize, 'ipv6')
  const version = ipVersionAt(bytes, start)
  if (version !== 6) throw new DecodeError('ipv6.version', start, `version ${version}`)
  const payloadLength = ipv6PayloadLengthAt(bytes, start)
  const nextHeader = ipv6NextHeaderAt(bytes, start)
  const payload = start + ipv6HeaderSize
  // A hop-by-hop header has at least 8 octets: a length of 0 before one can only be a jumbogram's.
  const jumbo = payloadLength === 0 && nextHeader === ipProtocols.hopByHop
  const stop = jumbo ? end : payload + payloadLength
  if (stop > Math.min(end, bytes.length)) {
    throw new DecodeError('ipv6.payloadLength', start + 4, `${payloadLength} octets in ${end - payload}`)
  }
  const first = u32At(bytes, start)
  const value: Ipv6 = {
    layer: 'ipv6',
    dscp: (first >>> 22) & 0x3f,
    ecn: (first >>> 20) & 3,
    flowLabel: first & 0xfffff,
    payloadLength,
    nextHeader,
    hopLimit: ipv6HopLimitAt(bytes, start),
    source: formatIp(bytes, start + 8, 16),
    destination: formatIp(bytes, start + 24, 16),
    ...trailerOf(bytes, stop, end),
  }
  return { value, start: payload, end: stop }
}

/**
 * Writes an IPv6 header at `at`; the payload lies between the header and `end`.
 *
 * @throws TypeError, RangeError a value that does not fit
 */
export function writeIpv6(spec: Ipv6Spec & { nextHeader: number }, bytes: Uint8Array, at: number, end: number): void {
  const service = (unsigned(spec.dscp ?? 0, 6, 'ipv6.dscp') << 2) | unsigned(spec.ecn ?? 0, 2, 'ipv6.ecn')
  setU32At(bytes, at, 0x60000000 | (service << 20) | unsigned(spec.flowLabel ?? 0, 20, 'ipv6.flowLabel'))
  const length = spec.payloadLength ?? end - at - ipv6HeaderSize
  setU16At(bytes, at + 4, unsigned(length, 16, 'ipv6.payloadLength'))
  bytes[at + 6] = unsigned(spec.nextHeader, 8, 'ipv6.nextHeader')
  bytes[at + 7] = unsigned(spec.hopLimit ?? 64, 8, 'ipv6.hopLimit')
  setIp(bytes, at + 8, spec.source, 16, 'ipv6.source')
  setIp(bytes, at + 24, spec.destination, 16, 'ipv6.destination')
}

/** Encodes an IPv6 header and its payload. @throws TypeError, RangeError a value that does not fit */
export function encodeIpv6(spec: Ipv6Spec & { nextHeader: number }, payload: Uint8Array = none()): Uint8Array {
  return assembled(ipv6HeaderSize, payload, spec.trailer, (bytes, at, end) => writeIpv6(spec, bytes, at, end))
}
