/**
 * MAC addresses as numbers, for tables on hot paths: 48 bits fit a double, so one number is a key of a `Map`.
 *
 * @module
 */
import { formatMac, parseMac } from '@vnet/core'

const high = 0x1000000

/** `ff:ff:ff:ff:ff:ff` as a number. */
export const broadcastMac = 0xffffffffffff

/** The MAC address at `offset` as a number of 48 bits. */
export function macAt(bytes: Uint8Array, offset: number): number {
  return macHighAt(bytes, offset) * high + macLowAt(bytes, offset)
}

/** The upper 24 bits (the manufacturer's) of the MAC address at `offset`: a small integer, which costs no heap. */
export function macHighAt(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] as number) << 16) | ((bytes[offset + 1] as number) << 8) | (bytes[offset + 2] as number)
}

/** The lower 24 bits of the MAC address at `offset`: a small integer. */
export function macLowAt(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset + 3] as number) << 16) | ((bytes[offset + 4] as number) << 8) | (bytes[offset + 5] as number)
}

/** Writes a MAC address, a number of 48 bits, at `offset`. */
export function setMacAt(bytes: Uint8Array, offset: number, mac: number): void {
  const upper = Math.floor(mac / high)
  const lower = mac % high
  bytes[offset] = upper >>> 16
  bytes[offset + 1] = upper >>> 8
  bytes[offset + 2] = upper
  bytes[offset + 3] = lower >>> 16
  bytes[offset + 4] = lower >>> 8
  bytes[offset + 5] = lower
}

/** Whether the MAC address at `offset` names a group, multicast or broadcast: bit 0 of the first octet (IEEE 802). */
export function isGroupMacAt(bytes: Uint8Array, offset: number): boolean {
  return ((bytes[offset] as number) & 1) === 1
}

/** Whether a MAC address, as a number, names a group, multicast or broadcast. */
export function isGroupMacNumber(mac: number): boolean {
  return Math.floor(mac / 0x10000000000) % 2 === 1
}

/**
 * Whether the MAC address at `offset` is one that an IEEE 802.1D bridge never forwards: `01:80:c2:00:00:00`–`0f`
 * (BPDUs, pause frames, LACP, LLDP; IEEE 802.1Q-2018 table 8-1).
 */
export function isLinkLocalMacAt(bytes: Uint8Array, offset: number): boolean {
  return macHighAt(bytes, offset) === 0x0180c2 && (macLowAt(bytes, offset) & 0xfffff0) === 0
}

/**
 * A MAC address as a number of 48 bits.
 *
 * @throws TypeError text that is no MAC address
 */
export function macToNumber(mac: string): number {
  const octets = parseMac(mac)
  if (octets === undefined) throw new TypeError(`${JSON.stringify(mac)} is not a MAC address`)
  return macAt(octets, 0)
}

/** A number of 48 bits as a MAC address: `02:00:00:00:00:01`. */
export function macFromNumber(mac: number): string {
  const octets = new Uint8Array(6)
  setMacAt(octets, 0, mac)
  return formatMac(octets)
}
