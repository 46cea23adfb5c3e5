/** Counters of disciplines and classes (`linux/gen_stats.h`; attribute `TCA_STATS2`). @module */

/** What a discipline or class counted since it was made. */
export interface TrafficStatistics {
  /** Octets that were sent, or passed. */
  readonly bytes: number
  /** Packets that were sent, or passed. */
  readonly packets: number
  /** Packets that were dropped. */
  readonly drops: number
  /** How often it was over its limit: a packet had to wait for its turn. */
  readonly overlimits: number
  /** Packets that the driver gave back. */
  readonly requeues: number
  /** Octets in the queue. */
  readonly backlog: number
  /** Packets in the queue. */
  readonly queueLength: number
  /** Rate that an estimator measured, bit/s; absent without one. */
  readonly rate?: number
  /** Packets a second that it measured. */
  readonly packetRate?: number
  /** HTB classes: packets sent within the class's own rate. */
  readonly lends?: number
  /** HTB classes: packets sent at a rate borrowed from the parent. */
  readonly borrows?: number
  /** HTB classes: packets larger than the rate table knows. */
  readonly giants?: number
  /** HTB classes: what the bucket holds, as the time that it lasts at the class's rate, milliseconds; below 0 it must fill first. */
  readonly tokens?: number
  /** HTB classes: the same of the bucket of the highest rate. */
  readonly ceilTokens?: number
  /** `fq_codel`: largest packet that came, octets. */
  readonly largestPacket?: number
  /** `fq_codel`: packets dropped because the queue was full. */
  readonly limitDrops?: number
  /** `fq_codel`: how often a flow began to wait. */
  readonly newFlows?: number
  /** `fq_codel`: packets marked (ECN) instead of dropped. */
  readonly ecnMarks?: number
  /** `fq_codel`: packets marked from the threshold on. */
  readonly ceMarks?: number
  /** `fq_codel`: octets of memory that the queue takes. */
  readonly memoryUsed?: number
  /** `fq_codel`: packets dropped because the memory was used up. */
  readonly memoryDrops?: number
  /** `fq_codel`: flows that have just begun to wait. */
  readonly newFlowQueues?: number
  /** `fq_codel`: flows that have waited for longer. */
  readonly oldFlowQueues?: number
}

/** How often a filter was asked; a kernel without counters for filters (`CONFIG_CLS_U32_PERF` for `u32`) tells none. */
export interface FilterStatistics {
  /** `u32`: packets that were compared with it. */
  readonly tried?: number
  /** Packets that matched. */
  readonly matched: number
  /** `u32` that asks for a mark: packets that had it. */
  readonly markMatched?: number
  /** `u32`: packets that matched up to each of its keys. */
  readonly keys?: readonly number[]
}

/** How long ago something was done with an action, seconds in hundredths (`struct tcf_t`). */
export interface ActionTimes {
  /** It was made. */
  readonly installed: number
  /** A packet came last; without any, it was made. */
  readonly lastUsed: number
  /** A packet came first; absent without any, and as long as that rounds to no time. */
  readonly firstUsed?: number
}

/** How the octets of a packet become cells of the line (`TC_LINKLAYER_*`). `adsl` is the kernel's other word for `atm`. */
export type LinkLayer = 'ethernet' | 'atm'
