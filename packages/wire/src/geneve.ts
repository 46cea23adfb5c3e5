/** GENEVE headers (RFC 8926): frames and packets inside UDP, with options. @module */
import { DecodeError } from '@vnet/core'
import { assembled, copyOf, type Decoded, need, none, type SpecOf, unsigned } from './bounds.js'
import { setU16At, setU24At, u16At, u24At } from './octets.js'

/** Octets of a GENEVE header without options. */
export const geneveHeaderSize = 8

/** The UDP port that GENEVE goes to. */
export const genevePort = 6081

/** The EtherType of the payload of the GENEVE header at `offset`; 0x6558 is an Ethernet frame. */
export function geneveProtocolAt(bytes: Uint8Array, offset: number): number {
  return u16At(bytes, offset + 2)
}

/** The network identifier of the GENEVE header at `offset`, 24 bits. */
export function geneveVniAt(bytes: Uint8Array, offset: number): number {
  return u24At(bytes, offset + 4)
}

/** Octets of the GENEVE header at `offset` with its options: 8 to 260. */
export function geneveHeaderSizeAt(bytes: Uint8Array, offset: number): number {
  return geneveHeaderSize + ((bytes[offset] as number) & 0x3f) * 4
}

/** Whether the GENEVE header at `offset` is that of a message of the tunnel's own management. */
export function isGeneveControlAt(bytes: Uint8Array, offset: number): boolean {
  return ((bytes[offset + 1] as number) & 0x80) !== 0
}

/** Whether the GENEVE header at `offset` has options that must be understood. */
export function isGeneveCriticalAt(bytes: Uint8Array, offset: number): boolean {
  return ((bytes[offset + 1] as number) & 0x40) !== 0
}

/** A GENEVE header, version 0. */
export interface Geneve {
  readonly layer: 'geneve'
  /** Network identifier, 24 bits. */
  readonly vni: number
  /** EtherType of the payload; 0x6558 is an Ethernet frame. */
  readonly protocol: number
  /** Whether it is a message of the tunnel's own management. */
  readonly control: boolean
  /** Whether there are options that must be understood. */
  readonly critical: boolean
  /** Six bits behind these flags that must be zero. */
  readonly reserved: number
  /** The last octet, zero. */
  readonly lastReserved: number
  /** Options, as they are: a multiple of 4 octets, 252 at most. */
  readonly options: Uint8Array
}

/** A GENEVE header to encode; absent is zero, `false`, or no options. */
export type GeneveSpec = SpecOf<Geneve, 'vni' | 'protocol'>

/** Decodes a GENEVE header. @throws DecodeError another version, or fewer octets than it says */
export function decodeGeneve(bytes: Uint8Array, start = 0, end = bytes.length): Decoded<Geneve> {
  need(bytes, start, end, geneveHeaderSize, 'geneve')
  const version = (bytes[start] as number) >> 6
  if (version !== 0) throw new DecodeError('geneve', start, `version ${version}`)
  const size = geneveHeaderSizeAt(bytes, start)
  need(bytes, start, end, size, 'geneve')
  const flags = bytes[start + 1] as number
  const value: Geneve = {
    layer: 'geneve',
    vni: geneveVniAt(bytes, start),
    protocol: geneveProtocolAt(bytes, start),
    control: (flags & 0x80) !== 0,
    critical: (flags & 0x40) !== 0,
    reserved: flags & 0x3f,
    lastReserved: bytes[start + 7] as number,
    options: copyOf(bytes, start + geneveHeaderSize, start + size),
  }
  return { value, start: start + size, end }
}

/** Octets of a GENEVE header with its options. */
export function sizeOfGeneve({ options }: Pick<GeneveSpec, 'options'>): number {
  return geneveHeaderSize + (options?.length ?? 0)
}

/** Writes a GENEVE header at `at`. @throws RangeError a number or options that do not fit */
export function writeGeneve(spec: GeneveSpec, bytes: Uint8Array, at: number): void {
  const { options = none() } = spec
  if (options.length % 4 !== 0) throw new RangeError(`geneve.options: ${options.length} octets, no multiple of 4`)
  bytes[at] = unsigned(options.length / 4, 6, 'geneve.options (in units of 4)')
  const reserved = unsigned(spec.reserved ?? 0, 6, 'geneve.reserved')
  bytes[at + 1] = (spec.control ? 0x80 : 0) | (spec.critical ? 0x40 : 0) | reserved
  setU16At(bytes, at + 2, unsigned(spec.protocol, 16, 'geneve.protocol'))
  setU24At(bytes, at + 4, unsigned(spec.vni, 24, 'geneve.vni'))
  bytes[at + 7] = unsigned(spec.lastReserved ?? 0, 8, 'geneve.lastReserved')
  bytes.set(options, at + geneveHeaderSize)
}

/** Encodes a GENEVE header and what is inside. @throws RangeError a number or options that do not fit */
export function encodeGeneve(spec: GeneveSpec, payload: Uint8Array = none()): Uint8Array {
  return assembled(sizeOfGeneve(spec), payload, undefined, (bytes, at) => writeGeneve(spec, bytes, at))
}
