/** What a link keeps of traffic control. Plain data: it goes into snapshots as it is. @module */

import { type NetemDistribution, parseParent, type SizeTable } from '@vnet/core'
import type { Device } from '../object/device.js'
import { emptyList } from '../object/empty.js'
import type { Random } from '../random.js'
import { type ActionEntry, releaseActions } from './action-entry.js'
import type { ClassTally, OwnTally, Tally } from './tally.js'

/** What keeps filters, and the hash tables of those of `u32`: a discipline, or a block that several share. */
export interface FilterHolder {
  readonly filters: FilterEntry[]
  /** The last number that a table of `u32` was given: they go round. */
  lastTable?: number
}

/** A discipline that somebody chose (`struct Qdisc`). */
export interface QdiscEntry extends FilterHolder {
  /** Its handle, such as 0x10000 for `1:`. */
  readonly handle: number
  /** Its place. */
  parent: number
  readonly kind: string
  /** Options as they are told, defaults filled in. */
  options: Readonly<Record<string, unknown>>
  /** What packets count as. */
  sizeTable: SizeTable | undefined
  readonly ingressBlock: number | undefined
  readonly egressBlock: number | undefined
  /** Classes that somebody made. */
  readonly classes: ClassEntry[]
  /** Of an `ingress`: the parent of the last request to make a filter. */
  lastFilterParent?: number
  /** What it counted. */
  readonly tally: Tally
  /** What its kind counted besides. */
  readonly ownTally: OwnTally
  /** Where `netem` has its chance from (`struct prng`). */
  readonly random: Random
  /** The curves of a `netem`, which the kernel does not tell. */
  distribution?: NetemDistribution
  slotDistribution?: NetemDistribution
}

/** A filter (`struct tcf_proto` and what its kind keeps). */
export interface FilterEntry {
  /** The place that keeps it; told may be another (`FilterPlace`). */
  readonly parent: number
  readonly chain: number
  readonly priority: number
  readonly protocol: number
  readonly kind: string
  readonly handle: number
  readonly classId: number | undefined
  /** What it matches, as it is told. */
  readonly options: Readonly<Record<string, unknown>>
  readonly actions: readonly ActionEntry[]
  /** How often it was asked. */
  readonly counts: FilterCounts
}

/** How often a filter was asked (`struct tc_u32_pcnt`, `struct tc_matchall_pcnt`). */
export interface FilterCounts {
  tried: number
  matched: number
  /** Of `u32` that asks for a mark: packets with it. */
  markMatched?: number
  /** Of `u32`: packets that matched up to each of its keys. */
  readonly keys: number[]
}

/** A class that somebody made (`struct htb_class`). */
export interface ClassEntry {
  /** Its number, such as 0x10010 for `1:10`. */
  readonly classId: number
  /** The class that it is a branch of; `undefined` right below the discipline. */
  readonly parent: number | undefined
  /** Options as they are told. */
  options: Readonly<Record<string, unknown>>
  /** What it counted. */
  readonly tally: ClassTally
}

/** `root` and `ingress` as numbers. */
export const atRoot = parseParent('root') as number
export const atIngress = parseParent('ingress') as number

/** The discipline that a handle is of: `1:` of `1:10`. */
export const majorOf = (handle: number): number => handle - (handle % 0x10000)

/** The discipline with a handle, or of a class's handle. */
export function qdiscOf(device: Device, handle: number): QdiscEntry | undefined {
  return device.qdiscs.find((entry) => entry.handle === majorOf(handle))
}

/** The discipline at a place. */
export function qdiscAt(device: Device, parent: number): QdiscEntry | undefined {
  return device.qdiscs.find((entry) => entry.parent === parent)
}

/** The discipline at a place of another: in a `tbf` or `netem` there is one, whatever number is asked for (`tbf_find`). */
export function qdiscInside(device: Device, outer: QdiscEntry, parent: number): QdiscEntry | undefined {
  if (outer.kind !== 'tbf' && outer.kind !== 'netem') return qdiscAt(device, parent)
  return device.qdiscs.find((entry) => entry.parent !== atRoot && majorOf(entry.parent) === outer.handle)
}

/** Takes a discipline out with all that is inside it; nobody hears of the latter. */
export function dropQdisc(device: Device, entry: QdiscEntry): void {
  if (!device.qdiscs.includes(entry)) return
  device.qdiscs = device.qdiscs.filter((other) => other !== entry)
  device.traffic?.detach(entry)
  releaseActions(entry.filters)
  device.namespace.blocks.leave(device, entry)
  for (const inner of device.qdiscs) {
    if (inner.parent !== atRoot && inner.parent !== atIngress && majorOf(inner.parent) === entry.handle)
      dropQdisc(device, inner)
  }
}

/** Takes all out, also what the kernel's choice counted; nobody hears of it. */
export function dropAllQdiscs(device: Device): void {
  device.traffic?.stop()
  for (const entry of device.qdiscs) {
    releaseActions(entry.filters)
    device.namespace.blocks.leave(device, entry)
  }
  device.qdiscs = emptyList
  device.queueTallies = emptyList
}
