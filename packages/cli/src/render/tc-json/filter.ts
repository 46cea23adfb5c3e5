/** Filters in the shape of `tc -j filter show` (iproute2 6.1). @module */
import type { Action, ToldControl, TrafficFilter } from '@vnet/core'
import type { Names } from '../../names.js'
import { type JsonObject, ordered } from '../ip-json/object.js'
import { flowerKeys } from './flower.js'
import { statisticsEntries, type TrafficDetail } from './quantity.js'

/** What all filters of a priority have in common; `tc` writes it before the first of them. */
export function priorityJson(filter: TrafficFilter, detail: FilterDetail = {}): JsonObject {
  return ordered([
    detail.parent === true && filter.parent !== 'ingress' && filter.parent !== 'egress' && ['parent', filter.parent],
    ['protocol', protocolText(filter.protocol)],
    ['pref', filter.priority],
    ['kind', filter.kind],
    ['chain', filter.chain],
  ])
}

/** What is told. */
export interface FilterDetail extends TrafficDetail {
  /** The parent was not asked for, so it is told. */
  readonly parent?: boolean
}

/** A filter. */
export function filterJson(filter: TrafficFilter, names: Names, detail: FilterDetail = {}): JsonObject {
  return { ...priorityJson(filter, detail), options: options(filter, names, detail) }
}

const protocolText = (protocol: TrafficFilter['protocol']): string =>
  typeof protocol === 'number' ? `[${protocol}]` : protocol

function options(filter: TrafficFilter, names: Names, detail: FilterDetail): JsonObject {
  const actions =
    filter.actions.length > 0 &&
    (['actions', filter.actions.map((action, index) => actionJson(action, index + 1, names, detail))] as const)
  if (filter.kind === 'u32') return ordered([...u32Entries(filter, detail), actions])
  if (filter.kind === 'flower')
    return ordered([
      ['handle', filter.handle],
      ['classid', filter.classId],
      ['indev', filter.inputLink],
      ['keys', flowerKeys(filter)],
      ['not_in_hw', true],
      actions,
    ])
  return ordered([
    ['handle', filter.handle],
    ['flowid', filter.classId],
    ['not_in_hw', true],
    detail.statistics === true && ['rule_hit', filter.statistics?.matched],
    actions,
  ])
}

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
    ['not_in_hw', true],
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
    ['offset_mask', nextHeader.mask?.toString(16)],
    ['offset_shift', nextHeader.shift],
    ['offset_off', nextHeader.at],
    ['plus', nextHeader.plus || undefined],
    ['hash_mask', filter.hashKey?.mask.toString(16)],
    ['hash_off', filter.hashKey?.offset],
  ]
}

function actionJson(action: Action, order: number, names: Names, detail: FilterDetail): JsonObject {
  const common: readonly (readonly [string, unknown] | false)[] = [
    ['index', action.index],
    ['ref', action.references],
    ['bind', action.bindings],
    ...timeEntries(action.times, detail),
    detail.statistics === true && ['stats', Object.fromEntries(statisticsEntries(action.statistics))],
  ]
  const base = [['order', order] as const, ['kind', action.kind] as const]
  if ('mode' in action)
    return ordered([
      ...base,
      ['mirred_action', action.mode],
      ['direction', action.direction],
      ['to_dev', names.link(action.link)],
      ['control_action', { type: action.mode === 'redirect' ? 'stolen' : 'pipe' }],
      ...common,
    ])
  if ('control' in action) return ordered([...base, ...gactEntries(action), ...common])
  if ('exceed' in action)
    return ordered([
      ...base,
      ['index', action.index],
      // The rate `tc` writes for people only; and the key twice where both are told, of which the second counts.
      ['control_action', { type: controlText(action.conform ?? action.exceed) }],
      ['overhead', action.overhead ?? 0],
      detail.details === true && ['linklayer', action.linkLayer],
      ...common.slice(1),
    ])
  return ordered([
    ...base,
    ...Object.entries(action).filter(
      ([name]) => !['kind', 'index', 'references', 'bindings', 'statistics', 'times'].includes(name),
    ),
    ...common,
  ])
}

/** Whole seconds; what is no time at all `tc` leaves out. */
function timeEntries(times: Action['times'], detail: FilterDetail): readonly (readonly [string, unknown])[] {
  if (detail.statistics !== true || times === undefined) return []
  const { installed, lastUsed, firstUsed } = times
  const told = Object.entries({ installed, last_used: lastUsed, first_used: firstUsed })
  return told.flatMap(([name, seconds]) => (seconds ? [[name, Math.floor(seconds)] as const] : []))
}

type ToldGact = Extract<Action, { readonly kind: 'gact'; readonly control: ToldControl }>

/** What `gact` does, and what it does instead by chance or in turn; `tc` writes the second also where there is none. */
function gactEntries({ control, random }: ToldGact): readonly (readonly [string, unknown])[] {
  const { way = 'none', control: instead = 'ok', value = 0 } = random ?? {}
  return [
    ['control_action', { type: controlText(control) }],
    ['prob', { random_type: way, control_action: { type: controlText(instead) }, val: value }],
  ]
}

const controlText = (control: string): string => (control === 'shot' ? 'drop' : control === 'ok' ? 'pass' : control)
