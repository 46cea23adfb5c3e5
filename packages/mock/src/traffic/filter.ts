/** `filter add`, `set`, `change`, `delete`, `list` (`net/sched/cls_api.c`: `tc_new_tfilter`, `tc_del_tfilter`; `cls_u32.c`). @module */
import {
  type Capability,
  type CleanFilterKey,
  type CleanFilterQuery,
  type CleanFilterSpec,
  type DriverEvent,
  type FilterOffload,
  type FilterStatistics,
  filterProtocolOf,
  formatHandle,
  formatU32Handle,
  isActionReference,
  type TrafficFilter,
} from '@vnet/core'
import type { Kernel } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import { linkOf } from '../object/lookup.js'
import { refuse } from '../refusal.js'
import { actionsOf, describeAction } from './action.js'
import { releaseActions } from './action-entry.js'
import type { FilterCounts, FilterEntry, FilterHolder } from './entry.js'
import { type FilterPlace, listedPlace, placeOf } from './filter-place.js'
import { flowerOptions } from './flower.js'
import type { Mode } from './qdisc.js'
import {
  handleOfU32,
  isOfPriority,
  isOfU32,
  isRoot,
  isTable,
  listedBy,
  newTable,
  refuseNext,
  toldNextHeader,
} from './u32.js'
import { changedOptions, type U32Spec } from './u32-change.js'
import { dropFilters, takeU32 } from './u32-delete.js'

/** Where the kernel's own choice of priorities begins, downwards. */
const FIRST = 0xc000
/** Makes a filter, or changes it. */
export function setFilter(kernel: Kernel, namespace: Namespace, spec: CleanFilterSpec, mode: Mode): undefined {
  if (spec.link !== undefined) linkOf(namespace, spec.link)
  // Names are looked up before anything is asked.
  for (const action of spec.actions ?? [])
    if (action.kind === 'mirred' && !isActionReference(action) && typeof action.link === 'string')
      linkOf(namespace, action.link, 'spec.actions')
  if (spec.priority === undefined && mode === 'change') refuse('ENOENT', 'Invalid filter command with priority of zero')
  const at = placeOf(namespace, spec, true)
  const { outer, key: place } = at
  const chain = spec.chain ?? 0
  const all = prioritiesOf(outer, place).filter((entry) => entry.chain === chain)
  const peers = spec.priority === undefined ? [] : all.filter(({ priority }) => priority === spec.priority)
  const [peer] = peers
  if (peer !== undefined && peer.protocol !== spec.protocol)
    refuse('EINVAL', 'Specified filter kind does not match existing one')
  if (peer !== undefined && peer.kind !== spec.kind)
    refuse('EINVAL', 'Specified filter kind does not match existing one')
  if (peer === undefined && mode === 'change')
    refuse('ENOENT', 'Need both RTM_NEWTFILTER and NLM_F_CREATE to create a new filter')
  if (!kernel.has(`filter ${spec.kind}` as Capability))
    refuse('ENOENT', 'TC classifier not found', { attribute: 'spec.kind' })
  const priority = spec.priority ?? Math.min(FIRST, ...all.map((entry) => entry.priority - 1))
  const first = spec.kind === 'u32' && peer === undefined
  const root = first ? newTable(outer) : (peer?.handle ?? 0)
  // Those of u32 are known by their handles in all priorities and places.
  const known = spec.kind === 'u32' ? outer.filters.filter(isOfU32) : peers
  const there = spec.handle === undefined ? undefined : known.find((entry) => entry.handle === Number(spec.handle))
  if (there !== undefined && mode === 'add') refuse('EEXIST', 'Filter already exists')
  if (there === undefined && mode === 'change')
    refuse('ENOENT', 'Need both RTM_NEWTFILTER and NLM_F_CREATE to create a new filter')
  if (there !== undefined && spec.kind === 'u32' && isTable(there)) refuse('EINVAL', 'Key node id cannot be zero')
  const changed = there !== undefined && spec.kind === 'u32' ? there : undefined
  const options = changed === undefined ? optionsOf(spec) : changedOptions(changed, spec as U32Spec)
  const handle =
    changed !== undefined
      ? changed.handle
      : spec.kind === 'u32'
        ? handleOfU32(outer, spec, root)
        : ((spec.handle as number | undefined) ?? Math.max(0, ...peers.map((entry) => entry.handle)) + 1)
  if (spec.kind === 'matchall' && peer !== undefined && there === undefined) refuse('EEXIST')
  // Of `u32` the kernel asks no hardware, and takes it.
  if (spec.kind !== 'u32' && spec.skipSoftware) refuse('EOPNOTSUPP')
  const actions = actionsOf(kernel, namespace, spec)
  try {
    if (spec.kind === 'u32') refuseNext(outer, spec)
    if (spec.kind === 'u32' && spec.inputLink !== undefined && namespace.find(spec.inputLink) === undefined)
      refuse('EINVAL', 'Network device not found')
  } catch (error) {
    releaseActions([{ actions }])
    throw error
  }
  if (first) outer.filters.push(rootTable(spec, place, priority, chain, root))
  const entry: FilterEntry = {
    parent: place,
    chain: changed?.chain ?? chain,
    priority: changed?.priority ?? priority,
    protocol: changed?.protocol ?? spec.protocol,
    kind: spec.kind,
    handle,
    classId: spec.classId,
    options,
    actions,
    counts: changed?.counts ?? newCounts(spec.kind === 'u32' ? (spec.keys?.length ?? 1) : 0),
  }
  if (there !== undefined) {
    outer.filters.splice(outer.filters.indexOf(there), 1, entry)
    releaseActions([there])
  } else outer.filters.push(entry)
  filtersChanged(at)
  tell(kernel, namespace, at, { ...entry, chain, priority, protocol: spec.protocol }, 'filter set')
}

