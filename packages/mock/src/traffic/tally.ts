/** What disciplines, classes and actions count (`struct gnet_stats_basic`, `struct gnet_stats_queue`). @module */
import type { TrafficStatistics } from '@vnet/core'
import { catchUp, type Estimate, measured } from './estimate.js'

/** Counters that grow. What waits at the moment is no counter: disciplines know that themselves. */
export interface Tally {
  bytes: number
  packets: number
  drops: number
  overlimits: number
  requeues: number
  /** What an estimator measures of them. */
  estimate?: Estimate
}

/** Counters of something new. */
export const newTally = (): Tally => ({ bytes: 0, packets: 0, drops: 0, overlimits: 0, requeues: 0 })

/** What several counted together. */
export function sumOfTallies(tallies: readonly (Tally | undefined)[]): Tally {
  const sum = newTally()
  for (const tally of tallies) {
    if (tally === undefined) continue
    sum.bytes += tally.bytes
    sum.packets += tally.packets
    sum.drops += tally.drops
    sum.overlimits += tally.overlimits
    sum.requeues += tally.requeues
  }
  return sum
}

/** Counters of a discipline that only one kind has; those of `fq_codel`, and `directPackets` of `htb`. */
export interface OwnTally {
  directPackets: number
  largestPacket: number
  limitDrops: number
  ecnMarks: number
  newFlows: number
  ceMarks: number
  memoryDrops: number
}

/** Those of something new. */
export const newOwnTally = (): OwnTally => ({
  directPackets: 0,
  largestPacket: 0,
  limitDrops: 0,
  ecnMarks: 0,
  newFlows: 0,
  ceMarks: 0,
  memoryDrops: 0,
})

/** Counters of a class of `htb`. */
export interface ClassTally extends Tally {
  lends: number
  borrows: number
  /** Packets larger than a rate table knows; newer kernels have no such tables. */
  giants: number
}

/** Those of something new. */
export const newClassTally = (): ClassTally => ({ ...newTally(), lends: 0, borrows: 0, giants: 0 })

/** What waits. */
export interface Waiting {
  readonly backlog: number
  readonly queueLength: number
}

/** What waits in several places. */
export function sumOf(places: readonly Waiting[]): Waiting {
  let backlog = 0
  let queueLength = 0
  for (const place of places) {
    backlog += place.backlog
    queueLength += place.queueLength
  }
  return { backlog, queueLength }
}

const nothing: Waiting = { backlog: 0, queueLength: 0 }

/** Counters as they are told at a kernel time; where that is unknown, an estimate is told as it was. */
export function statisticsOf(
  tally: Tally,
  { backlog, queueLength }: Waiting = nothing,
  time: number = Number.NEGATIVE_INFINITY,
): TrafficStatistics {
  const { bytes, packets, drops, overlimits, requeues, estimate } = tally
  if (estimate !== undefined) catchUp(estimate, tally, time)
  return {
    ...{ bytes, packets, drops, overlimits, requeues, backlog, queueLength },
    ...(estimate === undefined ? {} : measured(estimate)),
  }
}

/** Counts a frame that was sent at a time of the clock. */
export function countPacket(tally: Tally, octets: number, clock?: { readonly time: number }): void {
  if (tally.estimate !== undefined && clock !== undefined) catchUp(tally.estimate, tally, clock.time)
  tally.packets++
  tally.bytes += octets
}
