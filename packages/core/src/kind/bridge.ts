/** The bridge: its options and state (`linux/if_link.h`, `IFLA_BR_*`; IEEE 802.1D). @module */

import { bool, choice, type Field, integer, seconds, since } from '../field.js'
import type { MulticastQuerierState } from '../multicast-querier.js'

/** Settable options of a bridge, as `ip link add … type bridge OPTION`. Times in seconds. */
export interface BridgeOptions {
  /** Spanning tree (IEEE 802.1D). */
  readonly stp?: boolean
  /** Seconds a port listens, then learns, before it forwards; 2–30. */
  readonly forwardDelay?: number
  /** Seconds between hello packets of the root; 1–10. */
  readonly helloTime?: number
  /** Seconds after which a silent root is given up; 6–40. */
  readonly maxAge?: number
  /** Seconds until a learned MAC is forgotten; 0 forgets at once. */
  readonly ageingTime?: number
  /** Bridge priority of STP, 0–65535; the lowest becomes root. */
  readonly priority?: number
  /** Whether VLANs are told apart (802.1Q bridge). */
  readonly vlanFiltering?: boolean
  /** The tag that is read: `802.1Q` or `802.1ad`. */
  readonly vlanProtocol?: '802.1Q' | '802.1ad'
  /** Bit n forwards link-local group address 01:80:c2:00:00:0n; bits 0, 1 and 2 are refused. */
  readonly groupForwardMask?: number
  /** Group address of STP packets, 01:80:c2:00:00:00–0f. */
  readonly groupAddress?: string
  /** Multicast router on the bridge itself: 0 none, 1 by query, 2 always. */
  readonly multicastRouter?: number
  /** IGMP/MLD snooping. */
  readonly multicastSnooping?: boolean
  /** Use the bridge's own IP as the source of queries. */
  readonly multicastQueryUseIfaddr?: boolean
  /** Act as querier. */
  readonly multicastQuerier?: boolean
  /** Ignored by kernels since 5.? (the hash grows by itself); kept for older ones. */
  readonly multicastHashElasticity?: number
  /** Most multicast groups; a power of two is wanted by older kernels. */
  readonly multicastHashMax?: number
  /** Queries sent after a leave. */
  readonly multicastLastMemberCount?: number
  /** Queries sent at start. */
  readonly multicastStartupQueryCount?: number
  /** Seconds between the queries after a leave. */
  readonly multicastLastMemberInterval?: number
  /** Seconds until a silent member is forgotten. */
  readonly multicastMembershipInterval?: number
  /** Seconds until another querier counts as gone. */
  readonly multicastQuerierInterval?: number
  /** Seconds between general queries. */
  readonly multicastQueryInterval?: number
  /** Seconds members have to answer. */
  readonly multicastQueryResponseInterval?: number
  /** Seconds between the queries at start. */
  readonly multicastStartupQueryInterval?: number
  /** Multicast statistics are kept. */
  readonly multicastStatsEnabled?: boolean
  /** IGMP version, 2 or 3 (RFC 3376). */
  readonly multicastIgmpVersion?: number
  /** MLD version, 1 or 2 (RFC 3810). */
  readonly multicastMldVersion?: number
  /** Bridged IPv4 passes iptables. */
  readonly nfCallIptables?: boolean
  /** Bridged IPv6 passes ip6tables. */
  readonly nfCallIp6tables?: boolean
  /** Bridged ARP passes arptables. */
  readonly nfCallArptables?: boolean
  /** VLAN of untagged frames on new ports; 0 none, at most 4094. */
  readonly vlanDefaultPvid?: number
  /** Statistics per VLAN. */
  readonly vlanStatsEnabled?: boolean
  /** Statistics per port and VLAN; only while the bridge has no port. */
  readonly vlanStatsPerPort?: boolean
  /** No learning from link-local frames (01:80:c2:00:00:0x). */
  readonly noLinkLocalLearn?: boolean
  /** Snooping per VLAN. */
  readonly multicastVlanSnooping?: boolean
  /** Multiple spanning trees (802.1s); only while no VLAN exists. */
  readonly mstEnabled?: boolean
  /** Tell of multicast entries that hardware could not take (Linux 6.16). */
  readonly mdbOffloadFailNotification?: boolean
  /** Most learned FDB entries, 0 no limit (Linux 6.7). */
  readonly fdbMaxLearned?: number
  /** Forget all learned entries now; only with `set`. */
  readonly fdbFlush?: boolean
}

