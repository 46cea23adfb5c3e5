/** Joining and leaving groups, and the reports that follow (`net/ipv4/igmp.c`, `net/ipv6/mcast.c`). @module */
import { groupRecordTypes } from '@vnet/wire'
import { sameOctets } from '../bits.js'
import type { Kernel } from '../kernel.js'
import { fraction } from '../random.js'
import { reportOld, reportRecords, type SaidOf } from '../stack/group-report.js'
import { solicitedLow } from '../stack/solicited-group.js'
import type { Device } from './device.js'
import { emptyList } from './empty.js'
import {
  isReported,
  type Membership,
  type Memberships,
  memberOf,
  newMemberships,
  noMemberships,
  nothingOwed,
  ownOwed,
  resetMemberships,
  tick,
  ticks,
  versionOf,
} from './membership-data.js'
import { SolicitedMembership } from './solicited-membership.js'

/** Seconds within which what is new is told again: to queriers of the latest version, and to older ones. */
const unsolicitedInterval = 1
const oldUnsolicitedInterval = 10
const never = Number.POSITIVE_INFINITY

type Family = 4 | 6
const familyOf = (octets: Uint8Array): Family => (octets.length === 4 ? 4 : 6)
/** The groups of a link, of one version of IP. */
export const membershipsOf = (device: Device, family: Family): Readonly<Memberships> =>
  family === 4 ? device.memberships4 : device.memberships6

/** The same, to be changed: no longer those that links share. */
export function ownMemberships(device: Device, family: Family): Memberships {
  const set = membershipsOf(device, family)
  if (set !== noMemberships) return set
  const own = newMemberships()
  if (family === 4) device.memberships4 = own
  else device.memberships6 = own
  return own
}

/** Whether a link listens to a group. */
export function isMember(device: Device, octets: Uint8Array): boolean {
  return memberOf(membershipsOf(device, familyOf(octets)), octets) !== undefined
}

/** Listens to a group; counted (`ip_mc_inc_group`, `ipv6_dev_mc_inc`). */
export function joinGroup(kernel: Kernel, device: Device, octets: Uint8Array): void {
  const set = ownMemberships(device, familyOf(octets))
  const there = memberOf(set, octets)
  if (there !== undefined) {
    there.users++
    return
  }
  const low = solicitedLow(octets)
  const one: Membership =
    low === undefined ? { octets, users: 1, filtered: 0, changes: 0 } : new SolicitedMembership(low)
  // A list that is spread into another reserves room.
  set.members = set.members.toSpliced(0, 0, one)
  added(kernel, device, set, one)
  watchMemberships(kernel, device, familyOf(octets))
}

/** Stops listening to it. */
export function leaveGroup(kernel: Kernel, device: Device, octets: Uint8Array): void {
  const set = ownMemberships(device, familyOf(octets))
  const one = memberOf(set, octets)
  if (one === undefined || --one.users > 0) return
  set.members = set.members.filter((other) => other !== one)
  if (device.up && isReported(octets)) tellLeft(kernel, device, set, one)
  watchMemberships(kernel, device, familyOf(octets))
}

/** A socket is a member now, `by` 1, or ceases to be one, `by` -1. */
export function countSocket(device: Device, octets: Uint8Array, by: 1 | -1): void {
  const one = memberOf(membershipsOf(device, familyOf(octets)), octets)
  if (one !== undefined) one.bySockets = (one.bySockets ?? 0) + by
}

/** Sockets are not part of a snapshot: it is as if all had been closed, and had left their groups. */
export function leaveForSockets(kernel: Kernel, device: Device, family: Family): void {
  for (const one of [...membershipsOf(device, family).members]) {
    const { bySockets = 0 } = one
    if (bySockets === 0) continue
    one.bySockets = 0
    one.users = Math.max(1, one.users - bySockets + 1)
    leaveGroup(kernel, device, one.octets)
  }
}

