/** Filters: which packets go to which class, or have something done to them (`tc filter`; `linux/pkt_cls.h`). @module */
import { bool, type Field, type FieldTable, integer, since } from './field.js'
import type { Prefix } from './ip.js'
import type { LinkRef, RawAttribute } from './link.js'
import type { MacInput } from './mac.js'
import type { Action, ActionSpec } from './traffic/action.js'
import type { Estimator } from './traffic/estimator.js'
import type { FilterProtocol } from './traffic/filter-protocol.js'
import { type FlowerMatch, flowerFields } from './traffic/flower.js'
import type { FilterStatistics } from './traffic/statistics.js'

/** Part of a packet that must have a value: 32 bits, from `offset` octets behind the start of the network header. */
export interface U32Key {
  /** Octets from the network header; a multiple of 4; negative ones lie in the Ethernet header. */
  readonly offset: number
  /** What the bits are to be. */
  readonly value: number
  /** Which bits count. */
  readonly mask: number
  /**
   * `offset` counts from where the filter that led here said that the next header begins, not from the network header
   * (`at nexthdr+…`).
   */
  readonly fromNextHeader?: boolean
}

/** Matches bits of packets (`u32`). */
export interface U32Match<Handle = string> {
  /** All must match; none matches every packet. */
  readonly keys?: readonly U32Key[]
  /** Makes a hash table of so many buckets, 1–256, a power of two, instead of a filter; give `handle` as `1:`. */
  readonly divisor?: number
  /** The hash table that it is put into, `800:` when absent; with a bucket, `2:3:`. */
  readonly table?: Handle
  /** The hash table in which matching packets are looked for next. */
  readonly nextTable?: Handle
  /** What of a packet chooses the bucket of the next table; the first bucket without it. */
  readonly hashKey?: U32HashKey
  /** Where the next header begins, for the filters of the next table. */
  readonly nextHeader?: U32NextHeader
  /** Mark of the packet, as `match mark 0x10 0xff` (`CONFIG_CLS_U32_MARK`). */
  readonly mark?: number
  /** Which bits of the mark count; default all. */
  readonly markMask?: number
  /** Name of the link that the packet came in by, as `indev eth0`. */
  readonly inputLink?: string
}

/** Who looks at packets for a filter: hardware, where the link's driver can, and the kernel (`TCA_CLS_FLAGS_*`). */
export interface FilterOffload {
  /** Only the kernel does, as `skip_hw`. */
  readonly skipHardware?: boolean
  /**
   * Only the hardware does, as `skip_sw`. Where there is none, `matchall` and `flower` are refused (`EOPNOTSUPP`), and `u32`
   * matches nothing.
   */
  readonly skipSoftware?: boolean
}

/**
 * Where the next header begins, octets: `plus`, and 16 bits of the packet under a mask, shifted; rounded down to a multiple
 * of 4 (`tc filter … u32 link 2: offset at 0 mask 0f00 shift 6 plus 0 eat`, which finds the end of an IPv4 header).
 */
export interface U32NextHeader {
  /** Octets from the network header to the 16 bits, -32,768–32,766, even; default 0. Needs `mask`. */
  readonly at?: number
  /** Which of the 16 bits count. */
  readonly mask?: number
  /** Bits that they are shifted to the right by, 0–15; default 0. Needs `mask`. */
  readonly shift?: number
  /** Octets besides, 0–65,535. */
  readonly plus?: number
  /** The next header takes the place of the network header: all offsets of the next table count from it. */
  readonly eat?: boolean
}

/** Part of a packet that chooses a bucket: the 32 bits at `offset` under `mask`, without the zeros at the mask's end. */
export interface U32HashKey {
  /** Octets from the network header, -32,768–32,767. */
  readonly offset: number
  /** Which bits count. */
  readonly mask: number
}

/** Filters of a discipline of one link, as `dev LINK parent PARENT`. */
export interface FilterAtLink<Handle = string> {
  /** The link. */
  readonly link: LinkRef
  /**
   * The discipline that asks it: `root`, the default, whatever its handle; `ingress` or `egress` of a `clsact` (`ingress` of
   * an `ingress` discipline too); a handle.
   */
  readonly parent?: Handle
  readonly block?: undefined
}

/**
 * Filters that disciplines share, as `block 7`: all those `ingress` and `clsact` that were made with this number as their
 * `ingressBlock` or `egressBlock`. The block begins with the first of them, and ends with the last.
 */
export interface FilterInBlock {
  /** The number of the block, 1–4,294,967,295. */
  readonly block: number
  readonly link?: undefined
  readonly parent?: undefined
}

/** Where filters are. */
export type FilterPlace<Handle = string> = FilterAtLink<Handle> | FilterInBlock

/** What a filter of any kind has. */
export interface FilterBase<Handle = string, Protocol = FilterProtocol, Link = LinkRef> {
  /** Protocol of the packets that it looks at; default `all`. */
  readonly protocol?: Protocol
  /** The lowest is asked first, 1–65,535; without it the kernel chooses, before those it chose already. */
  readonly priority?: number
  /** Its number: of `u32` `800::1` (table, bucket, node; hexadecimal), of the others a number. Without it the kernel chooses. */
  readonly handle?: Handle | number
  /** The chain that it is in; default 0. */
  readonly chain?: number
  /** The class that matching packets go to. */
  readonly classId?: Handle
  /** What is done with matching packets, one after the other. */
  readonly actions?: readonly ActionSpec<Link>[]
  /** Measures how fast packets match, in each action's statistics, as `tc filter add dev LINK estimator 1s 8s …`. */
  readonly estimator?: Estimator
}

/**
 * Specification of a filter, told apart by `kind`, as `tc filter add dev LINK ingress protocol ip prio 1 u32 …`, or
 * `tc filter add block 7 …`.
 */
