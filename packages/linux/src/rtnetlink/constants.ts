/** Numbers of netlink and rtnetlink links under the kernel's own names (`linux/netlink.h`, `rtnetlink.h`, `if.h`, `if_arp.h`). @module */

// Address families (the C library's sys/socket.h).
export const AF_UNSPEC = 0
export const AF_INET = 2
export const AF_BRIDGE = 7
export const AF_INET6 = 10
export const AF_NETLINK = 16

// Netlink: flags and control messages, protocol, socket options (linux/netlink.h).
export {
  NLM_F_ACK,
  NLM_F_ACK_TLVS,
  NLM_F_APPEND,
  NLM_F_CAPPED,
  NLM_F_CREATE,
  NLM_F_DUMP,
  NLM_F_DUMP_INTR,
  NLM_F_ECHO,
  NLM_F_EXCL,
  NLM_F_REPLACE,
  NLM_F_REQUEST,
  NLMSG_DONE,
  NLMSG_ERROR,
  NLMSG_NOOP,
  NLMSG_OVERRUN,
} from '../netlink/message.js'
export const NETLINK_ROUTE = 0
export const SOL_NETLINK = 270
export const NETLINK_ADD_MEMBERSHIP = 1
export const NETLINK_DROP_MEMBERSHIP = 2
export const NETLINK_PKTINFO = 3
export const NETLINK_BROADCAST_ERROR = 4
export const NETLINK_NO_ENOBUFS = 5
export const NETLINK_CAP_ACK = 10
export const NETLINK_EXT_ACK = 11
export const NETLINK_GET_STRICT_CHK = 12

export const NLM_F_MULTI = 0x2
export const NLM_F_DUMP_FILTERED = 0x20
export const NLM_F_ROOT = 0x100
export const NLM_F_MATCH = 0x200
export const NLM_F_NONREC = 0x100
export const NLM_F_BULK = 0x200

export const NLMSGERR_ATTR_MSG = 1
export const NLMSGERR_ATTR_OFFS = 2
export const NLMSGERR_ATTR_COOKIE = 3
export const NLMSGERR_ATTR_POLICY = 4
export const NLMSGERR_ATTR_MISS_TYPE = 5
export const NLMSGERR_ATTR_MISS_NEST = 6

export const NLA_F_NESTED = 0x8000
export const NLA_F_NET_BYTEORDER = 0x4000

// Messages about links and namespaces (linux/rtnetlink.h).
export const RTM_NEWLINK = 16
export const RTM_DELLINK = 17
export const RTM_GETLINK = 18
export const RTM_SETLINK = 19
export const RTM_NEWNSID = 88
export const RTM_DELNSID = 89
export const RTM_GETNSID = 90
export const RTM_NEWLINKPROP = 108
export const RTM_DELLINKPROP = 109
export const RTM_GETLINKPROP = 110

// What a link message leaves out or takes in (linux/rtnetlink.h, IFLA_EXT_MASK).
export const RTEXT_FILTER_VF = 1
export const RTEXT_FILTER_BRVLAN = 2
export const RTEXT_FILTER_BRVLAN_COMPRESSED = 4
export const RTEXT_FILTER_SKIP_STATS = 8
export const RTEXT_FILTER_MST = 0x80

// Multicast groups (linux/rtnetlink.h), as NETLINK_ADD_MEMBERSHIP takes them.
export const RTNLGRP_LINK = 1
export const RTNLGRP_NOTIFY = 2
export const RTNLGRP_NEIGH = 3
export const RTNLGRP_TC = 4
export const RTNLGRP_IPV4_IFADDR = 5
export const RTNLGRP_IPV4_MROUTE = 6
export const RTNLGRP_IPV4_ROUTE = 7
export const RTNLGRP_IPV4_RULE = 8
export const RTNLGRP_IPV6_IFADDR = 9
export const RTNLGRP_IPV6_MROUTE = 10
export const RTNLGRP_IPV6_ROUTE = 11
export const RTNLGRP_IPV6_IFINFO = 12
export const RTNLGRP_IPV6_PREFIX = 18
export const RTNLGRP_IPV6_RULE = 19
export const RTNLGRP_NSID = 28
export const RTNLGRP_NEXTHOP = 32
export const RTNLGRP_BRVLAN = 33

