/** `class add`, `set`, `change`, `delete`, `list` of `htb` (`net/sched/sch_api.c`: `tc_ctl_tclass`; `sch_htb.c`). @module */
import {
  type ClassFilter,
  type CleanClassKey,
  type CleanClassSpec,
  type DriverEvent,
  formatHandle,
  type HtbClassOptions,
  type TrafficClass,
} from '@vnet/core'
import type { Namespace } from '../namespace.js'
import type { Device } from '../object/device.js'
import { linkOf } from '../object/lookup.js'
import { refuse } from '../refusal.js'
import { noTraffic } from './describe.js'
import { atRoot, type ClassEntry, dropQdisc, majorOf, type QdiscEntry, qdiscAt, qdiscOf } from './entry.js'
import { ticked, wholeRate } from './option.js'
import type { Mode } from './qdisc.js'

/** The frame that a bucket holds at least. */
const FRAME = 1600
/** The default of a bucket: a frame, and what passes in a nanosecond, the kernel's finest time. */
const least = (rate: number): number => Math.floor(Math.floor(rate / 8) / 1e9) + FRAME
/** Levels of a tree less the leaves'. */
const TOP = 7

/** Makes a class, or changes it. */
export function setClass(namespace: Namespace, spec: CleanClassSpec, mode: Mode): undefined {
  const device = linkOf(namespace, spec.link)
  const { classId, parent } = spec
  const outer = qdiscOf(device, parent === atRoot ? classId : parent)
  if (outer === undefined) refuse('ENOENT')
  if (majorOf(classId) !== outer.handle) refuse('EINVAL')
  if (outer.kind !== 'htb') refuseClass(outer, mode)
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
    outer.classes.push({ classId, parent: above?.classId, options })
  } else there.options = options
  tell(device, outer, classAt(outer, classId) as ClassEntry, 'class set')
}

/** A discipline that has its own classes takes each number for one that is there; others have none. */
function refuseClass(outer: QdiscEntry, mode: Mode): never {
  if (!['tbf', 'netem', 'prio', 'mq', 'ingress', 'clsact', 'fq_codel'].includes(outer.kind)) refuse('EINVAL')
  if (outer.kind === 'tbf' && mode === 'add') refuse('EEXIST')
  refuse('EOPNOTSUPP')
}

function optionsOf(
  outer: QdiscEntry,
  spec: HtbClassOptions,
  before: ClassEntry | undefined,
): Readonly<Record<string, unknown>> {
  const { rate, ceil = rate, burst = least(rate), ceilBurst = least(ceil), leastPacket, overhead, linkLayer } = spec
  const computed = Math.min(200_000, Math.max(1000, Math.floor(Math.floor(rate / 8) / (outer.options.r2q as number))))
  return {
    rate: wholeRate(rate),
    ...(leastPacket ? { leastPacket } : {}),
    ...(overhead ? { overhead } : {}),
    linkLayer: linkLayer ?? 'ethernet',
    ceil: wholeRate(ceil),
    burst: ticked(burst, rate, (ticks) => Math.ceil(ticks - 0.01)),
    ceilBurst: ticked(ceilBurst, ceil, (ticks) => Math.ceil(ticks - 0.01)),
    priority: spec.priority ?? 0,
    // One that has branches has no turn of its own.
    quantum: before !== undefined && levelOf(outer, before) > 0 ? before.options.quantum : spec.quantum || computed,
  }
}

function classAt(outer: QdiscEntry, classId: number): ClassEntry | undefined {
  return outer.classes.find((entry) => entry.classId === classId)
}

/** 0 for a leaf; 7 for one with branches right below the discipline, one less with each step down. */
function levelOf(outer: QdiscEntry, entry: ClassEntry): number {
  if (!outer.classes.some(({ parent }) => parent === entry.classId)) return 0
  const above = entry.parent === undefined ? undefined : classAt(outer, entry.parent)
  return above === undefined ? TOP : levelOf(outer, above) - 1
}

/** Removes a class without branches, with the discipline inside. */
export function deleteClass(namespace: Namespace, key: CleanClassKey): undefined {
  const device = linkOf(namespace, key.link)
  const outer = qdiscOf(device, key.classId)
  const entry = outer === undefined ? undefined : classAt(outer, key.classId)
  if (outer === undefined || entry === undefined) refuse('ENOENT')
  const led = outer.filters.some(({ classId }) => classId === entry.classId)
  if (led || levelOf(outer, entry) > 0) refuse('EBUSY', 'HTB class in use')
  const inside = qdiscAt(device, entry.classId)
  if (inside !== undefined) dropQdisc(device, inside)
  outer.classes.splice(outer.classes.indexOf(entry), 1)
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
    const inside = qdiscAt(device, outer.handle + band + 1)
    return {
      link: device.index,
      kind: outer.kind,
      classId: formatHandle(outer.handle + band + 1),
      parent: formatHandle(outer.handle),
      ...(inside === undefined ? {} : { leaf: formatHandle(inside.handle) }),
      other: [],
    }
  })
}

function describeClass(device: Device, outer: QdiscEntry, entry: ClassEntry): TrafficClass {
  const level = levelOf(outer, entry)
  const inside = level === 0 ? qdiscAt(device, entry.classId) : undefined
  return {
    link: device.index,
    kind: outer.kind,
    classId: formatHandle(entry.classId),
    parent: entry.parent === undefined ? 'root' : formatHandle(entry.parent),
    ...(inside === undefined ? {} : { leaf: formatHandle(inside.handle) }),
    ...entry.options,
    level,
    statistics: { ...noTraffic, lends: 0, borrows: 0, giants: 0 },
    other: [],
  } as TrafficClass
}

function tell(device: Device, outer: QdiscEntry, entry: ClassEntry, kind: 'class set' | 'class delete'): void {
  device.namespace.tell('class', () => {
    const object = describeClass(device, outer, entry)
    return { kind, group: 'class', object } as DriverEvent
  })
}
