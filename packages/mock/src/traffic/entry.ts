/** What a link keeps of traffic control. Plain data: it goes into snapshots as it is. @module */
import { type Action, parseParent } from '@vnet/core'
import type { Device } from '../object/device.js'

/** A discipline that somebody chose (`struct Qdisc`). */
export interface QdiscEntry {
  /** Its handle, such as 0x10000 for `1:`. */
  readonly handle: number
  /** Its place. */
  parent: number
  readonly kind: string
  /** Options as they are told, defaults filled in. */
  options: Readonly<Record<string, unknown>>
  readonly ingressBlock: number | undefined
  readonly egressBlock: number | undefined
  /** Classes that somebody made. */
  readonly classes: ClassEntry[]
  /** Filters, and the hash tables of those of `u32`. */
  readonly filters: FilterEntry[]
}

/** A filter (`struct tcf_proto` and what its kind keeps). */
export interface FilterEntry {
  /** The place as filters tell it. */
  readonly parent: number
  readonly chain: number
  readonly priority: number
  readonly protocol: number
  readonly kind: string
  readonly handle: number
  readonly classId: number | undefined
  /** What it matches, as it is told. */
  readonly options: Readonly<Record<string, unknown>>
  readonly actions: readonly Action[]
}

/** A class that somebody made (`struct htb_class`). */
export interface ClassEntry {
  /** Its number, such as 0x10010 for `1:10`. */
  readonly classId: number
  /** The class that it is a branch of; `undefined` right below the discipline. */
  readonly parent: number | undefined
  /** Options as they are told. */
  options: Readonly<Record<string, unknown>>
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

/** Takes a discipline out with all that is inside it; nobody hears of the latter. */
export function dropQdisc(device: Device, entry: QdiscEntry): void {
  const index = device.qdiscs.indexOf(entry)
  if (index === -1) return
  device.qdiscs.splice(index, 1)
  for (const inner of [...device.qdiscs]) {
    if (inner.parent !== atRoot && inner.parent !== atIngress && majorOf(inner.parent) === entry.handle)
      dropQdisc(device, inner)
  }
}
