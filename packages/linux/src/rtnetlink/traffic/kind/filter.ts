/** Filters of kinds `u32`, `matchall` and `flower` (`linux/pkt_cls.h`). @module */
import type { CleanFilterSpec } from '@vnet/core'
import { attributes, u32 } from '../../../netlink/attribute.js'
import { readValues } from '../../../netlink/attribute-run.js'
import { type Range, range } from '../../../netlink/range.js'
import { field, readStruct, struct } from '../../struct.js'
import { actionList } from '../action.js'
import { classOf, writeResult } from './filter-result.js'
import { flower } from './flower.js'
import type { TrafficKind } from './kind.js'
import { readOffload, writeOffload } from './offload.js'
import { u32Filter } from './u32.js'

/** How often a filter of `matchall` matched. */
export const tc_matchall_pcnt = struct('struct tc_matchall_pcnt', 8, { matched: field('rhit', 0, 'u64') })

/** Attributes, enum TCA_MATCHALL_*. */
export const matchallAttributes = attributes({
  classId: u32(1, 'TCA_MATCHALL_CLASSID'),
  actions: actionList(2, 'TCA_MATCHALL_ACT'),
  flags: u32(3, 'TCA_MATCHALL_FLAGS'),
  counts: range(4, 'TCA_MATCHALL_PCNT', 'struct', tc_matchall_pcnt.size),
})

const matchall: TrafficKind<Extract<CleanFilterSpec, { readonly kind: 'matchall' }>> = {
  headerSize: 0,
  always: true,
  attributes: matchallAttributes,
  encode(to, spec, context) {
    writeOffload(to, matchallAttributes.flags, spec)
    writeResult(to, matchallAttributes, spec, context)
  },
  decode(from, start, end) {
    const values = readValues(matchallAttributes, from, start, end, 'filter.matchall')
    const { classId, counts, flags, ...rest } = values as { classId?: number; counts?: Range; flags?: number }
    return {
      ...rest,
      ...readOffload(flags),
      ...(counts === undefined ? {} : { statistics: readStruct(from, tc_matchall_pcnt, ...counts) }),
      ...classOf(classId),
    }
  },
}

const filters: { readonly [K in CleanFilterSpec['kind']]: TrafficKind<never> } = {
  flower,
  matchall,
  u32: u32Filter,
}

/** The filter of a kind; `undefined` where vnet has no name for it. */
export function filterOf(kind: string): TrafficKind<never> | undefined {
  return Object.hasOwn(filters, kind) ? filters[kind as CleanFilterSpec['kind']] : undefined
}