/** State of a bridge: the options as they are, and what STP found. */
export interface BridgeState extends Omit<BridgeOptions, 'fdbFlush'> {
  /** Identity of the root bridge: priority in hexadecimal, dot, MAC: `8000.02:00:00:00:00:01`. */
  readonly rootId?: string
  /** Identity of this bridge. */
  readonly bridgeId?: string
  /** Number of the port towards the root; 0 on the root. */
  readonly rootPort?: number
  /** Cost of the way to the root. */
  readonly rootPathCost?: number
  /** A topology change is going on. */
  readonly topologyChange?: boolean
  /** This bridge noticed a topology change. */
  readonly topologyChangeDetected?: boolean
  /** Seconds left of the hello timer. */
  readonly helloTimer?: number
  /** Seconds left of the topology change notification timer. */
  readonly tcnTimer?: number
  /** Seconds left of the topology change timer. */
  readonly topologyChangeTimer?: number
  /** Seconds left of the FDB's garbage collection timer. */
  readonly gcTimer?: number
  /** Who asks for multicast groups (Linux 5.15). */
  readonly multicastQuerierState?: MulticastQuerierState
  /** Learned FDB entries (Linux 6.7). */
  readonly fdbLearned?: number
}

const interval = (about: string) => seconds(0, 42_949_672, about)

// What a kernel must be built with.
const snooping = (field: Field) => since('CONFIG_BRIDGE_IGMP_SNOOPING', field)
const filtering = (field: Field) => since('CONFIG_BRIDGE_VLAN_FILTERING', field)
const netfilter = (field: Field) => since('CONFIG_BRIDGE_NETFILTER', field)

/** What each option of a bridge takes. */
export const bridgeFields: Readonly<Record<keyof BridgeOptions, Field>> = {
  stp: bool('spanning tree (802.1D)'),
  forwardDelay: seconds(2, 30, 'time of listening and of learning'),
  helloTime: seconds(1, 10, 'time between hello packets'),
  maxAge: seconds(6, 40, 'time until a silent root is given up'),
  ageingTime: interval('time until a learned MAC is forgotten'),
  priority: integer(0, 65535, 'STP priority, the lowest becomes root'),
  vlanFiltering: bool('tell VLANs apart'),
  vlanProtocol: filtering(choice(['802.1Q', '802.1ad'], 'the tag that is read')),
  groupForwardMask: integer(0, 65535, 'link-local groups that are forwarded, a bit each'),
  groupAddress: { type: 'mac', about: 'group address of STP packets' },
  multicastRouter: snooping(integer(0, 2, 'multicast router on the bridge: 0 none, 1 by query, 2 always')),
  multicastSnooping: snooping(bool('IGMP and MLD snooping')),
  multicastQueryUseIfaddr: snooping(bool("queries come from the bridge's own IP")),
  multicastQuerier: snooping(bool('act as querier')),
  multicastHashElasticity: snooping(integer(0, 0xffffffff, 'kept for kernels before 4.20')),
  multicastHashMax: snooping(integer(0, 0xffffffff, 'most multicast groups')),
  multicastLastMemberCount: snooping(integer(0, 0xffffffff, 'queries sent after a leave')),
  multicastStartupQueryCount: snooping(integer(0, 0xffffffff, 'queries sent at start')),
  multicastLastMemberInterval: snooping(interval('time between the queries after a leave')),
  multicastMembershipInterval: snooping(interval('time until a silent member is forgotten')),
  multicastQuerierInterval: snooping(interval('time until another querier counts as gone')),
  multicastQueryInterval: snooping(interval('time between general queries')),
  multicastQueryResponseInterval: snooping(interval('time members have to answer')),
  multicastStartupQueryInterval: snooping(interval('time between the queries at start')),
  multicastStatsEnabled: snooping(bool('keep multicast statistics')),
  multicastIgmpVersion: snooping(integer(2, 3, 'IGMP version')),
  multicastMldVersion: snooping(integer(1, 2, 'MLD version')),
  nfCallIptables: netfilter(bool('bridged IPv4 passes iptables')),
  nfCallIp6tables: netfilter(bool('bridged IPv6 passes ip6tables')),
  nfCallArptables: netfilter(bool('bridged ARP passes arptables')),
  vlanDefaultPvid: filtering(integer(0, 4094, 'VLAN of untagged frames on new ports, 0 none')),
  vlanStatsEnabled: filtering(bool('statistics per VLAN')),
  vlanStatsPerPort: filtering(bool('statistics per port and VLAN')),
  noLinkLocalLearn: since('Linux 5.0', bool('no learning from link-local frames')),
  multicastVlanSnooping: since('Linux 5.15', bool('snooping per VLAN')),
  mstEnabled: since('Linux 5.18', bool('multiple spanning trees')),
  mdbOffloadFailNotification: since('Linux 6.16', bool('tell of multicast entries that hardware could not take')),
  fdbMaxLearned: since('Linux 6.7', integer(0, 0xffffffff, 'most learned FDB entries, 0 no limit')),
  fdbFlush: { type: 'boolean', about: 'forget all learned entries now', setOnly: true },
}
