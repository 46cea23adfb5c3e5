/** Entries of a bridge's multicast database, made and removed by hand (`net/bridge/br_mdb.c`). @module */
import { type CleanMdbKey, type CleanMdbSpec, formatIp, formatMac, type MdbFlush } from '@vnet/core'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { refuse } from '../refusal.js'
import type { BridgeData } from './bridge-data.js'
import {
  addExcluding,
  dropIfEmpty,
  findGroup,
  followMode,
  isWhole,
  join,
  leave,
  leaveSource,
  makeGroup,
  refuseMore,
  setJoined,
  tellMember,
} from './bridge-group.js'
import { ageGroup } from './bridge-group-age.js'
import type { GroupMember, GroupRecord } from './bridge-group-data.js'

/** The group that a request means, outside of VLANs. */
export function groupOf({ group, source }: CleanMdbKey): Pick<GroupRecord, 'group' | 'octets' | 'source'> {
  const octets = group.length as GroupRecord['octets']
  return {
    group: octets === 6 ? formatMac(group) : formatIp(group),
    octets,
    source: source === undefined ? undefined : formatIp(source),
  }
}

/** Makes an entry in a VLAN, or replaces it. */
export function setGroup(
  kernel: Kernel,
  bridge: Device,
  port: Device | undefined,
  spec: CleanMdbSpec,
  vlan: number,
  replace: boolean,
): void {
  if (port === undefined) joinHost(kernel, bridge, spec, vlan, replace)
  else if (spec.source === undefined && spec.group.length !== 6) setWhole(kernel, bridge, port, spec, vlan, replace)
  else setSource(kernel, bridge, port, { ...groupOf(spec), vlan }, spec, replace)
}

function joinHost(kernel: Kernel, bridge: Device, spec: CleanMdbSpec, vlan: number, replace: boolean): void {
  const record = makeGroup(bridge, { ...groupOf(spec), vlan })
  if (record.joined && !replace) refuse('EEXIST', 'bridge: Group is already joined by host')
  if (record.octets !== 6) record.ends = kernel.now() + membershipOf(bridge)
  if (!record.joined) setJoined(kernel, bridge, record, true)
  ageGroup(kernel, bridge, record)
}

const membershipOf = (bridge: Device): number =>
  (bridge.bridge as BridgeData).options.multicastMembershipInterval ?? 260

/** The group as a whole at a port (`br_mdb_add_group_star_g`, `br_mdb_replace_group_star_g`). */
function setWhole(
  kernel: Kernel,
  bridge: Device,
  port: Device,
  spec: CleanMdbSpec,
  vlan: number,
  replace: boolean,
): void {
  const record = makeGroup(bridge, { ...groupOf(spec), vlan })
  const existing = record.members.find((member) => member.port === port)
  if (existing !== undefined && !replace) refuse('EEXIST', 'bridge: (*, G) group is already joined by port')
  const filterMode = spec.filterMode ?? 'exclude'
  const permanent = spec.state === 'permanent'
  const ends = kernel.now() + membershipOf(bridge)
  if (existing === undefined) refuseList(bridge, port, record, spec)
  const member = existing ?? join(bridge, record, port, {})
  Object.assign(member, { filterMode, permanent, protocol: spec.protocol ?? 'static' })
  const former = member.sources
  member.sources = []
  for (const octets of spec.sources ?? []) {
    const address = formatIp(octets)
    const source = { address, ends: permanent || filterMode === 'exclude' ? undefined : ends }
    member.sources = [source, ...member.sources]
    // What the list says of a source is an entry of its own, which does not age by itself.
    const one: SourceEntry = { ...spec, filterMode, ofList: true }
    setSource(kernel, bridge, port, { ...record, source: address }, one, existing !== undefined)
  }
  for (const { address } of former) {
    if (!member.sources.some((source) => source.address === address)) {
      leaveSource(kernel, bridge, record, port, address)
    }
  }
  member.ends = permanent || filterMode === 'include' ? undefined : ends
  tellMember(kernel, bridge, record, member, 'mdb set')
  followMode(kernel, bridge, record, port, filterMode)
  ageGroup(kernel, bridge, record)
}

