/** Texts of IPv4 addresses in lists of a hundred thousand: the parts that come again are made once. @module */
import { formatIp } from '@vnet/core'
import type { Octets } from '../netlink/octets.js'

/** Routes come in order, so the first three octets are mostly those of the route before. */
let head = -1
let headText = ''
/** Last octet and length, made when first needed: 256 × 33 at most. */
const tails: (string | undefined)[] = []

/** An IPv4 prefix, `10.0.0.0/8`, from the octets at `at`. */
export function prefixText4(from: Octets, at: number, length: number): string {
  const { bytes } = from
  const a = bytes[at] as number
  const b = bytes[at + 1] as number
  const c = bytes[at + 2] as number
  const d = bytes[at + 3] as number
  const upper = (a << 16) | (b << 8) | c
  if (upper !== head) {
    head = upper
    headText = `${a}.${b}.${c}.`
  }
  const slot = (length << 8) | d
  let tail = tails[slot]
  if (tail === undefined) {
    tail = `${d}/${length}`
    tails[slot] = tail
  }
  return headText + tail
}

const slots = 256
const addresses = new Uint32Array(slots)
const texts: string[] = new Array<string>(slots).fill('')

/** An IPv4 address that others share, such as a gateway; the same string for the same address most of the time. */
export function sharedIp4(from: Octets, at: number): string {
  const address = from.u32be(at)
  const slot = (address ^ (address >>> 8) ^ (address >>> 16)) & (slots - 1)
  const known = texts[slot] as string
  if (known !== '' && addresses[slot] === address) return known
  const text = formatIp(from.bytes, at, 4)
  addresses[slot] = address
  texts[slot] = text
  return text
}

const texts6: string[] = new Array<string>(slots).fill('')
const words6 = new Uint32Array(slots * 4)

/** An IPv6 address that comes again, such as the end of a tunnel, which its link has for a MAC as well. */
function sharedIp6(from: Octets, at: number): string {
  const a = from.u32(at)
  const b = from.u32(at + 4)
  const c = from.u32(at + 8)
  const d = from.u32(at + 12)
  const slot = ((d >>> 24) ^ (d >>> 16) ^ (a >>> 8) ^ b ^ c) & (slots - 1)
  const place = slot * 4
  const known = texts6[slot] as string
  const same = words6[place] === a && words6[place + 1] === b && words6[place + 2] === c && words6[place + 3] === d
  if (same && known !== '') return known
  const text = formatIp(from.bytes, at, 16)
  texts6[slot] = text
  words6.set([a, b, c, d], place)
  return text
}

/** An address of 4 or 16 octets; the same string for the same address most of the time. */
export function sharedIp(from: Octets, at: number, size: number): string {
  return size === 4 ? sharedIp4(from, at) : sharedIp6(from, at)
}
