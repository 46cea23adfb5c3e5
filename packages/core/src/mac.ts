/** Six-octet link-layer addresses (IEEE 802 MAC addresses) as text and octets. @module */

import { type OctetSource, ownOctets } from './octet-pool.js'

/** A MAC address as text (`02:00:00:00:00:01`, also with `-`) or as its six octets. */
export type MacInput = string | Uint8Array

/** The six octets of a MAC address; `undefined` when the text is not one. */
export function parseMac(value: string): Uint8Array | undefined {
  return readMac(value, ownOctets)
}

/**
 * {@link parseMac} with octets from a source. Read character by character: tables of ten thousand entries are given as
 * text, and a regular expression takes longer than the kernel does.
 *
 * @internal
 */
export function readMac(value: string, source: OctetSource): Uint8Array | undefined {
  if (value.length !== 17) return undefined
  const separator = value.charCodeAt(2)
  if (separator !== COLON && separator !== HYPHEN) return undefined
  const octets = source(6)
  for (let i = 0, at = 0; i < 6; i++, at += 3) {
    const high = nibble(value.charCodeAt(at))
    const low = nibble(value.charCodeAt(at + 1))
    if (high < 0 || low < 0 || (i < 5 && value.charCodeAt(at + 2) !== separator)) return undefined
    octets[i] = (high << 4) | low
  }
  return octets
}

const COLON = 58
const HYPHEN = 45

/** The value of a hexadecimal digit; -1 for any other character. */
function nibble(code: number): number {
  if (code >= 48 && code <= 57) return code - 48
  const lower = code | 0x20
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}

/** The character of a hexadecimal digit. */
const digit = (value: number): number => (value < 10 ? 48 : 87) + value

/** The characters of a MAC, used again for the next: a list that grows takes more memory than the text. */
const six: number[] = new Array<number>(17).fill(COLON)

/** Octets as lower-case hexadecimal pairs joined by colons, of any length (InfiniBand has 20, an IPv4 tunnel 4). */
export function formatMac(octets: Uint8Array, start = 0, end = octets.length): string {
  const count = end - start
  const characters = count === 6 ? six : new Array<number>(Math.max(0, 3 * count - 1)).fill(COLON)
  for (let i = 0; i < count; i++) {
    const octet = octets[start + i] as number
    characters[3 * i] = digit(octet >> 4)
    characters[3 * i + 1] = digit(octet & 15)
  }
  // Made at once: a text that grows by parts is a chain of them, which takes three times the memory.
  return String.fromCharCode(...characters)
}

/** Whether a MAC address names a group (multicast or broadcast): bit 0 of the first octet (IEEE 802). */
export function isGroupMac(octets: Uint8Array): boolean {
  return ((octets[0] ?? 0) & 1) === 1
}