/** The kernel takes back what it made for a list when a source of it cannot be entered; here that is looked at first. */
function refuseList(bridge: Device, port: Device, record: GroupRecord, { sources = [] }: CleanMdbSpec): void {
  const own = (address: string) => findGroup(bridge, { ...record, source: address })?.members
  const taken = sources.some((octets) => own(formatIp(octets))?.some((member) => member.port === port))
  if (taken) {
    dropIfEmpty(bridge, record)
    refuse('EEXIST', 'bridge: (S, G) group is already joined by port')
  }
  refuseMore(bridge, record, port, 1 + sources.length)
}

interface SourceEntry extends Pick<CleanMdbSpec, 'state' | 'protocol' | 'filterMode'> {
  /** It stands for a source of a list. */
  readonly ofList?: boolean
}

/** One source of a group at a port, or a group that is a MAC (`br_mdb_add_group_sg`). */
function setSource(
  kernel: Kernel,
  bridge: Device,
  port: Device,
  wanted: Pick<GroupRecord, 'group' | 'octets' | 'source' | 'vlan'>,
  entry: SourceEntry,
  replace: boolean,
): void {
  const record = makeGroup(bridge, wanted)
  const existing = record.members.find((member) => member.port === port)
  if (existing !== undefined && !replace) refuse('EEXIST', 'bridge: (S, G) group is already joined by port')
  const permanent = entry.state === 'permanent'
  const now = {
    permanent,
    protocol: entry.protocol ?? 'static',
    blocked: entry.ofList === true && entry.filterMode === 'exclude',
    ends: permanent || entry.ofList ? undefined : kernel.now() + membershipOf(bridge),
  }
  let member: GroupMember
  if (existing === undefined) member = join(bridge, record, port, { filterMode: 'include', ...now })
  else {
    member = { ...existing, ...now, starExclude: false }
    record.members = record.members.map((other) => (other === existing ? member : other))
  }
  tellMember(kernel, bridge, record, member, 'mdb set')
  addExcluding(kernel, bridge, record, member)
  ageGroup(kernel, bridge, record)
}

/** Removes an entry in a VLAN; whether it was there. */
export function deleteGroup(
  kernel: Kernel,
  bridge: Device,
  port: Device | undefined,
  key: CleanMdbKey,
  vlan: number,
): boolean {
  const record = findGroup(bridge, { ...groupOf(key), vlan })
  if (record === undefined) return false
  if (port === undefined) {
    if (!record.joined) return false
    setJoined(kernel, bridge, record, false)
    return true
  }
  const member = record.members.find((one) => one.port === port)
  if (member === undefined) return false
  leave(kernel, bridge, record, member)
  return true
}

/** Removes all entries that match (`br_mdb_del_bulk`). */
export function flushGroups(kernel: Kernel, bridge: Device, port: Device | undefined, flush: MdbFlush): void {
  const data = bridge.bridge as BridgeData
  const fits = (permanent: boolean) => flush.permanent === undefined || flush.permanent === permanent
  for (const record of [...data.groups.values()].reverse()) {
    if (flush.vlan !== undefined && record.vlan !== flush.vlan) continue
    const ofHost = (port === undefined || port === bridge) && flush.protocol === undefined && fits(record.octets === 6)
    if (record.joined && ofHost && (isWhole(record) || record.octets === 6)) setJoined(kernel, bridge, record, false)
    for (const member of [...record.members]) {
      if (port !== undefined && member.port !== port) continue
      if (!fits(member.permanent)) continue
      if (flush.protocol !== undefined && flush.protocol !== member.protocol) continue
      if (record.members.includes(member)) leave(kernel, bridge, record, member)
    }
  }
}
