/** Multicast database of a bridge: the ports of a group (`bridge mdb`; `linux/if_bridge.h`, `MDBA_*`; RFC 4541). @module */
import type { IpInput } from './ip.js'
import type { LinkRef, RawAttribute } from './link.js'
import type { MacInput } from './mac.js'
import type { RouteProtocol } from './route.js'

/** Whether an entry ages: `temp` is forgotten when no member answers, `permanent` never. */
export type MdbState = 'temp' | 'permanent'

/** Which sources of a group pass: all but those listed, or only those (RFC 3376 § 3.1). */
export type MdbFilterMode = 'exclude' | 'include'

/** Which entry `mdb delete` removes, as `bridge mdb del dev BRIDGE port LINK grp GROUP …`. */
export interface MdbKey<Group = IpInput | MacInput, Address = IpInput> {
  /** The bridge. */
  readonly bridge: LinkRef
  /** The port; the bridge itself for a group that this host has joined. */
  readonly port: LinkRef
  /** The group: an IP address or a MAC, each of a group. Groups that never leave a link (224.0.0.0/24, ff02::1) have no entry. */
  readonly group: Group
  /** Only what comes from this source; needs `multicastIgmpVersion: 3`, or `multicastMldVersion: 2` (Linux 5.10). */
  readonly source?: Address
  /** VLAN of the group, 1–4094. Without it, where the bridge tells VLANs apart, each VLAN of the port. */
  readonly vlan?: number
}

/** An entry to be made, as `bridge mdb add dev BRIDGE port LINK grp GROUP …`. */
export interface MdbSpec<Group = IpInput | MacInput, Address = IpInput> extends MdbKey<Group, Address> {
  /** Default `temp`, as `bridge mdb` has it; a group that is a MAC is always `permanent`, one of the host itself always `temp`. */
  readonly state?: MdbState
  /** Which sources pass; default `exclude` (`filter_mode`, Linux 6.2). */
  readonly filterMode?: MdbFilterMode
  /** Those sources (`source_list`); with `filterMode`, of which `include` needs one at least (Linux 6.2). */
  readonly sources?: readonly Address[]
  /** Who made it, a word of {@link routeProtocols} or a number 1–255; default `static` (`proto`, Linux 6.2). */
  readonly protocol?: RouteProtocol
}

/** Which entries `mdb flush` removes, as `bridge mdb flush dev BRIDGE …` (Linux 6.8). All when nothing else is given. */
export interface MdbFlush {
  /** The bridge. */
  readonly bridge: LinkRef
  /** Only those of this port; the bridge itself for groups that this host has joined. */
  readonly port?: LinkRef
  /** Only those of this VLAN, 1–4094. */
  readonly vlan?: number
  /** Only those that never age (`permanent`), or only others (`nopermanent`). */
  readonly permanent?: boolean
  /** Only those of this maker. */
  readonly protocol?: RouteProtocol
}

/** Which entries a list holds. */
export interface MdbFilter<Group = IpInput | MacInput> {
  /** Only those of this bridge (`dev BRIDGE`). */
  readonly bridge?: LinkRef
  /** Only those of this port; the bridge itself for groups that this host has joined. */
  readonly port?: LinkRef
  /** Only this group. */
  readonly group?: Group
  /** Only this VLAN (`vid VLAN`). */
  readonly vlan?: number
}

/** A source of a group. */
export interface MdbSource {
  /** Its address. */
  readonly address: string
  /** Seconds that it is still let through; 0 for one that is not, or that never ages. */
  readonly timer: number
}

/** An entry as the kernel describes it. */
export interface MdbEntry {
  /** Index of the bridge. */
  readonly bridge: number
  /** Index of the port; that of the bridge for a group that this host has joined. */
  readonly port: number
  /** The group: an IP address, or a MAC. */
  readonly group: string
  /** Only what comes from this source. */
  readonly source?: string
  /** VLAN of the group. */
  readonly vlan?: number
  /** Whether it ages. */
  readonly state: MdbState
  /**
   * As `bridge` prints them: `offload`, `fast_leave`, `added_by_star_ex` (made by the kernel, for a port that excludes no
   * such source), `blocked` (frames of this source do not pass).
   */
  readonly flags: readonly string[]
  /** Seconds until it is forgotten, 0 never. */
  readonly timer?: number
  /** Which sources pass; only told of groups, and where the bridge speaks IGMPv3 or MLDv2. */
  readonly filterMode?: MdbFilterMode
  /** Those sources. */
  readonly sources?: readonly MdbSource[]
  /** Who made it: `kernel` by what it heard, `static` somebody, or another; not told of what this host has joined. */
  readonly protocol?: RouteProtocol
  /** Attributes that vnet has no name for. */
  readonly other: readonly RawAttribute[]
}

/**
 * How a port became one with a multicast router: never (`disabled`), by a query that was heard (`query`), because somebody
 * said so, for ever (`permanent`) or for a time (`temp`).
 */
export type MdbRouterType = 'disabled' | 'query' | 'permanent' | 'temp'

/** The types, in the order of the kernel's numbers (`MDB_RTR_TYPE_*`). */
export const mdbRouterTypes: readonly MdbRouterType[] = ['disabled', 'query', 'permanent', 'temp']

/** Which router ports a list holds. */
export interface MdbRouterFilter {
  /** Only those of this bridge (`dev BRIDGE`). */
  readonly bridge?: LinkRef
}

/** A port with a multicast router behind it: all groups go there (`bridge -d mdb show`, its router ports). */
export interface MdbRouter {
  /** Index of the bridge. */
  readonly bridge: number
  /** Index of the port. */
  readonly port: number
  /** VLAN, where the bridge snoops each by itself. */
  readonly vlan?: number
  /** How it became one; not told with events. */
  readonly type?: MdbRouterType
  /** Seconds until it is none any more, the longer of the two below; 0 never. Not told with events. */
  readonly timer?: number
  /** The same for IPv4 (Linux 5.14). */
  readonly ipv4Timer?: number
  /** The same for IPv6. */
  readonly ipv6Timer?: number
  /** Attributes that vnet has no name for. */
  readonly other: readonly RawAttribute[]
}

/** Specification as drivers receive it; a group of 6 octets is a MAC. */
export type CleanMdbSpec = MdbSpec<Uint8Array, Uint8Array>
/** Key as drivers receive it. */
export type CleanMdbKey = MdbKey<Uint8Array, Uint8Array>
/** Filter as drivers receive it. */
export type CleanMdbFilter = MdbFilter<Uint8Array>
