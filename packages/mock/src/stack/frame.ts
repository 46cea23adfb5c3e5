/** A frame on its way through the mock kernel (`struct sk_buff`). @module */

/** A frame. Nothing of it changes once it is sent: several links may hold it at a time. */
export class Frame {
  /** From the Ethernet header on; from the IP header on where the link has none. */
  readonly octets: Uint8Array
  /** Priority that VLANs map to and from that of a tag (`skb->priority`). */
  readonly priority: number

  constructor(octets: Uint8Array, priority = 0) {
    this.octets = octets
    this.priority = priority
  }
}