/** Filters of a place were changed: who asks them looks anew. */
function filtersChanged({ links }: FilterPlace): void {
  for (const { traffic } of links) traffic?.filtersChanged()
}

function rootTable(
  { protocol, kind }: CleanFilterSpec,
  parent: number,
  priority: number,
  chain: number,
  handle: number,
): FilterEntry {
  const options = { divisor: 1, root: true }
  return {
    parent,
    chain,
    priority,
    protocol,
    kind,
    handle,
    classId: undefined,
    options,
    actions: [],
    counts: newCounts(0),
  }
}

const newCounts = (keys: number): FilterCounts => ({ tried: 0, matched: 0, keys: Array(keys).fill(0) })

function optionsOf(spec: CleanFilterSpec): Readonly<Record<string, unknown>> {
  if (spec.kind === 'matchall') return toldOffload(spec)
  if (spec.kind === 'u32') {
    if (spec.divisor !== undefined) return { divisor: spec.divisor }
    const { keys = [{ offset: 0, value: 0, mask: 0 }] } = spec
    return {
      keys: keys.map(({ fromNextHeader, ...key }) => ({ ...key, ...(fromNextHeader ? { fromNextHeader } : {}) })),
      ...(spec.nextTable === undefined ? {} : { nextTable: formatU32Handle(spec.nextTable) }),
      ...(spec.hashKey === undefined || spec.hashKey.mask === 0 ? {} : { hashKey: spec.hashKey }),
      ...(spec.nextHeader === undefined ? {} : { nextHeader: toldNextHeader(spec.nextHeader) }),
      ...(spec.mark === undefined ? {} : toldMark(spec.mark, spec.markMask)),
      ...(spec.inputLink === undefined ? {} : { inputLink: spec.inputLink }),
      ...toldOffload(spec),
    }
  }
  return { ...flowerOptions(spec), ...toldOffload(spec) }
}

/** Who looks at packets; there is no hardware that could. */
const toldOffload = ({ skipHardware, skipSoftware }: FilterOffload) => ({
  ...(skipHardware ? { skipHardware } : {}),
  ...(skipSoftware ? { skipSoftware } : {}),
  inHardware: false,
})

const toldMark = (mark: number, markMask = 0xffffffff) => ({ mark, ...(markMask === 0xffffffff ? {} : { markMask }) })

