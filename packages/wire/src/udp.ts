/** UDP headers (RFC 768), in place and as values. @module */
import { DecodeError } from '@vnet/core'
import { assembled, type Decoded, need, none, type SpecOf, trailerOf, unsigned } from './bounds.js'
import { checksumOf } from './checksum.js'
import { ipProtocols } from './ipv4.js'
import { setU16At, u16At } from './octets.js'
import { type AddressPair, pseudoSum } from './transport.js'

/** Octets of a UDP header. */
export const udpHeaderSize = 8

/** The source port of the UDP or TCP header at `offset`. */
export function sourcePortAt(bytes: Uint8Array, offset: number): number {
  return u16At(bytes, offset)
}

/** The destination port of the UDP or TCP header at `offset`. */
export function destinationPortAt(bytes: Uint8Array, offset: number): number {
  return u16At(bytes, offset + 2)
}

/** Octets of the UDP datagram at `offset`, with its header. */
export function udpLengthAt(bytes: Uint8Array, offset: number): number {
  return u16At(bytes, offset + 4)
}

/** A UDP header. */
export interface Udp {
  readonly layer: 'udp'
  /** Port that the datagram comes from, 0–65535. */
  readonly sourcePort: number
  /** Port that the datagram goes to, 0–65535. */
  readonly destinationPort: number
  /** Octets of the datagram with its header; 0 in jumbograms (RFC 2675): up to the end. */
  readonly length: number
  /** Checksum; 0 is none, which IPv4 allows. */
  readonly checksum: number
  /** Octets behind the datagram inside the packet. */
  readonly trailer?: Uint8Array
}

/** A UDP header to encode. `length` and `checksum` are computed where absent; `checksum: 0` sends none. */
export type UdpSpec = SpecOf<Udp, 'sourcePort' | 'destinationPort'>

/** Decodes a UDP header. @throws DecodeError fewer than 8 octets, or fewer than its length says */
export function decodeUdp(bytes: Uint8Array, start = 0, end = bytes.length): Decoded<Udp> {
  need(bytes, start, end, udpHeaderSize, 'udp')
  const length = udpLengthAt(bytes, start)
  const stop = length === 0 ? end : start + length
  if (stop < start + udpHeaderSize || stop > Math.min(end, bytes.length)) {
    throw new DecodeError('udp.length', start + 4, `${length} octets in ${end - start}`)
  }
  const value: Udp = {
    layer: 'udp',
    sourcePort: sourcePortAt(bytes, start),
    destinationPort: destinationPortAt(bytes, start),
    length,
    checksum: u16At(bytes, start + 6),
    ...trailerOf(bytes, stop, end),
  }
  return { value, start: start + udpHeaderSize, end: stop }
}

/**
 * Writes a UDP header at `at`; the payload lies between the header and `end`.
 *
 * @param pair Addresses of the packet around it, for the checksum.
 * @throws TypeError, RangeError a value that does not fit, or no addresses where the checksum is to be computed
 */
export function writeUdp(spec: UdpSpec, bytes: Uint8Array, at: number, end: number, pair?: AddressPair): void {
  setU16At(bytes, at, unsigned(spec.sourcePort, 16, 'udp.sourcePort'))
  setU16At(bytes, at + 2, unsigned(spec.destinationPort, 16, 'udp.destinationPort'))
  setU16At(bytes, at + 4, unsigned(spec.length ?? end - at, 16, 'udp.length'))
  setU16At(bytes, at + 6, 0)
  // A computed zero is sent as its other form, since zero says that there is none (RFC 768).
  const computed = () => checksumOf(bytes, at, end, pseudoSum(pair, ipProtocols.udp, end - at, 'udp')) || 0xffff
  setU16At(bytes, at + 6, unsigned(spec.checksum ?? computed(), 16, 'udp.checksum'))
}

/** Encodes a UDP header and its payload, as {@link writeUdp}. @throws TypeError, RangeError a value that does not fit */
export function encodeUdp(spec: UdpSpec, payload: Uint8Array = none(), pair?: AddressPair): Uint8Array {
  return assembled(udpHeaderSize, payload, spec.trailer, (bytes, at, end) => writeUdp(spec, bytes, at, end, pair))
}
