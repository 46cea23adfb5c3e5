/** Actions of filters: `TCA_ACT_*`, and the structs of mirred and gact (`linux/tc_act/*.h`, `linux/pkt_cls.h`). @module */
import {
  type Action,
  type ActionBase,
  type ActionReference,
  type ActionSpec,
  type FilterOffload,
  type GactAction,
  isActionReference,
  type MirredAction,
  type NewAction,
  type OwnActionSpec,
} from '@vnet/core'
import { type Attribute, attributes, custom, octets, text, u32 } from '../../netlink/attribute.js'
import { forEachAttribute, readValues } from '../../netlink/attribute-run.js'
import type { Octets } from '../../netlink/octets.js'
import { type Range, range } from '../../netlink/range.js'
import type { MessageWriter } from '../../netlink/writer.js'
import type { EncodeContext } from '../codec.js'
import { field, readStruct, struct, writeStruct } from '../struct.js'
import { readTimes, tcf_t } from './action-times.js'
import * as k from './constants.js'
import { controlNumber, controlOf } from './control.js'
import { policeAttributes, readPolice, tc_police, writePolice } from './police.js'
import { readStatistics } from './statistics.js'

/** What `gact` is: the part that all actions begin with. */
export const tc_gact = struct('struct tc_gact', 20, {
  index: field('index', 0, 'u32'),
  action: field('action', 8, 's32'),
  references: field('refcnt', 12, 's32'),
  bindings: field('bindcnt', 16, 's32'),
})
/** What is done instead with some packets. */
export const tc_gact_p = struct('struct tc_gact_p', 8, {
  way: field('ptype', 0, 'u16'),
  value: field('pval', 2, 'u16'),
  control: field('paction', 4, 's32'),
})
/** Where packets go. */
export const tc_mirred = struct('struct tc_mirred', 28, {
  index: field('index', 0, 'u32'),
  action: field('action', 8, 's32'),
  references: field('refcnt', 12, 's32'),
  bindings: field('bindcnt', 16, 's32'),
  way: field('eaction', 20, 's32'),
  link: field('ifindex', 24, 'u32'),
})
/** Some bits, and which of them are meant. */
export const nla_bitfield32 = struct('struct nla_bitfield32', 8, {
  value: field('value', 0, 'u32'),
  selector: field('selector', 4, 'u32'),
})

/** Attributes of each action in a list, enum TCA_ACT_*. */
export const actionAttributes = attributes({
  kind: text(1, 'TCA_ACT_KIND'),
  options: range(2, 'TCA_ACT_OPTIONS', 'nested'),
  index: u32(3, 'TCA_ACT_INDEX'),
  statistics: range(4, 'TCA_ACT_STATS', 'nested'),
  cookie: octets(6, 'TCA_ACT_COOKIE'),
  flags: range(7, 'TCA_ACT_FLAGS', 'struct', nla_bitfield32.size),
  hardwareStatistics: range(8, 'TCA_ACT_HW_STATS', 'struct', nla_bitfield32.size),
  usedHardwareStatistics: range(9, 'TCA_ACT_USED_HW_STATS', 'struct', nla_bitfield32.size),
  hardwareCount: u32(10, 'TCA_ACT_IN_HW_COUNT'),
})
/** Attributes of gact. */
export const gactAttributes = attributes({
  times: range(1, 'TCA_GACT_TM', 'struct', tcf_t.size),
  parameters: range(2, 'TCA_GACT_PARMS', 'struct', tc_gact.size),
  random: range(3, 'TCA_GACT_PROB', 'struct', tc_gact_p.size),
})
/** Attributes of mirred. */
export const mirredAttributes = attributes({
  times: range(1, 'TCA_MIRRED_TM', 'struct', tcf_t.size),
  parameters: range(2, 'TCA_MIRRED_PARMS', 'struct', tc_mirred.size),
  block: u32(4, 'TCA_MIRRED_BLOCKID'),
})
const ways = [
  [k.TCA_EGRESS_REDIR, 'egress', 'redirect'],
  [k.TCA_EGRESS_MIRROR, 'egress', 'mirror'],
  [k.TCA_INGRESS_REDIR, 'ingress', 'redirect'],
  [k.TCA_INGRESS_MIRROR, 'ingress', 'mirror'],
] as const

/** An action `police` as filters had it before there were lists of actions; other programs still make such. */
export function oldPolice(type: number, name: string): Attribute<Action> {
  const read = (from: Octets, start: number, end: number) =>
    ({ kind: 'police', index: 0, ...readPolice(from, [start, end]) }) as Action
  return custom<Action>(type, name, 'nested', 0, () => {}, read)
}

