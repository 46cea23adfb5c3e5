/** LLC headers (IEEE 802.2) with SNAP (IEEE 802 § 10.3): what follows an 802.3 length. @module */
import { assembled, type Decoded, need, none, type SpecOf, unsigned } from './bounds.js'
import { setU16At, setU24At, u16At, u24At } from './octets.js'

/** Service access points by name. */
export const serviceAccessPoints = { stp: 0x42, snap: 0xaa, isIs: 0xfe } as const

/** The header of an unnumbered frame, which everything on Ethernet uses. */
export const unnumberedInformation = 0x03

/** What a SNAP header says of the payload. */
export interface Snap {
  /** Organization, 24 bits; 0 means that `protocol` is an EtherType. */
  readonly oui: number
  /** Protocol of this organization, 16 bits. */
  readonly protocol: number
}

/** An LLC header. */
export interface Llc {
  readonly layer: 'llc'
  /** Service access point that the packet goes to, 8 bits. */
  readonly destinationSap: number
  /** Service access point that the packet comes from, 8 bits. */
  readonly sourceSap: number
  /** Control: 8 bits when the lowest two are set (unnumbered), else 16 with the first octet lowest. */
  readonly control: number
  /** The SNAP header, where both access points are 0xaa and control is 3. */
  readonly snap?: Snap
}

/** An LLC header to encode: unnumbered information where `control` is absent. */
export type LlcSpec = SpecOf<Llc, 'destinationSap' | 'sourceSap'>

/** The LLC header of BPDUs. */
export const stpLlc: LlcSpec = { destinationSap: serviceAccessPoints.stp, sourceSap: serviceAccessPoints.stp }

/**
 * Decodes an LLC header.
 *
 * @throws DecodeError fewer octets than it needs: 3, 4, or 8 with SNAP
 */
export function decodeLlc(bytes: Uint8Array, start = 0, end = bytes.length): Decoded<Llc> {
  need(bytes, start, end, 3, 'llc')
  const destinationSap = bytes[start] as number
  const sourceSap = bytes[start + 1] as number
  const first = bytes[start + 2] as number
  const short = (first & 3) === 3
  if (!short) need(bytes, start, end, 4, 'llc')
  const control = short ? first : first | ((bytes[start + 3] as number) << 8)
  const header = { layer: 'llc', destinationSap, sourceSap, control } as const
  const payload = start + (short ? 3 : 4)
  if (!isSnap(header)) return { value: header, start: payload, end }
  need(bytes, payload, end, 5, 'llc.snap')
  const snap = { oui: u24At(bytes, payload), protocol: u16At(bytes, payload + 3) }
  return { value: { ...header, snap }, start: payload + 5, end }
}

function isSnap(spec: LlcSpec): boolean {
  const { destinationSap, sourceSap, control = unnumberedInformation } = spec
  return (
    destinationSap === serviceAccessPoints.snap &&
    sourceSap === serviceAccessPoints.snap &&
    control === unnumberedInformation
  )
}

/** Octets of an LLC header: 3, 4, or 8 with SNAP. */
export function sizeOfLlc(spec: LlcSpec): number {
  return (((spec.control ?? unnumberedInformation) & 3) === 3 ? 3 : 4) + (isSnap(spec) ? 5 : 0)
}

/** Writes an LLC header at `at`. @throws TypeError, RangeError a value that does not fit */
export function writeLlc(spec: LlcSpec, bytes: Uint8Array, at: number): void {
  const control = unsigned(spec.control ?? unnumberedInformation, 16, 'llc.control')
  const short = (control & 3) === 3
  bytes[at] = unsigned(spec.destinationSap, 8, 'llc.destinationSap')
  bytes[at + 1] = unsigned(spec.sourceSap, 8, 'llc.sourceSap')
  bytes[at + 2] = short ? unsigned(control, 8, 'llc.control') : control
  if (!short) bytes[at + 3] = control >>> 8
  if (!isSnap(spec)) {
    if (spec.snap !== undefined) throw new TypeError('llc.snap: needs access points of 0xaa and a control of 3')
    return
  }
  if (spec.snap === undefined) throw new TypeError('llc.snap: access points of 0xaa need it')
  setU24At(bytes, at + 3, unsigned(spec.snap.oui, 24, 'llc.snap.oui'))
  setU16At(bytes, at + 6, unsigned(spec.snap.protocol, 16, 'llc.snap.protocol'))
}

/** Encodes an LLC header and its payload. @throws TypeError, RangeError a value that does not fit */
export function encodeLlc(spec: LlcSpec, payload: Uint8Array = none()): Uint8Array {
  return assembled(sizeOfLlc(spec), payload, undefined, (bytes, at) => writeLlc(spec, bytes, at))
}
