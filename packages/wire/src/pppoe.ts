/** PPPoE, discovery and session (RFC 2516), and the protocol field of PPP (RFC 1661 § 2). @module */
import { DecodeError } from '@vnet/core'
import { assembled, copyOf, type Decoded, need, none, type SpecOf, trailerOf, unsigned } from './bounds.js'
import { setU16At, u16At } from './octets.js'

/** Codes of discovery packets by name; a session packet has 0. */
export const pppoeCodes = {
  initiation: 0x09,
  offer: 0x07,
  request: 0x19,
  confirmation: 0x65,
  termination: 0xa7,
} as const

/** Types of tags by name (RFC 2516 appendix A). */
export const pppoeTags = {
  endOfList: 0x0000,
  serviceName: 0x0101,
  acName: 0x0102,
  hostUniq: 0x0103,
  acCookie: 0x0104,
  vendor: 0x0105,
  relaySession: 0x0110,
  /** Largest PPP payload, octets (RFC 4638). */
  maxPayload: 0x0120,
  serviceNameError: 0x0201,
  acSystemError: 0x0202,
  genericError: 0x0203,
} as const

/** Protocols of PPP by name. */
export const pppProtocols = {
  ipv4: 0x0021,
  ipv6: 0x0057,
  lcp: 0xc021,
  pap: 0xc023,
  chap: 0xc223,
  ipcp: 0x8021,
  ipv6cp: 0x8057,
}

/** Octets of a PPPoE header. */
export const pppoeHeaderSize = 6

/** A tag of a discovery packet. */
export interface PppoeTag {
  /** Number of the tag, 16 bits, see {@link pppoeTags}. */
  readonly type: number
  /** Its value. */
  readonly bytes: Uint8Array
}

interface PppoeCommon {
  /** Version, 4 bits: 1. */
  readonly version: number
  /** Type, 4 bits: 1. */
  readonly type: number
  /** Which packet it is, see {@link pppoeCodes}. */
  readonly code: number
  /** Number of the session; 0 while there is none. */
  readonly session: number
  /** Octets behind the header. */
  readonly length: number
  /** Octets behind the packet: padding of the frame. */
  readonly trailer?: Uint8Array
}

/** A packet of the discovery stage (EtherType 0x8863), with its tags. */
export interface PppoeDiscovery extends PppoeCommon {
  readonly layer: 'pppoe-discovery'
  /** Tags in their order. */
  readonly tags: readonly PppoeTag[]
}

/** The header of a session packet (EtherType 0x8864); PPP follows. */
export interface PppoeSession extends PppoeCommon {
  readonly layer: 'pppoe-session'
}

/** The protocol field of PPP. */
export interface Ppp {
  readonly layer: 'ppp'
  /** What follows, see {@link pppProtocols}. */
  readonly protocol: number
  /** Whether the field is one octet, as peers may agree (RFC 1661 § 6.5); only numbers below 256 that are odd. */
  readonly compressed: boolean
}

/** A discovery packet to encode. `length` is computed where absent. */
export type PppoeDiscoverySpec = SpecOf<PppoeDiscovery, 'code' | 'tags'>

/** A session header to encode. `length` is computed where absent. */
export type PppoeSessionSpec = SpecOf<PppoeSession, 'session'>

/** A protocol field to encode; two octets where `compressed` is absent. Without `protocol`, that of the next layer. */
export type PppSpec = Partial<Omit<Ppp, 'layer'>>

function readHeader(bytes: Uint8Array, start: number, end: number, layer: string): PppoeCommon {
  need(bytes, start, end, pppoeHeaderSize, layer)
  const length = u16At(bytes, start + 4)
  const payload = start + pppoeHeaderSize
  if (length > Math.min(end, bytes.length) - payload) {
    throw new DecodeError(`${layer}.length`, start + 4, `${length} octets in ${end - payload}`)
  }
  return {
    version: (bytes[start] as number) >>> 4,
    type: (bytes[start] as number) & 0x0f,
    code: bytes[start + 1] as number,
    session: u16At(bytes, start + 2),
    length,
    ...trailerOf(bytes, payload + length, end),
  }
}

function writeHeader(spec: Partial<PppoeCommon>, bytes: Uint8Array, at: number, end: number, layer: string): void {
  const version = unsigned(spec.version ?? 1, 4, `${layer}.version`)
  bytes[at] = (version << 4) | unsigned(spec.type ?? 1, 4, `${layer}.type`)
  bytes[at + 1] = unsigned(spec.code ?? 0, 8, `${layer}.code`)
  setU16At(bytes, at + 2, unsigned(spec.session ?? 0, 16, `${layer}.session`))
  setU16At(bytes, at + 4, unsigned(spec.length ?? end - at - pppoeHeaderSize, 16, `${layer}.length`))
}

