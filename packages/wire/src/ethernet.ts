/** Ethernet II and IEEE 802.3 headers (IEEE 802.3-2022 § 3). @module */
import { DecodeError } from '@vnet/core'
import { assembled, type Decoded, macTextAt, need, none, type SpecOf, setMac, trailerOf, unsigned } from './bounds.js'
import { setU16At } from './octets.js'

/** Octets of an Ethernet header without tags. */
export const ethernetHeaderSize = 14

/** EtherTypes by name (IEEE 802 numbers; `linux/if_ether.h`). */
export const etherTypes = {
  ipv4: 0x0800,
  arp: 0x0806,
  /** Transparent Ethernet bridging, inside GRE. */
  ethernet: 0x6558,
  /** An 802.1Q tag (C-tag). */
  vlan: 0x8100,
  ipv6: 0x86dd,
  pppoeDiscovery: 0x8863,
  pppoeSession: 0x8864,
  /** An 802.1ad tag (S-tag). */
  serviceVlan: 0x88a8,
  lldp: 0x88cc,
} as const

/** From this number on the field is an EtherType; up to 1500 it is a length. */
export const leastEtherType = 0x0600

/** The largest length of an 802.3 payload, octets. */
export const largestLength = 1500

/** The field behind the MAC addresses of the frame at `offset`: an EtherType, or a length up to 1500 (IEEE 802.3). */
export function etherTypeAt(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset + 12] as number) << 8) | (bytes[offset + 13] as number)
}

/** Writes the EtherType (or length) of the frame at `offset`. */
export function setEtherTypeAt(bytes: Uint8Array, offset: number, type: number): void {
  setU16At(bytes, offset + 12, type)
}

/** The header of an Ethernet frame. */
export interface Ethernet {
  readonly layer: 'ethernet'
  /** MAC address that the frame goes to. */
  readonly destination: string
  /** MAC address that the frame comes from. */
  readonly source: string
  /** EtherType of the payload, or, up to 1500, the payload's length in octets (802.3; an LLC header follows). */
  readonly type: number
  /** Octets behind an 802.3 payload: padding. */
  readonly trailer?: Uint8Array
}

/** An Ethernet header to encode. Without `type`, it is that of the layer that follows, or the length of an LLC packet. */
export type EthernetSpec = SpecOf<Ethernet, 'destination' | 'source'>

/**
 * Decodes an Ethernet header. A field of 1501–1535 is neither a type nor a length; it is taken for a type.
 *
 * @throws DecodeError fewer than 14 octets, or fewer than an 802.3 length says
 */
export function decodeEthernet(bytes: Uint8Array, start = 0, end = bytes.length): Decoded<Ethernet> {
  need(bytes, start, end, ethernetHeaderSize, 'ethernet')
  const type = etherTypeAt(bytes, start)
  const payload = start + ethernetHeaderSize
  const stop = lengthEnd(bytes, type, payload, end, 'ethernet')
  const value: Ethernet = {
    layer: 'ethernet',
    destination: macTextAt(bytes, start),
    source: macTextAt(bytes, start + 6),
    type,
    ...trailerOf(bytes, stop, end),
  }
  return { value, start: payload, end: stop }
}

/** Where the payload behind a type or length ends; shared with tags, which carry the same field. */
export function lengthEnd(bytes: Uint8Array, type: number, payload: number, end: number, layer: string): number {
  if (type > largestLength) return end
  if (type > Math.min(end, bytes.length) - payload) {
    throw new DecodeError(layer, payload - 2, `a length of ${type} in ${end - payload} octets`)
  }
  return payload + type
}

/** Writes an Ethernet header of 14 octets at `at`. @throws TypeError, RangeError a value that does not fit */
export function writeEthernet(spec: EthernetSpec & { type: number }, bytes: Uint8Array, at: number): void {
  setMac(bytes, at, spec.destination, 'ethernet.destination')
  setMac(bytes, at + 6, spec.source, 'ethernet.source')
  setU16At(bytes, at + 12, unsigned(spec.type, 16, 'ethernet.type'))
}

/**
 * Encodes an Ethernet header and its payload.
 *
 * @throws TypeError, RangeError a value that does not fit
 */
export function encodeEthernet(spec: EthernetSpec & { type: number }, payload: Uint8Array = none()): Uint8Array {
  return assembled(ethernetHeaderSize, payload, spec.trailer, (bytes, at) => writeEthernet(spec, bytes, at))
}
