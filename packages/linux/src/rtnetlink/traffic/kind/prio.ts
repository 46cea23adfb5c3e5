/** `prio` and `pfifo_fast`: options are a struct (`net/sched/sch_prio.c`). @module */
import { DecodeError, defaultPriorityMap, type PrioOptions } from '@vnet/core'
import { field, struct } from '../../struct.js'
import { TC_PRIO_MAX } from '../constants.js'
import type { TrafficKind } from './kind.js'

/** Bands, and the band of each priority. */
export const tc_prio_qopt = struct('struct tc_prio_qopt', 20, {
  bands: field('bands', 0, 'u32'),
  priorityMap: field('priomap', 4, 'bytes'),
})

/** Strict priority. */
export const prio: TrafficKind<PrioOptions> = {
  headerSize: tc_prio_qopt.size,
  attributes: {},
  encode(to, { bands = 3, priorityMap = defaultPriorityMap.map((band) => Math.min(band, bands - 1)) }) {
    to.u32(bands)
    for (const band of priorityMap) to.u8(band)
  },
  decode(from, start, end) {
    const { size } = tc_prio_qopt
    if (end - start < size) throw new DecodeError('qdisc.prio', start, `${end - start} octets, needs ${size}`)
    return { bands: from.u32(start), priorityMap: [...from.bytes.subarray(start + 4, start + 5 + TC_PRIO_MAX)] }
  },
}
