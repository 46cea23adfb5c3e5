/** What a bridge reads in frames to groups: reports, leaves and queries of IGMP and MLD (`br_multicast_rcv`; RFC 4541). @module */
import { formatIp } from '@vnet/core'
import {
  checksumOf,
  decodeIcmpv6,
  decodeIgmp,
  ethernetHeaderSize,
  etherTypeAt,
  etherTypes,
  groupRecordTypes,
  icmpv6Types,
  ipProtocols,
  ipv4HeaderSize,
  ipv4HeaderSizeAt,
  ipv4LengthAt,
  ipv6HeaderSize,
  ipv6PayloadLengthAt,
  isDecodeError,
  isTaggedAt,
  macAt,
  macFromNumber,
  type GroupRecord as Said,
  vlanTagSize,
} from '@vnet/wire'
import { isLinkLocal } from '../bits.js'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import type { DropCause } from '../stack/drop.js'
import { extensionsOf } from '../stack/extension.js'
import { floating } from '../stack/group-query.js'
import { pseudoSum } from '../stack/icmp-message.js'
import type { GroupRecord } from './bridge-group-data.js'
import { joinMember, leaveMember, type Speaker, shortenMembers } from './bridge-member.js'
import { heardQuerier } from './bridge-querier.js'
import { type Family, optionsOf } from './bridge-querier-data.js'
import { markRouter } from './bridge-router.js'

/** What becomes of a frame to a group. */
export interface Snooped {
  /** It goes no further, and why. */
  readonly dropped?: DropCause
  /** It talks about groups, and has no group of its own. */
  readonly isMessage?: boolean
  /** Goes to routers, beside those who want its group. */
  readonly routersOnly?: boolean
}

/** A frame to a group, in a bridge. */
interface Heard {
  readonly kernel: Kernel
  readonly bridge: Device
  readonly vlan: number
  readonly speaker: Speaker
}

const nothing: Snooped = {}
const malformed: Snooped = { dropped: 'malformed' }
const wrongSum: Snooped = { dropped: 'checksum' }
const message: Snooped = { isMessage: true }

/** Octets of the header of a message. */
const icmpv6HeaderSize = 8

/** Multicast Router Discovery (RFC 4286), and PIM (RFC 7761 § 4.9): who is a router says so. */
const routerAdvertisement4 = 0x30
const routerAdvertisement6 = 151
const pim = 103
const pimHello = 0x20

/** Reads a frame to a group, and does what it says. */
export function snoop(
  kernel: Kernel,
  bridge: Device,
  port: Device | undefined,
  octets: Uint8Array,
  vlan: number,
): Snooped {
  if (optionsOf(bridge, vlan) === undefined) return nothing
  const at = ipAt(octets)
  const type = etherTypeAt(octets, at - ethernetHeaderSize)
  if (type !== etherTypes.ipv4 && type !== etherTypes.ipv6) return nothing
  const heard = { kernel, bridge, vlan, speaker: { port, mac: macFromNumber(macAt(octets, 6)) } }
  try {
    return type === etherTypes.ipv4 ? snoop4(heard, octets, at) : snoop6(heard, octets, at)
  } catch (error) {
    if (isDecodeError(error)) return malformed
    throw error
  }
}

/** Where the packet of a frame begins, behind a tag if it has one. */
export const ipAt = (octets: Uint8Array): number => ethernetHeaderSize + (isTaggedAt(octets, 0) ? vlanTagSize : 0)

function snoop4(heard: Heard, octets: Uint8Array, at: number): Snooped {
  const size = octets.length < at + ipv4HeaderSize ? 0 : ipv4HeaderSizeAt(octets, at)
  const end = at + ipv4LengthAt(octets, at)
  const start = at + size
  const isWhole = size >= ipv4HeaderSize && end >= start && end <= octets.length
  if (!isWhole) return malformed
  if (checksumOf(octets, at, start) !== 0) return wrongSum
  const to = octets.slice(at + 16, at + 20)
  const protocol = octets[at + 9]
  if (protocol !== ipProtocols.igmp) {
    if (!isNear4(to)) return { routersOnly: true }
    if (protocol === pim && to[3] === 13 && octets[start] === pimHello) mark(heard, 4)
    return nothing
  }
  if (end - start < 8) return malformed
  if (checksumOf(octets, start, end) !== 0) return wrongSum
  const igmp = decodeIgmp(octets, start, end)
  if (igmp.kind === 'report') {
    join(heard, 4, igmp.group)
    return { isMessage: true, routersOnly: true }
  }
  if (igmp.kind === 'leave') leave(heard, 4, igmp.group)
  else if (igmp.kind === 'report3') for (const record of igmp.records) hear(heard, 4, record)
  else if (igmp.kind === 'query') {
    const { version3, code } = igmp
    const isGeneral = igmp.group === '0.0.0.0'
    if (isGeneral && formatIp(to) !== '224.0.0.1') return malformed
    const isFirst = version3 === undefined && code === 0
    const delay = isFirst ? 10 : (version3 === undefined ? code : Math.max(floating(code, 8), 0.04)) / 10
    if ((version3?.sources.length ?? 0) > 0) return message
    asked(heard, 4, { group: isGeneral || isFirst ? undefined : igmp.group, from: formatIp(octets, at + 12, 4), delay })
  } else if (igmp.type === routerAdvertisement4) {
    if (to[3] === 106) mark(heard, 4)
    return isNear4(to) ? nothing : { routersOnly: true }
  } else return isNear4(to) ? nothing : { routersOnly: true }
  return message
}

