/** States of bridge ports in instances of the spanning tree (`bridge mst`; `linux/if_bridge.h`, `IFLA_BRIDGE_MST_*`; IEEE 802.1Q § 13). @module */
import type { PortState } from './kind/bridge-port.js'
import type { LinkRef } from './link.js'

/**
 * The state of a port in an instance, as `bridge mst set dev LINK msti MSTI state STATE` (Linux 5.18; bridges of older kernels
 * have no `mstEnabled`). It is that of the VLANs of the port that belong to the instance (`msti` of `bridgeVlanGlobal`): where there is
 * none, the kernel keeps nothing.
 */
export interface BridgeMstChange {
  /** The port, of a bridge whose `mstEnabled` is on. */
  readonly link: LinkRef
  /** Number of the instance, 1–4095; that of all others, 0, has the state of the port itself. */
  readonly msti: number
  /** Its state: whether frames of its VLANs are learned from, and forwarded. */
  readonly state: PortState
}

/** Which states a list holds. */
export interface BridgeMstFilter {
  /** Only those of this port (`dev LINK`). */
  readonly link?: LinkRef
  /** Only those of this instance. */
  readonly msti?: number
}

/** The state of a port in an instance that a VLAN of the port belongs to. */
export interface BridgeMst {
  /** Index of the port. */
  readonly link: number
  /** Number of the instance. */
  readonly msti: number
  /** Its state. */
  readonly state: PortState
}
