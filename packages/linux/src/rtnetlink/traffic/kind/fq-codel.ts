/** `fq_codel`: attributes of 32 bits (`net/sched/sch_fq_codel.c`). @module */
import type { FqCodelOptions } from '@vnet/core'
import { type Attribute, attributes, bool32, octets, u8, u32, writeAttributes } from '../../../netlink/attribute.js'
import { readAttributes } from '../../../netlink/attribute-run.js'
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
})

/** Attributes that are told along with a threshold, and have no option here. */
export const unusedFqCodelAttributes = attributes({
  selector: u8(10, 'TCA_FQ_CODEL_CE_THRESHOLD_SELECTOR'),
  mask: octets(11, 'TCA_FQ_CODEL_CE_THRESHOLD_MASK'),
})

/** Fair queueing with controlled delay. */
export const fqCodel: TrafficKind<FqCodelOptions> = {
  headerSize: 0,
  attributes: fqCodelAttributes,
  encode: (to, options) => writeAttributes(to, fqCodelAttributes, options),
  decode: (from, start, end) => readAttributes(fqCodelAttributes, from, start, end, 'qdisc.fq_codel').values,
}
