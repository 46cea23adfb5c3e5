/** Identifiers that an external VXLAN receives (`bridge vni`; `linux/if_link.h`, `VXLAN_VNIFILTER_*`; RFC 7348; Linux 5.18). @module */
import type { IpInput } from './ip.js'
import type { LinkRef, RawAttribute } from './link.js'

/** One identifier, or the first and the last of some. */
export type VniInput = number | readonly [first: number, last: number]

/** Which identifiers of which VXLAN `bridgeVni delete` removes, as `bridge vni delete dev LINK vni FIRST-LAST`. */
export interface BridgeVniKey<Vnis = VniInput> {
  /** The VXLAN, made with `external` and `vniFilter`. */
  readonly link: LinkRef
  /** The identifier, 0–16,777,215, or the first and the last: `[100, 200]`. The kernel takes 0 only as the first of several. */
  readonly vni: Vnis
}

/** Identifiers to receive, as `bridge vni add dev LINK vni FIRST-LAST [remote ADDRESS]`. */
export interface BridgeVniSpec<Vnis = VniInput, Address = IpInput> extends BridgeVniKey<Vnis> {
  /**
   * Where frames of the identifier go whose destination is not in the FDB: the address of a far end, or a group (`group`),
   * which needs the VXLAN’s own `link`. Without it they go to the `remote` of the VXLAN, if it has one.
   */
  readonly remote?: Address
}

/** Which identifiers a list holds. */
export interface BridgeVniFilter {
  /** Only those of this VXLAN (`dev LINK`). */
  readonly link?: LinkRef
  /** Only this identifier. */
  readonly vni?: number
  /** With `statistics` (`bridge -s vni`). */
  readonly statistics?: boolean
}

/** What came in and left under an identifier, since it was added. */
export interface BridgeVniStatistics {
  /** Octets received. */
  readonly rxBytes: number
  /** Frames received. */
  readonly rxPackets: number
  /** Received, but dropped. */
  readonly rxDropped: number
  /** Bad frames received. */
  readonly rxErrors: number
  /** Octets sent. */
  readonly txBytes: number
  /** Frames sent. */
  readonly txPackets: number
  /** Dropped on the way out. */
  readonly txDropped: number
  /** Frames that could not be sent. */
  readonly txErrors: number
}

/** An identifier of a VXLAN, as the kernel describes it. */
export interface BridgeVni {
  /** Index of the VXLAN. */
  readonly link: number
  /** The identifier. */
  readonly vni: number
  /** Where frames of unknown destination go. */
  readonly remote?: string
  /** Counters, when asked for. */
  readonly statistics?: BridgeVniStatistics
  /** Attributes that vnet has no name for. */
  readonly other: readonly RawAttribute[]
}

/** First and last identifier. */
type CleanVnis = readonly [first: number, last: number]
/** Specification as drivers receive it. */
export type CleanBridgeVniSpec = BridgeVniSpec<CleanVnis, Uint8Array>
/** Key as drivers receive it. */
export type CleanBridgeVniKey = BridgeVniKey<CleanVnis>