/** The link is up, or may have come to another network: all groups are told (`ip_mc_up`, `ipv6_mc_up`). */
export function groupsUp(kernel: Kernel, device: Device, family: Family): void {
  const set = ownMemberships(device, family)
  resetMemberships(set)
  for (const one of set.members) added(kernel, device, set, one)
  watchMemberships(kernel, device, family)
}

/** The link is down: it listens to nothing, and says nothing (`ip_mc_down`, `ipv6_mc_down`). */
export function groupsDown(kernel: Kernel, device: Device, family: Family): void {
  const set = ownMemberships(device, family)
  resetMemberships(set)
  for (const one of set.members) one.filtered = 0
  watchMemberships(kernel, device, family)
}

/** Duplicate address detection is over: what was told without an address is told again (`ipv6_mc_dad_complete`). */
export function groupsAgain(kernel: Kernel, device: Device): void {
  const set = ownMemberships(device, 6)
  Object.assign(ownOwed(set), { initialLeft: set.querier.robustness, initialAt: kernel.now() })
  tellInitial(kernel, device, set)
  watchMemberships(kernel, device, 6)
}

function added(kernel: Kernel, device: Device, set: Memberships, one: Membership): void {
  const { left } = set.owed
  if (left.length > 0) ownOwed(set).left = left.filter((other) => !sameOctets(other.octets, one.octets))
  const isFramed = device.type === 'ether'
  if (one.filtered === 0 && isFramed && (one.octets.length === 4 || ((one.octets[1] as number) & 15) >= 2)) {
    one.filtered = ++device.lastFilter
  }
  if (!device.up || !isReported(one.octets)) return
  const now = kernel.now()
  const version = versionOf(set, now)
  if (version === 3) {
    one.changes = set.querier.robustness
    tellSoon(kernel, set)
    return
  }
  // An old querier hears of it at once, and again within ten seconds.
  one.unsolicited = one.octets.length === 4 ? set.querier.robustness : 1
  if (one.octets.length === 4) one.reportAt = now + fraction(kernel.random) * tick + ticks
  else {
    reportOld(kernel, device, one.octets, 'report', version)
    one.reporter = true
    one.reportAt = now + fraction(kernel.random) * oldUnsolicitedInterval
  }
}

/** Every group of IPv4 is told at once, for a switch to learn where they are now (`ip_mc_rejoin_groups`). */
export function reportAgain(kernel: Kernel, device: Device): void {
  const set = device.memberships4
  const version = versionOf(set, kernel.now())
  for (const one of set.members) if (isReported(one.octets)) report(kernel, device, 4, version, one)
}

function report(kernel: Kernel, device: Device, family: Family, version: 1 | 2 | 3, one: Membership): void {
  if (version === 3) reportRecords(kernel, device, family, current([one]))
  else reportOld(kernel, device, one.octets, 'report', version)
}

function tellLeft(kernel: Kernel, device: Device, set: Memberships, one: Membership): void {
  const version = versionOf(set, kernel.now())
  if (version === 3) {
    one.changes = set.querier.robustness
    if (one.reportAt !== undefined) one.reportAt = undefined
    ownOwed(set).left = set.owed.left.toSpliced(0, 0, one)
    tellSoon(kernel, set)
  } else if (one.reporter && (one.octets.length === 16 || version === 2)) {
    reportOld(kernel, device, one.octets, 'leave', 2)
  }
}

/** Changes are told after two or three ticks, so that one report has them all (`mld_ifc_event`). */
function tellSoon(kernel: Kernel, set: Memberships): void {
  const owed = ownOwed(set)
  owed.changesLeft = set.querier.robustness
  owed.changesAt = kernel.now() + fraction(kernel.random) * tick + ticks
}

/** Waits for whatever is due first; also after a snapshot was loaded. */
export function watchMemberships(kernel: Kernel, device: Device, family: Family): void {
  const set: Memberships = membershipsOf(device, family)
  const next = nextOf(set)
  if (next === never && set.owed === nothingOwed) return
  const owed = ownOwed(set)
  if (owed.timer?.run !== undefined && owed.timer.at === next) return
  kernel.timers.cancel(owed.timer)
  owed.timer = undefined
  if (next !== never) owed.timer = kernel.timers.at(next, sayDue, device, set)
  else if (owed.left.length === 0) set.owed = nothingOwed
}

