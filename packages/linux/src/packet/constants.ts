/** Numbers of packet sockets, under the kernel's own names (`linux/if_packet.h`, `linux/filter.h`, `linux/if_arp.h`). @module */

export const AF_PACKET = 17
export const SOL_PACKET = 263
export const ETH_P_ALL = 0x0003

/** Options of `SOL_PACKET`. */
export const PACKET_ADD_MEMBERSHIP = 1
export const PACKET_RX_RING = 5
export const PACKET_STATISTICS = 6
export const PACKET_VERSION = 10

export const PACKET_MR_PROMISC = 1
export const PACKET_OUTGOING = 4
/** Third of `enum tpacket_versions`. */
export const TPACKET_V3 = 2

/** Bits of a frame's status in the ring. */
export const TP_STATUS_USER = 0x01
export const TP_STATUS_VLAN_VALID = 0x10
export const TP_STATUS_VLAN_TPID_VALID = 0x40

/** Types of links that have an Ethernet header, or none before the IP header. */
export const ARPHRD_ETHER = 1
export const ARPHRD_PPP = 512
export const ARPHRD_RAWIP = 519
export const ARPHRD_TUNNEL = 768
export const ARPHRD_TUNNEL6 = 769
export const ARPHRD_LOOPBACK = 772
export const ARPHRD_SIT = 776
export const ARPHRD_NONE = 0xfffe

/** Classic BPF: where a load reads the frame's surroundings, or behind the link header, instead of the frame. */
export const SKF_AD_OFF = -0x1000
export const SKF_NET_OFF = -0x100000
export const SKF_AD_PROTOCOL = 0
export const SKF_AD_PKTTYPE = 4
export const SKF_AD_HATYPE = 28
export const SKF_AD_VLAN_TAG = 44
export const SKF_AD_VLAN_TAG_PRESENT = 48
export const SKF_AD_VLAN_TPID = 60