function snoop6(heard: Heard, octets: Uint8Array, at: number): Snooped {
  const end = at + ipv6HeaderSize + (octets.length < at + ipv6HeaderSize ? 0 : ipv6PayloadLengthAt(octets, at))
  if (octets.length < at + ipv6HeaderSize || end > octets.length) return malformed
  const to = octets.slice(at + 24, at + 40)
  const other: Snooped = formatIp(to) === 'ff02::1' ? nothing : { routersOnly: true }
  const first = at + ipv6HeaderSize
  if (octets[at + 6] === ipProtocols.icmpv6) {
    if (octets[first] === routerAdvertisement6 && formatIp(to) === 'ff02::6a') mark(heard, 6)
    return other
  }
  if (octets[at + 6] !== ipProtocols.hopByHop) return other
  const behind = extensionsOf(octets.subarray(at, end))
  if (behind.protocol === ipProtocols.hopByHop) return malformed
  if (behind.protocol !== ipProtocols.icmpv6) return other
  const start = at + behind.start
  if (start + icmpv6HeaderSize > end) return malformed
  const type = octets[start] as number
  const isMld = (type >= icmpv6Types.mldQuery && type <= icmpv6Types.mldDone) || type === icmpv6Types.mldReport2
  if (!isMld) {
    if (type === routerAdvertisement6 && formatIp(to) === 'ff02::6a') mark(heard, 6)
    return other
  }
  const from = octets.slice(at + 8, at + 24)
  if (checksumOf(octets, start, end, pseudoSum(from, to, end - start)) !== 0) return wrongSum
  const icmp = decodeIcmpv6(octets, start, end)
  if (icmp.kind === 'mld-report' && type === icmpv6Types.mldReport1) {
    join(heard, 6, icmp.group)
    return { isMessage: true, routersOnly: true }
  }
  if (icmp.kind === 'mld-report') leave(heard, 6, icmp.group)
  else if (icmp.kind === 'mld-report2') for (const record of icmp.records) hear(heard, 6, record)
  else if (icmp.kind === 'mld-query') {
    const isGeneral = icmp.group === '::'
    if (!isLinkLocal(from) || (isGeneral && formatIp(to) !== 'ff02::1')) return malformed
    if ((icmp.version2?.sources.length ?? 0) > 0) return message
    // Without time to answer it asks nobody (`br_ip6_multicast_query`).
    if (icmp.version2 === undefined && icmp.delay === 0) return message
    const delay = (icmp.version2 === undefined ? icmp.delay : floating(icmp.delay, 16)) / 1000
    asked(heard, 6, { group: isGeneral ? undefined : icmp.group, from: formatIp(from), delay })
  }
  return message
}

/** Groups that no router passes on, and that are never left out anywhere (RFC 4541 § 2.1.2). */
const isNear4 = (octets: Uint8Array): boolean => octets[0] === 224 && octets[1] === 0 && octets[2] === 0

function groupOf(
  { vlan }: Heard,
  family: Family,
  group: string,
): Pick<GroupRecord, 'group' | 'octets' | 'vlan'> | undefined {
  if (family === 4 ? group.startsWith('224.0.0.') : group === 'ff02::1') return undefined
  return { group, octets: family === 4 ? 4 : 16, vlan }
}

function join(heard: Heard, family: Family, text: string): void {
  const group = groupOf(heard, family, text)
  if (group !== undefined) joinMember(heard.kernel, heard.bridge, group, heard.speaker)
}

function leave(heard: Heard, family: Family, text: string): void {
  const group = groupOf(heard, family, text)
  if (group !== undefined) leaveMember(heard.kernel, heard.bridge, group, heard.speaker)
}

/** A record of a report of the latest version: nothing of no sources is a leave, all else a wish. */
function hear(heard: Heard, family: Family, { type, group, sources }: Said): void {
  const { isInclude, toInclude } = groupRecordTypes
  if (type < isInclude || type > groupRecordTypes.blockOldSources) return
  if (sources.length === 0 && (type === isInclude || type === toInclude)) leave(heard, family, group)
  else join(heard, family, group)
}

interface Asked {
  readonly group: string | undefined
  readonly from: string
  readonly delay: number
}

/** Somebody asks: for all, who then is a querier and a router; or for one group. */
function asked(heard: Heard, family: Family, { group, from, delay }: Asked): void {
  const { kernel, bridge, vlan, speaker } = heard
  if (!bridge.up || speaker.port?.port?.state === 'blocking' || speaker.port?.port?.state === 'disabled') return
  if (group !== undefined) {
    shortenMembers(kernel, bridge, { group, octets: family === 4 ? 4 : 16, vlan }, delay)
  } else if (heardQuerier(kernel, bridge, vlan, { family, from, delay, port: speaker.port })) mark(heard, family)
}

function mark({ kernel, bridge, vlan, speaker }: Heard, family: Family): void {
  const interval = optionsOf(bridge, vlan)?.multicastQuerierInterval
  if (speaker.port !== undefined && interval !== undefined) markRouter(kernel, bridge, speaker.port, family, interval)
}
