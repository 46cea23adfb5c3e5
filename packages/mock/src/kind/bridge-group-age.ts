/** What ages in a multicast database: members, their sources, and the host (`br_multicast_port_group_expired`). @module */
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { findGroup, leave, leaveSource, setJoined, tellMember } from './bridge-group.js'
import type { GroupMember, GroupRecord } from './bridge-group-data.js'

/** Waits for the end of whatever ages in a record. */
export function ageGroup(kernel: Kernel, bridge: Device, record: GroupRecord): void {
  const ends = [
    record.ends,
    ...record.members.flatMap(({ ends, sources }) => [ends, ...sources.map((one) => one.ends)]),
  ]
  const next = Math.min(...ends.filter((time) => time !== undefined))
  if (!Number.isFinite(next)) return
  kernel.timers.at(next, () => {
    if (bridge.removed || findGroup(bridge, record) !== record) return
    expire(kernel, bridge, record)
    if (findGroup(bridge, record) === record) ageGroup(kernel, bridge, record)
  })
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
