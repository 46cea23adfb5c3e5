/** Texts that come again and again in lists and events, made once: names, kinds, MACs. @module */
import { formatMac } from '@vnet/core'
import type { Octets } from '../netlink/octets.js'

const slots = 4096
const mask = slots - 1

// Direct-mapped: a text that meets another in its slot takes its place, so the memory is bounded.
const texts: string[] = new Array<string>(slots).fill('')
const macTexts: string[] = new Array<string>(slots).fill('')
const macHeads = new Uint32Array(slots)
const macTails = new Uint16Array(slots)

/** Text up to the first NUL, as {@link Octets.text}; the same string object for the same octets most of the time. */
export function sharedText(from: Octets, start: number, end: number): string {
  const { bytes } = from
  let hash = 0
  let stop = start
  for (; stop < end; stop++) {
    const octet = bytes[stop] as number
    if (octet === 0) break
    hash = (Math.imul(hash, 31) + octet) | 0
  }
  const slot = (hash ^ (hash >>> 15)) & mask
  const known = texts[slot] as string
  if (known.length === stop - start && isText(known, bytes, start)) return known
  const text = from.text(start, stop)
  texts[slot] = text
  return text
}

/** Whether a text is these octets; one with other characters than ASCII never is. */
function isText(text: string, bytes: Uint8Array, start: number): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== bytes[start + i]) return false
  return text.length === 0 || (bytes[start] as number) < 0x80
}

const everyone = 'ff:ff:ff:ff:ff:ff'

/** A link-layer address as text, as `formatMac`. */
export function sharedMac(from: Octets, start: number, end: number): string {
  if (end - start !== 6) return formatMac(from.bytes, start, end)
  const head = from.u32(start)
  const tail = from.u16(start + 4)
  if (head === 0xffffffff && tail === 0xffff) return everyone
  const slot = (head ^ (head >>> 16) ^ Math.imul(tail, 0x9e37)) & mask
  const known = macTexts[slot] as string
  if (known !== '' && macHeads[slot] === head && macTails[slot] === tail) return known
  const text = formatMac(from.bytes, start, end)
  macTexts[slot] = text
  macHeads[slot] = head
  macTails[slot] = tail
  return text
}
