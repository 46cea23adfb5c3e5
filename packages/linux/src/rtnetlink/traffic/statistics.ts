/** Counters of disciplines and classes: `TCA_STATS2` (`linux/gen_stats.h`). @module */
import type { TrafficStatistics } from '@vnet/core'
import { attributes, octets, u64 } from '../../netlink/attribute.js'
import { readValues } from '../../netlink/attribute-run.js'
import type { Octets } from '../../netlink/octets.js'
import { type Range, range } from '../../netlink/range.js'
import { field, readStruct, struct } from '../struct.js'

/** Octets and packets. */
export const gnet_stats_basic = struct('struct gnet_stats_basic', 16, {
  bytes: field('bytes', 0, 'u64'),
  packets: field('packets', 8, 'u32'),
})
/** The queue. */
export const gnet_stats_queue = struct('struct gnet_stats_queue', 20, {
  queueLength: field('qlen', 0, 'u32'),
  backlog: field('backlog', 4, 'u32'),
  drops: field('drops', 8, 'u32'),
  requeues: field('requeues', 12, 'u32'),
  overlimits: field('overlimits', 16, 'u32'),
})

/** What an estimator measured: octets and packets a second. */
export const gnet_stats_rate_est = struct('struct gnet_stats_rate_est', 8, {
  octets: field('bps', 0, 'u32'),
  packets: field('pps', 4, 'u32'),
})
/** The same where 32 bits do not hold it. */
export const gnet_stats_rate_est64 = struct('struct gnet_stats_rate_est64', 16, {
  octets: field('bps', 0, 'u64'),
  packets: field('pps', 8, 'u64'),
})

/** Attributes of `TCA_STATS2`, enum TCA_STATS_*. */
export const statisticsAttributes = attributes({
  basic: range(1, 'TCA_STATS_BASIC', 'struct'),
  rate: range(2, 'TCA_STATS_RATE_EST', 'struct'),
  queue: range(3, 'TCA_STATS_QUEUE', 'struct'),
  own: range(4, 'TCA_STATS_APP', 'bytes'),
  rate64: range(5, 'TCA_STATS_RATE_EST64', 'struct'),
  padding: octets(6, 'TCA_STATS_PAD'),
  hardware: octets(7, 'TCA_STATS_BASIC_HW'),
  packets64: u64(8, 'TCA_STATS_PKT64'),
})

const none: Range = [0, 0]

interface Found {
  readonly basic?: Range
  readonly queue?: Range
  readonly packets64?: number
  readonly rate?: Range
  readonly rate64?: Range
  /** The counters of the kind itself. */
  readonly own?: Range
}

/** Reads `TCA_STATS2`; `ofKind` reads the counters that only one kind has. */
export function readStatistics(
  from: Octets,
  start: number,
  end: number,
  ofKind?: (from: Octets, start: number, end: number) => Partial<TrafficStatistics>,
): TrafficStatistics {
  const found = readValues(statisticsAttributes, from, start, end, 'statistics') as Found
  // What is missing is zero, as is what an older kernel's shorter struct lacks.
  const { bytes, packets } = readStruct(from, gnet_stats_basic, ...(found.basic ?? none))
  return {
    bytes,
    // The kernel adds the attribute where 32 bits have overflowed.
    packets: found.packets64 ?? packets,
    ...readStruct(from, gnet_stats_queue, ...(found.queue ?? none)),
    ...readEstimate(from, found),
    ...(found.own === undefined ? {} : ofKind?.(from, ...found.own)),
  }
}

function readEstimate(from: Octets, { rate, rate64 }: Found): Pick<TrafficStatistics, 'rate' | 'packetRate'> {
  if (rate === undefined && rate64 === undefined) return {}
  const { octets, packets } =
    rate64 === undefined
      ? readStruct(from, gnet_stats_rate_est, ...(rate ?? none))
      : readStruct(from, gnet_stats_rate_est64, ...rate64)
  return { rate: octets * 8, packetRate: packets }
}
