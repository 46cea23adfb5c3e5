/** Actions of filters in the shape of `tc -j filter show` (iproute2 6.1). @module */
import type { Action, ToldControl } from '@vnet/core'
import type { Names } from '../../names.js'
import { type JsonObject, ordered } from '../ip-json/object.js'
import { statisticsEntries, type TrafficDetail } from './quantity.js'

/**
 * Actions by themselves, as `tc -j actions list`: how many there are, which is 0 of one that was asked for, and then each. None
 * at all are an empty list.
 */
export function actionsJson(
  actions: readonly Action[],
  names: Names,
  detail: TrafficDetail,
  total = actions.length,
): readonly JsonObject[] {
  if (actions.length === 0) return []
  const first = total === 0 ? 1 : 0
  const each = actions.map((action, at) => actionJson(action, at + first, names, { ...detail, alone: true }))
  return [{ 'total acts': total }, { actions: each }]
}

/** What is told. */
interface ActionDetail extends TrafficDetail {
  /** They are in no filter, which would say who looks at its packets. */
  readonly alone?: boolean
}

/** An action; `order` is its place in the list, from 1 on in filters. */
export function actionJson(action: Action, order: number, names: Names, detail: ActionDetail): JsonObject {
  const common: readonly (readonly [string, unknown] | false)[] = [
    ['index', action.index],
    ['ref', action.references],
    ['bind', action.bindings],
    ...timeEntries(action.times, detail),
    detail.statistics === true && ['stats', Object.fromEntries(statisticsEntries(action.statistics))],
    ['cookie', action.cookie && Buffer.from(action.cookie).toString('hex')],
    ['no_percpu', action.sharedCounters],
    ['skip_hw', action.skipHardware],
    ['skip_sw', action.skipSoftware],
    ...hardwareEntries(action, detail),
    ['hw_stats', action.hardwareStatistics && [action.hardwareStatistics]],
    ['used_hw_stats', action.usedHardwareStatistics && usedWords(action.usedHardwareStatistics)],
  ]
  const base = [['order', order] as const, ['kind', action.kind] as const]
  if ('mode' in action)
    return ordered([
      ...base,
      ['mirred_action', action.mode],
      ['direction', action.direction],
      // The link is gone.
      action.block === undefined
        ? ['to_dev', action.link === 0 ? '*' : names.link(action.link)]
        : ['to_blockid', action.block],
      ['control_action', controlJson(action.control)],
      ...common,
    ])
  if ('control' in action) return ordered([...base, ...gactEntries(action), ...common])
  if ('exceed' in action)
    return ordered([
      ...base,
      ['index', action.index],
      // The rate `tc` writes for people only; and the key twice where both are told, of which the second counts.
      ['pkts_rate', action.packetRate],
      ['pkts_burst', action.packetBurst],
      ['control_action', controlJson(action.conform ?? action.exceed)],
      ['overhead', action.overhead ?? 0],
      // Without a rate no line is known.
      (detail.details === true || action.linkLayer === 'atm') && ['linklayer', action.linkLayer ?? 'unspec'],
      ...common.slice(1),
    ])
  return ordered([...base, ...Object.entries(action).filter(([name]) => !toldOtherwise.has(name)), ...common])
}

const toldOtherwise: ReadonlySet<string> = new Set([
  ...['kind', 'index', 'references', 'bindings', 'statistics', 'times', 'cookie', 'sharedCounters'],
  ...['skipHardware', 'skipSoftware', 'hardwareCount', 'hardwareStatistics', 'usedHardwareStatistics'],
])

/** How many NICs carry it out. */
function hardwareEntries(
  { hardwareCount, skipHardware }: Action,
  { alone }: ActionDetail,
): readonly (readonly [string, unknown])[] {
  if (alone !== true || hardwareCount === undefined) return []
  if (hardwareCount === 0) return skipHardware ? [] : [['not_in_hw', true]]
  return [
    ['in_hw', true],
    ['in_hw_count', hardwareCount],
  ]
}

/** `tc` names both ways where any will do. */
const usedWords = (used: NonNullable<Action['usedHardwareStatistics']>): readonly string[] =>
  used === 'any' ? ['immediate', 'delayed'] : [used]

/** Whole seconds; what is no time at all `tc` leaves out. */
function timeEntries(times: Action['times'], detail: TrafficDetail): readonly (readonly [string, unknown])[] {
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
    ['control_action', controlJson(control)],
    ['prob', { random_type: way, control_action: controlJson(instead), val: value }],
  ]
}

/** What follows, in the words of `tc`, with the place where it goes on. */
function controlJson(control: ToldControl): JsonObject {
  const [, word, number] = /^(jump|goto) (?:chain )?(\d+)$/.exec(control) ?? []
  if (word !== undefined) return { type: word, [word === 'jump' ? 'jump' : 'chain']: Number(number) }
  return { type: control === 'shot' ? 'drop' : control === 'ok' ? 'pass' : control }
}
