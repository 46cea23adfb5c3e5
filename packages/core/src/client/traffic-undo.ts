/** Traffic control taken back: what is read before a change, and what makes it again. @module */
import type { Connection } from '../driver.js'
import type { FieldTable } from '../field.js'
import type { LinkRef } from '../link.js'
import type { CleanQdiscKey, Qdisc, QdiscSpec } from '../qdisc.js'
import { qdiscFields } from '../qdisc.js'
import type { Action } from '../traffic/action.js'
import { formatFilterParent, formatHandle, formatParent, parseFilterParent } from '../traffic/handle.js'
import { type ClassSpec, type CleanClassKey, classFields, type TrafficClass } from '../traffic-class.js'
import { type CleanFilterPlace, type FilterSpec, filterFields, type TrafficFilter } from '../traffic-filter.js'
import { ask } from './ask.js'
import { isOfKernel, refuseCommon, refuseMixed } from './common-tables.js'
import type { LooseRequest } from './loose-request.js'
import { filterParents } from './state.js'
import { actionAgain } from './undo-action.js'

type Loose = Record<string, unknown>

/** The requests that take `qdisc add` back. */
export function undoQdiscAdd(spec: CleanQdiscKey): LooseRequest[] {
  return [{ operation: 'qdisc delete', spec: { link: spec.link, parent: formatParent(spec.parent) } }]
}

/** The requests that take `qdisc set` or `qdisc change` back. */
export async function undoQdiscSet(connection: Connection, spec: CleanQdiscKey): Promise<LooseRequest[]> {
  const all = await qdiscsOf(connection, spec)
  const before = chosenAt(all, spec.parent)
  if (before === undefined) return undoQdiscAdd(spec)
  return remade(connection, all, [before])
}

/** The requests that take `qdisc delete` back: the discipline, and those that vanish with it. */
export async function undoQdiscDelete(connection: Connection, spec: CleanQdiscKey): Promise<LooseRequest[]> {
  const all = await qdiscsOf(connection, spec)
  const before = chosenAt(all, spec.parent)
  if (before === undefined) return []
  return remade(connection, all, [before])
}

/** The specification that makes a discipline again. */
export function qdiscSpec(qdisc: Qdisc): QdiscSpec {
  const fields: FieldTable | undefined = (qdiscFields as { readonly [kind: string]: FieldTable })[qdisc.kind]
  const options = fields === undefined ? ['data'] : settable(fields)
  return present(qdisc as unknown as Loose, [
    ...['link', 'kind', 'handle', 'parent', 'ingressBlock', 'egressBlock', 'sizeTable'],
    ...options,
  ]) as unknown as QdiscSpec
}

function settable(fields: FieldTable): string[] {
  return Object.keys(fields).filter((name) => fields[name]?.readOnly !== true)
}

function present(from: Loose, names: readonly string[]): Loose {
  return Object.fromEntries(names.filter((name) => from[name] !== undefined).map((name) => [name, from[name]]))
}

/** The requests that take `class add` back. */
export function undoClassAdd(spec: CleanClassKey): LooseRequest[] {
  return [{ operation: 'class delete', spec: { link: spec.link, classId: formatHandle(spec.classId) } }]
}

/** The requests that take `class set` or `class change` back. */
export async function undoClassSet(connection: Connection, spec: CleanClassKey): Promise<LooseRequest[]> {
  const before = await classAt(connection, spec)
  return before === undefined ? undoClassAdd(spec) : [{ operation: 'class set', spec: classSpec(before) }]
}

/** The requests that take `class delete` back: the class, and the discipline inside. */
export async function undoClassDelete(connection: Connection, spec: CleanClassKey): Promise<LooseRequest[]> {
  const before = await classAt(connection, spec)
  if (before === undefined) return []
  const all = await qdiscsOf(connection, spec)
  const inside = all.filter((qdisc) => qdisc.parent === before.classId)
  return [{ operation: 'class add', spec: classSpec(before) }, ...(await remade(connection, all, inside))]
}

/** The requests that take any change of a place's filters back: all of them are made again as they were. */
export async function undoFilters(
  connection: Connection,
  operation: string,
  spec: CleanFilterPlace & { readonly chain?: number; readonly table?: number; readonly divisor?: number },
): Promise<LooseRequest[]> {
  const { link, parent, block } = spec
  const place: CleanFilterPlace = block === undefined ? { link, parent } : { block }
  const before = await ask(connection, 'filter list', place)
  const names = spec.divisor !== undefined || spec.table !== undefined
  await refuseCommon(connection, operation, place, before, names)
  const told = block === undefined ? { link, parent: formatFilterParent(parent) } : { block }
  const chains = new Set([spec.chain ?? 0, ...before.map(({ chain }) => chain)])
  const clear = [...chains].map((chain) => ({ operation: 'filter delete', spec: { ...told, chain } }) as const)
  return [...clear, ...filtersAgain(before)]
}

/** The requests that make filters again: hash tables, told the latest first, before what is in them or leads to them. */
function filtersAgain(filters: readonly TrafficFilter[]): LooseRequest[] {
  const tables = filters.filter(({ handle, divisor }) => divisor !== undefined && !isOfKernel(handle))
  const roots = new Set(filters.filter(({ divisor }) => divisor !== undefined).map(placeOf))
  const again = (filter: TrafficFilter) => {
    const { table, priority } = filter as { readonly table?: string; readonly priority: number }
    const isInRoot = isOfKernel(table) && roots.has(placeOf({ handle: table, priority }))
    return filterAgain(isInRoot ? inRoot(filter) : filter)
  }
  return [...tables.reverse(), ...filters.filter(({ divisor }) => divisor === undefined)].map(again)
}

