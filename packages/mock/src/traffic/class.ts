/** `class add`, `set`, `change`, `delete`, `list` of `htb` (`net/sched/sch_api.c`: `tc_ctl_tclass`; `sch_htb.c`). @module */
import {
  type ClassFilter,
  type CleanClassKey,
  type CleanClassSpec,
  type DriverEvent,
  formatHandle,
  type HtbClassOptions,
  parseFilterParent,
  type TrafficClass,
  type TrafficStatistics,
} from '@vnet/core'
import type { Namespace } from '../namespace.js'
import type { Device } from '../object/device.js'
import { linkOf } from '../object/lookup.js'
import { refuse } from '../refusal.js'
import { classAt, levelOf } from './class-tree.js'
import { Bands } from './discipline/branches.js'
import { ClassTree } from './discipline/htb.js'
import { atRoot, type ClassEntry, dropQdisc, majorOf, type QdiscEntry, qdiscAt, qdiscInside, qdiscOf } from './entry.js'
import { TICK, ticked, wholeRate } from './option.js'
import type { Mode } from './qdisc.js'
import { newClassTally, newTally, statisticsOf, type Waiting } from './tally.js'
import { estimateBy } from './traffic.js'
import { isOfPriority } from './u32.js'
import { dropFilters } from './u32-delete.js'

/** The two places of a `clsact`. */
const atIngressOf = parseFilterParent('ingress') as number
const atEgressOf = parseFilterParent('egress') as number
/** The frame that a bucket holds at least. */
const FRAME = 1600
/** The default of a bucket: a frame, and what passes in a nanosecond, the kernel's finest time. */
const least = (rate: number): number => Math.floor(Math.floor(rate / 8) / 1e9) + FRAME

/** Makes a class, or changes it. */
export function setClass(namespace: Namespace, spec: CleanClassSpec, mode: Mode): undefined {
  const device = linkOf(namespace, spec.link)
  const { classId, parent } = spec
  if (parent !== atRoot && majorOf(classId) !== majorOf(parent)) refuse('EINVAL')
  const outer = qdiscOf(device, classId)
  if (outer === undefined) refuse('ENOENT')
  if (outer.kind !== 'htb') refuseOwnClass(device, outer, classId, mode)
  if (spec.kind !== 'htb') refuse('EINVAL')
  const there = classAt(outer, classId)
  if (there === undefined && mode === 'change') refuse('ENOENT')
  if (there !== undefined && mode === 'add') refuse('EEXIST')
  const options = optionsOf(outer, spec as HtbClassOptions, there)
  if (there === undefined) {
    // A parent that is not there is the discipline.
    const above = classAt(outer, parent)
    if (above !== undefined && levelOf(outer, above) !== 0 && levelOf(outer, above) < 2)
      refuse('EINVAL', 'tree is too deep')
    // What has branches has no discipline inside.
    const inside = above === undefined ? undefined : qdiscAt(device, above.classId)
    if (inside !== undefined) dropQdisc(device, inside)
    outer.classes.push({ classId, parent: above?.classId, options, tally: newClassTally() })
  } else there.options = options
  const entry = classAt(outer, classId) as ClassEntry
  estimateBy(device, entry.tally, spec.estimator)
  device.traffic?.changed(outer)
  tell(device, outer, entry, 'class set')
}

/**
 * The place of a number among the classes that a discipline has of itself, as it finds it (`cl_ops->find`); 0 for none. A
 * discipline without classes refuses the question.
 */
function ownClass(device: Device, { kind, options }: QdiscEntry, classId: number): number {
  const minor = classId % 0x10000
  switch (kind) {
    case 'tbf':
    case 'netem':
      return 1
    case 'prio':
      return minor <= (options.bands as number) ? minor : 0
    case 'mq':
      return minor <= device.txQueues ? minor : 0
    case 'ingress':
      return minor + 1
    case 'clsact':
      return classId === atIngressOf || classId === atEgressOf ? minor : 0
    case 'fq_codel':
      return 0
    default:
      refuse('EINVAL')
  }
}

/** A discipline's own classes are neither made nor changed nor deleted. */
function refuseOwnClass(device: Device, outer: QdiscEntry, classId: number, mode: Mode | 'delete'): never {
  const isThere = ownClass(device, outer, classId) > 0
  if (isThere && mode === 'add') refuse('EEXIST')
  if (!isThere && (mode === 'change' || mode === 'delete')) refuse('ENOENT')
  refuse('EOPNOTSUPP')
}

function optionsOf(
  outer: QdiscEntry,
  spec: HtbClassOptions,
  before: ClassEntry | undefined,
): Readonly<Record<string, unknown>> {
  const { rate, ceil = rate, burst = least(rate), ceilBurst = least(ceil), leastPacket, overhead, linkLayer } = spec
  const computed = Math.min(200_000, Math.max(1000, Math.floor(Math.floor(rate / 8) / (outer.options.r2q as number))))
  const branches = before !== undefined && levelOf(outer, before) > 0
  return {
    rate: wholeRate(rate),
    ...(leastPacket ? { leastPacket } : {}),
    ...(overhead ? { overhead } : {}),
    linkLayer: linkLayer ?? 'ethernet',
    ceil: wholeRate(ceil),
    burst: ticked(burst, rate, (ticks) => Math.ceil(ticks - 0.01)),
    ceilBurst: ticked(ceilBurst, ceil, (ticks) => Math.ceil(ticks - 0.01)),
    // One that has branches has no turn of its own.
    priority: branches ? before?.options.priority : (spec.priority ?? 0),
    quantum: branches ? before?.options.quantum : spec.quantum || computed,
  }
}

