/** Six-octet link-layer addresses (IEEE 802 MAC addresses) as text and octets. @module */

/** A MAC address as text (`02:00:00:00:00:01`, also with `-`) or as its six octets. */
export type MacInput = string | Uint8Array

const text = /^([0-9a-f]{2})([:-])([0-9a-f]{2})\2([0-9a-f]{2})\2([0-9a-f]{2})\2([0-9a-f]{2})\2([0-9a-f]{2})$/i

/** The six octets of a MAC address; `undefined` when the text is not one. */
export function parseMac(value: string): Uint8Array | undefined {
  const match = text.exec(value)
  if (match === null) return undefined
  return Uint8Array.of(...[1, 3, 4, 5, 6, 7].map((group) => Number.parseInt(match[group] as string, 16)))
}

const hex = Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, '0'))

/** Octets as lower-case hexadecimal pairs joined by colons, of any length (InfiniBand has 20, an IPv4 tunnel 4). */
export function formatMac(octets: Uint8Array, start = 0, end = octets.length): string {
  let out = ''
  for (let i = start; i < end; i++) out += i === start ? hex[octets[i] as number] : `:${hex[octets[i] as number]}`
  return out
}

/** Whether a MAC address names a group (multicast or broadcast): bit 0 of the first octet (IEEE 802). */
export function isGroupMac(octets: Uint8Array): boolean {
  return ((octets[0] ?? 0) & 1) === 1
}
