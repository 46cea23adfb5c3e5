/** VXLAN headers (RFC 7348): Ethernet frames inside UDP. @module */
import { assembled, type Decoded, need, none, type SpecOf, unsigned } from './bounds.js'
import { setU24At, u24At } from './octets.js'

/** Octets of a VXLAN header. */
export const vxlanHeaderSize = 8

/** UDP ports that VXLAN goes to: IANA's, and the one that Linux took before there was one. */
export const vxlanPorts = { iana: 4789, linux: 8472 } as const

/** The flag that says that there is a network identifier. */
const hasVni = 0x08

/** Whether the VXLAN header at `offset` has a network identifier; without one it must be ignored. */
export function isVxlanAt(bytes: Uint8Array, offset: number): boolean {
  return ((bytes[offset] as number) & hasVni) !== 0
}

/** The network identifier of the VXLAN header at `offset`, 24 bits. */
export function vniAt(bytes: Uint8Array, offset: number): number {
  return u24At(bytes, offset + 4)
}

/** A VXLAN header. */
export interface Vxlan {
  readonly layer: 'vxlan'
  /** Network identifier, 24 bits. */
  readonly vni: number
  /** Eight flags; 0x08 says that `vni` is valid. */
  readonly flags: number
  /** Three octets behind the flags, zero; extensions use them (group policy). */
  readonly reserved: number
  /** The last octet, zero. */
  readonly lastReserved: number
}

/** A VXLAN header to encode; `flags` is 0x08 where absent, everything else zero. */
export type VxlanSpec = SpecOf<Vxlan, 'vni'>

/** Decodes a VXLAN header. @throws DecodeError fewer than 8 octets */
export function decodeVxlan(bytes: Uint8Array, start = 0, end = bytes.length): Decoded<Vxlan> {
  need(bytes, start, end, vxlanHeaderSize, 'vxlan')
  const value: Vxlan = {
    layer: 'vxlan',
    vni: vniAt(bytes, start),
    flags: bytes[start] as number,
    reserved: u24At(bytes, start + 1),
    lastReserved: bytes[start + 7] as number,
  }
  return { value, start: start + vxlanHeaderSize, end }
}

/** Writes a VXLAN header at `at`. @throws RangeError a number that does not fit */
export function writeVxlan(spec: VxlanSpec, bytes: Uint8Array, at: number): void {
  bytes[at] = unsigned(spec.flags ?? hasVni, 8, 'vxlan.flags')
  setU24At(bytes, at + 1, unsigned(spec.reserved ?? 0, 24, 'vxlan.reserved'))
  setU24At(bytes, at + 4, unsigned(spec.vni, 24, 'vxlan.vni'))
  bytes[at + 7] = unsigned(spec.lastReserved ?? 0, 8, 'vxlan.lastReserved')
}

/** Encodes a VXLAN header and the frame inside. @throws RangeError a number that does not fit */
export function encodeVxlan(spec: VxlanSpec, payload: Uint8Array = none()): Uint8Array {
  return assembled(vxlanHeaderSize, payload, undefined, (bytes, at) => writeVxlan(spec, bytes, at))
}
