/** Groups that a link listens to, and what is still to be said of them (`struct ip_mc_list`, `ifmcaddr6`). Plain data. @module */
import { isZero, sameOctets } from '../bits.js'
import { solicitedLow } from '../stack/solicited-group.js'
import type { Timer } from '../timers.js'
import { emptyList } from './empty.js'

/** A group. */
export interface Membership {
  readonly octets: Uint8Array
  /** What tells it from others, where it is a {@link SolicitedMembership}. */
  readonly low?: number
  /** How many want it, and how many of them are sockets. */
  users: number
  bySockets?: number
  /** The link takes the frames of its MAC: the place among the filters of the link, from 1; 0 where it does not. */
  filtered: number
  /** Reports in which its change is still to be told. */
  changes: number
  /** Kernel time of a report of its own: the answer to a query, or what an old querier is told by itself. */
  reportAt?: number | undefined
  /** Reports of joining that an old querier is still to have. */
  unsolicited?: number | undefined
  /** This host was the last one to report it. */
  reporter?: boolean | undefined
}

/** The groups of a link, of one version of IP. Times are kernel times in seconds. */
export interface Memberships {
  /** The latest first. */
  members: readonly Membership[]
  /** Links share what holds where nothing is still to be said, and where no querier has said anything. */
  owed: Readonly<Owed>
  querier: Querier
}

/** What is still to be said of the groups of a link. */
export interface Owed {
  /** Those that were left, until that is told. */
  left: readonly Membership[]
  /** When changes are told, and how often still (`mr_ifc_count`, `mc_ifc_count`). */
  changesAt: number | undefined
  changesLeft: number
  /** When all groups are told once more after duplicate address detection, and how often still (`mc_dad_count`). */
  initialAt: number | undefined
  initialLeft: number
  /** When a general query is answered (`mr_gq_running`). */
  generalAt: number | undefined
  timer: Timer | undefined
}

/** Who asks for groups. */
export interface Querier {
  /** Until when a querier of an old version counts: of IGMP 1, of IGMP 2 or MLD 1. */
  readonly firstVersionUntil: number
  readonly secondVersionUntil: number
  /** What the querier says: robustness, and its intervals in seconds. */
  readonly robustness: number
  readonly queryInterval: number
  readonly responseInterval: number
}

/** Robustness unless a querier says otherwise (`igmp_qrv`, `mld_qrv`). */
export const usualRobustness = 2
/** Seconds between queries, and in which they are answered (RFC 3376 § 8, RFC 3810 § 9). */
export const usualQueryInterval = 125
const usualResponseInterval = 10
/** Seconds of a tick of the kernel's clock, two of which every wait has on top. */
export const tick = 1 / 250
export const ticks = 2 * tick

const noQuerier: Querier = {
  firstVersionUntil: 0,
  secondVersionUntil: 0,
  robustness: usualRobustness,
  queryInterval: usualQueryInterval,
  responseInterval: usualResponseInterval,
}

/** Nothing is to be said. */
export const nothingOwed: Readonly<Owed> = Object.freeze({
  left: emptyList,
  changesAt: undefined,
  changesLeft: 0,
  initialAt: undefined,
  initialLeft: 0,
  generalAt: undefined,
  timer: undefined,
})

/** What is to be said, to be changed. */
export function ownOwed(set: Memberships): Owed {
  if (set.owed === nothingOwed) set.owed = { ...nothingOwed }
  return set.owed
}

/** Of a link that listens to none. */
export const newMemberships = (): Memberships => ({ members: emptyList, owed: nothingOwed, querier: noQuerier })

/** The same, which links share until they join a group. */
export const noMemberships: Readonly<Memberships> = Object.freeze(newMemberships())

/** The membership of a group, where there is one. */
export function memberOf({ members }: Readonly<Memberships>, octets: Uint8Array): Membership | undefined {
  const low = solicitedLow(octets)
  return members.find((one) => (one.low === undefined ? sameOctets(one.octets, octets) : one.low === low))
}

/** Nothing is owed any more, and no querier is known (`ipv6_mc_reset`, `ip_mc_reset`). */
export function resetMemberships(set: Memberships): void {
  if (set.owed !== nothingOwed) set.owed = { ...nothingOwed, timer: set.owed.timer }
  set.querier = noQuerier
  for (const one of set.members) {
    one.changes = 0
    forgetReport(one)
  }
}

/** Nothing is to be said of a group by itself, and this host is not the one who said it last. */
export function forgetReport(one: Membership): void {
  if (one.reportAt !== undefined) one.reportAt = undefined
  if (one.unsolicited) one.unsolicited = 0
  if (one.reporter) one.reporter = false
}

/** Whether a group is reported: not that of all hosts, and of IPv6 none that does not leave the host (RFC 3810 § 6). */
export function isReported(octets: Uint8Array): boolean {
  if (octets.length === 4) return !(octets[0] === 224 && octets[3] === 1 && isZero(octets.subarray(1, 3)))
  const reach = (octets[1] as number) & 15
  const isAllNodes = octets[1] === 2 && octets[15] === 1 && isZero(octets.subarray(2, 15))
  return reach >= 2 && !isAllNodes
}

/** The version of the protocol that is spoken: 1–3 of IGMP, 2 or 3 of MLD, where 2 stands for MLD 1 and 3 for MLD 2. */
export function versionOf({ querier }: Memberships, now: number): 1 | 2 | 3 {
  return querier.firstVersionUntil > now ? 1 : querier.secondVersionUntil > now ? 2 : 3
}
