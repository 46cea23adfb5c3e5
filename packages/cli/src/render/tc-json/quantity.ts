/** Quantities as `tc` (iproute2 6.1) writes them. @module */
import type { TrafficStatistics } from '@vnet/core'
import type { JsonObject } from '../ip-json/object.js'

/** What is told beside the plain. */
export interface TrafficDetail {
  /** All are of one link, which the question names. */
  readonly oneLink?: boolean
  /** As with `tc -d`. */
  readonly details?: boolean
  /** As with `tc -s`. */
  readonly statistics?: boolean
}

/** Nanoseconds of the kernel's tick, and ticks of a microsecond. */
export const TICK = 64
const PER_MICROSECOND = 1000 / TICK

/** A rate in octets a second. */
export const octetsPerSecond = (rate: number): number => Math.floor(rate / 8)

/** Microseconds that a bucket of `octets` lasts, as `tc` counts them out of the kernel's ticks. */
export function bucketTime(octets: number, rate: number): number {
  // What was told in octets was whole ticks; the division only has to find them again.
  const ticks = Math.floor((octets * 1e9) / octetsPerSecond(rate) / TICK + 0.5)
  return Math.floor(ticks / PER_MICROSECOND)
}

/** Octets of a bucket after `tc` has counted in microseconds. */
export const bucketSize = (octets: number, rate: number): number =>
  Math.floor((octetsPerSecond(rate) * bucketTime(octets, rate)) / 1e6)

/** A size in words: `10Kb`. */
export function sizeText(octets: number): string {
  const near = (unit: number, by: number) => octets >= unit && Math.abs(unit * Math.round(octets / unit) - octets) < by
  if (near(1 << 20, 1024)) return `${Math.round(octets / (1 << 20))}Mb`
  return near(1024, 16) ? `${Math.round(octets / 1024)}Kb` : `${octets}b`
}

/** Counters, in the order of `tc -s`. */
export function statisticsEntries(statistics: TrafficStatistics | undefined): readonly (readonly [string, unknown])[] {
  if (statistics === undefined) return []
  const { bytes, packets, drops, overlimits, requeues, rate, packetRate, backlog, queueLength } = statistics
  const measured = rate === undefined ? {} : { rate: octetsPerSecond(rate), pps: packetRate }
  return Object.entries({ bytes, packets, drops, overlimits, requeues, ...measured, backlog, qlen: queueLength })
}

/** The options of a kind as the object `options`, or more objects beside it, as `netem` has them. */
export type Renderer<T> = (object: T, detail: TrafficDetail) => JsonObject
