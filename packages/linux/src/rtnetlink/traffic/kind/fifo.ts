/** `pfifo` and `bfifo`: options are a struct, left out for the default (`net/sched/sch_fifo.c`). @module */
import type { FifoOptions } from '@vnet/core'
import { field, readStruct, struct, writeStruct } from '../../struct.js'
import type { TrafficKind } from './kind.js'

/** The limit. */
export const tc_fifo_qopt = struct('struct tc_fifo_qopt', 4, { limit: field('limit', 0, 'u32') })

/** Disciplines that only queue. */
export const fifo: TrafficKind<FifoOptions> = {
  headerSize: tc_fifo_qopt.size,
  attributes: {},
  encode(to, options) {
    if (options.limit !== undefined) writeStruct(to, tc_fifo_qopt, { limit: options.limit })
  },
  decode: (from, start, end) => readStruct(from, tc_fifo_qopt, start, end),
}
