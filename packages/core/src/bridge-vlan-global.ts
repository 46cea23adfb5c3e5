/** Options of a VLAN of a bridge as a whole (`bridge vlan global`; `linux/if_bridge.h`, `BRIDGE_VLANDB_GOPTS_*`). @module */
import type { VlanInput } from './bridge-vlan.js'
import { bool, type Field, integer, seconds } from './field.js'
import type { LinkRef, RawAttribute } from './link.js'
import type { MulticastQuerierState } from './multicast-querier.js'

/**
 * The options: how groups of the VLAN are snooped, and its spanning tree. Those of snooping take effect while the bridge’s
 * `multicastVlanSnooping` is on, in place of the bridge’s own of the same names.
 */
export interface BridgeVlanGlobalOptions {
  /** Groups are snooped. */
  readonly multicastSnooping?: boolean
  /** The bridge asks who is in which group. */
  readonly multicastQuerier?: boolean
  /** Version of IGMP, 2 or 3. */
  readonly multicastIgmpVersion?: number
  /** Version of MLD, 1 or 2. */
  readonly multicastMldVersion?: number
  /** Queries that are sent after a leave. */
  readonly multicastLastMemberCount?: number
  /** Seconds between them. */
  readonly multicastLastMemberInterval?: number
  /** Queries that are sent at start. */
  readonly multicastStartupQueryCount?: number
  /** Seconds between them. */
  readonly multicastStartupQueryInterval?: number
  /** Seconds until a silent member is forgotten. */
  readonly multicastMembershipInterval?: number
  /** Seconds until another querier counts as gone. */
  readonly multicastQuerierInterval?: number
  /** Seconds between general queries. */
  readonly multicastQueryInterval?: number
  /** Seconds that members have to answer. */
  readonly multicastQueryResponseInterval?: number
  /** Number of the spanning tree of the VLAN, 0–4095; counts while the bridge’s `mstEnabled` is on (`msti`, Linux 5.18). */
  readonly msti?: number
}

const interval = (about: string) => seconds(0, 42_949_672.95, about)

/** What each option takes. */
export const bridgeVlanGlobalFields: Readonly<Record<keyof BridgeVlanGlobalOptions, Field>> = {
  multicastSnooping: bool('IGMP and MLD snooping'),
  multicastQuerier: bool('act as querier'),
  multicastIgmpVersion: integer(2, 3, 'IGMP version'),
  multicastMldVersion: integer(1, 2, 'MLD version'),
  multicastLastMemberCount: integer(0, 0xffffffff, 'queries sent after a leave'),
  multicastLastMemberInterval: interval('time between the queries after a leave'),
  multicastStartupQueryCount: integer(0, 0xffffffff, 'queries sent at start'),
  multicastStartupQueryInterval: interval('time between the queries at start'),
  multicastMembershipInterval: interval('time until a silent member is forgotten'),
  multicastQuerierInterval: interval('time until another querier counts as gone'),
  multicastQueryInterval: interval('time between general queries'),
  multicastQueryResponseInterval: interval('time members have to answer'),
  msti: integer(0, 4095, 'spanning tree of the VLAN'),
}

/** Options of VLANs that are there, as `bridge vlan global set dev BRIDGE vid FIRST-LAST …` (Linux 5.15). What is absent stays. */
export interface BridgeVlanGlobalChange<Vlans = VlanInput> extends BridgeVlanGlobalOptions {
  /** The bridge. */
  readonly bridge: LinkRef
  /** The VLAN, 1–4094, or the first and the last: `[10, 20]`; of the bridge itself or of a port. */
  readonly vlan: Vlans
}

/** Which VLANs a list holds. */
export interface BridgeVlanGlobalFilter {
  /** Only those of this bridge (`dev BRIDGE`). */
  readonly bridge?: LinkRef
  /** Only this VLAN (`vid VLAN`). */
  readonly vlan?: number
}

/** A VLAN of a bridge as a whole, as the kernel describes it. */
export interface BridgeVlanGlobal extends BridgeVlanGlobalOptions {
  /** Index of the bridge. */
  readonly bridge: number
  /** The VLAN, 1–4094. */
  readonly vlan: number
  /** Who asks for groups in the VLAN, while it is snooped by itself. */
  readonly multicastQuerierState?: MulticastQuerierState
  /** Attributes that vnet has no name for. */
  readonly other: readonly RawAttribute[]
}

/** Change as drivers receive it. */
export type CleanBridgeVlanGlobalChange = BridgeVlanGlobalChange<readonly [first: number, last: number]>
