/** `htb`: the discipline (`net/sched/sch_htb.c`). @module */
import type { HtbOptions } from '@vnet/core'
import { attributes, flag, octets, u32, u64 } from '../../../netlink/attribute.js'
import { readValues } from '../../../netlink/attribute-run.js'
import { type Range, range } from '../../../netlink/range.js'
import { field, readStruct, struct, writeStruct } from '../../struct.js'
import { TC_HTB_PROTOVER } from '../constants.js'
import type { TrafficKind } from './kind.js'

/** What holds for all classes. */
export const tc_htb_glob = struct('struct tc_htb_glob', 20, {
  version: field('version', 0, 'u32'),
  r2q: field('rate2quantum', 4, 'u32'),
  default: field('defcls', 8, 'u32'),
  debug: field('debug', 12, 'u32'),
  directPackets: field('direct_pkts', 16, 'u32'),
})

/** Attributes of the discipline and of its classes, enum TCA_HTB_*. */
export const htbAttributes = attributes({
  parameters: range(1, 'TCA_HTB_PARMS', 'struct'),
  init: range(2, 'TCA_HTB_INIT', 'struct', tc_htb_glob.size),
  ceilTable: octets(3, 'TCA_HTB_CTAB'),
  table: octets(4, 'TCA_HTB_RTAB'),
  directQueueLength: u32(5, 'TCA_HTB_DIRECT_QLEN'),
  rate64: u64(6, 'TCA_HTB_RATE64'),
  ceil64: u64(7, 'TCA_HTB_CEIL64'),
  padding: octets(8, 'TCA_HTB_PAD'),
  offload: flag(9, 'TCA_HTB_OFFLOAD'),
})

/** Hierarchical token bucket. */
export const htb: TrafficKind<HtbOptions> = {
  headerSize: 0,
  attributes: htbAttributes,
  paths: { init: '' },
  encode(to, options) {
    const a = htbAttributes
    const at = to.nestPlain(a.init.type)
    writeStruct(to, tc_htb_glob, { version: TC_HTB_PROTOVER, r2q: options.r2q ?? 10, default: options.default ?? 0 })
    to.endNest(at)
    if (options.directQueueLength !== undefined) a.directQueueLength.write(to, options.directQueueLength)
    if (options.offload) a.offload.write(to, true)
  },
  decode(from, start, end) {
    const values = readValues(htbAttributes, from, start, end, 'qdisc.htb')
    const found = values as { init?: Range; directQueueLength?: number; offload?: true }
    const { version, r2q, default: other, directPackets } = readStruct(from, tc_htb_glob, ...(found.init ?? [0, 0]))
    return {
      default: other,
      r2q,
      ...(found.directQueueLength === undefined ? {} : { directQueueLength: found.directQueueLength }),
      ...(found.offload ? { offload: true } : {}),
      directPackets,
      version: `${version >>> 16}.${version & 0xffff}`,
    }
  },
}
