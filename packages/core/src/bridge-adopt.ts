/** A NIC that becomes a port of a bridge which takes over all that the NIC had in the network, and the way back. @module */
import type { LinkRef } from './link.js'

/** What taking a NIC into a bridge and out of it have in common. */
interface BridgeMoveBase {
  /** The NIC. */
  readonly link: LinkRef
  /**
   * Do it although {@link BridgeMoveBase.session} or the bridge speaks against it, or a route leads by a nexthop object: it becomes a
   * plain route, and the object stays with its link.
   */
  readonly force?: boolean
  /**
   * The peer of the session in which this is asked for, as `SSH_CONNECTION` has it: an IP address, one that is link-local with
   * `%LINK` behind it. Where the way to it is what is moved, nothing is done without `force`.
   */
  readonly session?: string
}

/** Which NIC is taken into which bridge. */
export interface BridgeAdoptSpec extends BridgeMoveBase {
  /** The bridge: one that is there, or the name of one that is made. `br0` when absent, which must not be there then. */
  readonly bridge?: LinkRef
}

/** Which NIC is given back what its bridge took over. */
export interface BridgeReleaseSpec extends BridgeMoveBase {
  /** Delete the bridge too, which must have no other port. */
  readonly deleteBridge?: boolean
}

/** What was moved. */
export interface BridgeMove {
  /** Name of the NIC. */
  readonly link: string
  /** Name of the bridge. */
  readonly bridge: string
  /** Whether the bridge was made, or deleted, by this. */
  readonly changed: boolean
  /** Addresses that moved, with their length: `10.0.0.5/24`. */
  readonly addresses: readonly string[]
  /** How many routes moved, those apart that the kernel makes with an address. */
  readonly routes: number
  /** How many neighbours moved that somebody had set. */
  readonly neighbours: number
  /** How many rules of policy routing name the other link now. */
  readonly rules: number
}
