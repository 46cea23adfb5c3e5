/** GRE headers, version 0 (RFC 2784), with key and sequence number (RFC 2890). @module */
import { DecodeError } from '@vnet/core'
import { assembled, type Decoded, need, none, unsigned } from './bounds.js'
import { checksumOf } from './checksum.js'
import { setU16At, setU32At, u16At, u32At } from './octets.js'

/** A checksum of GRE. */
export interface GreChecksum {
  /** The checksum over the GRE header and its payload. */
  readonly value: number
  /** Two octets behind it that must be zero. */
  readonly reserved: number
}

/** A GRE header. */
export interface Gre {
  readonly layer: 'gre'
  /** EtherType of the payload; 0x6558 is an Ethernet frame. */
  readonly protocol: number
  /** The checksum, where there is one. */
  readonly checksum?: GreChecksum
  /** The key, 32 bits, where there is one. */
  readonly key?: number
  /** Number of the packet, 32 bits, where there is one. */
  readonly sequence?: number
  /** Nine bits between flags and version that must be zero. */
  readonly reserved: number
}

/** A GRE header to encode. `checksum: true` computes one. Without `protocol`, that of the next layer. */
export type GreSpec = Omit<Partial<Gre>, 'layer' | 'checksum'> & { readonly checksum?: GreChecksum | true }

/** Whether a GRE header that {@link decodeGre} knows begins at `offset`: version 0, without the routing of RFC 1701. */
export function isGreAt(bytes: Uint8Array, offset: number): boolean {
  return (u16At(bytes, offset) & 0x4007) === 0
}

/** Decodes a GRE header. @throws DecodeError another version, source routing, fewer octets than the flags say */
export function decodeGre(bytes: Uint8Array, start = 0, end = bytes.length): Decoded<Gre> {
  need(bytes, start, end, 4, 'gre')
  if (!isGreAt(bytes, start)) throw new DecodeError('gre', start, 'not version 0 without routing')
  const flags = u16At(bytes, start)
  const size = sizeFor((flags & 0x8000) !== 0, (flags & 0x2000) !== 0, (flags & 0x1000) !== 0)
  need(bytes, start, end, size, 'gre')
  let at = start + 4
  const next = (): number => {
    at += 4
    return at - 4
  }
  const checksumAt = flags & 0x8000 ? next() : undefined
  const keyAt = flags & 0x2000 ? next() : undefined
  const sequenceAt = flags & 0x1000 ? next() : undefined
  const value: Gre = {
    layer: 'gre',
    protocol: u16At(bytes, start + 2),
    ...(checksumAt === undefined
      ? {}
      : { checksum: { value: u16At(bytes, checksumAt), reserved: u16At(bytes, checksumAt + 2) } }),
    ...(keyAt === undefined ? {} : { key: u32At(bytes, keyAt) }),
    ...(sequenceAt === undefined ? {} : { sequence: u32At(bytes, sequenceAt) }),
    reserved: (flags >>> 3) & 0x1ff,
  }
  return { value, start: start + size, end }
}

function sizeFor(checksum: boolean, key: boolean, sequence: boolean): number {
  return 4 + (checksum ? 4 : 0) + (key ? 4 : 0) + (sequence ? 4 : 0)
}

/** Octets of a GRE header: 4 to 16. */
export function sizeOfGre(spec: GreSpec): number {
  return sizeFor(spec.checksum !== undefined, spec.key !== undefined, spec.sequence !== undefined)
}

/** Writes a GRE header at `at`; the payload lies behind it, up to `end`. @throws RangeError a number that does not fit */
export function writeGre(spec: GreSpec & { protocol: number }, bytes: Uint8Array, at: number, end: number): void {
  const { checksum, key, sequence } = spec
  const flags = (checksum ? 0x8000 : 0) | (key !== undefined ? 0x2000 : 0) | (sequence !== undefined ? 0x1000 : 0)
  const reserved = unsigned(spec.reserved ?? 0, 9, 'gre.reserved')
  setU16At(bytes, at, flags | (reserved << 3))
  setU16At(bytes, at + 2, unsigned(spec.protocol, 16, 'gre.protocol'))
  let to = at + 4
  if (checksum !== undefined) {
    setU32At(bytes, to, 0)
    to += 4
  }
  if (key !== undefined) {
    setU32At(bytes, to, unsigned(key, 32, 'gre.key'))
    to += 4
  }
  if (sequence !== undefined) setU32At(bytes, to, unsigned(sequence, 32, 'gre.sequence'))
  if (checksum === undefined) return
  if (checksum !== true) setU16At(bytes, at + 6, unsigned(checksum.reserved, 16, 'gre.checksum.reserved'))
  const value = checksum === true ? checksumOf(bytes, at, end) : checksum.value
  setU16At(bytes, at + 4, unsigned(value, 16, 'gre.checksum.value'))
}

/** Encodes a GRE header and its payload. @throws RangeError a number that does not fit */
export function encodeGre(spec: GreSpec & { protocol: number }, payload: Uint8Array = none()): Uint8Array {
  return assembled(sizeOfGre(spec), payload, undefined, (bytes, at, end) => writeGre(spec, bytes, at, end))
}