// Flags of a link (linux/if.h).
export const IFF_UP = 0x1
export const IFF_BROADCAST = 0x2
export const IFF_DEBUG = 0x4
export const IFF_LOOPBACK = 0x8
export const IFF_POINTOPOINT = 0x10
export const IFF_NOTRAILERS = 0x20
export const IFF_RUNNING = 0x40
export const IFF_NOARP = 0x80
export const IFF_PROMISC = 0x100
export const IFF_ALLMULTI = 0x200
export const IFF_MASTER = 0x400
export const IFF_SLAVE = 0x800
export const IFF_MULTICAST = 0x1000
export const IFF_PORTSEL = 0x2000
export const IFF_AUTOMEDIA = 0x4000
export const IFF_DYNAMIC = 0x8000
export const IFF_LOWER_UP = 0x10000
export const IFF_DORMANT = 0x20000
export const IFF_ECHO = 0x40000
export const IFNAMSIZ = 16
export const ALTIFNAMSIZ = 128

// Operational state (linux/if.h, RFC 2863).
export const IF_OPER_UNKNOWN = 0
export const IF_OPER_NOTPRESENT = 1
export const IF_OPER_DOWN = 2
export const IF_OPER_LOWERLAYERDOWN = 3
export const IF_OPER_TESTING = 4
export const IF_OPER_DORMANT = 5
export const IF_OPER_UP = 6

// Kinds of links, in numbers (linux/if_link.h, if_bridge.h, if_vlan.h, if_ether.h).
export const BR_BOOLOPT_NO_LL_LEARN = 0
export const BR_BOOLOPT_MCAST_VLAN_SNOOPING = 1
export const BR_BOOLOPT_MST_ENABLE = 2
export const BR_BOOLOPT_MDB_OFFLOAD_FAIL_NOTIFICATION = 3
export const BR_STATE_DISABLED = 0
export const BR_STATE_LISTENING = 1
export const BR_STATE_LEARNING = 2
export const BR_STATE_FORWARDING = 3
export const BR_STATE_BLOCKING = 4
export const VLAN_FLAG_REORDER_HDR = 0x1
export const VLAN_FLAG_GVRP = 0x2
export const VLAN_FLAG_LOOSE_BINDING = 0x4
export const VLAN_FLAG_MVRP = 0x8
export const VLAN_FLAG_BRIDGE_BINDING = 0x10
export const MACVLAN_MODE_PRIVATE = 1
export const MACVLAN_MODE_VEPA = 2
export const MACVLAN_MODE_BRIDGE = 4
export const MACVLAN_MODE_PASSTHRU = 8
export const MACVLAN_MODE_SOURCE = 16
export const MACVLAN_MACADDR_ADD = 0
export const MACVLAN_MACADDR_DEL = 1
export const MACVLAN_MACADDR_SET = 3
export const MACVLAN_FLAG_NOPROMISC = 1
export const MACVLAN_FLAG_NODST = 2
export const IPVLAN_MODE_L2 = 0
export const IPVLAN_MODE_L3 = 1
export const IPVLAN_MODE_L3S = 2
export const IPVLAN_F_PRIVATE = 0x01
export const IPVLAN_F_VEPA = 0x02
export const VXLAN_DF_UNSET = 0
export const VXLAN_DF_SET = 1
export const VXLAN_DF_INHERIT = 2
export const VXLAN_LABEL_FIXED = 0
export const VXLAN_LABEL_INHERIT = 1
export const GENEVE_DF_UNSET = 0
export const GENEVE_DF_SET = 1
export const GENEVE_DF_INHERIT = 2
export const BOND_STATE_ACTIVE = 0
export const BOND_STATE_BACKUP = 1
export const BOND_LINK_UP = 0
export const BOND_LINK_FAIL = 1
export const BOND_LINK_DOWN = 2
export const BOND_LINK_BACK = 3
export const ETH_P_8021Q = 0x8100
export const ETH_P_8021AD = 0x88a8
export const IFF_TUN = 1
export const IFF_TAP = 2

