/** A port of a bridge: options and state (`linux/if_link.h`, `IFLA_BRPORT_*`). @module */
import { bool, type Field, integer, since } from '../field.js'

/** STP state of a port (IEEE 802.1D § 8.4). */
export type PortState = 'disabled' | 'listening' | 'learning' | 'forwarding' | 'blocking'

/** The states by the kernel's number (`linux/if_bridge.h`, `BR_STATE_*`). */
export const portStates: readonly PortState[] = ['disabled', 'listening', 'learning', 'forwarding', 'blocking']

/** Settable options of a bridge port, as `ip link set … type bridge_slave OPTION` and `bridge link set`. */
export interface BridgePortOptions {
  /** STP state; only while the kernel's STP is off and the port is up. */
  readonly state?: PortState
  /** STP priority of the port, 0–63. */
  readonly priority?: number
  /** STP cost of the port, 1–65535. */
  readonly cost?: number
  /** Frames may leave by the port they came from (reflective relay, 802.1Qbg). */
  readonly hairpin?: boolean
  /** BPDU guard: a BPDU shuts the port. */
  readonly guard?: boolean
  /** Root block: the port never becomes the root port. */
  readonly rootBlock?: boolean
  /** A leave takes effect at once. */
  readonly fastLeave?: boolean
  /** Source MACs are learned. */
  readonly learning?: boolean
  /** Unknown unicast is flooded to this port. */
  readonly flood?: boolean
  /** Multicast is flooded to this port. */
  readonly multicastFlood?: boolean
  /** Broadcast is flooded to this port. */
  readonly broadcastFlood?: boolean
  /** Multicast is sent as unicast to each member. */
  readonly multicastToUnicast?: boolean
  /** Multicast router behind this port: 0 never, 1 by query, 2 always, 3 for a time. */
  readonly multicastRouter?: number
  /** Proxy ARP. */
  readonly proxyArp?: boolean
  /** Proxy ARP as 802.11 wants it (IEEE 802.11 § 10.23.13). */
  readonly proxyArpWifi?: boolean
  /** Link-local groups forwarded from this port, a bit each. */
  readonly groupForwardMask?: number
  /** ARP and ND of known neighbours are answered, not flooded. */
  readonly neighbourSuppress?: boolean
  /** The same, per VLAN (Linux 6.4). */
  readonly neighbourVlanSuppress?: boolean
  /** VLAN to tunnel mapping. */
  readonly vlanTunnel?: boolean
  /** The port exchanges frames only with ports that are not isolated. */
  readonly isolated?: boolean
  /** Port that takes over when this one loses carrier: its index, 0 none. */
  readonly backupPort?: number
  /** Nexthop object used with the backup port (Linux 6.6), 0 none. */
  readonly backupNexthop?: number
  /** Frames from unknown MACs are dropped (802.1X). */
  readonly locked?: boolean
  /** MAC authentication bypass, with `locked`. */
  readonly macAuthenticationBypass?: boolean
  /** Most hosts tracked per multicast group. */
  readonly multicastEhtHostsLimit?: number
  /** Most multicast groups of this port, 0 no limit. */
  readonly multicastMaxGroups?: number
  /** Forget the entries learned on this port now; only with `set`. */
  readonly fdbFlush?: boolean
}

/** State of a bridge port. */
export interface BridgePortState extends Omit<BridgePortOptions, 'fdbFlush'> {
  /** Identity of the port: priority and number, as STP sends it. */
  readonly id?: number
  /** Number of the port in its bridge. */
  readonly number?: number
  /** Port of the designated bridge. */
  readonly designatedPort?: number
  /** Cost of the designated bridge. */
  readonly designatedCost?: number
  /** The designated bridge: `8000.02:00:00:00:00:01`. */
  readonly bridgeId?: string
  /** The root bridge. */
  readonly rootId?: string
  /** Seconds left of the hold timer. */
  readonly holdTimer?: number
  /** Seconds left of the message age timer. */
  readonly messageAgeTimer?: number
  /** Seconds left of the forward delay timer. */
  readonly forwardDelayTimer?: number
  /** The next BPDU acknowledges a topology change. */
  readonly topologyChangeAck?: boolean
  /** A configuration BPDU waits for the hold timer. */
  readonly configPending?: boolean
  /** Hosts tracked for multicast. */
  readonly multicastEhtHosts?: number
  /** Multicast groups joined through this port. */
  readonly multicastGroups?: number
  /** MRP: the ring is open at this port. */
  readonly mrpRingOpen?: boolean
  /** MRP: the interconnection is open at this port. */
  readonly mrpInOpen?: boolean
}

/** What each option of a bridge port takes. */
export const bridgePortFields: Readonly<Record<keyof BridgePortOptions, Field>> = {
  state: { type: 'choice', values: portStates, about: 'STP state' },
  priority: integer(0, 63, 'STP priority of the port'),
  cost: integer(1, 65535, 'STP cost of the port'),
  hairpin: bool('frames may leave by the port they came from'),
  guard: bool('a BPDU shuts the port'),
  rootBlock: bool('the port never becomes the root port'),
  fastLeave: bool('a leave takes effect at once'),
  learning: bool('learn source MACs'),
  flood: bool('unknown unicast is flooded here'),
  multicastFlood: bool('multicast is flooded here'),
  broadcastFlood: bool('broadcast is flooded here'),
  multicastToUnicast: bool('multicast is sent as unicast to each member'),
  multicastRouter: integer(0, 3, 'multicast router behind the port: 0 never, 1 by query, 2 always, 3 for a time'),
  proxyArp: bool('answer ARP for known neighbours'),
  proxyArpWifi: bool('answer ARP as 802.11 wants it'),
  groupForwardMask: integer(0, 65535, 'link-local groups that are forwarded, a bit each'),
  neighbourSuppress: bool('answer ARP and ND of known neighbours instead of flooding'),
  neighbourVlanSuppress: since('Linux 6.4', bool('the same, per VLAN')),
  vlanTunnel: bool('VLAN to tunnel mapping'),
  isolated: bool('exchange frames only with ports that are not isolated'),
  backupPort: integer(0, 0x7fffffff, 'index of the link that takes over when the carrier is lost, 0 none'),
  backupNexthop: since('Linux 6.6', integer(0, 0xffffffff, 'nexthop object used with the backup port, 0 none'), {
    untold: 0,
  }),
  locked: since('Linux 5.18', bool('drop frames from unknown MACs')),
  macAuthenticationBypass: since('Linux 6.2', bool('MAC authentication bypass, with locked')),
  multicastEhtHostsLimit: since('Linux 5.12', integer(1, 0xffffffff, 'most hosts tracked per multicast group')),
  multicastMaxGroups: since('Linux 6.3', integer(0, 0xffffffff, 'most multicast groups of this port, 0 no limit')),
  fdbFlush: { type: 'boolean', about: 'forget the entries learned here now', setOnly: true },
}
