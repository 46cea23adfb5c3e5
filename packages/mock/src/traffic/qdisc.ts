/** `qdisc add`, `set`, `change`, `delete`, `list` (`net/sched/sch_api.c`: `tc_modify_qdisc`, `tc_get_qdisc`). @module */

import type {
  CleanQdiscKey,
  CleanQdiscSpec,
  DriverEvent,
  HtbOptions,
  NetemOptions,
  Qdisc,
  QdiscFilter,
} from '@vnet/core'
import { qdiscFields } from '@vnet/core'
import type { Kernel } from '../kernel.js'
import { joinTeql } from '../kind/teql.js'
import type { Namespace } from '../namespace.js'
import type { Device } from '../object/device.js'
import { emptyList } from '../object/empty.js'
import { linkOf } from '../object/lookup.js'
import { defaultQdisc } from '../object/state.js'
import { next } from '../random.js'
import { refuse } from '../refusal.js'
import { describeQdisc, qdiscsOf } from './describe.js'
import { atIngress, atRoot, dropQdisc, type QdiscEntry, qdiscAt, qdiscInside, qdiscOf } from './entry.js'
import { isFixed, qdiscOptions, toldSizeTable } from './option.js'
import { newOwnTally, newTally } from './tally.js'
import { attachQdisc, estimateBy } from './traffic.js'

/** The three ways to give a specification. */
export type Mode = 'add' | 'set' | 'change'

/** Makes a discipline, replaces the one at its place, or changes it. */
export function setQdisc(kernel: Kernel, namespace: Namespace, spec: CleanQdiscSpec, mode: Mode): undefined {
  const device = linkOf(namespace, spec.link)
  const { kind, parent, handle = 0 } = spec
  const there = occupant(device, parent)
  if (there === undefined || handle === 0 || there.handle !== handle) {
    if (handle !== 0) {
      if (there !== undefined && mode !== 'set') refuse('EEXIST', 'NLM_F_REPLACE needed to override')
      const other = qdiscOf(device, handle)
      if (other === undefined) return create(kernel, device, spec, mode, there)
      if (mode === 'add') refuse('EEXIST', 'Exclusivity flag on, cannot override')
      if (other.kind !== kind) refuseKind()
      return move(device, other, parent, there)
    }
    if (there === undefined) return create(kernel, device, spec, mode, there)
    // Without a handle another kind is taken for a wish to replace, whatever the flags (Linux 6.6).
    if (there.kind !== kind) return create(kernel, device, spec, 'set', there)
  }
  if (mode === 'add') refuse('EEXIST', 'Exclusivity flag on, cannot modify')
  if (there.kind !== kind) refuseKind()
  if (isFixed(kind, spec)) refuse('EINVAL', 'Change operation not supported by specified qdisc')
  there.options = qdiscOptions(device, spec, there.options)
  there.sizeTable = toldSizeTable(spec.sizeTable)
  chooseCurves(there, spec)
  seed(there)
  estimateBy(device, there.tally, spec.estimator)
  device.traffic?.changed(there)
  tell(device, there, 'qdisc set')
  // The kernel takes other blocks for the same ones, and says so to all but who asked.
  for (const name of ['ingressBlock', 'egressBlock'] as const)
    if ((spec[name] ?? there[name]) !== there[name])
      refuse('EOPNOTSUPP', 'Change of blocks is not supported', { attribute: `spec.${name}` })
}

function refuseKind(): never {
  refuse('EINVAL', 'Invalid qdisc name: must match existing qdisc', { attribute: 'spec.kind' })
}

/** The discipline that somebody chose for a place; the place must be there. */
function occupant(device: Device, parent: number, words = 'Failed to find specified qdisc'): QdiscEntry | undefined {
  if (parent === atRoot || parent === atIngress) return qdiscAt(device, parent)
  const outer = qdiscOf(device, parent)
  if (outer === undefined) refuse('ENOENT', words)
  if (!hasPlace(device, outer, parent)) refuse('ENOENT', 'Specified class not found')
  return qdiscInside(device, outer, parent)
}

/** Whether a discipline has a place for others with this number. */
function hasPlace(device: Device, outer: QdiscEntry, parent: number): boolean {
  const minor = parent % 0x10000
  switch (outer.kind) {
    case 'tbf':
    case 'netem':
      return true
    case 'prio':
      return minor >= 1 && minor <= (outer.options.bands as number)
    case 'mq':
      return minor >= 1 && minor <= device.txQueues
    case 'htb':
      return outer.classes.some(({ classId }) => classId === parent)
    default:
      refuse('EOPNOTSUPP', 'Parent qdisc is not classful')
  }
}