/** The list of actions of a filter, as an attribute of its kind. */
export function actionList(type: number, name: string): Attribute<readonly Action[]> {
  return custom<readonly Action[]>(type, name, 'nested', 0, () => {}, readActions)
}

/** Appends the list of actions. */
export function writeActions(
  to: MessageWriter,
  type: number,
  actions: readonly ActionSpec[],
  context: EncodeContext,
): void {
  const list = to.nestPlain(type)
  for (const [index, action] of actions.entries()) {
    const one = to.nestPlain(index + 1)
    if (isActionReference(action)) writeReference(to, action)
    else writeAction(to, action, context)
    to.endNest(one)
  }
  to.endNest(list)
}

/** Appends the attributes of an action that is made, or changed. */
export function writeAction(to: MessageWriter, action: NewAction | OwnActionSpec, context: EncodeContext): void {
  actionAttributes.kind.write(to, action.kind)
  const options = to.nest(actionAttributes.options.type)
  if (action.kind === 'mirred') writeMirred(to, action, context)
  else if (action.kind === 'police') writePolice(to, action)
  else writeGact(to, action)
  to.endNest(options)
  writeBase(to, action)
}

/** What no action ends with: the kernel refuses it where there is no action with the number, which it would make otherwise. */
const noControl = 0x0fffffff

/** Appends the attributes of an action that must be there. */
function writeReference(to: MessageWriter, { kind, index }: ActionReference): void {
  actionAttributes.kind.write(to, kind)
  const options = to.nest(actionAttributes.options.type)
  const values = { index, action: noControl }
  if (kind === 'mirred') writeParameters(to, mirredAttributes.parameters.type, tc_mirred, values)
  else if (kind === 'police') writeParameters(to, policeAttributes.parameters.type, tc_police, values)
  else writeParameters(to, gactAttributes.parameters.type, tc_gact, values)
  to.endNest(options)
}

/** Which counters hardware may have. */
const hardwareCounters = {
  disabled: 0,
  immediate: k.TCA_ACT_HW_STATS_IMMEDIATE,
  delayed: k.TCA_ACT_HW_STATS_DELAYED,
} as const
const anyCounters = k.TCA_ACT_HW_STATS_IMMEDIATE | k.TCA_ACT_HW_STATS_DELAYED

/** Appends what actions of every kind have. */
function writeBase(
  to: MessageWriter,
  { cookie, sharedCounters, hardwareStatistics, skipHardware, skipSoftware }: ActionBase & FilterOffload,
): void {
  const a = actionAttributes
  if (hardwareStatistics !== undefined) {
    const bits = { value: hardwareCounters[hardwareStatistics], selector: anyCounters }
    writeParameters(to, a.hardwareStatistics.type, nla_bitfield32, bits)
  }
  if (cookie !== undefined) a.cookie.write(to, cookie)
  const flags =
    (sharedCounters ? k.TCA_ACT_FLAGS_NO_PERCPU_STATS : 0) |
    (skipHardware ? k.TCA_ACT_FLAGS_SKIP_HW : 0) |
    (skipSoftware ? k.TCA_ACT_FLAGS_SKIP_SW : 0)
  if (flags !== 0) writeParameters(to, a.flags.type, nla_bitfield32, { value: flags, selector: flags })
}

/** Reads what actions of every kind have. */
function readBase(
  from: Octets,
  { cookie, flags = none, hardwareStatistics, usedHardwareStatistics, hardwareCount }: Base,
): Partial<Action> {
  const word = countersIn(from, hardwareStatistics)
  const used = countersIn(from, usedHardwareStatistics)
  const bits = readStruct(from, nla_bitfield32, ...flags).value
  return {
    ...(cookie === undefined ? {} : { cookie }),
    ...(word === undefined || word === 'any' ? {} : { hardwareStatistics: word }),
    ...(bits & k.TCA_ACT_FLAGS_NO_PERCPU_STATS ? { sharedCounters: true } : {}),
    ...(bits & k.TCA_ACT_FLAGS_SKIP_HW ? { skipHardware: true } : {}),
    ...(bits & k.TCA_ACT_FLAGS_SKIP_SW ? { skipSoftware: true } : {}),
    ...(hardwareCount === undefined ? {} : { hardwareCount }),
    ...(used === undefined ? {} : { usedHardwareStatistics: used }),
  }
}