function sayDue(kernel: Kernel, device: Device, set: Memberships): void {
  const family = set === device.memberships4 ? 4 : 6
  if (device.removed || membershipsOf(device, family) !== set) return
  tellDue(kernel, device, family, set)
  watchMemberships(kernel, device, family)
}

function nextOf({ members, owed: { changesAt, initialAt, generalAt } }: Memberships): number {
  let next = Math.min(changesAt ?? never, initialAt ?? never, generalAt ?? never)
  for (const { reportAt } of members) if (reportAt !== undefined && reportAt < next) next = reportAt
  return next
}

function tellDue(kernel: Kernel, device: Device, family: Family, set: Memberships): void {
  const now = kernel.now()
  const isDue = (at: number | undefined) => at !== undefined && at <= now
  const owed = ownOwed(set)
  if (isDue(owed.changesAt)) tellChanges(kernel, device, family, set)
  if (isDue(owed.initialAt)) tellInitial(kernel, device, set)
  if (isDue(owed.generalAt)) {
    owed.generalAt = undefined
    reportRecords(kernel, device, family, current(set.members))
  }
  for (const one of set.members) if (isDue(one.reportAt)) tellOne(kernel, device, family, set, one)
}

const current = (members: readonly Membership[]): SaidOf[] =>
  members.filter(({ octets }) => isReported(octets)).map(({ octets }) => [groupRecordTypes.isExclude, octets])

/** What was left, and what was joined since (`igmpv3_send_cr`, `mld_send_cr`). */
function tellChanges(kernel: Kernel, device: Device, family: Family, set: Memberships): void {
  const owed = ownOwed(set)
  const said: SaidOf[] = []
  for (const one of owed.left) if (one.changes-- > 0) said.push([groupRecordTypes.toInclude, one.octets])
  owed.left = owed.left.filter(({ changes }) => changes > 0)
  for (const one of set.members) {
    if (one.changes === 0) continue
    one.changes--
    said.push([groupRecordTypes.toExclude, one.octets])
  }
  reportRecords(kernel, device, family, said)
  const more = --owed.changesLeft > 0
  owed.changesAt = more ? kernel.now() + fraction(kernel.random) * unsolicitedInterval + ticks : undefined
}

/** All groups, as if they had just been joined (`mld_send_initial_cr`). */
function tellInitial(kernel: Kernel, device: Device, set: Memberships): void {
  const isLatest = versionOf(set, kernel.now()) === 3
  if (isLatest) {
    const said = current(set.members).map(([, octets]): SaidOf => [groupRecordTypes.toExclude, octets])
    reportRecords(kernel, device, 6, said)
  }
  const interval = isLatest ? unsolicitedInterval : oldUnsolicitedInterval
  const owed = ownOwed(set)
  const more = --owed.initialLeft > 0
  owed.initialAt = more ? kernel.now() + fraction(kernel.random) * interval + ticks : undefined
}

/** One group: asked for, or told an old querier (`igmp_timer_expire`, `mld_mca_work`). */
function tellOne(kernel: Kernel, device: Device, family: Family, set: Memberships, one: Membership): void {
  const now = kernel.now()
  const version = versionOf(set, now)
  one.reportAt = undefined
  one.reporter = true
  if (one.unsolicited && --one.unsolicited > 0) {
    const interval = version === 3 ? unsolicitedInterval : oldUnsolicitedInterval
    one.reportAt = now + fraction(kernel.random) * interval + ticks
  }
  report(kernel, device, family, version, one)
}

/** The link is nobody's any more: it forgets its groups (`ipv6_mc_destroy_dev`). */
export function forgetGroups(kernel: Kernel, device: Device, family: Family): void {
  const set = ownMemberships(device, family)
  for (const one of set.members) one.filtered = 0
  set.members = emptyList
  resetMemberships(set)
  watchMemberships(kernel, device, family)
}