function create(
  kernel: Kernel,
  device: Device,
  spec: CleanQdiscSpec,
  mode: Mode,
  there: QdiscEntry | undefined,
): undefined {
  const { kind, parent, ingressBlock, egressBlock } = spec
  if (mode === 'change') refuse('ENOENT', 'Qdisc not found. To create specify NLM_F_CREATE flag')
  if (!kernel.equalizers.has(kind) && (!(kind in qdiscFields) || !kernel.has(`qdisc ${kind}` as never)))
    refuse('ENOENT', 'Specified qdisc kind is unknown', { attribute: 'spec.kind' })
  if (kind === 'mq' && parent !== atRoot) refuse('EOPNOTSUPP')
  if (kind === 'noqueue' && parent !== atRoot) refuse('EINVAL', 'Cannot assign noqueue to a class')
  // Also where the discipline then refuses (`qdisc_create`).
  if (device.noQueue && device.txQueueLength === 0) device.txQueueLength = 1000
  if (kind === 'htb' && (spec as HtbOptions).offload) {
    if (parent !== atRoot) refuse('EOPNOTSUPP', 'HTB must be the root qdisc to use offload')
    refuse('EOPNOTSUPP', 'hw-tc-offload ethtool feature flag must be on')
  }
  if (kind === 'mq' && spec.estimator !== undefined)
    refuse('EOPNOTSUPP', 'Cannot attach rate estimator to a multi-queue root qdisc')
  const entry: QdiscEntry = {
    handle: parent === atIngress ? 0xffff0000 : (spec.handle ?? freeHandle(kernel, device)),
    parent,
    kind,
    options: qdiscOptions(device, spec),
    sizeTable: toldSizeTable(spec.sizeTable),
    ingressBlock,
    egressBlock,
    classes: [],
    filters: [],
    tally: newTally(),
    ownTally: newOwnTally(),
    random: { state: kind === 'netem' ? next(kernel.random) : 0 },
  }
  chooseCurves(entry, spec)
  seed(entry)
  joinTeql(kernel, device, kind, parent === atRoot)
  if (hasBranches(device, parent)) refuse('EINVAL')
  if (kernel.has('mirred block')) device.namespace.blocks.refuseTwice(device, entry)
  device.namespace.blocks.join(device, entry)
  if (there !== undefined) {
    dropQdisc(device, there)
    tell(device, there, 'qdisc delete')
  }
  device.qdiscs = [...device.qdiscs, entry]
  attachQdisc(kernel, device, entry)
  estimateBy(device, entry.tally, spec.estimator)
  if (parent === atRoot) device.qdisc = kind
  tell(device, entry, 'qdisc set')
}

/** Whether a place is a class of `htb` that has branches: it holds no packets (`htb_leaf`, `htb_graft`). */
const hasBranches = (device: Device, parent: number): boolean =>
  qdiscOf(device, parent)?.classes.some((branch) => branch.parent === parent) === true

/** Curves stay as they are until others are given. */
function chooseCurves(entry: QdiscEntry, spec: CleanQdiscSpec): void {
  if (spec.kind !== 'netem') return
  const { distribution, slot } = spec as NetemOptions
  if (distribution !== undefined) entry.distribution = distribution
  if (slot?.distribution !== undefined) entry.slotDistribution = slot.distribution
}

/** Chance begins where a seed says, at each change. */
function seed({ random, options }: QdiscEntry): void {
  if (options.seed === undefined) return
  const all = BigInt(options.seed as string)
  random.state = Number((all ^ (all >> 32n)) & 0xffff_ffffn)
}

function move(device: Device, entry: QdiscEntry, parent: number, there: QdiscEntry | undefined): undefined {
  if (entry.parent === atIngress) refuse('EINVAL', 'Cannot regraft ingress or clsact Qdiscs')
  for (let outer = qdiscOf(device, parent); outer !== undefined; outer = qdiscOf(device, outer.parent))
    if (outer === entry) refuse('ELOOP', 'Qdisc parent/child loop detected')
  if (there !== undefined) {
    dropQdisc(device, there)
    tell(device, there, 'qdisc delete')
  }
  entry.parent = parent
  device.traffic?.moved(entry)
  if (parent === atRoot) device.qdisc = entry.kind
  tell(device, entry, 'qdisc set')
}

/** A handle from `8001:` on that the link does not use. */
function freeHandle(kernel: Kernel, device: Device): number {
  do kernel.lastHandle = kernel.lastHandle >= 0xfffe0000 ? 0x80010000 : kernel.lastHandle + 0x10000
  while (qdiscOf(device, kernel.lastHandle) !== undefined)
  return kernel.lastHandle
}

/** Removes a discipline with all that is inside it; the kernel's choice takes its place. */
export function deleteQdisc(namespace: Namespace, key: CleanQdiscKey): undefined {
  const device = linkOf(namespace, key.link)
  const entry = occupant(device, key.parent, 'Failed to find qdisc with specified classid')
  if (entry === undefined) {
    if (key.parent === atIngress || hasBranches(device, key.parent))
      refuse('ENOENT', 'Cannot find specified qdisc on specified device')
    // At other places there is one of the kernel's choice, with the handle 0:.
    if (key.handle !== undefined) refuse('EINVAL', 'Invalid handle')
    refuse('ENOENT', 'Cannot delete qdisc with handle of zero')
  }
  if (key.handle !== undefined && key.handle !== entry.handle) refuse('EINVAL', 'Invalid handle')
  dropQdisc(device, entry)
  if (entry.parent === atRoot) {
    device.qdisc = device.up ? defaultQdisc(device) : 'noop'
    device.queueTallies = emptyList
  }
  tell(device, entry, 'qdisc delete')
}

/** The disciplines of one link or of all. */
export function listQdiscs(namespace: Namespace, filter: QdiscFilter): Qdisc[] {
  const devices = filter.link === undefined ? namespace.sorted() : [linkOf(namespace, filter.link)]
  return devices.flatMap(qdiscsOf).filter(({ kind }) => filter.kind === undefined || filter.kind === kind)
}

function tell(device: Device, entry: QdiscEntry, kind: 'qdisc set' | 'qdisc delete'): void {
  device.namespace.tell('qdisc', () => {
    const object = describeQdisc(device, entry)
    return { kind, group: 'qdisc', object } as DriverEvent
  })
}
