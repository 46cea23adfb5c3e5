/** Actions of filters: what is done with a packet that matches (`tc action`; `linux/tc_act/*.h`). @module */
import { choice, type FieldTable, integer, rate, since } from '../field.js'
import type { LinkRef } from '../link.js'
import type { ActionTimes, LinkLayer, TrafficStatistics } from './statistics.js'

/** The kinds of actions that have a name here. */
export const actionKinds = ['gact', 'mirred', 'police'] as const

/**
 * What follows an action (`TC_ACT_*`): `ok` ends and lets the packet go on, `shot` drops it, `pipe` goes to the next action,
 * `continue` to the next filter, `reclassify` back to the first one, `stolen` takes the packet away. `trap` hands it from the
 * hardware to the host; what is on the host already it takes away, as `stolen` does. `jump 2` goes on with the action at that
 * place of the list, counted from 0; `goto chain 5` with the filters of that chain.
 */
export type ActionControl =
  | 'continue'
  | 'ok'
  | 'reclassify'
  | 'shot'
  | 'pipe'
  | 'stolen'
  | 'trap'
  | `jump ${number}`
  | `goto chain ${number}`

/** The same as it is told: by other programs made, an action may also end as these do. */
export type ToldControl = ActionControl | 'queued' | 'repeat' | 'redirect'

/** What an action of any kind takes. */
export interface ActionBase {
  /**
   * The number by which the kernel knows it among those of its kind and namespace, 1–4,294,967,295 (`index`); the lowest
   * that is free without it. A filter with an action whose number is there already shares that one, and all that it takes
   * otherwise is not looked at, but for `cookie` and `hardwareStatistics`.
   */
  readonly index?: number
  /** Octets, 1–16, that the kernel keeps with it for whoever made it (`cookie`). */
  readonly cookie?: Uint8Array
  /**
   * How hardware that does it is to count: told at once (`immediate`), every now and then (`delayed`), or not at all
   * (`disabled`); by default any way will do (`hw_stats`; Linux 5.7).
   */
  readonly hardwareStatistics?: 'immediate' | 'delayed' | 'disabled'
  /** One set of counters instead of one for each CPU: less memory, more waiting for each other (`no_percpu`). */
  readonly sharedCounters?: boolean
}

/** Sends packets, or copies of them, to another link, as `action mirred egress redirect dev ifb0`, or to those of a block. */
export type MirredAction<Link = LinkRef> = MirredBase & MirredTarget<Link>

/** Where packets go. */
export type MirredTarget<Link = LinkRef> =
  | {
      /** The link. */
      readonly link: Link
      readonly block?: undefined
    }
  | {
      /**
       * The number of a block of filters, 1–4,294,967,295: packets go to each link with an `ingress` or `clsact` that has it, but
       * not to the one where they were met; of a packet that is redirected the last link gets the packet itself, all others
       * copies (`blockid`; Linux 6.8, `mirred block`).
       */
      readonly block: number
      readonly link?: undefined
    }

interface MirredBase extends ActionBase {
  readonly kind: 'mirred'
  /** Send the packet itself (`redirect`, the default), or a copy (`mirror`). */
  readonly mode?: 'redirect' | 'mirror'
  /** The packet leaves by the link (`egress`, the default), or comes in by it (`ingress`). */
  readonly direction?: 'egress' | 'ingress'
  /** What follows; default `stolen` for `redirect`, `pipe` for `mirror`. */
  readonly control?: ActionControl
}

/**
 * Limits a rate, as `action police rate 1mbit burst 10k conform-exceed drop/pipe`. At least one of `rate`, `packetRate`,
 * `averageRate` and `mtu` says what conforms; `rate` and `packetRate` exclude each other.
 */
export interface PoliceAction extends ActionBase {
  readonly kind: 'police'
  /** Rate, bit/s, at least 8. Needs `burst`. */
  readonly rate?: number
  /** Size of the bucket of `rate`, octets. */
  readonly burst?: number
  /** Rate in packets a second (`pkts_rate`; Linux 5.13). Needs `packetBurst`. */
  readonly packetRate?: number
  /** Size of the bucket of `packetRate`, packets (`pkts_burst`). */
  readonly packetBurst?: number
  /** Rate, bit/s, that the estimator of the filter may have measured at most (`avrate`); needs `estimator` of the filter. */
  readonly averageRate?: number
  /** Rate within a burst, bit/s; needs `rate` and `mtu`. */
  readonly peakRate?: number
  /** Largest packet that conforms, octets; default 2,040 with `rate`, else any. */
  readonly mtu?: number
  /** What is done with packets beyond the rate; default `reclassify`, as `tc` has it; `shot` drops. */
  readonly exceed?: ActionControl
  /** What is done with packets within it; default `ok`. A chain cannot follow. */
  readonly conform?: ActionControl
  /** Least octets that a packet counts as. */
  readonly leastPacket?: number
  /** Octets that each packet counts as more, 0–65535. */
  readonly overhead?: number
  /** How octets become cells of the line; default `ethernet`. */
  readonly linkLayer?: LinkLayer
}