export type FilterSpec<
  Handle = string,
  Protocol = FilterProtocol,
  Address = string,
  Mac = MacInput,
> = FilterPlace<Handle> & FilterMatch<Handle, Protocol, Address, Mac>

type FilterMatch<Handle, Protocol, Address, Mac> = FilterBase<Handle, Protocol> &
  (
    | ({ readonly kind: 'u32' } & U32Match<Handle> & FilterOffload)
    | ({ readonly kind: 'matchall' } & FilterOffload)
    | ({ readonly kind: 'flower' } & FlowerMatch<Address, Mac, Protocol> & FilterOffload)
  )

/** Which filters are meant; what is absent matches any. */
export type FilterKey<Handle = string, Protocol = FilterProtocol> = FilterPlace<Handle> &
  FilterNumbers<Handle, Protocol>

/** Which filters of a place are meant; what is absent matches any. */
export interface FilterNumbers<Handle = string, Protocol = FilterProtocol> {
  /** As of the filter; without it all filters of the parent are meant. */
  readonly priority?: number
  /** As of the filter. */
  readonly protocol?: Protocol
  /** As of the filter; without it all of the priority are meant. */
  readonly handle?: Handle | number
  /** Needed with `handle`. */
  readonly kind?: string
  /** As of the filter. */
  readonly chain?: number
}

/** Which filters a list holds: those of a place, for the kernel tells them place by place. */
export type FilterQuery<Handle = string> = FilterPlace<Handle>

/** A filter as the kernel describes it: what its kind matches stands beside the rest. */
export interface TrafficFilter extends FlowerMatch<string, string>, U32Match, FilterOffload {
  /** Index of the link; absent for a filter of a block. */
  readonly link?: number
  /** The discipline that asks it: `ingress`, `egress`, or a handle; absent for a filter of a block. */
  readonly parent?: string
  /** The block that it is in, where disciplines share it. */
  readonly block?: number
  /** The kernel's word for the kind. */
  readonly kind: string
  /** The protocol of the packets that it looks at. */
  readonly protocol: FilterProtocol
  /** The lowest is asked first. */
  readonly priority: number
  /** The chain that it is in. */
  readonly chain: number
  /** Its number; absent in an event for all of a priority. */
  readonly handle?: string | number
  /** The class that matching packets go to. */
  readonly classId?: string
  /** Whether hardware looks at packets for it; absent where the kernel does not say. */
  readonly inHardware?: boolean
  /** What is done with matching packets. */
  readonly actions: readonly Action[]
  /** How often it was asked; kinds `u32` and `matchall`. */
  readonly statistics?: FilterStatistics
  /** The octets of `TCA_OPTIONS` of a kind that vnet has no name for, or of a `flower` that matches more than has a name. */
  readonly data?: Uint8Array
  /** Attributes that vnet has no name for. */
  readonly other: readonly RawAttribute[]
}

/** Place as drivers receive it: handles are numbers. */
export type CleanFilterPlace = (FilterAtLink<number> & { readonly parent: number }) | FilterInBlock
/** Specification as drivers receive it: handles, EtherTypes and classes are numbers, addresses octets. */
export type CleanFilterSpec = CleanFilterPlace &
  FilterMatch<number, number, Prefix, Uint8Array> & { readonly protocol: number }
/** Key as drivers receive it. */
export type CleanFilterKey = CleanFilterPlace & FilterNumbers<number, number>
/** Query as drivers receive it. */
export type CleanFilterQuery = CleanFilterPlace

const offloadFields: Readonly<Record<keyof FilterOffload, Field>> = {
  skipHardware: bool('only the kernel looks at packets'),
  skipSoftware: bool('only hardware looks at packets'),
}

/** The options of each kind: what it matches. */
export const filterFields: Readonly<Record<FilterSpec['kind'], FieldTable>> = {
  flower: { ...flowerFields, ...offloadFields },
  matchall: offloadFields,
  u32: {
    keys: {
      type: 'records',
      about: 'bits that must match, 32 from an offset on',
      fields: {
        offset: { ...integer(-64, 0x7fffffff, 'octets from the network header', 'octets'), required: true },
        value: { ...integer(0, 0xffffffff, 'what the bits are to be'), required: true },
        mask: { ...integer(0, 0xffffffff, 'which bits count'), required: true },
        fromNextHeader: bool('the offset counts from the next header'),
      },
    },
    divisor: integer(1, 256, 'buckets of a hash table that is made'),
    table: { type: 'text', octets: 8, about: 'the hash table that it is put into' },
    nextTable: { type: 'text', octets: 8, about: 'the hash table that is searched next' },
    hashKey: {
      type: 'record',
      about: 'what chooses the bucket of the next table',
      fields: {
        offset: { ...integer(-0x8000, 0x7fff, 'octets from the network header', 'octets'), required: true },
        mask: { ...integer(0, 0xffffffff, 'which bits count'), required: true },
      },
    },
    nextHeader: {
      type: 'record',
      about: 'where the next header begins, for the filters of the next table',
      fields: {
        at: integer(-0x8000, 0x7ffe, 'octets from the network header to 16 bits', 'octets'),
        mask: integer(0, 0xffff, 'which of the 16 bits count'),
        shift: integer(0, 15, 'bits that they are shifted to the right by'),
        plus: integer(0, 0xffff, 'octets besides', 'octets'),
        eat: bool('offsets of the next table count from there'),
      },
    },
    mark: since('CONFIG_CLS_U32_MARK', integer(0, 0xffffffff, 'mark of the packet')),
    markMask: integer(1, 0xffffffff, 'which bits of the mark count'),
    inputLink: { type: 'text', octets: 15, about: 'the link that it came in by' },
    ...offloadFields,
  },
}
