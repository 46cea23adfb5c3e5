/** Queueing disciplines of links (`tc qdisc`; `linux/pkt_sched.h`). @module */
import type { FieldTable } from './field.js'
import type { LinkRef, RawAttribute } from './link.js'
import type { Estimator } from './traffic/estimator.js'
import { bfifoFields, type FifoOptions, pfifoFields } from './traffic/fifo.js'
import { type FqCodelOptions, fqCodelFields } from './traffic/fq-codel.js'
import { type HtbOptions, type HtbState, htbFields } from './traffic/htb.js'
import { type NetemOptions, netemFields } from './traffic/netem.js'
import { type PrioOptions, prioFields } from './traffic/prio.js'
import type { SizeTable } from './traffic/size-table.js'
import type { TrafficStatistics } from './traffic/statistics.js'
import { type TbfOptions, tbfFields } from './traffic/tbf.js'

/** What a discipline of any kind has. */
export interface QdiscBase<Handle = string> {
  /** The link. */
  readonly link: LinkRef
  /**
   * Where it stands: `root`, the default; `ingress`, the place of the kinds `ingress` and `clsact` and their default; the
   * handle of another discipline (`1:`) or of a class (`1:10`).
   */
  readonly parent?: Handle
  /** Its handle, `1:` to `ffff:`, hexadecimal; without it the kernel chooses one from `8001:` on. */
  readonly handle?: Handle
  /** Filters that this discipline shares with others on what comes in: the number of the block (kinds `ingress`, `clsact`). */
  readonly ingressBlock?: number
  /** The same for what goes out (kind `clsact`). */
  readonly egressBlock?: number
  /** What packets count as, here and inside (`stab`); only at the root. A change that does not say it again takes it away. */
  readonly sizeTable?: SizeTable
  /** Measures how fast packets leave, as `tc qdisc add dev LINK root estimator 1s 8s KIND`; not told, but for what it measured. */
  readonly estimator?: Estimator
}

/** Specification of a discipline, told apart by `kind`, as `tc qdisc add dev LINK root handle 1: KIND …`. */
export type QdiscSpec<Handle = string> =
  | (QdiscBase<Handle> & { readonly kind: 'htb' } & HtbOptions)
  | (QdiscBase<Handle> & { readonly kind: 'tbf' } & TbfOptions)
  | (QdiscBase<Handle> & { readonly kind: 'prio' } & PrioOptions)
  | (QdiscBase<Handle> & { readonly kind: 'fq_codel' } & FqCodelOptions)
  | (QdiscBase<Handle> & { readonly kind: 'netem' } & NetemOptions)
  | (QdiscBase<Handle> & { readonly kind: 'pfifo' | 'bfifo' } & FifoOptions)
  | (QdiscBase<Handle> & { readonly kind: 'ingress' | 'clsact' | 'noqueue' | 'mq' })

/** A discipline of a kind that vnet has no name for, or without options, such as `teql0`. */
export interface OtherQdiscSpec<Handle = string> extends QdiscBase<Handle> {
  /** The kernel's word for the kind. */
  readonly kind: string
  /** The octets of `TCA_OPTIONS`: attributes or a struct, as the kind has it. */
  readonly data?: Uint8Array
}

/** Kinds that have a name in {@link QdiscSpec}. */
export type QdiscKind = QdiscSpec['kind']

/** The options of each kind. */
export const qdiscFields: Readonly<Record<QdiscKind, FieldTable>> = {
  bfifo: bfifoFields,
  clsact: {},
  fq_codel: fqCodelFields,
  htb: htbFields,
  ingress: {},
  mq: {},
  netem: netemFields,
  noqueue: {},
  pfifo: pfifoFields,
  prio: prioFields,
  tbf: tbfFields,
}

/** Which discipline is meant: the one at `parent` (default `root`), or with `handle` that one. */
export interface QdiscKey<Handle = string> {
  /** The link. */
  readonly link: LinkRef
  /** Where it stands; default `root`. */
  readonly parent?: Handle
  /** Its handle: another one at that place is not meant. */
  readonly handle?: Handle
}

/** Which disciplines a list holds. */
export interface QdiscFilter {
  /** Only those of this link. */
  readonly link?: LinkRef
  /** Only this kind. */
  readonly kind?: string
}

/** A discipline as the kernel describes it: options of its kind, where vnet has a name for the kind, stand beside the rest. */
export interface Qdisc extends HtbState, Partial<TbfOptions>, PrioOptions, FqCodelOptions, NetemOptions {
  /** Index of the link. */
  readonly link: number
  /** The kernel's word for the kind. */
  readonly kind: string
  /** Its handle; `0:` for one that the kernel chose itself. */
  readonly handle: string
  /** Where it stands: `root`, `ingress`, or the handle of a discipline or class. */
  readonly parent: string
  /** Users; told for a root discipline. */
  readonly references: number
  /** Number of the block of filters that it shares on what comes in. */
  readonly ingressBlock?: number
  /** The same for what goes out. */
  readonly egressBlock?: number
  /** What packets count as here; `mtu` and `size` only where there is more than an overhead. */
  readonly sizeTable?: SizeTable
  /** The octets of `TCA_OPTIONS` of a kind that vnet has no name for. */
  readonly data?: Uint8Array
  /** What it counted. */
  readonly statistics?: TrafficStatistics
  /** Attributes that vnet has no name for. */
  readonly other: readonly RawAttribute[]
}

/** Specification as drivers receive it: handles are numbers, the parent is there. */
export type CleanQdiscSpec = (QdiscSpec<number> | OtherQdiscSpec<number>) & { readonly parent: number }
/** Key as drivers receive it. */
export type CleanQdiscKey = QdiscKey<number> & { readonly parent: number }
