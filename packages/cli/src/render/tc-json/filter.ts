/** Filters in the shape of `tc -j filter show` (iproute2 6.1). @module */
import type { FilterQuery, TrafficFilter } from '@vnet/core'
import type { Names } from '../../names.js'
import { hex, type JsonObject, ordered } from '../ip-json/object.js'
import { actionJson } from './action.js'
import { flowerKeys } from './flower.js'
import { protocolText } from './protocol.js'
import type { TrafficDetail } from './quantity.js'

/** What all filters of a priority have in common; `tc` writes it before the first of them. */
export function priorityJson(filter: TrafficFilter, detail: FilterDetail = {}): JsonObject {
  return ordered([
    ...placeEntries(filter, detail),
    ['protocol', protocolText(filter.protocol)],
    ['pref', filter.priority],
    ['kind', filter.kind],
    ['chain', filter.chain],
  ])
}

/** What is told. */
export interface FilterDetail extends TrafficDetail {
  /** What a list was asked for; that is not told again. */
  readonly place?: FilterQuery
}

/** Where it is, as far as nobody asked for that; `tc` writes gates for people only. */
function placeEntries(
  { parent, block }: TrafficFilter,
  { place }: FilterDetail,
): readonly (readonly [string, unknown])[] {
  if (place === undefined) return []
  if (block !== undefined) return [['block', place.block === undefined ? block : undefined]]
  return place.parent === undefined && parent !== 'ingress' && parent !== 'egress' ? [['parent', parent]] : []
}

/** A filter. */
export function filterJson(filter: TrafficFilter, names: Names, detail: FilterDetail = {}): JsonObject {
  return { ...priorityJson(filter, detail), options: options(filter, names, detail) }
}

/** Classes that mean queues of hardware (`TC_H_MIN_PRIORITY`, `TC_QOPT_MAX_QUEUE`, `linux/pkt_sched.h`): `hw_tc 3`. */
function hardwareClass(classId: string | undefined): readonly [string, number] | undefined {
  const minor = Number.parseInt(classId?.split(':')[1] ?? '', 16)
  return minor >= 0xffe0 && minor < 0xffe0 + 16 ? ['hw_tc', minor - 0xffe0] : undefined
}

function options(filter: TrafficFilter, names: Names, detail: FilterDetail): JsonObject {
  const actions =
    filter.actions.length > 0 &&
    (['actions', filter.actions.map((action, index) => actionJson(action, index + 1, names, detail))] as const)
  if (filter.kind === 'u32') return ordered([...u32Entries(filter, detail), actions])
  if (filter.kind === 'flower')
    return ordered([
      ['handle', filter.handle],
      hardwareClass(filter.classId) ?? ['classid', filter.classId],
      ['indev', filter.inputLink],
      ['keys', flowerKeys(filter)],
      ...offloadEntries(filter),
      actions,
    ])
  return ordered([
    ['handle', filter.handle],
    ['flowid', filter.classId],
    ...offloadEntries(filter),
    detail.statistics === true && ['rule_hit', filter.statistics?.matched],
    actions,
  ])
}

/** Who looks at packets. */
const offloadEntries = ({ skipHardware, skipSoftware, inHardware }: TrafficFilter) =>
  [
    ['skip_hw', skipHardware],
    ['skip_sw', skipSoftware],
    ['in_hw', inHardware || undefined],
    ['not_in_hw', inHardware === false || undefined],
  ] as const

function u32Entries(filter: TrafficFilter, detail: FilterDetail): readonly (readonly [string, unknown])[] {
  const handle = String(filter.handle)
  if (filter.divisor !== undefined)
    return [
      ['fh', handle],
      ['ht_divisor', filter.divisor],
    ]
  const [table = '', bucket = '', node = ''] = handle.split(':')
  const { keys = [], statistics, nextHeader = {} } = filter
  return [
    ['fh', handle],
    ['order', Number.parseInt(node, 16)],
    ['key_ht', table],
    ['bkt', bucket === '' ? '0' : bucket],
    ['flowid', filter.classId],
    ['link', filter.nextTable],
    ...offloadEntries(filter),
    ...(detail.statistics && statistics !== undefined
      ? ([
          ['rule_hit', statistics.tried],
          // Told once more for each match, so it is the last of these.
          ['success', statistics.keys?.at(-1) ?? statistics.matched],
        ] as const)
      : []),
    // `tc` repeats the key for each match; of equal keys JSON keeps the last.
    ...keys.slice(-1).map(
      ({ value, mask, offset, fromNextHeader }) =>
        [
          'match',
          {
            value: value.toString(16),
            mask: mask.toString(16),
            offmask: fromNextHeader ? 'nexthdr+' : '',
            off: offset,
          },
        ] as const,
    ),
    ['fwmark_value', hex(filter.mark)],
    ['fwmark_mask', filter.mark === undefined ? undefined : hex(filter.markMask ?? 0xffffffff)],
    ['fwmark_success', filter.mark === undefined ? undefined : (statistics?.markMatched ?? 0)],
    ['input_dev', filter.inputLink],
    ['offset_mask', nextHeader.mask?.toString(16)],
    ['offset_shift', nextHeader.shift],
    ['offset_off', nextHeader.at],
    ['plus', nextHeader.plus || undefined],
    ['hash_mask', filter.hashKey?.mask.toString(16)],
    ['hash_off', filter.hashKey?.offset],
  ]
}
