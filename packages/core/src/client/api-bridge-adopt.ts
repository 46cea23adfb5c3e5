/** Bridges that take a NIC over, as a program holds them. Types only. @module */
import type { BridgeAdoptSpec, BridgeMove, BridgeReleaseSpec } from '../bridge-adopt.js'
import type { CallOptions } from '../driver.js'

/**
 * A NIC as a port of a bridge. A port has no use for addresses: what comes in by it is the bridge's. So the bridge gets the NIC's MAC,
 * its addresses (with lifetimes, flags, and labels of the new name), its routes of all tables, the neighbours that somebody set, and
 * rules that name it.
 *
 * The addresses are on the bridge before the NIC becomes its port, each route is replaced where it is, and the NIC loses its addresses
 * last: connections stay, and what is under way for the moment in between is sent again. An IPv6 address is not looked for
 * anew where that was done. Link-local addresses of IPv6 that the kernel makes stay where they are; sysctls, traffic control, rules of
 * firewalls and memberships of groups are not moved. When a step fails, all is taken back.
 */
export interface BridgeClient {
  /**
   * Takes a NIC into a bridge, as `ip link add br0 type bridge; ip link set NIC master br0` and `ip address`, `ip route`, `ip neighbour`,
   * `ip rule` for all that is the NIC's. Throws before anything is changed: `ENODEV`; `EINVAL` for `lo` and links without Ethernet;
   * `ELOOP` for a bridge; `EEXIST` where `br0` is there and was not asked for, `EINVAL` where it is no bridge; `EBUSY` where the NIC is a
   * port already, the session comes by it, the spanning tree of the bridge would keep it silent, one of its routes leads by a nexthop
   * object, or one has its like (two ways to a destination, of one metric: which of them is replaced would be chance). Throws
   * afterwards: `VNET_TRANSACTION`, with the failure as its cause and what could not be taken back.
   */
  adopt(spec: BridgeAdoptSpec, options?: CallOptions): Promise<BridgeMove>
  /**
   * The way back: the NIC gets what the bridge has, and is no port any more. Throws before anything is changed: `ENODEV`; `EINVAL` where
   * it is no port of a bridge; `EBUSY` where the session comes by the bridge, one of its routes leads by a nexthop object or has its like,
   * or it is to be deleted and has other ports. Throws afterwards: `VNET_TRANSACTION`.
   */
  release(spec: BridgeReleaseSpec, options?: CallOptions): Promise<BridgeMove>
}