/** The word for counters of hardware. */
function countersIn(from: Octets, at: Range | undefined): keyof typeof hardwareCounters | 'any' | undefined {
  if (at === undefined) return undefined
  const bits = readStruct(from, nla_bitfield32, ...at).value
  const word = Object.entries(hardwareCounters).find(([, own]) => own === bits)?.[0]
  return (word as keyof typeof hardwareCounters | undefined) ?? 'any'
}

interface Base {
  readonly cookie?: Uint8Array
  readonly flags?: Range
  readonly hardwareStatistics?: Range
  readonly usedHardwareStatistics?: Range
  readonly hardwareCount?: number
}

function writeParameters(
  to: MessageWriter,
  type: number,
  description: Parameters<typeof writeStruct>[1],
  values: { readonly [name: string]: number },
): void {
  const at = to.nestPlain(type)
  writeStruct(to, description, values)
  to.endNest(at)
}

/** The kernel's numbers of the ways (`PGACT_*`); 0 is none. */
const gactWays = ['netrand', 'determ'] as const

function writeGact(to: MessageWriter, { control: what, random, index = 0 }: GactAction): void {
  writeParameters(to, gactAttributes.parameters.type, tc_gact, { index, action: controlNumber(what) })
  if (random === undefined) return
  writeParameters(to, gactAttributes.random.type, tc_gact_p, {
    way: gactWays.indexOf(random.way) + 1,
    value: random.value,
    control: controlNumber(random.control),
  })
}

function writeMirred(to: MessageWriter, action: MirredAction, context: EncodeContext): void {
  const { mode = 'redirect', direction = 'egress', index = 0 } = action
  const way = ways.find((one) => one[1] === direction && one[2] === mode)?.[0] as number
  writeParameters(to, mirredAttributes.parameters.type, tc_mirred, {
    index,
    // A packet that was sent elsewhere is gone; of a copy the original goes on.
    action: controlNumber(action.control ?? (mode === 'redirect' ? 'stolen' : 'pipe')),
    way,
    link: action.link === undefined ? 0 : context.linkIndex(action.link),
  })
  if (action.block !== undefined) mirredAttributes.block.write(to, action.block)
}

/** Reads a list of actions. */
export function readActions(from: Octets, start: number, end: number): readonly Action[] {
  const actions: Action[] = []
  forEachAttribute(from, start, end, 'filter.actions', (_, at, stop) => {
    const values = readValues(actionAttributes, from, at, stop, 'filter.actions')
    const {
      kind = '',
      options,
      statistics,
      ...base
    } = values as {
      kind?: string
      options?: Range
      statistics?: Range
    } & Base
    const counted = statistics === undefined ? {} : { statistics: readStatistics(from, ...statistics) }
    const read = Object.hasOwn(readers, kind) ? readers[kind as ActionSpec['kind']] : undefined
    const found = options === undefined ? {} : (read?.(from, options) ?? { data: from.copy(...options) })
    actions.push({ kind, index: 0, ...found, ...readBase(from, base), ...counted } as Action)
  })
  return actions
}

const readers: { readonly [K in ActionSpec['kind']]: (from: Octets, at: Range) => object } = {
  gact(from, at) {
    const { parameters, random, times } = readValues(gactAttributes, from, ...at, 'filter.actions') as Parts
    const { index, action, references, bindings } = readStruct(from, tc_gact, ...(parameters ?? none))
    const found = readStruct(from, tc_gact_p, ...(random ?? none))
    const way = gactWays[found.way - 1]
    return {
      index,
      references,
      bindings,
      control: controlOf(action),
      ...readTimes(from, times),
      ...(way === undefined ? {} : { random: { way, control: controlOf(found.control), value: found.value } }),
    }
  },
  mirred(from, at) {
    const { parameters, times, block } = readValues(mirredAttributes, from, ...at, 'filter.actions') as Parts
    const { index, action, references, bindings, way, link } = readStruct(from, tc_mirred, ...(parameters ?? none))
    const [, direction, mode] = ways.find(([number]) => number === way) ?? ways[0]
    const target = block === undefined ? { link } : { block }
    const control = controlOf(action)
    return { index, references, bindings, mode, direction, ...target, control, ...readTimes(from, times) }
  },
  police: readPolice,
}

const none: Range = [0, 0]
interface Parts {
  readonly parameters?: Range
  readonly random?: Range
  readonly times?: Range
  readonly block?: number
}
