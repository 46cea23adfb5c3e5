/** Where filters stand (`net/sched/cls_api.c`: `__tcf_qdisc_find`, `__tcf_block_find`; `sch_ingress.c`). @module */
import { type CleanFilterPlace, formatFilterParent, parseFilterParent, type TrafficFilter } from '@vnet/core'
import type { Namespace } from '../namespace.js'
import type { Device } from '../object/device.js'
import { linkOf } from '../object/lookup.js'
import { refuse } from '../refusal.js'
import type { FilterBlock } from './block.js'
import {
  atIngress,
  atRoot,
  type FilterEntry,
  type FilterHolder,
  majorOf,
  type QdiscEntry,
  qdiscAt,
  qdiscOf,
} from './entry.js'
import { isOfPriority } from './u32.js'

const gates = { ingress: parseFilterParent('ingress') as number, egress: parseFilterParent('egress') as number }

/** A place of filters (`struct tcf_block`). */
export interface FilterPlace {
  /** What keeps its filters. */
  readonly outer: FilterHolder
  /** What keeps them apart from those of other places of the discipline: {@link FilterEntry.parent}. */
  readonly key: number
  /** How it is told: by the link and the parent by which it was asked for, or by the number of a block. */
  readonly told: Pick<TrafficFilter, 'link' | 'parent' | 'block'>
  /** The links that ask them. */
  readonly links: Iterable<Device>
}

/** All filters of a block are at one place. */
const inBlock = 0

const placeOfBlock = (block: FilterBlock): FilterPlace => ({
  outer: block,
  key: inBlock,
  told: { block: block.index },
  links: block.links.keys(),
})

const placeAt = (device: Device, outer: QdiscEntry, key: number, parent: number): FilterPlace => ({
  outer,
  key,
  told: { link: device.index, parent: formatFilterParent(parent) },
  links: [device],
})

/** The place that a request names, or refuses it; `makes` says whether it is one to make a filter there. */
export function placeOf(namespace: Namespace, { link, parent, block }: CleanFilterPlace, makes: boolean): FilterPlace {
  if (block === undefined) return placeOnLink(linkOf(namespace, link), parent, makes)
  const found = namespace.blocks.get(block)
  if (found === undefined) refuse('EINVAL', 'Block of given index was not found', { attribute: 'spec.block' })
  return placeOfBlock(found)
}

function placeOnLink(device: Device, asked: number, makes: boolean): FilterPlace {
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
  if (blockAt(outer, key) !== undefined)
    refuse('EOPNOTSUPP', 'This filter block is shared. Please use the block index to manipulate the filters')
  if (makes && outer.kind === 'ingress') outer.lastFilterParent = parent
  return placeAt(device, outer, key, parent)
}

/** The block that a place of a discipline is, where it shares its filters. */
const blockAt = ({ ingressBlock, egressBlock }: QdiscEntry, key: number): number | undefined =>
  key === gates.egress ? egressBlock : ingressBlock

/** The filters that a discipline asks at one of its places, with all that searches of `u32` may lead to. */
export function filtersAt({ namespace }: Device, outer: QdiscEntry, key: number): readonly FilterEntry[] {
  const block = blockAt(outer, key)
  if (block !== undefined) return namespace.blocks.get(block)?.filters ?? []
  return outer.filters.filter((entry) => entry.parent === key || !isOfPriority(entry))
}

const classful: ReadonlySet<string> = new Set(['htb', 'prio', 'ingress', 'clsact', 'fq_codel', 'tbf', 'netem', 'mq'])

/** The place whose filters are listed, if there is one. */
export function listedPlace(namespace: Namespace, { link, parent, block }: CleanFilterPlace): FilterPlace | undefined {
  if (block === undefined) return listedOnLink(linkOf(namespace, link), parent)
  const found = namespace.blocks.get(block)
  return found === undefined ? undefined : placeOfBlock(found)
}

function listedOnLink(device: Device, asked: number): FilterPlace | undefined {
  const outer = disciplineAt(device, asked)
  if (outer === undefined) return undefined
  const key = keyOf(outer, asked === 0 ? outer.handle : asked)
  if (key === undefined) return undefined
  const block = blockAt(outer, key)
  const shared = block === undefined ? undefined : device.namespace.blocks.get(block)
  if (shared !== undefined) return placeOfBlock(shared)
  // Filters of an `ingress` are listed by the parent that the last request to make one had, whatever came of it.
  return placeAt(device, outer, key, outer.lastFilterParent ?? key)
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