/** Removes one filter, all of a priority, or all of a place. */
export function deleteFilter(kernel: Kernel, namespace: Namespace, key: CleanFilterKey): undefined {
  // The link is looked up before anything is asked.
  if (key.link !== undefined) linkOf(namespace, key.link)
  if (key.priority === undefined && (key.protocol ?? key.handle ?? key.kind) !== undefined)
    refuse('ENOENT', 'Cannot flush filters with protocol, handle or kind set')
  const at = placeOf(namespace, key, false)
  const { outer, key: place } = at
  const chain = key.chain ?? 0
  const all = prioritiesOf(outer, place).filter((entry) => entry.chain === chain)
  const meant = all.filter((entry) => key.priority === undefined || entry.priority === key.priority)
  const [first] = meant
  if (first === undefined) {
    if (key.priority === undefined) return
    refuse('ENOENT', 'Filter with specified priority/protocol not found')
  }
  if (key.protocol !== undefined && first.protocol !== key.protocol)
    refuse('EINVAL', 'Filter with specified priority/protocol not found')
  if (key.kind !== undefined && first.kind !== key.kind)
    refuse('EINVAL', 'Specified filter kind does not match existing one')
  if (key.handle === undefined) {
    dropFilters(outer, meant)
    for (const entry of onePerPriority(meant)) tell(kernel, namespace, at, { ...entry, handle: 0 }, 'filter delete')
  } else {
    tell(kernel, namespace, at, take(outer, meant, key.handle), 'filter delete')
  }
  filtersChanged(at)
}

/** Removes one filter of a priority, of which these are, and gives it as it is told. */
function take(outer: FilterHolder, peers: readonly FilterEntry[], wanted: number): FilterEntry {
  const [peer] = peers
  if (peer !== undefined && isRoot(peer)) return takeU32(outer, peer, wanted)
  const found = peers.find(({ handle }) => handle === wanted)
  if (found === undefined) refuse('ENOENT', 'Specified filter handle not found')
  dropFilters(outer, [found])
  return found
}

/** The filters of a place but those of `u32`, and of those the roots, one for each priority. */
const prioritiesOf = (outer: FilterHolder, parent: number): FilterEntry[] =>
  outer.filters.filter((entry) => entry.parent === parent && isOfPriority(entry))

const onePerPriority = (entries: readonly FilterEntry[]): FilterEntry[] => [
  ...new Map(entries.map((entry) => [entry.priority, entry])).values(),
]

/** The filters of a place, in order of chain and priority. */
export function listFilters(kernel: Kernel, namespace: Namespace, query: CleanFilterQuery): TrafficFilter[] {
  const listed = listedPlace(namespace, query)
  if (listed === undefined) return []
  const { outer, key } = listed
  return prioritiesOf(outer, key)
    .sort((a, b) => a.chain - b.chain || a.priority - b.priority)
    .flatMap((entry) => (isRoot(entry) ? listedBy(entry, outer) : [entry]))
    .map((entry) => describeFilter(kernel, listed, entry))
}

function describeFilter(kernel: Kernel, { told }: FilterPlace, entry: FilterEntry): TrafficFilter {
  const { kind, protocol, priority, chain, handle, classId, options, actions } = entry
  const { root: _, ...rest } = options
  return {
    ...told,
    kind,
    protocol: filterProtocolOf(protocol),
    priority,
    chain,
    ...(handle === 0 ? {} : { handle: kind === 'u32' ? formatU32Handle(handle) : handle }),
    ...(handle === 0 ? {} : rest),
    ...(kind === 'u32' && handle % 0x1000 !== 0 ? { table: formatU32Handle(handle - (handle % 0x1000)) } : {}),
    ...(classId === undefined || handle === 0 ? {} : { classId: formatHandle(classId) }),
    actions: handle === 0 ? [] : actions.map((action) => describeAction(kernel, action)),
    ...(handle === 0 ? {} : countsOf(entry)),
    other: [],
  }
}

function countsOf(entry: FilterEntry): { readonly statistics?: FilterStatistics } {
  const { tried, matched, keys, markMatched = 0 } = entry.counts
  if (entry.kind === 'matchall') return { statistics: { matched } }
  if (entry.kind !== 'u32' || isTable(entry)) return {}
  return {
    statistics: { tried, matched, keys: [...keys], ...(entry.options.mark === undefined ? {} : { markMatched }) },
  }
}

function tell(
  kernel: Kernel,
  namespace: Namespace,
  place: FilterPlace,
  entry: FilterEntry,
  kind: 'filter set' | 'filter delete',
): void {
  namespace.tell('filter', () => {
    const object = describeFilter(kernel, place, entry)
    return { kind, group: 'filter', object } as DriverEvent
  })
}
