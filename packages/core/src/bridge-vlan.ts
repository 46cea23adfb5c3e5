/** VLANs of bridges and their ports (`bridge vlan`; `linux/if_bridge.h`; IEEE 802.1Q § 8.8). @module */
import type { PortState } from './kind/bridge-port.js'
import type { LinkRef, RawAttribute } from './link.js'

/** One VLAN, 1–4094, or the first and the last of some. */
export type VlanInput = number | readonly [first: number, last: number]

/** Which VLANs of which port `bridgeVlan delete` removes, as `bridge vlan delete dev LINK vid FIRST-LAST`. */
export interface BridgeVlanKey<Vlans = VlanInput> {
  /** The port; with `self` the bridge. */
  readonly link: LinkRef
  /** The VLAN, 1–4094, or the first and the last: `[10, 20]`. */
  readonly vlan: Vlans
  /** The VLANs of the bridge itself: of its own frames. A bridge has no other. */
  readonly self?: boolean
  /** The VLANs of the port; the default unless `self` is given. */
  readonly master?: boolean
}

/** Which VLANs a port belongs to, as `bridge vlan add dev LINK vid FIRST-LAST [pvid] [untagged]`. */
export interface BridgeVlanSpec<Vlans = VlanInput> extends BridgeVlanKey<Vlans> {
  /** Untagged frames that arrive here belong to this VLAN. A port has one such VLAN at most: the former loses it. */
  readonly pvid?: boolean
  /** Frames of this VLAN leave untagged. */
  readonly untagged?: boolean
}

/** Options of VLANs that are there, as `bridge vlan set dev LINK vid FIRST-LAST …` (Linux 5.6). What is absent stays. */
export interface BridgeVlanChange<Vlans = VlanInput> extends Pick<BridgeVlanKey<Vlans>, 'link' | 'vlan'> {
  /** State of the spanning tree in this VLAN; the kernel's own spanning tree must be off. */
  readonly state?: PortState
  /** Multicast router behind this port in this VLAN: 0 never, 1 by query, 2 always, 3 for a time (Linux 5.15). */
  readonly multicastRouter?: number
  /** Most multicast groups of this port in this VLAN, 0 no limit; needs `multicastVlanSnooping` (Linux 6.3). */
  readonly multicastMaxGroups?: number
  /** ARP and ND of known neighbours are answered, not flooded; needs the port's `neighbourVlanSuppress` (Linux 6.4). */
  readonly neighbourSuppress?: boolean
  /**
   * Network identifier of the tunnel that the VLAN is mapped to, 1–16,777,215, for the first VLAN; those of the next ones
   * follow it (`bridge vlan add dev LINK vid VLAN tunnel_info id ID`). Needs the port's `vlanTunnel`; a VLAN that has one
   * must lose it first, by `null` (Linux 5.7).
   */
  readonly tunnel?: number | null
}

/** Which VLANs a list holds. */
export interface BridgeVlanFilter {
  /** Only those of this port or bridge (`dev LINK`). */
  readonly link?: LinkRef
  /** Only this VLAN (`vid VLAN`). */
  readonly vlan?: number
  /** With `statistics` (`bridge -s vlan`). */
  readonly statistics?: boolean
}

/** What passed a port in a VLAN; counted while the bridge's `vlanStatsEnabled` is set. */
export interface BridgeVlanStatistics {
  /** Octets that arrived. */
  readonly rxBytes: number
  /** Frames that arrived. */
  readonly rxPackets: number
  /** Octets that left. */
  readonly txBytes: number
  /** Frames that left. */
  readonly txPackets: number
}

/** A VLAN of a port, or of a bridge itself, as the kernel describes it. */
export interface BridgeVlan {
  /** Index of the port or the bridge. */
  readonly link: number
  /** The VLAN, 1–4094. */
  readonly vlan: number
  /** Untagged frames that arrive belong to this VLAN. */
  readonly pvid: boolean
  /** Frames of this VLAN leave untagged. */
  readonly untagged: boolean
  /** State of the spanning tree in this VLAN. */
  readonly state?: PortState
  /** Multicast router behind the port in this VLAN. */
  readonly multicastRouter?: number
  /** Multicast groups joined through the port in this VLAN. */
  readonly multicastGroups?: number
  /** Most of them, 0 no limit. */
  readonly multicastMaxGroups?: number
  /** ARP and ND of known neighbours are answered, not flooded. */
  readonly neighbourSuppress?: boolean
  /** Network identifier of the tunnel that the VLAN is mapped to. */
  readonly tunnel?: number
  /** Counters, when asked for. */
  readonly statistics?: BridgeVlanStatistics
  /** Attributes that vnet has no name for. */
  readonly other: readonly RawAttribute[]
}

/** First and last VLAN. */
type CleanVlans = readonly [first: number, last: number]
/** Specification as drivers receive it. */
export type CleanBridgeVlanSpec = BridgeVlanSpec<CleanVlans>
/** Key as drivers receive it. */
export type CleanBridgeVlanKey = BridgeVlanKey<CleanVlans>
/** Change as drivers receive it. */
export type CleanBridgeVlanChange = BridgeVlanChange<CleanVlans>
