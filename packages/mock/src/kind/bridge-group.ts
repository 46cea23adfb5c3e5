/** The multicast database of a bridge: its records, their end, and what follows from them (`net/bridge/br_multicast.c`). @module */
import type { DriverEvent, MdbEntry } from '@vnet/core'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { dropValue, emptyList, withValue } from '../object/empty.js'
import { refuse } from '../refusal.js'
import type { BridgeData } from './bridge-data.js'
import { type GroupMember, type GroupRecord, groupKey } from './bridge-group-data.js'

const dataOf = (bridge: Device) => bridge.bridge as BridgeData

/** Whether the bridge tells sources of such a group apart: IGMPv3 or MLDv2 (`br_multicast_should_handle_mode`). */
export function tellsSources(bridge: Device, { octets }: Pick<GroupRecord, 'octets'>): boolean {
  const { multicastIgmpVersion, multicastMldVersion } = dataOf(bridge).options
  return octets === 4 ? multicastIgmpVersion === 3 : octets === 16 && multicastMldVersion === 2
}

/** A group without a source, of IP (`br_multicast_is_star_g`). */
export const isWhole = (record: GroupRecord): boolean => record.octets !== 6 && record.source === undefined

const hundredths = (seconds: number) => Math.round(seconds * 100) / 100
const left = (ends: number | undefined, now: number) => (ends === undefined ? 0 : Math.max(0, hundredths(ends - now)))

/** A member, or the host, as the kernel describes it. */
export function describeMember(kernel: Kernel, bridge: Device, record: GroupRecord, member?: GroupMember): MdbEntry {
  const { group, source, vlan } = record
  const now = kernel.now()
  const entry = {
    bridge: bridge.index,
    port: (member?.port ?? bridge).index,
    group,
    ...(vlan === 0 ? {} : { vlan }),
    state: (member?.permanent ?? record.octets === 6) ? ('permanent' as const) : ('temp' as const),
    flags: [...(member?.starExclude ? ['added_by_star_ex'] : []), ...(member?.blocked ? ['blocked'] : [])],
    timer: left(member === undefined ? record.ends : member.ends, now),
    ...(source === undefined ? {} : { source }),
    other: [],
  }
  if (member === undefined) return entry
  const { protocol, filterMode, sources } = member
  if (!tellsSources(bridge, record)) return { ...entry, protocol }
  const told = sources.map(({ address, ends }) => ({ address, timer: left(ends, now) }))
  return { ...entry, protocol, ...(told.length === 0 ? {} : { sources: told }), filterMode }
}

/** Tells that a member, or the host, is there or gone. */
export function tellMember(
  kernel: Kernel,
  bridge: Device,
  record: GroupRecord,
  member: GroupMember | undefined,
  kind: 'mdb set' | 'mdb delete',
): void {
  bridge.namespace.tell(
    'mdb',
    () => ({ kind, group: 'mdb', object: describeMember(kernel, bridge, record, member) }) as DriverEvent,
  )
}

/** The record of a group, or of one source of it. */
export function findGroup(
  bridge: Device,
  wanted: Pick<GroupRecord, 'group' | 'source' | 'vlan'>,
): GroupRecord | undefined {
  return dataOf(bridge).groups.get(groupKey(wanted))
}

/** The same, made where it is not there. */
export function makeGroup(
  bridge: Device,
  wanted: Pick<GroupRecord, 'group' | 'octets' | 'source' | 'vlan'>,
): GroupRecord {
  const existing = findGroup(bridge, wanted)
  if (existing !== undefined) return existing
  const { group, octets, source, vlan } = wanted
  const record: GroupRecord = {
    group,
    octets,
    source,
    vlan,
    joined: false,
    ends: undefined,
    members: emptyList,
    timer: undefined,
  }
  const data = dataOf(bridge)
  data.groups = withValue(data.groups, groupKey(record), record)
  return record
}

/** How many groups, and sources of groups, a port is in. */
export function groupsOf(bridge: Device, port: Device): number {
  let count = 0
  for (const { members } of dataOf(bridge).groups.values()) for (const one of members) if (one.port === port) count++
  return count
}

/** Refuses more entries than the port's limit allows; the count is that at which the kernel stops. */
export function refuseMore(bridge: Device, record: GroupRecord, port: Device, more: number): void {
  const most = port.port?.options.multicastMaxGroups ?? 0
  if (most === 0) return
  const count = groupsOf(bridge, port)
  if (count + more <= most) return
  dropIfEmpty(bridge, record)
  refuse('ENOMEM', `bridge: Port is already in ${Math.max(count, most)} groups, and mcast_max_groups=${most}`)
}

