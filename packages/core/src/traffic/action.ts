/** Actions of filters: what is done with a packet that matches (`tc action`; `linux/tc_act/*.h`). @module */
import type { LinkRef } from '../link.js'
import type { ActionTimes, LinkLayer, TrafficStatistics } from './statistics.js'

/** What follows an action (`TC_ACT_*`): `ok` ends and lets the packet go on, `pipe` goes to the next action, `continue` to the next filter. */
export type ActionControl = 'continue' | 'ok' | 'reclassify' | 'shot' | 'pipe' | 'stolen'

/** Sends packets, or copies of them, to another link, as `action mirred egress redirect dev ifb0`. */
export interface MirredAction<Link = LinkRef> {
  readonly kind: 'mirred'
  /** Send the packet itself (`redirect`, the default), or a copy (`mirror`). */
  readonly mode?: 'redirect' | 'mirror'
  /** The packet leaves by the link (`egress`, the default), or comes in by it (`ingress`). */
  readonly direction?: 'egress' | 'ingress'
  /** The link. */
  readonly link: Link
}

/** Limits the rate, as `action police rate 1mbit burst 10k conform-exceed drop`. */
export interface PoliceAction {
  readonly kind: 'police'
  /** Rate, bit/s, at least 8. */
  readonly rate: number
  /** Size of the bucket, octets. */
  readonly burst: number
  /** Rate within a burst, bit/s; needs `mtu`. */
  readonly peakRate?: number
  /** Largest packet that conforms, octets; default 2,047. */
  readonly mtu?: number
  /** What is done with packets beyond the rate; default `reclassify`, as `tc` has it; `shot` drops. */
  readonly exceed?: ActionControl
  /** What is done with packets within it; default `ok`. */
  readonly conform?: ActionControl
  /** Least octets that a packet counts as. */
  readonly leastPacket?: number
  /** Octets that each packet counts as more, 0–65535. */
  readonly overhead?: number
  /** How octets become cells of the line; default `ethernet`. */
  readonly linkLayer?: LinkLayer
}

/** Does what its control says and nothing else, as `action drop` or `action pass`. */
export interface GactAction {
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
  /** What is done with these. */
  readonly control: ActionControl
  /** The number, 1–32,767. */
  readonly value: number
}

/** An action. */
export type ActionSpec<Link = LinkRef> = MirredAction<Link> | PoliceAction | GactAction

/** An action as the kernel describes it. */
export type Action = (
  | Required<MirredAction<number>>
  | (Omit<PoliceAction, 'exceed' | 'mtu'> & { readonly exceed: ActionControl; readonly mtu: number })
  | GactAction
  /** Of a kind that vnet has no name for. */
  | { readonly kind: string; readonly data?: Uint8Array }
) & {
  /** Number by which the kernel knows it. */
  readonly index: number
  /** How many hold it: filters, and whoever made it by itself. Told of kinds that have a name here. */
  readonly references?: number
  /** How many filters it is part of. */
  readonly bindings?: number
  /** What it counted. */
  readonly statistics?: TrafficStatistics
  /** When it was made and used. Told of kinds that have a name here. */
  readonly times?: ActionTimes
}