/** Decodes a discovery packet. @throws DecodeError fewer octets than its lengths say */
export function decodePppoeDiscovery(bytes: Uint8Array, start = 0, end = bytes.length): PppoeDiscovery {
  const header = readHeader(bytes, start, end, 'pppoe-discovery')
  const stop = start + pppoeHeaderSize + header.length
  const tags: PppoeTag[] = []
  let at = start + pppoeHeaderSize
  while (at < stop) {
    need(bytes, at, stop, 4, 'pppoe-discovery.tags')
    const size = u16At(bytes, at + 2)
    need(bytes, at, stop, 4 + size, 'pppoe-discovery.tags')
    tags.push({ type: u16At(bytes, at), bytes: copyOf(bytes, at + 4, at + 4 + size) })
    at += 4 + size
  }
  return { layer: 'pppoe-discovery', ...header, tags }
}

/** Octets of a discovery packet. */
export function sizeOfPppoeDiscovery(spec: PppoeDiscoverySpec): number {
  return spec.tags.reduce((size, { bytes }) => size + 4 + bytes.length, pppoeHeaderSize)
}

/** Writes a discovery packet at `at`. @throws RangeError a value that does not fit */
export function writePppoeDiscovery(spec: PppoeDiscoverySpec, bytes: Uint8Array, at: number): void {
  writeHeader(spec, bytes, at, at + sizeOfPppoeDiscovery(spec), 'pppoe-discovery')
  let to = at + pppoeHeaderSize
  for (const tag of spec.tags) {
    setU16At(bytes, to, unsigned(tag.type, 16, 'pppoe-discovery.tags.type'))
    setU16At(bytes, to + 2, unsigned(tag.bytes.length, 16, 'pppoe-discovery.tags.bytes (its length)'))
    bytes.set(tag.bytes, to + 4)
    to += 4 + tag.bytes.length
  }
}

/** Encodes a discovery packet. @throws RangeError a value that does not fit */
export function encodePppoeDiscovery(spec: PppoeDiscoverySpec): Uint8Array {
  const write = (bytes: Uint8Array, at: number) => writePppoeDiscovery(spec, bytes, at)
  return assembled(sizeOfPppoeDiscovery(spec), none(), spec.trailer, write)
}

/** Decodes the header of a session packet. @throws DecodeError fewer than 6 octets, or fewer than its length says */
export function decodePppoeSession(bytes: Uint8Array, start = 0, end = bytes.length): Decoded<PppoeSession> {
  const header = readHeader(bytes, start, end, 'pppoe-session')
  const payload = start + pppoeHeaderSize
  return { value: { layer: 'pppoe-session', ...header }, start: payload, end: payload + header.length }
}

/** Writes the header of a session packet at `at`; PPP lies behind it, up to `end`. @throws RangeError a value that does not fit */
export function writePppoeSession(spec: PppoeSessionSpec, bytes: Uint8Array, at: number, end: number): void {
  writeHeader(spec, bytes, at, end, 'pppoe-session')
}

/** Encodes the header of a session packet, and what is in it. @throws RangeError a value that does not fit */
export function encodePppoeSession(spec: PppoeSessionSpec, payload: Uint8Array = none()): Uint8Array {
  const write = (bytes: Uint8Array, at: number, end: number) => writePppoeSession(spec, bytes, at, end)
  return assembled(pppoeHeaderSize, payload, spec.trailer, write)
}

/** Decodes the protocol field of PPP: one octet where the first is odd, else two. @throws DecodeError fewer octets */
export function decodePpp(bytes: Uint8Array, start = 0, end = bytes.length): Decoded<Ppp> {
  need(bytes, start, end, 1, 'ppp')
  const first = bytes[start] as number
  if ((first & 1) === 1) {
    return { value: { layer: 'ppp', protocol: first, compressed: true }, start: start + 1, end }
  }
  need(bytes, start, end, 2, 'ppp')
  return { value: { layer: 'ppp', protocol: u16At(bytes, start), compressed: false }, start: start + 2, end }
}

/** Octets of the protocol field: 1 or 2. */
export function sizeOfPpp(spec: PppSpec): number {
  return spec.compressed ? 1 : 2
}

/** Writes the protocol field of PPP at `at`. @throws RangeError a number that does not fit */
export function writePpp(spec: PppSpec & { protocol: number }, bytes: Uint8Array, at: number): void {
  if (!spec.compressed) {
    setU16At(bytes, at, unsigned(spec.protocol, 16, 'ppp.protocol'))
    return
  }
  if ((spec.protocol & 1) === 0) throw new RangeError(`ppp.protocol: ${spec.protocol} is even and cannot be compressed`)
  bytes[at] = unsigned(spec.protocol, 8, 'ppp.protocol')
}

/** Encodes the protocol field of PPP and its payload. @throws RangeError a number that does not fit */
export function encodePpp(spec: PppSpec & { protocol: number }, payload: Uint8Array = none()): Uint8Array {
  return assembled(sizeOfPpp(spec), payload, undefined, (bytes, at) => writePpp(spec, bytes, at))
}