/** Does what its control says and nothing else, as `action drop` or `action pass`. */
export interface GactAction extends ActionBase {
  readonly kind: 'gact'
  /** What is done: `shot` drops. */
  readonly control: ActionControl
  /** What is done instead with some packets, as `action drop random determ pass 5`. */
  readonly random?: GactRandom
}

/** What `gact` does with some packets. */
export interface GactRandom {
  /** With one packet in so many by chance (`netrand`), or with each that many-th (`determ`). */
  readonly way: 'netrand' | 'determ'
  /** What is done with these. A chain cannot follow. */
  readonly control: ActionControl
  /** The number, 1–32,767. */
  readonly value: number
}

/**
 * An action that is there, shared with whoever has it already: a kind and a number and nothing else, as
 * `action police index 7`. Its limits and counters are common. Where it is not there, the filter is refused (`EINVAL`).
 */
export interface ActionReference {
  /** Its kind. */
  readonly kind: (typeof actionKinds)[number]
  /** Its number. */
  readonly index: number
}

/** An action that is made. */
export type NewAction<Link = LinkRef> = MirredAction<Link> | PoliceAction | GactAction

/** An action of a filter. */
export type ActionSpec<Link = LinkRef> = NewAction<Link> | ActionReference

/** Whether an action of a filter only says which of those that are there it is. */
export const isActionReference = <Link>(spec: ActionSpec<Link>): spec is ActionReference =>
  spec.index !== undefined && Object.keys(spec).every((name) => name === 'kind' || name === 'index')

/** An action, or a part of one, whose controls may also be those that are only told. */
export type ToldAction<A> = {
  readonly [P in keyof A]: P extends 'control' | 'exceed' | 'conform' ? A[P] | ToldControl : A[P]
}

/** An action as the kernel describes it. */
export type Action = (
  | ToldAction<MirredAction<number> & Required<Pick<MirredAction, 'mode' | 'direction' | 'control'>>>
  | ToldAction<PoliceAction & Required<Pick<PoliceAction, 'exceed' | 'mtu'>>>
  | (ToldAction<Omit<GactAction, 'random'>> & { readonly random?: ToldAction<GactRandom> })
  /** Of a kind that vnet has no name for. */
  | ({ readonly kind: string; readonly data?: Uint8Array } & ActionBase)
) & {
  /** Number by which the kernel knows it. */
  readonly index: number
  /** How many hold it: filters, and whoever made it by itself. Told of kinds that have a name here. */
  readonly references?: number
  /** How many filters it is part of. */
  readonly bindings?: number
  /** How many NICs carry it out themselves (Linux 5.17). */
  readonly hardwareCount?: number
  /** How these NICs count, as soon as somebody has asked; `disabled` where none does (Linux 5.7). */
  readonly usedHardwareStatistics?: 'immediate' | 'delayed' | 'any' | 'disabled'
  /** Only the kernel carries it out, as `skip_hw`. */
  readonly skipHardware?: boolean
  /** Only NICs do, as `skip_sw`. */
  readonly skipSoftware?: boolean
  /** What it counted. */
  readonly statistics?: TrafficStatistics
  /** When it was made and used. Told of kinds that have a name here. */
  readonly times?: ActionTimes
}

/** What each option of `police` takes, but for what is done then. */
export const policeFields = {
  rate: rate('rate'),
  burst: integer(1, 0xffffffff, 'size of the bucket', 'octets'),
  packetRate: since('Linux 5.13', integer(1, 1e9, 'rate in packets a second', 'packets')),
  packetBurst: integer(1, 0xffffffff, 'size of the bucket of packets', 'packets'),
  averageRate: { type: 'rate', min: 8, max: 0xffffffff * 8, about: 'rate that the estimator may have measured' },
  peakRate: rate('rate within a burst'),
  mtu: integer(1, 0xffffffff, 'largest packet that conforms', 'octets'),
  leastPacket: integer(0, 0xffff, 'least octets that a packet counts as', 'octets'),
  overhead: integer(0, 0xffff, 'octets that each packet counts as more', 'octets'),
  linkLayer: choice(['ethernet', 'atm'], 'how octets become cells'),
} as const satisfies FieldTable
