/** Members of groups that come and go by what hosts say (`br_multicast_add_group`, `br_multicast_leave_group`). @module */
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { quietly } from '../refusal.js'
import { type BridgeData, setOptions } from './bridge-data.js'
import { dropIfEmpty, findGroup, followMode, join, leave, makeGroup, setJoined, tellMember } from './bridge-group.js'
import { ageGroup } from './bridge-group-age.js'
import type { GroupMember, GroupRecord } from './bridge-group-data.js'
import { sendQuery } from './bridge-querier.js'
import { contextOf, optionsOf, otherQuerier, type SnoopingOptions } from './bridge-querier-data.js'

/** Who says something of a group: a port, or the bridge's own host, and the MAC of the station. */
export interface Speaker {
  readonly port: Device | undefined
  readonly mac: string
}

type Group = Pick<GroupRecord, 'group' | 'octets' | 'vlan'>

/** The member that a station makes of its port; of ports that send copies to stations each has its own. */
function memberOf(record: GroupRecord, { port, mac }: Speaker): GroupMember | undefined {
  const isApart = port?.port?.options.multicastToUnicast === true
  return record.members.find((one) => one.port === port && (!isApart || one.mac === mac))
}

/** Whether the bridge and the port take part (`br_multicast_ctx_should_use`). */
const takesPart = (bridge: Device, { port }: Speaker): boolean =>
  bridge.up && (port === undefined || port.port?.state === 'forwarding' || port.port?.state === 'learning')

/** Somebody wants a group, whoever sends to it. */
export function joinMember(kernel: Kernel, bridge: Device, group: Group, speaker: Speaker): void {
  const options = optionsOf(bridge, group.vlan)
  if (options === undefined || !takesPart(bridge, speaker)) return
  const record = recordOf(bridge, group)
  if (record === undefined) return
  const ends = kernel.now() + options.multicastMembershipInterval
  if (speaker.port === undefined) {
    record.ends = ends
    if (!record.joined) setJoined(kernel, bridge, record, true)
  } else {
    const there = memberOf(record, speaker)
    if (there === undefined) quietly(() => addMember(kernel, bridge, record, speaker, speaker.port as Device, ends))
    else if (!there.permanent) refresh(kernel, bridge, record, there, ends)
  }
  ageGroup(kernel, bridge, record)
}

function addMember(
  kernel: Kernel,
  bridge: Device,
  record: GroupRecord,
  { mac }: Speaker,
  port: Device,
  ends: number,
): void {
  const member = join(bridge, record, port, { protocol: 'kernel', ends, mac })
  tellMember(kernel, bridge, record, member, 'mdb set')
  followMode(kernel, bridge, record, port, 'exclude')
}

function refresh(kernel: Kernel, bridge: Device, record: GroupRecord, member: GroupMember, ends: number): void {
  member.ends = ends
  if (member.filterMode === 'exclude') return
  member.filterMode = 'exclude'
  tellMember(kernel, bridge, record, member, 'mdb set')
  followMode(kernel, bridge, record, member.port, 'exclude')
}

/** The record, made where there is room; a bridge that has none left stops snooping (`br_multicast_new_group`). */
function recordOf(bridge: Device, group: Group): GroupRecord | undefined {
  const data = bridge.bridge as BridgeData
  const wanted = { ...group, source: undefined }
  const there = findGroup(bridge, wanted)
  if (there === undefined && data.groups.size >= (data.options.multicastHashMax ?? 4096)) {
    setOptions(data, { multicastSnooping: false })
    return undefined
  }
  return there ?? makeGroup(bridge, wanted)
}

/** Somebody no longer wants a group: gone at once where the port says so, else after nobody else said that he does. */
export function leaveMember(kernel: Kernel, bridge: Device, group: Group, speaker: Speaker): void {
  const options = optionsOf(bridge, group.vlan)
  if (options === undefined || !takesPart(bridge, speaker)) return
  const record = findGroup(bridge, { ...group, source: undefined })
  if (record === undefined) return
  const { port } = speaker
  if (port?.port?.options.fastLeave) {
    const member = memberOf(record, speaker)
    if (member !== undefined && !member.permanent) leave(kernel, bridge, record, member)
    dropIfEmpty(bridge, record)
    return
  }
  const family = group.octets === 4 ? 4 : 6
  if (otherQuerier(bridge, family, group.vlan).until > kernel.now()) return
  if (options.multicastQuerier) askAgain(kernel, bridge, group, port, options)
  const time = kernel.now() + options.multicastLastMemberCount * options.multicastLastMemberInterval
  const sooner = (ends: number | undefined) => Math.min(ends ?? time, time)
  if (port === undefined) {
    if (record.joined) record.ends = sooner(record.ends)
  } else {
    const member = memberOf(record, speaker)
    if (member !== undefined && !member.permanent) member.ends = sooner(member.ends)
  }
  ageGroup(kernel, bridge, record)
}

function askAgain(
  kernel: Kernel,
  bridge: Device,
  { octets, vlan, group }: Group,
  port: Device | undefined,
  options: SnoopingOptions,
): void {
  const family = octets === 4 ? 4 : 6
  sendQuery(kernel, bridge, { family, vlan: contextOf(bridge, vlan), port }, options, group)
}

/** Somebody asks for one group: who does not answer is soon no member (`br_ip4_multicast_query`). */
export function shortenMembers(kernel: Kernel, bridge: Device, group: Group, delay: number): void {
  const options = optionsOf(bridge, group.vlan)
  const record = findGroup(bridge, { ...group, source: undefined })
  if (options === undefined || record === undefined || !bridge.up) return
  const time = kernel.now() + delay * options.multicastLastMemberCount
  if (record.joined) record.ends = Math.min(record.ends ?? time, time)
  for (const member of record.members) {
    if (!member.permanent && member.filterMode === 'exclude') member.ends = Math.min(member.ends ?? time, time)
  }
  ageGroup(kernel, bridge, record)
}
