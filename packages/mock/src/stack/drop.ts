/** Where the way of a frame ends before anybody had it, and why (`enum skb_drop_reason`, `include/net/dropreason-core.h`). @module */
import type { CaptureFormat } from '@vnet/core'

/** Why a frame was dropped: a word, and what it means, with Linux's name where there is one. A new cause is a new line here. */
export const dropCauses = {
  'link-down': 'the link is down, has no carrier or was deleted (DEV_READY)',
  mtu: 'it is longer than the link takes (PKT_TOO_BIG)',
  'queue-full': 'the queue had no room (CPU_BACKLOG, FULL_RING, QDISC_DROP, SOCKET_RCVBUFF)',
  loop: 'it went round in circles: too many cables, or links on top of links',
  discipline: 'a discipline dropped it: loss of netem, a rate that was exceeded (QDISC_DROP)',
  filter: 'a filter or an action of traffic control dropped it (TC_INGRESS, TC_EGRESS)',
  'not-carried': 'links of this kind or in this mode do not carry it, or none at all here',
  'no-reader': 'no program has the TUN or TAP open (DEV_READY)',
  'not-wanted': 'the filter of the TAP does not want it (TAP_TXFILTER)',
  'not-redirected': 'an ifb passes on only what was redirected to it',
  malformed: 'it is cut short or its header is wrong (PKT_TOO_SMALL, HDR_TRUNC, IP_INHDR)',
  checksum: 'its checksum is wrong (IP_CSUM, ICMP_CSUM, UDP_CSUM)',
  'wrong-mac': 'it is for another MAC (OTHERHOST)',
  'invalid-source-mac':
    'its source is no MAC of a single host, or one with a fixed place elsewhere (MAC_INVALID_SOURCE)',
  'no-vlan': 'the link has no VLAN of this number (UNHANDLED_PROTO)',
  'vlan-filtered': 'the VLAN may not pass the port of the bridge (VLAN_FILTER)',
  'port-blocked': 'the port of the bridge neither forwards nor learns (BRIDGE_INGRESS_STP_STATE)',
  'mac-filtered': 'the MAC filter of the port of the bridge does not let its sender in (NETFILTER_DROP)',
  'port-locked': 'the port of the bridge is locked, and the sender not let in',
  'no-egress-port': 'the bridge, bond or team has no port where it may leave',
  'port-not-in-use': 'the bond or team does not use the port where it came in',
  isolated: 'links on the same parent are kept apart (ipvlan with flag private)',
  duplicate: 'another copy of it was there first, or it came back to its sender (HSR, PRP)',
  'no-protocol': 'no protocol takes it (UNHANDLED_PROTO, IP_NOPROTO)',
  ignored: 'the protocol leaves it without an answer by its settings, as echo requests to all',
  'invalid-source': 'its source cannot come from there: a group, loopback, an address of this host (IP_INVALID_SOURCE)',
  'invalid-destination': 'its destination cannot be sent to from outside (IP_INVALID_DEST)',
  'rp-filter': 'the way back to its source is another link (IP_RPFILTER)',
  'not-forwarding': 'it is for another host, and this one does not forward (IP_INADDRERRORS)',
  'not-member': 'this host is no member of the group that it is for',
  'no-route': 'there is no route to its destination (IP_INNOROUTES, IP_OUTNOROUTES)',
  unreachable: 'the route says that its destination is unreachable',
  prohibited: 'the route prohibits its destination',
  blackhole: 'the route drops it without a word',
  'ttl-exceeded': 'it has no hops left (IP_INHDR)',
  'neighbour-failed': 'the next hop did not tell its MAC (NEIGH_FAILED)',
  'neighbour-queue-full': 'too many wait for the MAC of the next hop (NEIGH_QUEUEFULL)',
  'fragment-timeout': 'the other fragments of its packet did not come in time (FRAG_REASM_TIMEOUT)',
  'ipv6-disabled': 'the link has no IPv6 (IPV6DISABLED)',
  'not-translated': 'address translation found no free port or address for it (NETFILTER_DROP)',
  'no-listener': 'no socket is there for it (NO_SOCKET)',
  'no-tunnel': 'no tunnel or key is there for it (TUNNEL_…, VXLAN_…)',
  'tunnel-header': 'its tunnel wants another header: order, options, congestion (IP_TUNNEL_ECN, VXLAN_INVALID_HDR)',
  'no-far-end': 'the tunnel has nobody to send it to, or carries none of its sort (TUNNEL_TXINFO)',
  'not-encrypted': 'the link has no peer or key to send it with',
  'not-decrypted': 'it was not encrypted as it should be, or is an old one again',
} as const

/** A cause of {@link dropCauses}. */
export type DropCause = keyof typeof dropCauses

/** A frame whose way ended. */
export interface Drop {
  /** Why. */
  readonly cause: DropCause
  /** Name of the link where it ended. */
  readonly link: string
  /** The link's index. */
  readonly index: number
  /** The link's namespace, as in `NamespaceInfo`. */
  readonly namespace: string
  /** When: nanoseconds since 1970, by the kernel's clock; not before the frame was captured, where it was. */
  readonly time: bigint
  /** What `bytes` begin with. */
  readonly format: CaptureFormat
  /** The octets as they were there; not to be changed. */
  readonly bytes: Uint8Array
}
