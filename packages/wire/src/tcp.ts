/** TCP headers with options (RFC 9293 § 3.1), in place and as values. @module */
import { DecodeError } from '@vnet/core'
import { assembled, type Decoded, need, none, type SpecOf, unsigned } from './bounds.js'
import { checksumOf } from './checksum.js'
import { ipProtocols } from './ipv4.js'
import { setU16At, setU32At, u16At, u32At } from './octets.js'
import { readOptions, sizeOfOptions, writeOptions } from './option.js'
import { namedTcpOption, rawTcpOption, type TcpOption } from './tcp-option.js'
import { type AddressPair, pseudoSum } from './transport.js'

/** Octets of a TCP header without options. */
export const tcpHeaderSize = 20

/** Bits of `flags`, by name (RFC 9293 § 3.1, RFC 3168, RFC 9768). */
export const tcpFlags = {
  fin: 0x01,
  syn: 0x02,
  rst: 0x04,
  psh: 0x08,
  ack: 0x10,
  urg: 0x20,
  ece: 0x40,
  cwr: 0x80,
  ae: 0x100,
} as const

/** Octets of the TCP header at `offset`, with options: 20–60; below 20 it is malformed. */
export function tcpHeaderSizeAt(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset + 12] as number) >>> 4) * 4
}

/** The flags of the TCP header at `offset`, see {@link tcpFlags}. */
export function tcpFlagsAt(bytes: Uint8Array, offset: number): number {
  return u16At(bytes, offset + 12) & 0x1ff
}

/** The sequence number of the TCP header at `offset`. */
export function tcpSequenceAt(bytes: Uint8Array, offset: number): number {
  return u32At(bytes, offset + 4)
}

/** Writes the sequence number of the TCP header at `offset`. The checksum is left as it is. */
export function setTcpSequenceAt(bytes: Uint8Array, offset: number, sequence: number): void {
  setU32At(bytes, offset + 4, sequence)
}

/** A TCP header. */
export interface Tcp {
  readonly layer: 'tcp'
  /** Port that the segment comes from, 0–65535. */
  readonly sourcePort: number
  /** Port that the segment goes to, 0–65535. */
  readonly destinationPort: number
  /** Number of the segment's first octet, 32 bits. */
  readonly sequence: number
  /** Number of the octet that is expected next, 32 bits; valid with the flag `ack`. */
  readonly acknowledgement: number
  /** Sum of {@link tcpFlags}, 9 bits. */
  readonly flags: number
  /** Three bits that must be zero. */
  readonly reserved: number
  /** Octets that the sender takes, before scaling, 16 bits. */
  readonly window: number
  /** Checksum over pseudo header, header and payload. */
  readonly checksum: number
  /** Octets from the sequence number to the end of urgent data, 16 bits; valid with the flag `urg`. */
  readonly urgent: number
  /** Options in their order, at most 40 octets; encoding pads with zeros. */
  readonly options: readonly TcpOption[]
}

/** A TCP header to encode. `checksum` is computed where absent; everything else is zero. */
export type TcpSpec = SpecOf<Tcp, 'sourcePort' | 'destinationPort'>

/** Decodes a TCP header. @throws DecodeError fewer octets than its length says, an option that leads out of it */
export function decodeTcp(bytes: Uint8Array, start = 0, end = bytes.length): Decoded<Tcp> {
  need(bytes, start, end, tcpHeaderSize, 'tcp')
  const headerSize = tcpHeaderSizeAt(bytes, start)
  if (headerSize < tcpHeaderSize) throw new DecodeError('tcp', start + 12, `a header of ${headerSize} octets`)
  need(bytes, start, end, headerSize, 'tcp')
  const value: Tcp = {
    layer: 'tcp',
    sourcePort: u16At(bytes, start),
    destinationPort: u16At(bytes, start + 2),
    sequence: tcpSequenceAt(bytes, start),
    acknowledgement: u32At(bytes, start + 8),
    flags: tcpFlagsAt(bytes, start),
    reserved: ((bytes[start + 12] as number) >>> 1) & 7,
    window: u16At(bytes, start + 14),
    checksum: u16At(bytes, start + 16),
    urgent: u16At(bytes, start + 18),
    options: readOptions(bytes, start + tcpHeaderSize, start + headerSize, 'tcp').map(namedTcpOption),
  }
  return { value, start: start + headerSize, end }
}

/** Octets of a TCP header with its options. */
export function sizeOfTcp(spec: TcpSpec): number {
  return tcpHeaderSize + sizeOfOptions((spec.options ?? []).map(rawTcpOption))
}

/**
 * Writes a TCP header at `at`; the payload lies between the header and `end`.
 *
 * @param pair Addresses of the packet around it, for the checksum.
 * @throws TypeError, RangeError a value that does not fit, or no addresses where the checksum is to be computed
 */
export function writeTcp(spec: TcpSpec, bytes: Uint8Array, at: number, end: number, pair?: AddressPair): void {
  const options = (spec.options ?? []).map(rawTcpOption)
  const size = tcpHeaderSize + sizeOfOptions(options)
  if (size > 60) throw new RangeError(`tcp.options: ${size - tcpHeaderSize} octets, 40 fit`)
  setU16At(bytes, at, unsigned(spec.sourcePort, 16, 'tcp.sourcePort'))
  setU16At(bytes, at + 2, unsigned(spec.destinationPort, 16, 'tcp.destinationPort'))
  setU32At(bytes, at + 4, unsigned(spec.sequence ?? 0, 32, 'tcp.sequence'))
  setU32At(bytes, at + 8, unsigned(spec.acknowledgement ?? 0, 32, 'tcp.acknowledgement'))
  const reserved = unsigned(spec.reserved ?? 0, 3, 'tcp.reserved')
  setU16At(bytes, at + 12, ((size / 4) << 12) | (reserved << 9) | unsigned(spec.flags ?? 0, 9, 'tcp.flags'))
  setU16At(bytes, at + 14, unsigned(spec.window ?? 0, 16, 'tcp.window'))
  setU16At(bytes, at + 16, 0)
  setU16At(bytes, at + 18, unsigned(spec.urgent ?? 0, 16, 'tcp.urgent'))
  writeOptions(options, bytes, at + tcpHeaderSize, 'tcp')
  const computed = () => checksumOf(bytes, at, end, pseudoSum(pair, ipProtocols.tcp, end - at, 'tcp'))
  setU16At(bytes, at + 16, unsigned(spec.checksum ?? computed(), 16, 'tcp.checksum'))
}

/** Encodes a TCP header and its payload, as {@link writeTcp}. @throws TypeError, RangeError a value that does not fit */
export function encodeTcp(spec: TcpSpec, payload: Uint8Array = none(), pair?: AddressPair): Uint8Array {
  return assembled(sizeOfTcp(spec), payload, undefined, (bytes, at, end) => writeTcp(spec, bytes, at, end, pair))
}
