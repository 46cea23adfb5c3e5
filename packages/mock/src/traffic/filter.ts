/** `filter add`, `set`, `change`, `delete`, `list` (`net/sched/cls_api.c`: `tc_new_tfilter`, `tc_del_tfilter`; `cls_u32.c`). @module */
import {
  type Action,
  type ActionSpec,
  type Capability,
  type CleanFilterKey,
  type CleanFilterQuery,
  type CleanFilterSpec,
  type DriverEvent,
  type FilterProtocol,
  filterProtocols,
  formatFilterParent,
  formatHandle,
  formatMac,
  formatPrefix,
  formatU32Handle,
  parseFilterParent,
  type TrafficFilter,
} from '@vnet/core'
import type { Kernel } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import type { Device } from '../object/device.js'
import { linkOf } from '../object/lookup.js'
import { refuse } from '../refusal.js'
import { noTraffic } from './describe.js'
import { atIngress, atRoot, type FilterEntry, majorOf, type QdiscEntry, qdiscAt, qdiscOf } from './entry.js'
import { ticked, wholeRate } from './option.js'
import type { Mode } from './qdisc.js'
import { freeTable, handleOfU32, inOrder, isTable } from './u32.js'

const places = { ingress: parseFilterParent('ingress') as number, egress: parseFilterParent('egress') as number }
/** Where the kernel's own choice of priorities begins, downwards. */
const FIRST = 0xc000
/** The largest packet of a `police` without an MTU: 255 cells of 8 octets. */
const LARGEST = 2040

/** Makes a filter, or changes it. */
export function setFilter(kernel: Kernel, namespace: Namespace, spec: CleanFilterSpec, mode: Mode): undefined {
  const device = linkOf(namespace, spec.link)
  const { outer, parent } = placeOf(device, spec.parent)
  const chain = spec.chain ?? 0
  const all = outer.filters.filter((entry) => entry.parent === parent && entry.chain === chain)
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
  const actions = actionsOf(kernel, namespace, spec.actions ?? [])
  const priority = spec.priority ?? Math.min(FIRST, ...all.map((entry) => entry.priority - 1))
  const first = spec.kind === 'u32' && peer === undefined
  const root = first ? freeTable(outer, parent) : (peers.find(({ options }) => options.root === true)?.handle ?? 0)
  const handle =
    spec.kind === 'u32'
      ? handleOfU32(outer, parent, spec, root)
      : ((spec.handle as number | undefined) ?? Math.max(0, ...peers.map((entry) => entry.handle)) + 1)
  const there = peers.find((entry) => entry.handle === handle)
  if (there !== undefined && mode === 'add') refuse('EEXIST', 'Filter already exists')
  if (spec.kind === 'matchall' && peer !== undefined && there === undefined) refuse('EEXIST')
  if (there === undefined && mode === 'change') refuse('ENOENT')
  if (first) outer.filters.push(rootTable(spec, parent, priority, chain, root))
  const entry: FilterEntry = {
    parent,
    chain,
    priority,
    protocol: spec.protocol,
    kind: spec.kind,
    handle,
    classId: spec.classId,
    options: optionsOf(spec),
    actions,
  }
  if (there !== undefined) outer.filters.splice(outer.filters.indexOf(there), 1, entry)
  else outer.filters.push(entry)
  tell(device, entry, 'filter set')
}

/** The discipline of a place, and the place as filters tell it. */
function placeOf(device: Device, parent: number): { readonly outer: QdiscEntry; readonly parent: number } {
  const enters = majorOf(parent) === 0xffff0000
  const outer = parent === 0 ? qdiscAt(device, atRoot) : enters ? qdiscAt(device, atIngress) : qdiscOf(device, parent)
  if (outer === undefined) {
    // At the root there is always one, of the kernel's choice; that asks no filters.
    if (parent === 0) refuse('EINVAL', 'Qdisc not classful')
    refuse('EINVAL', "Parent Qdisc doesn't exists")
  }
  if (!classful.has(outer.kind)) refuse('EINVAL', 'Qdisc not classful')
  if (['tbf', 'netem', 'mq'].includes(outer.kind)) refuse('EOPNOTSUPP', "Class doesn't support blocks")
  if (enters) return { outer, parent: parent === 0xffff0000 ? places.ingress : parent }
  return { outer, parent: parent === 0 ? outer.handle : parent }
}
const classful: ReadonlySet<string> = new Set(['htb', 'prio', 'ingress', 'clsact', 'fq_codel', 'tbf', 'netem', 'mq'])

function rootTable(
  { protocol, kind }: CleanFilterSpec,
  parent: number,
  priority: number,
  chain: number,
  handle: number,
): FilterEntry {
  const options = { divisor: 1, root: true }
  return { parent, chain, priority, protocol, kind, handle, classId: undefined, options, actions: [] }
}

function actionsOf(kernel: Kernel, namespace: Namespace, specs: readonly ActionSpec[]): readonly Action[] {
  return specs.map((spec): Action => {
    if (!kernel.has(`action ${spec.kind}`)) refuse('ENOENT', 'Failed to load TC action module')
    const base = { index: ++kernel.lastAction, references: 1, bindings: 1, statistics: noTraffic }
    if (spec.kind === 'mirred') {
      const { mode = 'redirect', direction = 'egress' } = spec
      return { ...base, kind: 'mirred', mode, direction, link: linkOf(namespace, spec.link, 'spec.actions').index }
    }
    if (spec.kind === 'gact') return { ...base, ...spec }
    const { exceed = 'reclassify', rate, mtu = LARGEST, linkLayer = 'ethernet', ...rest } = spec
    const burst = ticked(spec.burst, rate, (ticks) => Math.ceil(ticks - 0.01))
    return { ...base, ...rest, burst, exceed, linkLayer, mtu, rate: wholeRate(rate) }
  })
}