/** A port joins, as far as its limit lets it (`br_multicast_new_port_group`). */
export function join(
  bridge: Device,
  record: GroupRecord,
  port: Device,
  is: Partial<Omit<GroupMember, 'port' | 'sources'>>,
): GroupMember {
  refuseMore(bridge, record, port, 1)
  const member: GroupMember = {
    port,
    permanent: false,
    filterMode: 'exclude',
    protocol: 'static',
    starExclude: false,
    blocked: false,
    ends: undefined,
    ...is,
    sources: emptyList,
  }
  // A list that grows by itself reserves room for sixteen more.
  record.members = record.members.concat(member)
  return member
}

/** Ports that exclude no such source get its frames too (`br_multicast_sg_add_exclude_ports`). */
export function addExcluding(kernel: Kernel, bridge: Device, record: GroupRecord, own: GroupMember): void {
  if (!tellsSources(bridge, record) || record.source === undefined) return
  const whole = findGroup(bridge, { ...record, source: undefined })
  if (whole === undefined) return
  record.joined = whole.joined
  for (const { port, filterMode } of whole.members) {
    if (port === own.port || filterMode === 'include') continue
    if (!record.members.some((other) => other.port === port)) addStarExclude(kernel, bridge, record, port)
  }
}

function addStarExclude(kernel: Kernel, bridge: Device, record: GroupRecord, port: Device): void {
  const member = join(bridge, record, port, { filterMode: 'include', protocol: 'kernel', starExclude: true })
  tellMember(kernel, bridge, record, member, 'mdb set')
}

/** A port's mode was set: what others say of single sources follows it (`br_multicast_star_g_handle_mode`). */
export function followMode(
  kernel: Kernel,
  bridge: Device,
  whole: GroupRecord,
  port: Device,
  mode: GroupMember['filterMode'],
): void {
  if (!tellsSources(bridge, whole)) return
  for (const other of [...whole.members]) {
    for (const { address } of other.sources) {
      const record = findGroup(bridge, { ...whole, source: address })
      if (record === undefined) continue
      const own = record.members.find((member) => member.port === port)
      if (mode === 'exclude' && own === undefined) addStarExclude(kernel, bridge, record, port)
      else if (mode === 'include' && own?.starExclude) leave(kernel, bridge, record, own)
    }
  }
}

/** A member goes, with what came of its sources (`br_multicast_del_pg`). */
export function leave(kernel: Kernel, bridge: Device, record: GroupRecord, member: GroupMember): void {
  record.members = record.members.filter((other) => other !== member)
  for (const { address } of member.sources) leaveSource(kernel, bridge, record, member.port, address)
  member.sources = emptyList
  tellMember(kernel, bridge, record, member, 'mdb delete')
  if (isWhole(record)) followMode(kernel, bridge, record, member.port, 'include')
  else dropExcluding(kernel, bridge, record)
  dropIfEmpty(bridge, record)
}

/** The record that a source of a member stands for goes too. */
export function leaveSource(kernel: Kernel, bridge: Device, whole: GroupRecord, port: Device, address: string): void {
  const record = findGroup(bridge, { ...whole, source: address })
  const member = record?.members.find((other) => other.port === port)
  if (record !== undefined && member !== undefined) leave(kernel, bridge, record, member)
}

/** Once nobody chose the source itself, nobody is there for excluding others either (`br_multicast_sg_del_exclude_ports`). */
function dropExcluding(kernel: Kernel, bridge: Device, record: GroupRecord): void {
  if (record.members.some(({ starExclude }) => !starExclude)) return
  record.joined = false
  for (const member of [...record.members]) leave(kernel, bridge, record, member)
}

/** A record without members is forgotten. */
export function dropIfEmpty(bridge: Device, record: GroupRecord): void {
  if (record.members.length === 0 && !record.joined) dropValue(dataOf(bridge).groups, groupKey(record))
}

/** This host joins or leaves; the records of single sources follow (`br_multicast_star_g_host_state`). */
export function setJoined(kernel: Kernel, bridge: Device, record: GroupRecord, joined: boolean): void {
  record.joined = joined
  if (!joined) record.ends = undefined
  if (isWhole(record) && tellsSources(bridge, record)) {
    for (const { sources } of record.members) {
      for (const { address } of sources) {
        const one = findGroup(bridge, { ...record, source: address })
        if (one !== undefined) one.joined = joined
      }
    }
  }
  tellMember(kernel, bridge, record, undefined, joined ? 'mdb set' : 'mdb delete')
  dropIfEmpty(bridge, record)
}

/** A port leaves its groups: all, or those that age (`br_multicast_disable_port`, `br_multicast_del_port`). */
export function leaveGroups(kernel: Kernel, bridge: Device, port: Device, all: boolean): void {
  for (const record of [...dataOf(bridge).groups.values()].reverse()) {
    // What goes takes others with it.
    if (findGroup(bridge, record) !== record) continue
    const member = record.members.find((one) => one.port === port && (all || !one.permanent))
    if (member !== undefined) leave(kernel, bridge, record, member)
  }
}
