/** Actions of filters: `TCA_ACT_*`, and the structs of mirred, police and gact (`linux/tc_act/*.h`, `linux/pkt_cls.h`). @module */
import type { Action, ActionControl, ActionSpec, ActionTimes, GactAction, MirredAction, PoliceAction } from '@vnet/core'
import { type Attribute, attributes, custom, octets, text, u32, u64 } from '../../netlink/attribute.js'
import { forEachAttribute, readValues } from '../../netlink/attribute-run.js'
import type { Octets } from '../../netlink/octets.js'
import { type Range, range } from '../../netlink/range.js'
import type { MessageWriter } from '../../netlink/writer.js'
import type { EncodeContext } from '../codec.js'
import { field, readStruct, struct, writeStruct } from '../struct.js'
import * as k from './constants.js'
import {
  cellLogOf,
  octetsIn,
  octetsPerSecond,
  RATE_32,
  rateTable,
  readRate,
  tc_ratespec,
  ticksOf,
  writeRate,
} from './rate.js'
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
/** A rate. */
export const tc_police = struct('struct tc_police', 56, {
  index: field('index', 0, 'u32'),
  action: field('action', 4, 's32'),
  limit: field('limit', 8, 'u32'),
  burst: field('burst', 12, 'u32'),
  mtu: field('mtu', 16, 'u32'),
  rate: field('rate', 20, 'bytes'),
  peakRate: field('peakrate', 32, 'bytes'),
  references: field('refcnt', 44, 's32'),
  bindings: field('bindcnt', 48, 's32'),
})

/** How long ago, hundredths of a second. */
export const tcf_t = struct('struct tcf_t', 32, {
  installed: field('install', 0, 'u64'),
  lastUsed: field('lastuse', 8, 'u64'),
  firstUsed: field('firstuse', 24, 'u64'),
})

/** Attributes of each action in a list, enum TCA_ACT_*. */
export const actionAttributes = attributes({
  kind: text(1, 'TCA_ACT_KIND'),
  options: range(2, 'TCA_ACT_OPTIONS', 'nested'),
  statistics: range(4, 'TCA_ACT_STATS', 'nested'),
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
})
/** Attributes of police. */
export const policeAttributes = attributes({
  parameters: range(1, 'TCA_POLICE_TBF', 'struct', tc_police.size),
  table: octets(2, 'TCA_POLICE_RATE'),
  peakTable: octets(3, 'TCA_POLICE_PEAKRATE'),
  conform: u32(5, 'TCA_POLICE_RESULT'),
  times: range(6, 'TCA_POLICE_TM', 'struct', tcf_t.size),
  rate64: u64(8, 'TCA_POLICE_RATE64'),
  peakRate64: u64(9, 'TCA_POLICE_PEAKRATE64'),
})

const controls: { readonly [C in ActionControl]: number } = {
  continue: k.TC_ACT_UNSPEC,
  ok: k.TC_ACT_OK,
  reclassify: k.TC_ACT_RECLASSIFY,
  shot: k.TC_ACT_SHOT,
  pipe: k.TC_ACT_PIPE,
  stolen: k.TC_ACT_STOLEN,
}
const control = (number: number): ActionControl =>
  (Object.keys(controls) as ActionControl[]).find((word) => controls[word] === (number | 0)) ?? 'continue'

const ways = [
  [k.TCA_EGRESS_REDIR, 'egress', 'redirect'],
  [k.TCA_EGRESS_MIRROR, 'egress', 'mirror'],
  [k.TCA_INGRESS_REDIR, 'ingress', 'redirect'],
  [k.TCA_INGRESS_MIRROR, 'ingress', 'mirror'],
] as const

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
    actionAttributes.kind.write(to, action.kind)
    const options = to.nest(actionAttributes.options.type)
    if (action.kind === 'mirred') writeMirred(to, action, context)
    else if (action.kind === 'police') writePolice(to, action)
    else writeGact(to, action)
    to.endNest(options)
    to.endNest(one)
  }
  to.endNest(list)
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

function writeGact(to: MessageWriter, { control: what, random }: GactAction): void {
  writeParameters(to, gactAttributes.parameters.type, tc_gact, { action: controls[what] })
  if (random === undefined) return
  writeParameters(to, gactAttributes.random.type, tc_gact_p, {
    way: gactWays.indexOf(random.way) + 1,
    value: random.value,
    control: controls[random.control],
  })
}

