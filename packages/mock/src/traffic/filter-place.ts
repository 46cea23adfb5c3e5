/** Where filters stand (`net/sched/cls_api.c`: `__tcf_qdisc_find`, `__tcf_block_find`; `sch_ingress.c`). @module */
import { parseFilterParent } from '@vnet/core'
import type { Device } from '../object/device.js'
import { refuse } from '../refusal.js'
import { atIngress, atRoot, majorOf, type QdiscEntry, qdiscAt, qdiscOf } from './entry.js'

const gates = { ingress: parseFilterParent('ingress') as number, egress: parseFilterParent('egress') as number }

/** A place of filters (`struct tcf_block`). */
export interface FilterPlace {
  /** The discipline that has it. */
  readonly outer: QdiscEntry
  /** What keeps its filters apart from those of other places of the discipline: {@link FilterEntry.parent}. */
  readonly key: number
  /** The parent by which it was asked for, which events tell. */
  readonly parent: number
}

/** The place that a request names, or refuses it. */
export function placeOf(device: Device, asked: number): FilterPlace {
  const outer = disciplineAt(device, asked)
  if (outer === undefined) {
    // At the root there is always one, of the kernel's choice; that asks no filters.
    if (asked === 0) refuse('EINVAL', 'Qdisc not classful')
    refuse('EINVAL', "Parent Qdisc doesn't exists")
  }
  if (!classful.has(outer.kind)) refuse('EINVAL', 'Qdisc not classful')
  if (['tbf', 'netem', 'mq'].includes(outer.kind)) refuse('EOPNOTSUPP', "Class doesn't support blocks")
  const parent = asked === 0 ? outer.handle : asked
  if (parent !== outer.handle && !hasClass(outer, parent)) refuse('ENOENT', "Specified class doesn't exist")
  const key = keyOf(outer, parent)
  if (key === undefined) refuse('EINVAL')
  const block = key === gates.egress ? outer.egressBlock : outer.ingressBlock
  if (block !== undefined)
    refuse('EOPNOTSUPP', 'This filter block is shared. Please use the block index to manipulate the filters')
  return { outer, key, parent }
}
const classful: ReadonlySet<string> = new Set(['htb', 'prio', 'ingress', 'clsact', 'fq_codel', 'tbf', 'netem', 'mq'])

/** The place whose filters are listed, if there is one. */
export function listedPlace(device: Device, asked: number): FilterPlace | undefined {
  const outer = disciplineAt(device, asked)
  if (outer === undefined) return undefined
  const key = keyOf(outer, asked === 0 ? outer.handle : asked)
  // Filters of an `ingress` are listed by the parent that the last request to make one had, whatever came of it.
  return key === undefined ? undefined : { outer, key, parent: outer.lastFilterParent ?? key }
}

function disciplineAt(device: Device, asked: number): QdiscEntry | undefined {
  if (asked === 0) return qdiscAt(device, atRoot)
  return majorOf(asked) === 0xffff0000 ? qdiscAt(device, atIngress) : qdiscOf(device, asked)
}

/** Whether a discipline knows a class, or whatever it takes for one. */
function hasClass({ kind, classes, options }: QdiscEntry, classId: number): boolean {
  switch (kind) {
    case 'ingress':
      return true
    case 'clsact':
      return classId === gates.ingress || classId === gates.egress
    case 'prio':
      return classId % 0x10000 <= Number(options.bands)
    default:
      return classes.some((entry) => entry.classId === classId)
  }
}

/** What a place is known by; `undefined` where there is none. An `ingress` has one, whatever class is named, `egress` as well. */
function keyOf({ kind, handle }: QdiscEntry, parent: number): number | undefined {
  if (kind === 'ingress') return gates.ingress
  if (kind === 'clsact') return parent === handle ? undefined : parent
  return kind === 'htb' || parent === handle ? parent : undefined
}
