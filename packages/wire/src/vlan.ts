/** VLAN tags: IEEE 802.1Q (C-tag, 0x8100) and 802.1ad (S-tag, 0x88a8), in place and as values. @module */
import { assembled, type Decoded, need, none, type SpecOf, trailerOf, unsigned } from './bounds.js'
import { etherTypeAt, etherTypes, lengthEnd } from './ethernet.js'
import { setU16At, u16At } from './octets.js'

/** Octets of a tag. */
export const vlanTagSize = 4

/** Whether the frame at `offset` carries a tag: its EtherType is 0x8100 or 0x88a8. */
export function isTaggedAt(bytes: Uint8Array, offset: number): boolean {
  const type = etherTypeAt(bytes, offset)
  return type === etherTypes.vlan || type === etherTypes.serviceVlan
}

/** The control information (TCI) of the outermost tag of the frame at `offset`: priority, drop bit, VLAN, 16 bits. */
export function vlanTciAt(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset + 14] as number) << 8) | (bytes[offset + 15] as number)
}

/** The VLAN of the outermost tag of the frame at `offset`: 0 (priority only) to 4095. Look at {@link isTaggedAt} first. */
export function vlanIdAt(bytes: Uint8Array, offset: number): number {
  return (((bytes[offset + 14] as number) & 0x0f) << 8) | (bytes[offset + 15] as number)
}

/** Writes the VLAN, 0–4095, of the outermost tag of the frame at `offset`; priority and drop bit stay. */
export function setVlanIdAt(bytes: Uint8Array, offset: number, id: number): void {
  bytes[offset + 14] = ((bytes[offset + 14] as number) & 0xf0) | ((id >>> 8) & 0x0f)
  bytes[offset + 15] = id
}

/** The priority (PCP), 0–7, of the outermost tag of the frame at `offset`. */
export function vlanPriorityAt(bytes: Uint8Array, offset: number): number {
  return (bytes[offset + 14] as number) >>> 5
}

/** The EtherType behind the outermost tag of the frame at `offset`. */
export function innerEtherTypeAt(bytes: Uint8Array, offset: number): number {
  return u16At(bytes, offset + 16)
}

/** The control information of a tag: priority 0–7, drop bit, VLAN 0–4095. */
export function vlanTci(id: number, priority = 0, dropEligible = false): number {
  return (priority << 13) | (dropEligible ? 0x1000 : 0) | id
}

/**
 * Pushes a tag in place: the two MAC addresses move 4 octets to the front, the rest stays. Needs 4 octets of headroom.
 *
 * @param start Offset of the frame, at least 4.
 * @param tci Control information, see {@link vlanTci}.
 * @param protocol EtherType of the tag: 0x8100, or 0x88a8 for a service tag.
 * @returns the new offset of the frame, 4 less
 * @throws RangeError no headroom
 */
export function pushVlan(bytes: Uint8Array, start: number, tci: number, protocol: number = etherTypes.vlan): number {
  if (start < vlanTagSize) throw new RangeError(`a tag needs 4 octets before the frame, there are ${start}`)
  const front = start - vlanTagSize
  for (let i = 0; i < 12; i++) bytes[front + i] = bytes[start + i] as number
  setU16At(bytes, front + 12, protocol)
  setU16At(bytes, front + 14, tci)
  return front
}

/**
 * Pops the outermost tag in place: the two MAC addresses move 4 octets to the back, the rest stays. The frame must carry
 * one, see {@link isTaggedAt}.
 *
 * @returns the new offset of the frame, 4 more
 */
export function popVlan(bytes: Uint8Array, start: number): number {
  for (let i = 11; i >= 0; i--) bytes[start + vlanTagSize + i] = bytes[start + i] as number
  return start + vlanTagSize
}

/** A VLAN tag behind the header whose type says so: 0x8100 (802.1Q) or 0x88a8 (802.1ad). */
export interface Vlan {
  readonly layer: 'vlan'
  /** VLAN, 0–4095; 0 carries only a priority, 4095 is reserved. */
  readonly id: number
  /** Priority (PCP), 0–7. */
  readonly priority: number
  /** Whether the frame may be dropped first (DEI). */
  readonly dropEligible: boolean
  /** EtherType of the payload, or, up to 1500, the payload's length in octets. */
  readonly type: number
  /** Octets behind an 802.3 payload: padding. */
  readonly trailer?: Uint8Array
}

/** A tag to encode. Without `type`, it is that of the layer that follows. */
export type VlanSpec = SpecOf<Vlan, 'id'>

/**
 * Decodes a tag from behind its EtherType (0x8100) on: control information, then the type of what follows.
 *
 * @throws DecodeError fewer than 4 octets, or fewer than an 802.3 length says
 */
export function decodeVlan(bytes: Uint8Array, start = 0, end = bytes.length): Decoded<Vlan> {
  need(bytes, start, end, vlanTagSize, 'vlan')
  const tci = u16At(bytes, start)
  const type = u16At(bytes, start + 2)
  const payload = start + vlanTagSize
  const stop = lengthEnd(bytes, type, payload, end, 'vlan')
  const value: Vlan = {
    layer: 'vlan',
    id: tci & 0x0fff,
    priority: tci >>> 13,
    dropEligible: (tci & 0x1000) !== 0,
    type,
    ...trailerOf(bytes, stop, end),
  }
  return { value, start: payload, end: stop }
}

/** Writes a tag's control information and type, 4 octets, at `at`. @throws RangeError a value that does not fit */
export function writeVlan(spec: VlanSpec & { type: number }, bytes: Uint8Array, at: number): void {
  const id = unsigned(spec.id, 12, 'vlan.id')
  const priority = unsigned(spec.priority ?? 0, 3, 'vlan.priority')
  setU16At(bytes, at, vlanTci(id, priority, spec.dropEligible ?? false))
  setU16At(bytes, at + 2, unsigned(spec.type, 16, 'vlan.type'))
}

/**
 * Encodes a tag, from behind its EtherType on, and its payload.
 *
 * @throws RangeError a value that does not fit
 */
export function encodeVlan(spec: VlanSpec & { type: number }, payload: Uint8Array = none()): Uint8Array {
  return assembled(vlanTagSize, payload, spec.trailer, (bytes, at) => writeVlan(spec, bytes, at))
}
