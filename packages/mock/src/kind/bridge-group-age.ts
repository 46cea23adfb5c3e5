/** What ages in a multicast database: members, their sources, and the host (`br_multicast_port_group_expired`). @module */
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { findGroup, leave, leaveSource, setJoined, tellMember } from './bridge-group.js'
import type { GroupMember, GroupRecord } from './bridge-group-data.js'

/** Waits for the end of whatever ages in a record. */
export function ageGroup(kernel: Kernel, bridge: Device, record: GroupRecord): void {
  const next = firstEnd(record)
  const { timer } = record
  // A timer that comes too early sets another; members who say again that they are there need none of their own.
  if (timer?.run !== undefined && timer.at <= next) return
  kernel.timers.cancel(timer)
  record.timer = undefined
  if (next === Number.POSITIVE_INFINITY) return
  record.timer = kernel.timers.at(next, groupDue, bridge, record)
}

function groupDue(kernel: Kernel, bridge: Device, record: GroupRecord): void {
  if (bridge.removed || findGroup(bridge, record) !== record) return
  expire(kernel, bridge, record)
  if (findGroup(bridge, record) === record) ageGroup(kernel, bridge, record)
}

function firstEnd({ ends, members }: GroupRecord): number {
  let first = ends ?? Number.POSITIVE_INFINITY
  for (const member of members) {
    if (member.ends !== undefined && member.ends < first) first = member.ends
    for (const source of member.sources) if (source.ends !== undefined && source.ends < first) first = source.ends
  }
  return first
}

const isOver = (ends: number | undefined, now: number) => ends !== undefined && ends <= now

function expire(kernel: Kernel, bridge: Device, record: GroupRecord): void {
  const now = kernel.now()
  if (record.joined && isOver(record.ends, now)) setJoined(kernel, bridge, record, false)
  for (const member of [...record.members]) {
    if (isOver(member.ends, now)) {
      leave(kernel, bridge, record, member)
    } else if (member.sources.some(({ ends }) => isOver(ends, now))) expireSources(kernel, bridge, record, member)
  }
}

function expireSources(kernel: Kernel, bridge: Device, record: GroupRecord, member: GroupMember): void {
  const now = kernel.now()
  const over = member.sources.filter(({ ends }) => isOver(ends, now))
  member.sources = member.sources.filter((source) => !over.includes(source))
  for (const { address } of over) leaveSource(kernel, bridge, record, member.port, address)
  if (member.sources.length === 0) leave(kernel, bridge, record, member)
  else tellMember(kernel, bridge, record, member, 'mdb set')
}
