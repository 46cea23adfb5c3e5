/** What tells a frame of HSR or PRP from its copy: a tag behind the MACs, or a trailer (IEC 62439-3; `net/hsr/hsr_main.h`). @module */
import { ethernetHeaderSize, etherTypeAt, setEtherTypeAt, setU16At, u16At } from '@vnet/wire'

/** EtherTypes: of PRP, of HSR version 0 and of what supervises both; of HSR from version 1 on. */
export const [prpType, hsrType] = [0x88fb, 0x892f]
/** Octets of a tag, and of a trailer. */
export const tagSize = 6
/** Octets of the least frame, without a check sequence. */
export const leastFrame = 60
/** LANs of PRP: that of the first link, and of the second. */
const firstLan = 0x0a
const macs = 12

/** The frame with a tag of a path, 0 or 1; short frames are filled up before. */
export function withHsrTag(octets: Uint8Array, path: number, sequence: number, version: number): Uint8Array {
  const tagged = new Uint8Array(Math.max(octets.length, leastFrame) + tagSize)
  tagged.set(octets.subarray(0, macs))
  setEtherTypeAt(tagged, 0, version === 0 ? prpType : hsrType)
  setU16At(tagged, ethernetHeaderSize, (path << 12) | ((tagged.length - ethernetHeaderSize) & 0xfff))
  setU16At(tagged, ethernetHeaderSize + 2, sequence)
  // The EtherType of the frame follows, as the last part of the tag.
  tagged.set(octets.subarray(macs), ethernetHeaderSize + 4)
  return tagged
}

/** A tagged frame with another path. */
export function onPath(octets: Uint8Array, path: number): Uint8Array {
  const copy = octets.slice()
  setU16At(copy, ethernetHeaderSize, (path << 12) | (u16At(octets, ethernetHeaderSize) & 0xfff))
  return copy
}

/** The frame without its tag. */
export function withoutHsrTag(octets: Uint8Array): Uint8Array {
  const plain = new Uint8Array(octets.length - tagSize)
  plain.set(octets.subarray(0, macs))
  plain.set(octets.subarray(ethernetHeaderSize + 4), macs)
  return plain
}

/** Whether a frame has a tag; what supervises HSR version 0 is its own. */
export function hasHsrTag(octets: Uint8Array, version: number): boolean {
  const type = etherTypeAt(octets, 0)
  return (type === hsrType || (version === 0 && type === prpType)) && octets.length >= ethernetHeaderSize + tagSize
}

/** The number in a tag. */
export const hsrSequenceAt = (octets: Uint8Array): number => u16At(octets, ethernetHeaderSize + 2)

/** The frame with a trailer of a LAN, 0 or 1; short frames are filled up before. */
export function withPrpTrailer(octets: Uint8Array, lan: number, sequence: number): Uint8Array {
  const length = Math.max(octets.length, leastFrame) + tagSize
  const trailed = new Uint8Array(length)
  trailed.set(octets)
  setU16At(trailed, length - 6, sequence)
  setU16At(trailed, length - 4, ((firstLan | lan) << 12) | ((length - ethernetHeaderSize) & 0xfff))
  setU16At(trailed, length - 2, prpType)
  return trailed
}

/** Whether a frame has a trailer, whose size fits. */
export function hasPrpTrailer(octets: Uint8Array): boolean {
  const { length } = octets
  if (length < ethernetHeaderSize + tagSize || u16At(octets, length - 2) !== prpType) return false
  return (u16At(octets, length - 4) & 0xfff) === length - ethernetHeaderSize
}

/** The number in a trailer. */
export const prpSequenceAt = (octets: Uint8Array): number => u16At(octets, octets.length - 6)

/** The frame without its trailer. */
export const withoutPrpTrailer = (octets: Uint8Array): Uint8Array => octets.subarray(0, octets.length - tagSize)
