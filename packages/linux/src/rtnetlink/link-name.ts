/** The name in a message about a link, for those who pass most links of a list by. @module */
import type { Octets } from '../netlink/octets.js'
import { AF_UNSPEC, RTM_NEWLINK } from './constants.js'
import { sharedText } from './link-texts.js'

const IFLA_IFNAME = 3
const headerSize = 16

/** The name of the link that a message tells of; `undefined` where it is none. The kernel puts the name first. */
export function linkNameIn(from: Octets, start: number, end: number, type: number): string | undefined {
  if (type !== RTM_NEWLINK || end - start < headerSize || from.bytes[start] !== AF_UNSPEC) return undefined
  for (let at = start + headerSize; end - at >= 4; ) {
    const length = from.u16(at)
    // What is cut is told by who decodes it.
    if (length < 4 || at + length > end) return undefined
    if ((from.u16(at + 2) & 0x3fff) === IFLA_IFNAME) return sharedText(from, at + 4, at + length)
    at += (length + 3) & ~3
  }
  return undefined
}