const placeOf = ({ handle, priority }: { readonly handle?: unknown; readonly priority: number }): string =>
  `${priority} ${handle}`

/** A filter as one of the root table of its priority, whose number the kernel chooses anew, with its own number in there. */
function inRoot({ table: _, ...filter }: TrafficFilter & { readonly table?: unknown }): TrafficFilter {
  const node = String(filter.handle).split(':').at(-1)
  return { ...filter, handle: `0::${node}` } as TrafficFilter
}

/** An action of a filter as it is made again: with its number where others share it, with one of the kernel's choice where not. */
function ofFilterAgain(action: Action): object {
  const {
    skipHardware: _,
    skipSoftware: __,
    index,
    ...made
  } = actionAgain(action) as { readonly index: number } & Loose
  return (action.references ?? 0) > 1 ? { index, ...made } : made
}

/** The request that makes a filter again. */
function filterAgain(filter: TrafficFilter): LooseRequest {
  const fields: FieldTable | undefined = (filterFields as { readonly [kind: string]: FieldTable })[filter.kind]
  const { actions, ...rest } = filter
  const names = [
    'link',
    'parent',
    'block',
    'kind',
    'protocol',
    'priority',
    'chain',
    'handle',
    'classId',
    // What has no name here cannot be made again; the request is refused, and that is told.
    'data',
    ...settable(fields ?? {}),
  ]
  const made = actions.map(ofFilterAgain)
  const spec = { ...present(rest as unknown as Loose, names), ...(made.length === 0 ? {} : { actions: made }) }
  return { operation: 'filter set', spec: spec as unknown as FilterSpec }
}

/** The specification that makes a class again. */
function classSpec(found: TrafficClass): ClassSpec {
  const fields: FieldTable | undefined = (classFields as { readonly [kind: string]: FieldTable })[found.kind]
  const options = fields === undefined ? ['data'] : settable(fields)
  // One right below the discipline tells `root`, which is the discipline.
  const parent = found.parent === 'root' ? `${found.classId.split(':')[0]}:` : found.parent
  return {
    ...present(found as unknown as Loose, ['link', 'kind', 'classId', ...options]),
    parent,
  } as unknown as ClassSpec
}

async function classAt(connection: Connection, spec: CleanClassKey): Promise<TrafficClass | undefined> {
  const all = await ask(connection, 'class list', { link: spec.link })
  return all.find(({ classId }) => classId === formatHandle(spec.classId))
}

/** The requests that make disciplines again with all inside them: classes outer ones first, then what stands in them. */
async function remade(
  connection: Connection,
  all: readonly Qdisc[],
  chosen: readonly Qdisc[],
): Promise<LooseRequest[]> {
  const requests: LooseRequest[] = []
  for (const qdisc of chosen) {
    requests.push({ operation: 'qdisc set', spec: qdiscSpec(qdisc) }, ...(await insideOf(connection, all, qdisc)))
  }
  return requests
}

async function qdiscsOf(connection: Connection, spec: { readonly link: LinkRef }): Promise<readonly Qdisc[]> {
  return (await ask(connection, 'qdisc list', { link: spec.link })).filter((qdisc) => qdisc.handle !== '0:')
}

function chosenAt(all: readonly Qdisc[], parent: number): Qdisc | undefined {
  return all.find((qdisc) => qdisc.parent === formatParent(parent))
}

/** What is inside a discipline. */
async function insideOf(connection: Connection, all: readonly Qdisc[], outer: Qdisc): Promise<LooseRequest[]> {
  const classes = await ask(connection, 'class list', { link: outer.link })
  const own = classes.filter(({ kind, classId }) => kind in classFields && classId.startsWith(outer.handle))
  const inner = all.filter((qdisc) => qdisc !== outer && qdisc.parent.startsWith(outer.handle))
  return [
    ...outerFirst(own).map((found) => ({ operation: 'class set', spec: classSpec(found) }) as const),
    ...(await remade(connection, all, inner)),
    ...(await filtersOf(connection, outer)),
  ]
}

async function filtersOf(connection: Connection, outer: Qdisc): Promise<LooseRequest[]> {
  const shared = await blocksOfOthers(connection, outer)
  const again = await Promise.all(
    filterParents(outer.kind, outer.handle).map(async (place) => {
      const parent = parseFilterParent(place) as number
      const found = await ask(connection, 'filter list', { link: outer.link, parent })
      return found.filter(({ block }) => block === undefined || !shared.has(block))
    }),
  )
  refuseMixed('qdisc delete', again)
  return again.flatMap(filtersAgain)
}

/** The blocks that other disciplines have too: their filters stay when this one goes. */
async function blocksOfOthers(connection: Connection, outer: Qdisc): Promise<ReadonlySet<number>> {
  if (blocksOf(outer).length === 0) return new Set()
  const all = await ask(connection, 'qdisc list', {})
  return new Set(all.filter(({ link, handle }) => link !== outer.link || handle !== outer.handle).flatMap(blocksOf))
}

const blocksOf = ({ ingressBlock, egressBlock }: Qdisc): number[] =>
  [ingressBlock, egressBlock].filter((block) => block !== undefined)

/** Classes in an order in which each parent comes before its branches. */
function outerFirst(classes: readonly TrafficClass[]): TrafficClass[] {
  return [...classes].sort((a, b) => (b.level ?? 0) - (a.level ?? 0))
}
