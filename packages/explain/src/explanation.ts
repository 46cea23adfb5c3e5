/** The answer: the way of a packet, and why it ends. Types only. @module */

/** Why a packet goes no further. */
export type Cause =
  /** The link is administratively down. */
  | 'link-down'
  /** The link is up, and has no carrier. */
  | 'no-carrier'
  /** No route leads there, or the kernel refuses the one that does. */
  | 'no-route'
  /** A route of type blackhole, unreachable or prohibit. */
  | 'route-refuses'
  /** The namespace does not forward between its links. */
  | 'not-forwarding'
  /** The reverse path filter: answers would go another way. */
  | 'rp-filter'
  /** It comes from an address that the host itself has. */
  | 'own-source'
  /** The hop limit is used up. */
  | 'ttl-exceeded'
  /** The packet is larger than a link takes, and must not be cut. */
  | 'too-big'
  /** Nobody has the address that is asked for on this link. */
  | 'no-neighbour'
  /** The frame is for a MAC that nobody has here. */
  | 'wrong-mac'
  /** The frame has a tag for which the link has no VLAN link. */
  | 'no-vlan'
  /** The bridge's port, or the bridge, is not in the VLAN. */
  | 'vlan-filtered'
  /** The spanning tree, or somebody, keeps the port shut. */
  | 'port-blocked'
  /** A locked port, an isolated one, one that is not flooded, or the one that the frame came by. */
  | 'port-refuses'
  /** A filter drops it. */
  | 'filtered'
  /** A discipline loses every packet. */
  | 'impaired'
  /** Another host has the address of the one that waits for the answer, and gets it. */
  | 'duplicate-address'
  /** The answer comes from another address than was asked, and nobody waits for it. */
  | 'wrong-source'
  /** A rule of address translation finds no address for it. */
  | 'not-translated'
  /** The host does not answer echo requests. */
  | 'not-answered'
  /** A tunnel without a far end for this packet, or a far end without the tunnel. */
  | 'no-tunnel'
  /** A MACsec link without a key to send with, or a far end without it. */
  | 'no-key'
  /** A link that carries packets nowhere: a dummy. */
  | 'swallowed'
  /** It leaves by a link whose other end is not among the namespaces that were given. */
  | 'outside'
  /** It goes round in circles. */
  | 'loop'
  /** Something on the way that is not looked into. */
  | 'not-followed'

/** Something that happened to the packet on its way. */
export interface Step {
  /** The namespace, by the name that was given. */
  readonly place: string
  /** The link; absent where the packet is with the host itself. */
  readonly link?: string
  /** What happened. */
  readonly text: string
  /** Said by somebody beside the way: who answers a question for a MAC. */
  readonly aside?: true
}

/** Where and why a packet stopped. */
export interface Stop extends Step {
  /** Why. */
  readonly cause: Cause
  /** What can be done. */
  readonly hint?: string
}

/** What is said of a request and its answer: a ping, a datagram, the beginning of a connection. */
export interface Explanation {
  /** Whether the request arrives and the answer comes back. */
  readonly reached: boolean
  /** Whether somebody listens at the port; absent where there are no ports, the request does not arrive, or the kernel does not tell. */
  readonly listens?: boolean
  /** The whole in one line. */
  readonly line: string
  /** The request's steps. */
  readonly there: readonly Step[]
  /** The answer's steps; empty when the request does not arrive. */
  readonly back: readonly Step[]
  /** Where and why the one or the other stops. */
  readonly stop?: Stop & { readonly way: 'there' | 'back' }
}
