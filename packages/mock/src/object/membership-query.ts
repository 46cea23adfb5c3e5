/** What a host does about queries of groups, and about others' reports (`igmp_heard_query`, `__mld_query_work`). @module */
import { isZero, sameOctets } from '../bits.js'
import type { Kernel } from '../kernel.js'
import { fraction } from '../random.js'
import type { Device } from './device.js'
import { emptyList } from './empty.js'
import { membershipsOf, ownMemberships, watchMemberships } from './membership.js'
import {
  forgetReport,
  isReported,
  type Membership,
  type Memberships,
  memberOf,
  nothingOwed,
  ownOwed,
  ticks,
  usualQueryInterval,
  usualRobustness,
  versionOf,
} from './membership-data.js'

/** What a query says. */
export interface Query {
  /** Version of IGMP; 2 and 3 stand for MLD 1 and 2. */
  readonly version: 1 | 2 | 3
  /** Seconds in which to answer, and how an old version would read that. */
  readonly delay: number
  readonly linear?: number
  /** The group; zeros ask for all. */
  readonly group: Uint8Array
  readonly sources: readonly string[]
  readonly robustness: number
  /** Seconds between two queries; 0 says nothing. */
  readonly interval: number
}

/** Somebody asks who listens to what. */
export function heardQuery(kernel: Kernel, device: Device, query: Query): void {
  const family = query.group.length === 4 ? 4 : 6
  const set = ownMemberships(device, family)
  const now = kernel.now()
  const isGeneral = isZero(query.group)
  const spoken = versionOf(set, now)
  const isOld = query.version < 3 || (family === 6 && spoken < 3)
  let { delay } = query
  let group = query.group
  if (isOld) {
    noteOld(set, query.version === 1 ? 1 : 2, now)
    if (query.version === 3) delay = query.linear ?? delay
  } else if (spoken === 1) {
    delay = 10
    group = new Uint8Array(4)
  } else if (spoken === 3) {
    noteQuerier(set, query)
    if (isGeneral) {
      if (query.sources.length === 0) ownOwed(set).generalAt = now + fraction(kernel.random) * delay + ticks
      watchMemberships(kernel, device, family)
      return
    }
  }
  const isForAll = isZero(group)
  for (const one of set.members) {
    if (isReported(one.octets) && (isForAll || sameOctets(one.octets, group))) answerSoon(kernel, one, delay)
  }
  watchMemberships(kernel, device, family)
}

/** An old querier counts until several of its queries are missing; what newer ones would be told is forgotten. */
function noteOld(set: Memberships, version: 1 | 2, now: number): void {
  const { robustness, queryInterval, responseInterval } = set.querier
  const until = now + robustness * queryInterval + responseInterval
  set.querier = { ...set.querier, [version === 1 ? 'firstVersionUntil' : 'secondVersionUntil']: until }
  if (set.owed === nothingOwed) return
  Object.assign(set.owed, { changesAt: undefined, changesLeft: 0, generalAt: undefined, left: emptyList })
}

function noteQuerier(set: Memberships, { robustness, interval, delay, group }: Query): void {
  set.querier = {
    ...set.querier,
    robustness: robustness || usualRobustness,
    queryInterval: interval || usualQueryInterval,
    ...(group.length === 16 ? { responseInterval: delay } : {}),
  }
}

/** The answer to a query comes within its time, sooner where one is under way already (`igmp_mod_timer`). */
function answerSoon(kernel: Kernel, one: Membership, delay: number): void {
  const now = kernel.now()
  if (one.reportAt !== undefined && one.reportAt - now < delay) return
  one.unsolicited = 0
  one.reportAt = now + fraction(kernel.random) * delay + ticks
}

/** Another host said that it wants a group: then this one need not (RFC 2236 § 3). */
export function heardReport(kernel: Kernel, device: Device, group: Uint8Array): void {
  const family = group.length === 4 ? 4 : 6
  const one = memberOf(membershipsOf(device, family), group)
  if (one === undefined) return
  forgetReport(one)
  watchMemberships(kernel, device, family)
}
