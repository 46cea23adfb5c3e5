/** Classes of disciplines: the branches of a shaped tree (`tc class`; `linux/pkt_sched.h`). @module */
import type { FieldTable } from './field.js'
import type { LinkRef, RawAttribute } from './link.js'
import type { Estimator } from './traffic/estimator.js'
import { type HtbClassOptions, type HtbClassState, htbClassFields } from './traffic/htb.js'
import type { TrafficStatistics } from './traffic/statistics.js'

/** What a class of any kind has. */
export interface ClassBase<Handle = string> {
  /** The link. */
  readonly link: LinkRef
  /** What it is a branch of: the discipline (`1:`) or another class (`1:1`). A class that is not there is taken for the discipline. */
  readonly parent?: Handle
  /** Its own number: that of the discipline and a minor one, hexadecimal (`1:10`). */
  readonly classId: Handle
  /** Measures how fast packets leave, as `tc class add dev LINK classid 1:10 estimator 1s 8s htb …`; not told, but for what it measured. */
  readonly estimator?: Estimator
}

/** Specification of a class, told apart by `kind`, as `tc class add dev LINK parent 1: classid 1:10 htb rate 10mbit`. */
export type ClassSpec<Handle = string> = ClassBase<Handle> & { readonly kind: 'htb' } & HtbClassOptions

/** A class of a kind that vnet has no name for. */
export interface OtherClassSpec<Handle = string> extends ClassBase<Handle> {
  /** The kernel's word for the kind. */
  readonly kind: string
  /** The octets of `TCA_OPTIONS`. */
  readonly data?: Uint8Array
}

/** Kinds that have a name in {@link ClassSpec}. */
export type ClassKind = ClassSpec['kind']

/** The options of each kind. */
export const classFields: Readonly<Record<ClassKind, FieldTable>> = { htb: htbClassFields }

/** Which class is meant. */
export interface ClassKey<Handle = string> {
  /** The link. */
  readonly link: LinkRef
  /** Its number: `1:10`. */
  readonly classId: Handle
}

/** Which classes a list holds. The kernel tells them link by link. */
export interface ClassFilter {
  /** The link. */
  readonly link: LinkRef
}

/** A class as the kernel describes it: options of its kind, where vnet has a name for the kind, stand beside the rest. */
export interface TrafficClass extends Partial<HtbClassState> {
  /** Index of the link. */
  readonly link: number
  /** Kind of the discipline that it is a class of. */
  readonly kind: string
  /** Its number: `1:10`. */
  readonly classId: string
  /** What it is a branch of: `root` for one right below the discipline, or another class. */
  readonly parent: string
  /** Handle of the discipline inside, where somebody chose one. */
  readonly leaf?: string
  /** The octets of `TCA_OPTIONS` of a kind that vnet has no name for. */
  readonly data?: Uint8Array
  /** What it counted. */
  readonly statistics?: TrafficStatistics
  /** Attributes that vnet has no name for. */
  readonly other: readonly RawAttribute[]
}

/** Specification as drivers receive it. */
export type CleanClassSpec = (ClassSpec<number> | OtherClassSpec<number>) & { readonly parent: number }
/** Key as drivers receive it. */
export type CleanClassKey = ClassKey<number>
