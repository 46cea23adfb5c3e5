/** Numbers of nf_tables (`linux/netfilter.h`, `linux/netfilter/nfnetlink.h`, `linux/netfilter/nf_tables.h`, `linux/netfilter/nf_nat.h`). @module */

/** The part of netfilter that nf_tables is: upper octet of its message types. */
export const NFNL_SUBSYS_NFTABLES = 10
/** Begins messages that are carried out together or not at all. */
export const NFNL_MSG_BATCH_BEGIN = 0x10
/** Ends them: without it they are only looked through. */
export const NFNL_MSG_BATCH_END = 0x11
/** Attribute of the beginning: only if nothing has changed since this generation of rules. */
export const NFNL_BATCH_GENID = 1

/** Makes a table. */
export const NFT_MSG_NEWTABLE = 0
/** Tells a table. */
export const NFT_MSG_GETTABLE = 1
/** Removes a table with all that is in it. */
export const NFT_MSG_DELTABLE = 2
/** Makes a chain. */
export const NFT_MSG_NEWCHAIN = 3
/** Lists chains. */
export const NFT_MSG_GETCHAIN = 4
/** Removes a chain. */
export const NFT_MSG_DELCHAIN = 5
/** Makes a rule. */
export const NFT_MSG_NEWRULE = 6
/** Lists rules. */
export const NFT_MSG_GETRULE = 7
/** Removes a rule. */
export const NFT_MSG_DELRULE = 8
/** Makes a set. */
export const NFT_MSG_NEWSET = 9
/** Puts elements into a set. */
export const NFT_MSG_NEWSETELEM = 12
/** Lists the elements of a set. */
export const NFT_MSG_GETSETELEM = 13
/** Is told the generation of rules. */
export const NFT_MSG_NEWGEN = 15
/** Asks for the generation of rules. */
export const NFT_MSG_GETGEN = 16

/** IPv4 as netfilter numbers it. */
export const NFPROTO_IPV4 = 2
/** What bridges forward, as netfilter numbers it. */
export const NFPROTO_BRIDGE = 7
/** IPv6 as netfilter numbers it. */
export const NFPROTO_IPV6 = 10

/** Hook of what comes in, before routing. */
export const NF_INET_PRE_ROUTING = 0
/** Hook of what is made here. */
export const NF_INET_LOCAL_OUT = 3
/** Hook of what leaves, after routing. */
export const NF_INET_POST_ROUTING = 4
/** Place of chains that change destinations (`linux/netfilter_ipv4.h`). */
export const NF_IP_PRI_NAT_DST: number = -100
/** Place of chains that change sources. */
export const NF_IP_PRI_NAT_SRC = 100
/** Hook of what comes in at a port of a bridge, before it is learned (`linux/netfilter_bridge.h`). */
export const NF_BR_PRE_ROUTING = 0
/** Place of chains that filter what is forwarded. */
export const NF_BR_PRI_FILTER_BRIDGED: number = -200
/** What no rule decides goes on. */
export const NF_ACCEPT = 1
/** It goes no further. */
export const NF_DROP = 0

/** The register that decides what becomes of the packet. */
export const NFT_REG_VERDICT = 0
/** The first register of 16 octets; three more follow. */
export const NFT_REG_1 = 1
/** The Ethernet header. */
export const NFT_PAYLOAD_LL_HEADER = 0
/** The IP header. */
export const NFT_PAYLOAD_NETWORK_HEADER = 1
/** The header over IP. */
export const NFT_PAYLOAD_TRANSPORT_HEADER = 2
/** Name of the link that the packet came in by. */
export const NFT_META_IIFNAME = 6
/** Name of the link that the packet leaves by. */
export const NFT_META_OIFNAME = 7
/** Number of the protocol over IP. */
export const NFT_META_L4PROTO = 16
/** Equal. */
export const NFT_CMP_EQ = 0
/** Not equal. */
export const NFT_CMP_NEQ = 1
/** At most. */
export const NFT_CMP_LTE = 3
/** At least. */
export const NFT_CMP_GTE = 5
/** The look-up in the routing table gives the type of the address. */
export const NFT_FIB_RESULT_ADDRTYPE = 3
/** It is done for the destination. */
export const NFTA_FIB_F_DADDR = 2
/** Type of an address of this host (`linux/rtnetlink.h`). */
export const RTN_LOCAL = 2
/** Changes the source. */
export const NFT_NAT_SNAT = 0
/** Changes the destination. */
export const NFT_NAT_DNAT = 1

/** A set that belongs to one rule, and goes with it. */
export const NFT_SET_ANONYMOUS = 1
/** A set that stays as it was made. */
export const NFT_SET_CONSTANT = 2

/** The rule says addresses; the kernel adds it by itself. */
export const NF_NAT_RANGE_MAP_IPS = 1
/** The rule says ports. */
export const NF_NAT_RANGE_PROTO_SPECIFIED = 2
/** Ports by chance. */
export const NF_NAT_RANGE_PROTO_RANDOM = 4
/** A client keeps its address. */
export const NF_NAT_RANGE_PERSISTENT = 8
/** Ports by better chance. */
export const NF_NAT_RANGE_PROTO_RANDOM_FULLY = 16