/** Removes a class without branches, with the discipline inside. */
export function deleteClass(namespace: Namespace, key: CleanClassKey): undefined {
  const device = linkOf(namespace, key.link)
  const outer = qdiscOf(device, key.classId)
  if (outer === undefined) refuse('ENOENT')
  if (outer.kind !== 'htb') refuseOwnClass(device, outer, key.classId, 'delete')
  const entry = classAt(outer, key.classId)
  if (entry === undefined) refuse('ENOENT')
  const led = outer.filters.some(({ classId }) => classId === entry.classId)
  if (led || levelOf(outer, entry) > 0) refuse('EBUSY', 'HTB class in use')
  const inside = qdiscAt(device, entry.classId)
  if (inside !== undefined) dropQdisc(device, inside)
  outer.classes.splice(outer.classes.indexOf(entry), 1)
  // Its filters go with it; nobody hears of them.
  dropFilters(
    outer,
    outer.filters.filter((filter) => filter.parent === entry.classId && isOfPriority(filter)),
  )
  device.traffic?.filtersChanged()
  device.traffic?.changed(outer)
  tell(device, outer, entry, 'class delete')
}

/** The classes of a link: those that were made, and the one that a `tbf` or `netem` has of itself. */
export function listClasses(namespace: Namespace, filter: ClassFilter): TrafficClass[] {
  const device = linkOf(namespace, filter.link)
  return device.qdiscs.flatMap((outer) => [
    ...ownClasses(device, outer),
    ...outer.classes.map((entry) => describeClass(device, outer, entry)),
  ])
}

function ownClasses(device: Device, outer: QdiscEntry): TrafficClass[] {
  const bands = outer.kind === 'prio' ? (outer.options.bands as number) : ['tbf', 'netem'].includes(outer.kind) ? 1 : 0
  return Array.from({ length: bands }, (_, band) => {
    const inside = qdiscInside(device, outer, outer.handle + band + 1)
    return {
      link: device.index,
      kind: outer.kind,
      classId: formatHandle(outer.handle + band + 1),
      parent: formatHandle(outer.handle),
      ...(inside === undefined ? {} : { leaf: formatHandle(inside.handle) }),
      statistics: statisticsInside(device, outer, band),
      other: [],
    }
  })
}

/** What the discipline in a band counted; of a `tbf` or `netem` the kernel does not tell it. */
function statisticsInside(device: Device, outer: QdiscEntry, band: number): TrafficStatistics {
  const bands = device.traffic?.at(outer)
  if (!(bands instanceof Bands)) return statisticsOf(newTally())
  const { entry, waiting } = bands.branch(band)
  return statisticsOf(entry.tally, waiting, device.traffic?.time)
}

function describeClass(device: Device, outer: QdiscEntry, entry: ClassEntry): TrafficClass {
  const level = levelOf(outer, entry)
  const inside = level === 0 ? qdiscAt(device, entry.classId) : undefined
  const { lends, borrows, giants } = entry.tally
  return {
    link: device.index,
    kind: outer.kind,
    classId: formatHandle(entry.classId),
    parent: entry.parent === undefined ? 'root' : formatHandle(entry.parent),
    ...(inside === undefined ? {} : { leaf: formatHandle(inside.handle) }),
    ...entry.options,
    level,
    statistics: {
      ...statisticsOf(entry.tally, waitingIn(device, outer, entry), device.traffic?.time),
      ...{ lends, borrows, giants, ...bucketsOf(device, outer, entry) },
    },
    other: [],
  } as TrafficClass
}

/** What the buckets of a class hold, milliseconds in ticks of the kernel; full where nobody sends. */
function bucketsOf(device: Device, outer: QdiscEntry, { classId, options }: ClassEntry) {
  const { rate, burst, ceil, ceilBurst } = options as { readonly [name: string]: number }
  const tree = device.traffic?.at(outer)
  const held = tree instanceof ClassTree ? tree.bucketsOf(classId) : undefined
  return {
    tokens: inTicks(held?.tokens ?? lasting(burst, rate)),
    ceilTokens: inTicks(held?.ceilTokens ?? lasting(ceilBurst, ceil)),
  }
}

/** Nanoseconds that octets last at a rate. */
const lasting = (octets = 0, rate = 1): number => (octets * 8e9) / rate
const inTicks = (nanoseconds: number): number => (Math.round(nanoseconds / TICK) * TICK) / 1e6

function waitingIn(device: Device, outer: QdiscEntry, { classId }: ClassEntry): Waiting | undefined {
  const tree = device.traffic?.at(outer)
  return tree instanceof ClassTree ? tree.waitingIn(classId) : undefined
}

function tell(device: Device, outer: QdiscEntry, entry: ClassEntry, kind: 'class set' | 'class delete'): void {
  device.namespace.tell('class', () => {
    const object = describeClass(device, outer, entry)
    return { kind, group: 'class', object } as DriverEvent
  })
}
