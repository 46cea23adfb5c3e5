/** Frames by which nodes of HSR and PRP tell that they are there, and their first MAC (IEC 62439-3; `net/hsr/hsr_device.c`). @module */
import {
  ethernetHeaderSize,
  etherTypeAt,
  macAt,
  macToNumber,
  setEtherTypeAt,
  setMacAt,
  setU16At,
  u16At,
} from '@vnet/wire'
import type { HsrData } from './hsr.js'
import { hsrType, leastFrame, prpType, tagSize } from './hsr-tag.js'

/** What they say: a node comes, in version 0; it is there; it is there, of PRP. */
const types = { announce: 22, lifeCheck: 23, prpLifeCheck: 20, prpLifeCheckAccept: 21 } as const
/** Announcements before the first life check, in version 0. */
const mostAnnouncements = 3

/** Group that a link's frames go to: the last octet may be chosen. */
export const supervisionMac = ({ supervision }: Pick<HsrData, 'supervision'>): string =>
  `01:15:4e:00:01:${supervision.toString(16).padStart(2, '0')}`

/** Whether a frame is one of those (`is_supervision_frame`). */
export function isSupervision(data: HsrData, octets: Uint8Array): boolean {
  if (macAt(octets, 0) !== macToNumber(supervisionMac(data))) return false
  const at = bodyOf(octets)
  if (at === undefined || octets.length < at + 12) return false
  const [type, length] = [octets[at + 4] as number, octets[at + 5]]
  return (Object.values(types) as number[]).includes(type) && (length === 6 || length === 12)
}

/** Where it begins: behind the header in version 0 and of PRP, behind the tag from version 1 on. */
function bodyOf(octets: Uint8Array): number | undefined {
  const type = etherTypeAt(octets, 0)
  if (type === prpType) return ethernetHeaderSize
  if (type !== hsrType || octets.length < ethernetHeaderSize + tagSize) return undefined
  return u16At(octets, ethernetHeaderSize + 4) === prpType ? ethernetHeaderSize + tagSize : undefined
}

/** The first MAC that a node tells. */
export const macInSupervision = (octets: Uint8Array): number =>
  macAt(octets, (bodyOf(octets) ?? ethernetHeaderSize) + 6)

/** The next one of this host, before its tag, and whether it is one of the first that follow each other soon. */
export function nextSupervision(data: HsrData, mac: number): { octets: Uint8Array; isAnnouncement: boolean } {
  const isPrp = data.protocol === 'prp'
  const isFirst = !isPrp && data.version === 0
  const isAnnouncement = isFirst && data.announcements < mostAnnouncements
  if (isAnnouncement) data.announcements++
  const octets = new Uint8Array(leastFrame)
  const at = ethernetHeaderSize
  setMacAt(octets, 0, macToNumber(supervisionMac(data)))
  setMacAt(octets, 6, mac)
  setEtherTypeAt(octets, 0, prpType)
  // Path and version: none and 0, or 0 and 1.
  setU16At(octets, at, isFirst ? 0xf000 : 1)
  // Version 0 counts them together with other frames: there this header is the tag.
  const counter = isFirst ? 'sequence' : 'supervisionSequence'
  setU16At(octets, at + 2, data[counter])
  data[counter] = (data[counter] + 1) & 0xffff
  octets[at + 4] = isPrp ? types.prpLifeCheck : isAnnouncement ? types.announce : types.lifeCheck
  octets[at + 5] = isFirst ? 12 : 6
  setMacAt(octets, at + 6, mac)
  return { octets, isAnnouncement }
}