function writeMirred(to: MessageWriter, action: MirredAction, context: EncodeContext): void {
  const { mode = 'redirect', direction = 'egress' } = action
  const way = ways.find((one) => one[1] === direction && one[2] === mode)?.[0] as number
  writeParameters(to, mirredAttributes.parameters.type, tc_mirred, {
    // A packet that was sent elsewhere is gone; of a copy the original goes on.
    action: mode === 'redirect' ? k.TC_ACT_STOLEN : k.TC_ACT_PIPE,
    way,
    link: context.linkIndex(action.link),
  })
}

/** The largest packet of a rate table where none is given. */
const LARGEST = 2047

function writePolice(to: MessageWriter, action: PoliceAction): void {
  const a = policeAttributes
  const { rate, peakRate, burst, mtu = 0, exceed = 'reclassify', conform } = action
  const perSecond = octetsPerSecond(rate)
  const cellLog = cellLogOf(mtu === 0 ? LARGEST : mtu)
  const at = to.nestPlain(a.parameters.type)
  to.u32(0)
  to.u32(controls[exceed])
  to.u32(0)
  to.u32(ticksOf(burst, perSecond))
  to.u32(mtu)
  writeRate(to, rate, action, cellLog)
  writeRate(to, peakRate, action, cellLog)
  to.zeros(12)
  to.endNest(at)
  if (perSecond >= RATE_32) a.rate64.write(to, perSecond)
  a.table.write(to, rateTable(rate, action, cellLog))
  if (peakRate !== undefined) {
    const peak = octetsPerSecond(peakRate)
    if (peak >= RATE_32) a.peakRate64.write(to, peak)
    a.peakTable.write(to, rateTable(peakRate, action, cellLog))
  }
  if (conform !== undefined) a.conform.write(to, controls[conform])
}

function readActions(from: Octets, start: number, end: number): readonly Action[] {
  const actions: Action[] = []
  forEachAttribute(from, start, end, 'filter.actions', (_, at, stop) => {
    const values = readValues(actionAttributes, from, at, stop, 'filter.actions')
    const { kind = '', options, statistics } = values as { kind?: string; options?: Range; statistics?: Range }
    const counted = statistics === undefined ? {} : { statistics: readStatistics(from, ...statistics) }
    const read = Object.hasOwn(readers, kind) ? readers[kind as ActionSpec['kind']] : undefined
    const found = options === undefined ? {} : (read?.(from, options) ?? { data: from.copy(...options) })
    actions.push({ kind, index: 0, ...found, ...counted } as Action)
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
      control: control(action),
      ...readTimes(from, times),
      ...(way === undefined ? {} : { random: { way, control: control(found.control), value: found.value } }),
    }
  },
  mirred(from, at) {
    const { parameters, times } = readValues(mirredAttributes, from, ...at, 'filter.actions') as Parts
    const { index, references, bindings, way, link } = readStruct(from, tc_mirred, ...(parameters ?? none))
    const [, direction, mode] = ways.find(([number]) => number === way) ?? ways[0]
    return { index, references, bindings, mode, direction, link, ...readTimes(from, times) }
  },
  police(from, at) {
    const values = readValues(policeAttributes, from, ...at, 'filter.actions')
    const { parameters = none, rate64, peakRate64, conform, times } = values as Parts
    const { index, references, bindings, action, burst, mtu } = readStruct(from, tc_police, ...parameters)
    const first = parameters[0] + 20
    const { perSecond, ...rate } = readRate(from, first, first + tc_ratespec.size, rate64)
    const peak = readRate(from, first + tc_ratespec.size, first + 2 * tc_ratespec.size, peakRate64)
    return {
      index,
      references,
      bindings,
      ...rate,
      burst: octetsIn(burst, perSecond),
      ...(peak.rate === 0 ? {} : { peakRate: peak.rate }),
      mtu,
      exceed: control(action),
      ...(conform === undefined ? {} : { conform: control(conform) }),
      ...readTimes(from, times),
    }
  },
}

function readTimes(from: Octets, at: Range | undefined): { readonly times?: ActionTimes } {
  if (at === undefined) return {}
  const { installed, lastUsed, firstUsed } = readStruct(from, tcf_t, ...at)
  return {
    times: {
      installed: installed / 100,
      lastUsed: lastUsed / 100,
      ...(firstUsed === 0 ? {} : { firstUsed: firstUsed / 100 }),
    },
  }
}

const none: Range = [0, 0]
interface Parts {
  readonly parameters?: Range
  readonly random?: Range
  readonly rate64?: number
  readonly peakRate64?: number
  readonly conform?: number
  readonly times?: Range
}