// Tunnels (linux/if_tunnel.h, linux/ip6_tunnel.h, netinet/in.h).
export const TUNNEL_ENCAP_NONE = 0
export const TUNNEL_ENCAP_FOU = 1
export const TUNNEL_ENCAP_GUE = 2
export const TUNNEL_ENCAP_MPLS = 3
export const TUNNEL_ENCAP_FLAG_CSUM = 0x1
export const TUNNEL_ENCAP_FLAG_CSUM6 = 0x2
export const TUNNEL_ENCAP_FLAG_REMCSUM = 0x4
export const SIT_ISATAP = 0x1
export const IP6_TNL_F_IGN_ENCAP_LIMIT = 0x1
export const IP6_TNL_F_USE_ORIG_TCLASS = 0x2
export const IP6_TNL_F_USE_ORIG_FLOWLABEL = 0x4
export const IP6_TNL_F_RCV_DSCP_COPY = 0x10
export const IP6_TNL_F_USE_ORIG_FWMARK = 0x20
export const IP6_TNL_F_ALLOW_LOCAL_REMOTE = 0x40
export const IPPROTO_IPIP = 4
export const IPPROTO_IPV6 = 41
export const IPPROTO_MPLS = 137

// Hardware types that have a name here (linux/if_arp.h); the words of `ip` for all of them are in link-flags.ts.
export const ARPHRD_NETROM = 0
export const ARPHRD_ETHER = 1
export const ARPHRD_EETHER = 2
export const ARPHRD_AX25 = 3
export const ARPHRD_PRONET = 4
export const ARPHRD_CHAOS = 5
export const ARPHRD_IEEE802 = 6
export const ARPHRD_ARCNET = 7
export const ARPHRD_APPLETLK = 8
export const ARPHRD_DLCI = 15
export const ARPHRD_ATM = 19
export const ARPHRD_METRICOM = 23
export const ARPHRD_IEEE1394 = 24
export const ARPHRD_INFINIBAND = 32
export const ARPHRD_SLIP = 256
export const ARPHRD_CSLIP = 257
export const ARPHRD_SLIP6 = 258
export const ARPHRD_CSLIP6 = 259
export const ARPHRD_RSRVD = 260
export const ARPHRD_ADAPT = 264
export const ARPHRD_ROSE = 270
export const ARPHRD_X25 = 271
export const ARPHRD_HWX25 = 272
export const ARPHRD_CAN = 280
export const ARPHRD_PPP = 512
export const ARPHRD_HDLC = 513
export const ARPHRD_LAPB = 516
export const ARPHRD_DDCMP = 517
export const ARPHRD_RAWHDLC = 518
export const ARPHRD_TUNNEL = 768
export const ARPHRD_TUNNEL6 = 769
export const ARPHRD_FRAD = 770
export const ARPHRD_SKIP = 771
export const ARPHRD_LOOPBACK = 772
export const ARPHRD_LOCALTLK = 773
export const ARPHRD_FDDI = 774
export const ARPHRD_BIF = 775
export const ARPHRD_SIT = 776
export const ARPHRD_IPDDP = 777
export const ARPHRD_IPGRE = 778
export const ARPHRD_PIMREG = 779
export const ARPHRD_HIPPI = 780
export const ARPHRD_ASH = 781
export const ARPHRD_ECONET = 782
export const ARPHRD_IRDA = 783
export const ARPHRD_FCPP = 784
export const ARPHRD_FCAL = 785
export const ARPHRD_FCPL = 786
export const ARPHRD_FCFABRIC = 787
export const ARPHRD_IEEE802_TR = 800
export const ARPHRD_IEEE80211 = 801
export const ARPHRD_IEEE80211_PRISM = 802
export const ARPHRD_IEEE80211_RADIOTAP = 803
export const ARPHRD_IEEE802154 = 804
export const ARPHRD_IEEE802154_MONITOR = 805
export const ARPHRD_PHONET = 820
export const ARPHRD_PHONET_PIPE = 821
export const ARPHRD_CAIF = 822
export const ARPHRD_IP6GRE = 823
export const ARPHRD_NETLINK = 824
export const ARPHRD_6LOWPAN = 825
export const ARPHRD_VOID = 0xffff
export const ARPHRD_NONE = 0xfffe
