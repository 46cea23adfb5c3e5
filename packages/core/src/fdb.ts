/** Forwarding database: the port of a MAC (`bridge fdb`; `linux/neighbour.h` with family `AF_BRIDGE`). @module */
import type { IpInput } from './ip.js'
import type { LinkRef, RawAttribute } from './link.js'
import type { MacInput } from './mac.js'

/** How an entry came about and whether it ages: `permanent` is the bridge's own, `static` never ages, `dynamic` does. */
export type FdbState = 'permanent' | 'static' | 'dynamic'

/** Specification of an entry, as `bridge fdb add MAC dev LINK …`. */
export interface FdbSpec<Address = IpInput, Mac = MacInput> {
  /** The port (for `master`), or the link itself (for `self`: a VXLAN, or a NIC's own filter). */
  readonly link: LinkRef
  /** The MAC. */
  readonly mac: Mac
  /** Kept by the link itself; the default, as `bridge fdb` has it, unless `master` is given. */
  readonly self?: boolean
  /** Kept by the master of the link. */
  readonly master?: boolean
  /** Default `permanent`, as `bridge fdb` has it. */
  readonly state?: FdbState
  /** VLAN of the entry, 1–4094. */
  readonly vlan?: number
  /** The entry stays at its port (`sticky`). */
  readonly sticky?: boolean
  /** Learned by a control plane; not aged (`extern_learn`). */
  readonly externallyLearned?: boolean
  /** Send it up to the router port too (`router`). */
  readonly router?: boolean
  /** VXLAN: remote address. */
  readonly remote?: Address
  /** VXLAN: UDP port of the remote. */
  readonly port?: number
  /** VXLAN: network identifier at the remote. */
  readonly vni?: number
  /** VXLAN, external: network identifier here. */
  readonly sourceVni?: number
  /** VXLAN: link that leads to the remote. */
  readonly via?: LinkRef
  /** VXLAN: number of the nexthop object that has the remotes, instead of `remote` and its like (`nhid`, Linux 5.8). */
  readonly nexthop?: number
  /**
   * As if a frame from the MAC had just arrived at the port (`use`): it is entered, moves here, or is young again, and ages.
   * With `master` alone; no matter whether it is there; on a port that does not learn, nothing.
   */
  readonly use?: boolean
  /** Add a further remote to the entry (`bridge fdb append`); with `add`. */
  readonly append?: boolean
}

/** Which entry `fdb delete` removes. */
export type FdbKey<Address = IpInput, Mac = MacInput> = Pick<
  FdbSpec<Address, Mac>,
  'link' | 'mac' | 'self' | 'master' | 'vlan' | 'remote' | 'port' | 'vni' | 'sourceVni' | 'via'
>

/**
 * Which entry `fdb get` returns, as `bridge fdb get MAC dev LINK …` (Linux 5.0): of the bridge that has the port `link`
 * (`master`), at whichever port it is there; or of the bridge or VXLAN `link` itself (`self`, the default).
 */
export type FdbQuery<Mac = MacInput> = Pick<FdbSpec<never, Mac>, 'link' | 'mac' | 'self' | 'master' | 'vlan' | 'vni'>

/** Which entries `fdb flush` removes, as `bridge fdb flush dev LINK …` (Linux 5.19). All when nothing else is given. */
export interface FdbFlush<Address = IpInput> {
  /** The bridge; with `master` a port, of which only the entries there go; or a VXLAN (Linux 6.7). */
  readonly link: LinkRef
  /** Entries that the link itself keeps; the default unless `master` is given. */
  readonly self?: boolean
  /** Entries that the master of the link keeps. */
  readonly master?: boolean
  /** Only those at this port (`brport LINK`). */
  readonly port?: LinkRef
  /** Only those of this VLAN, 1–4094. */
  readonly vlan?: number
  /** Only the bridge's own (`permanent`), or only others (`nopermanent`). */
  readonly permanent?: boolean
  /** Only those that do not age, the bridge's own among them (`static`), or only others (`nostatic`). */
  readonly static?: boolean
  /** Only those that somebody added (`added_by_user`), or only learned ones. */
  readonly addedByUser?: boolean
  /** Only those of a control plane (`extern_learn`), or only others. */
  readonly externallyLearned?: boolean
  /** Only those that stay at their port (`sticky`), or only others. */
  readonly sticky?: boolean
  /** Only those in hardware (`offloaded`), or only others. */
  readonly offloaded?: boolean
  /** VXLAN: only those that are sent up to the router port too (`router`), or only others. */
  readonly router?: boolean
  /** VXLAN: only remotes of this address (`dst`). */
  readonly remote?: Address
  /** VXLAN: only remotes of this UDP port (`port`). */
  readonly udpPort?: number
  /** VXLAN: only remotes of this network identifier (`vni`). */
  readonly vni?: number
  /** VXLAN: only those of this network identifier here (`src_vni`). */
  readonly sourceVni?: number
  /** VXLAN: only those of this nexthop object (`nhid`). */
  readonly nexthop?: number
}

/** Which entries a list holds. */
export interface FdbFilter {
  /** Only entries of this link (`brport LINK`). */
  readonly link?: LinkRef
  /** Only entries of this bridge and its ports (`br BRIDGE`). */
  readonly bridge?: LinkRef
  /** Only this state. */
  readonly state?: FdbState
  /** Only this VLAN. */
  readonly vlan?: number
}

/** An entry as the kernel describes it. */
export interface FdbEntry {
  /** Index of the port, or of the link itself. */
  readonly link: number
  /** The MAC. */
  readonly mac: string
  /** Index of the bridge, for entries that it keeps. */
  readonly master?: number
  /** Whether it ages. Learned entries are `dynamic` without `externallyLearned`. */
  readonly state: FdbState
  /** Not used for some time. */
  readonly stale: boolean
  /** As `bridge` prints them: `self`, `master`, `extern_learn`, `sticky`, `offload`, `router`. */
  readonly flags: readonly string[]
  /** VLAN of the entry. */
  readonly vlan?: number
  /** VXLAN: remote address. */
  readonly remote?: string
  /** VXLAN: UDP port of the remote, where it is not the link's. */
  readonly port?: number
  /** VXLAN: network identifier at the remote. */
  readonly vni?: number
  /** VXLAN: network identifier here. */
  readonly sourceVni?: number
  /** VXLAN: index of the link that leads to the remote. */
  readonly via?: number
  /** VXLAN: number of the nexthop object that has the remotes. */
  readonly nexthop?: number
  /** Number of the namespace in which `via` is counted. */
  readonly linkNamespaceId?: number
  /** Seconds since it was last used and last changed. */
  readonly used?: number
  /** Seconds since it was last changed. */
  readonly updated?: number
  /** Attributes that vnet has no name for. */
  readonly other: readonly RawAttribute[]
}

/** Specification as drivers receive it; exactly `self`, `master` or both are set. */
export type CleanFdbSpec = FdbSpec<Uint8Array, Uint8Array>
/** Query as drivers receive it. */
export type CleanFdbQuery = FdbQuery<Uint8Array>
/** Flush as drivers receive it. */
export type CleanFdbFlush = FdbFlush<Uint8Array>
/** Key as drivers receive it. */
export type CleanFdbKey = FdbKey<Uint8Array, Uint8Array>
