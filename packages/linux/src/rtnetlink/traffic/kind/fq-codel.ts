/** `fq_codel`: attributes of 32 bits (`net/sched/sch_fq_codel.c`). @module */
import type { FqCodelOptions } from '@vnet/core'
import { type Attribute, attributes, bool32, u8, u32, writeAttributes } from '../../../netlink/attribute.js'
import { readValues } from '../../../netlink/attribute-run.js'
import { field, readStruct, struct } from '../../struct.js'
import type { TrafficKind } from './kind.js'

/** Microseconds inside, milliseconds outside. */
const microseconds = (type: number, name: string): Attribute<number> => {
  const inside = u32(type, name)
  return {
    ...inside,
    write: (to, value) => inside.write(to, Math.round(value * 1000)),
    read: (from, start, end) => inside.read(from, start, end) / 1000,
  }
}

/** Attributes, enum TCA_FQ_CODEL_*. */
export const fqCodelAttributes = attributes({
  target: microseconds(1, 'TCA_FQ_CODEL_TARGET'),
  limit: u32(2, 'TCA_FQ_CODEL_LIMIT'),
  interval: microseconds(3, 'TCA_FQ_CODEL_INTERVAL'),
  ecn: bool32(4, 'TCA_FQ_CODEL_ECN'),
  flows: u32(5, 'TCA_FQ_CODEL_FLOWS'),
  quantum: u32(6, 'TCA_FQ_CODEL_QUANTUM'),
  ceThreshold: microseconds(7, 'TCA_FQ_CODEL_CE_THRESHOLD'),
  dropBatch: u32(8, 'TCA_FQ_CODEL_DROP_BATCH_SIZE'),
  memoryLimit: u32(9, 'TCA_FQ_CODEL_MEMORY_LIMIT'),
  ceSelector: u8(10, 'TCA_FQ_CODEL_CE_THRESHOLD_SELECTOR'),
  ceMask: u8(11, 'TCA_FQ_CODEL_CE_THRESHOLD_MASK'),
})

/** What the discipline counted; its number, 0, stands before it. */
export const tc_fq_codel_qd_stats = struct('struct tc_fq_codel_qd_stats', 36, {
  largestPacket: field('maxpacket', 0, 'u32'),
  limitDrops: field('drop_overlimit', 4, 'u32'),
  ecnMarks: field('ecn_mark', 8, 'u32'),
  newFlows: field('new_flow_count', 12, 'u32'),
  newFlowQueues: field('new_flows_len', 16, 'u32'),
  oldFlowQueues: field('old_flows_len', 20, 'u32'),
  ceMarks: field('ce_mark', 24, 'u32'),
  memoryUsed: field('memory_usage', 28, 'u32'),
  memoryDrops: field('drop_overmemory', 32, 'u32'),
})

/** Fair queueing with controlled delay. */
export const fqCodel: TrafficKind<FqCodelOptions> = {
  headerSize: 0,
  attributes: fqCodelAttributes,
  encode: (to, options) => writeAttributes(to, fqCodelAttributes, options),
  decode: (from, start, end) => readValues(fqCodelAttributes, from, start, end, 'qdisc.fq_codel'),
  statistics: (from, start, end) =>
    end - start < 4 || from.u32(start) !== 0 ? {} : readStruct(from, tc_fq_codel_qd_stats, start + 4, end),
}
