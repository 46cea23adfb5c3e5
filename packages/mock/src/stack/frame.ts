/** A frame on its way through the mock kernel (`struct sk_buff`). @module */
import type { Tracked } from '../nat/connection.js'
import type { TunnelInfo } from './tunnel-info.js'

/** A frame. Nothing of it changes once it is sent: several links may hold it at a time. */
export class Frame {
  /** From the Ethernet header on; from the IP header on where the link has none. */
  readonly octets: Uint8Array
  /** Priority that VLANs map to and from that of a tag (`skb->priority`). */
  readonly priority: number
  /** The next hop, where a route of this host sends it (`skb_dst`); absent where it is only passed on. */
  readonly nextHop: Uint8Array | undefined
  /** What is known of the connection of a packet that leaves by `lo` or a VRF, and comes in again or goes on. */
  readonly tracked: Tracked | undefined
  /** The external tunnel that it came by, or is to leave by. */
  readonly tunnel: TunnelInfo | undefined

  constructor(octets: Uint8Array, priority = 0, nextHop?: Uint8Array, tracked?: Tracked, tunnel?: TunnelInfo) {
    this.octets = octets
    this.priority = priority
    this.nextHop = nextHop
    this.tracked = tracked
    this.tunnel = tunnel
  }
}
