/** Neighbours: the MAC of an IP address on a link (`ip neighbour`; `linux/neighbour.h`; RFC 826, RFC 4861). @module */
import type { IpFamily, IpInput } from './ip.js'
import type { LinkRef, RawAttribute } from './link.js'
import type { MacInput } from './mac.js'

/** State of a neighbour (`NUD_*`; RFC 4861 § 7.3.2). */
export type NeighbourState =
  | 'incomplete'
  | 'reachable'
  | 'stale'
  | 'delay'
  | 'probe'
  | 'failed'
  | 'noarp'
  | 'permanent'
  | 'none'

/** Specification of a neighbour, as `ip neighbour add ADDRESS lladdr MAC dev LINK`. */
export interface NeighbourSpec<Address = IpInput, Mac = MacInput> {
  /** The link. */
  readonly link: LinkRef
  /** The neighbour's IP address. */
  readonly address: Address
  /** Its MAC; not for a proxy entry. */
  readonly mac?: Mac
  /** State; default `permanent`. */
  readonly state?: NeighbourState
  /** Answer for this address on this link instead (`ip neighbour add proxy`). */
  readonly proxy?: boolean
  /** The neighbour is a router (IPv6). */
  readonly router?: boolean
  /** Learned by a control plane; not aged (`extern_learn`). */
  readonly externallyLearned?: boolean
}

/** Which neighbour is meant. */
export interface NeighbourKey<Address = IpInput> {
  /** The link. */
  readonly link: LinkRef
  /** The neighbour's IP address. */
  readonly address: Address
  /** The proxy entry. */
  readonly proxy?: boolean
}

/** Which neighbours a list holds. Entries in state `noarp` are left out, as `ip neighbour` does, unless asked for. */
export interface NeighbourFilter {
  /** Only those on this link. */
  readonly link?: LinkRef
  /** Version of IP; both when absent. */
  readonly family?: IpFamily
  /** Only this state. */
  readonly state?: NeighbourState
  /** The proxy entries instead of the others. */
  readonly proxy?: boolean
}

/** A neighbour as the kernel describes it. */
export interface Neighbour {
  /** Index of the link. */
  readonly link: number
  /** Version of IP. */
  readonly family: IpFamily
  /** Its IP address. */
  readonly address: string
  /** Its MAC, where known. */
  readonly mac?: string
  /** State. */
  readonly state: NeighbourState
  /** As `ip` prints them: `router`, `proxy`, `extern_learn`, … */
  readonly flags: readonly string[]
  /** Attributes that vnet has no name for. */
  readonly other: readonly RawAttribute[]
}

/** Specification as drivers receive it. */
export type CleanNeighbourSpec = NeighbourSpec<Uint8Array, Uint8Array>
/** Key as drivers receive it. */
export type CleanNeighbourKey = NeighbourKey<Uint8Array>
