/** Hierarchical token bucket: a tree of classes that share a rate (`htb`; `struct tc_htb_glob`, `struct tc_htb_opt`). @module */
import { bool, choice, type Field, integer, rate, readOnly, required } from '../field.js'
import type { LinkLayer } from './statistics.js'

/** Options of the discipline, as `tc qdisc add … htb default 30`. Fixed once made. */
export interface HtbOptions {
  /** Minor number of the class for packets that no filter puts elsewhere (`0x30` is class `1:30`); 0, the default: none, they are sent unshaped. */
  readonly default?: number
  /** What a class's rate in octets a second is divided by for its quantum, 1–0xffffffff; default 10. */
  readonly r2q?: number
  /** Packets queued that no class is for; default the link's `txQueueLength`. */
  readonly directQueueLength?: number
  /** Leave the shaping to the hardware. */
  readonly offload?: boolean
}

/** State of the discipline. */
export interface HtbState extends HtbOptions {
  /** Packets that were sent unshaped because no class was found. */
  readonly directPackets?: number
  /** Version of the algorithm: `3.17`. */
  readonly version?: string
}

/** What each option of the discipline takes. */
export const htbFields: Readonly<Record<keyof HtbState, Field>> = {
  default: integer(0, 0xffff, 'minor number of the class for packets without one'),
  r2q: integer(1, 0xffffffff, 'divides the rate of a class for its quantum'),
  directQueueLength: integer(0, 0xffffffff, 'packets queued that no class is for', 'packets'),
  offload: bool('leave the shaping to the hardware'),
  directPackets: readOnly(integer(0, 0xffffffff, 'packets sent unshaped', 'packets')),
  version: readOnly({ type: 'text', octets: 16, about: 'version of the algorithm' }),
}

/** Options of a class, as `tc class add … htb rate 10mbit ceil 20mbit`. */
export interface HtbClassOptions {
  /** Rate that it is guaranteed, bit/s, at least 8; the kernel keeps whole octets a second. */
  readonly rate: number
  /** Rate up to which it borrows from its parent, bit/s; default `rate`. */
  readonly ceil?: number
  /** What may leave at once at `rate`, octets; default one frame more than the kernel's timer can pace. */
  readonly burst?: number
  /** What may leave at once at `ceil`, octets; default as for `burst`. */
  readonly ceilBurst?: number
  /** Classes with a lower number are offered unused rate first, 0–7; default 0. */
  readonly priority?: number
  /** Octets sent before the next class has its turn, 0 for one computed by `r2q`. */
  readonly quantum?: number
  /** Least octets that a packet counts as. */
  readonly leastPacket?: number
  /** Octets that each packet counts as more, 0–65535. */
  readonly overhead?: number
  /** How octets become cells of the line; default `ethernet`. */
  readonly linkLayer?: LinkLayer
}

/** State of a class. */
export interface HtbClassState extends HtbClassOptions {
  /** 0 for a leaf; the more, the nearer to the root. */
  readonly level?: number
}

/** What each option of a class takes. */
export const htbClassFields: Readonly<Record<keyof HtbClassState, Field>> = {
  rate: required(rate('rate that it is guaranteed')),
  ceil: rate('rate up to which it borrows'),
  burst: integer(1, 0xffffffff, 'what may leave at once at the rate', 'octets'),
  ceilBurst: integer(1, 0xffffffff, 'what may leave at once at the ceiling', 'octets'),
  priority: integer(0, 7, 'a lower number is offered unused rate first'),
  quantum: integer(0, 0xffffffff, 'sent before the next class has its turn', 'octets'),
  leastPacket: integer(0, 0xffff, 'least octets that a packet counts as', 'octets'),
  overhead: integer(0, 0xffff, 'octets that each packet counts as more', 'octets'),
  linkLayer: choice(['ethernet', 'atm'], 'how octets become cells of the line'),
  level: readOnly(integer(0, 7, '0 for a leaf')),
}