function optionsOf(spec: CleanFilterSpec): Readonly<Record<string, unknown>> {
  if (spec.kind === 'matchall') return {}
  if (spec.kind === 'u32') {
    if (spec.divisor !== undefined) return { divisor: spec.divisor }
    const { keys = [{ offset: 0, value: 0, mask: 0 }] } = spec
    return {
      keys,
      ...(spec.nextTable === undefined ? {} : { nextTable: formatU32Handle(spec.nextTable) }),
      ...(spec.hashKey === undefined || spec.hashKey.mask === 0 ? {} : { hashKey: spec.hashKey }),
    }
  }
  const {
    inputLink,
    sourceMac,
    destinationMac,
    ipProtocol,
    from,
    to,
    sourcePort,
    destinationPort,
    vlan,
    vlanPriority,
  } = spec
  const all = {
    inputLink,
    sourceMac: sourceMac && formatMac(sourceMac),
    destinationMac: destinationMac && formatMac(destinationMac),
    ipProtocol,
    from: from && formatPrefix(from),
    to: to && formatPrefix(to),
    sourcePort,
    destinationPort,
    vlan,
    vlanPriority,
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

/** Removes one filter, all of a priority, or all of a place. */
export function deleteFilter(namespace: Namespace, key: CleanFilterKey): undefined {
  const device = linkOf(namespace, key.link)
  const { outer, parent } = placeOf(device, key.parent)
  const chain = key.chain ?? 0
  const all = outer.filters.filter((entry) => entry.parent === parent && entry.chain === chain)
  const meant = all.filter((entry) => key.priority === undefined || entry.priority === key.priority)
  const [first] = meant
  if (first === undefined) {
    if (key.priority === undefined) return
    refuse('ENOENT', 'Filter with specified priority/protocol not found')
  }
  if (key.protocol !== undefined && first.protocol !== key.protocol)
    refuse('ENOENT', 'Filter with specified priority/protocol not found')
  if (key.kind !== undefined && first.kind !== key.kind)
    refuse('EINVAL', 'Specified filter kind does not match existing one')
  const gone = key.handle === undefined ? meant : meant.filter(({ handle }) => handle === key.handle)
  if (gone.length === 0) refuse('ENOENT', 'Specified filter handle not found')
  const last = key.handle !== undefined && meant.every((entry) => gone.includes(entry) || isTable(entry))
  for (const entry of last ? meant : gone) outer.filters.splice(outer.filters.indexOf(entry), 1)
  if (key.handle !== undefined) tell(device, gone[0] as FilterEntry, 'filter delete')
  else for (const entry of onePerPriority(gone)) tell(device, { ...entry, handle: 0 }, 'filter delete')
}

const onePerPriority = (entries: readonly FilterEntry[]): FilterEntry[] => [
  ...new Map(entries.map((entry) => [entry.priority, entry])).values(),
]

/** The filters of a place, in order of chain and priority. */
export function listFilters(namespace: Namespace, query: CleanFilterQuery): TrafficFilter[] {
  const device = linkOf(namespace, query.link)
  const enters = majorOf(query.parent) === 0xffff0000
  const outer =
    query.parent === 0 ? qdiscAt(device, atRoot) : enters ? qdiscAt(device, atIngress) : qdiscOf(device, query.parent)
  if (outer === undefined) return []
  const parent = query.parent === 0 ? outer.handle : query.parent === 0xffff0000 ? places.ingress : query.parent
  const own = outer.filters
    .filter((entry) => entry.parent === parent)
    .sort((a, b) => a.chain - b.chain || a.priority - b.priority)
  const priorities = new Map<string, FilterEntry[]>()
  for (const entry of own) {
    const key = `${entry.chain} ${entry.priority}`
    priorities.set(key, [...(priorities.get(key) ?? []), entry])
  }
  return [...priorities.values()]
    .flatMap((entries) => (entries[0]?.kind === 'u32' ? inOrder(entries) : entries))
    .map((entry) => describeFilter(device, entry))
}

const words = new Map<number, FilterProtocol>(
  Object.entries(filterProtocols).map(([word, type]) => [type, word as FilterProtocol]),
)

function describeFilter(device: Device, entry: FilterEntry): TrafficFilter {
  const { parent, kind, protocol, priority, chain, handle, classId, options, actions } = entry
  const { root: _, ...rest } = options
  return {
    link: device.index,
    parent: formatFilterParent(parent),
    kind,
    protocol: words.get(protocol) ?? protocol,
    priority,
    chain,
    ...(handle === 0 ? {} : { handle: kind === 'u32' ? formatU32Handle(handle) : handle }),
    ...(handle === 0 ? {} : rest),
    ...(kind === 'u32' && handle % 0x1000 !== 0 ? { table: formatU32Handle(handle - (handle % 0x1000)) } : {}),
    ...(classId === undefined || handle === 0 ? {} : { classId: formatHandle(classId) }),
    actions: handle === 0 ? [] : actions,
    other: [],
  }
}

function tell(device: Device, entry: FilterEntry, kind: 'filter set' | 'filter delete'): void {
  device.namespace.tell('filter', () => {
    const object = describeFilter(device, entry)
    return { kind, group: 'filter', object } as DriverEvent
  })
}
