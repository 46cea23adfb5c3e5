/** Numbers of traffic control, under the kernel's own names (`linux/{rtnetlink,pkt_sched}.h`). @module */

/** Message types. */
export const RTM_NEWQDISC = 36
export const RTM_DELQDISC = 37
export const RTM_GETQDISC = 38
export const RTM_NEWTCLASS = 40
export const RTM_DELTCLASS = 41
export const RTM_GETTCLASS = 42
export const RTM_NEWTFILTER = 44
export const RTM_DELTFILTER = 45
export const RTM_GETTFILTER = 46
export const RTM_NEWACTION = 48
export const RTM_DELACTION = 49
export const RTM_GETACTION = 50

/** What follows an action (`linux/pkt_cls.h`). */
export const TC_ACT_UNSPEC = -1
export const TC_ACT_OK = 0
export const TC_ACT_RECLASSIFY = 1
export const TC_ACT_SHOT = 2
export const TC_ACT_PIPE = 3
export const TC_ACT_STOLEN = 4
export const TC_ACT_QUEUED = 5
export const TC_ACT_REPEAT = 6
export const TC_ACT_REDIRECT = 7
export const TC_ACT_TRAP = 8
export const TC_ACT_JUMP = 0x10000000
export const TC_ACT_GOTO_CHAIN = 0x20000000

/** How an action counts. */
export const TCA_ACT_FLAGS_NO_PERCPU_STATS = 1
/** Who carries out an action that was made by itself. */
export const TCA_ACT_FLAGS_SKIP_HW = 2
export const TCA_ACT_FLAGS_SKIP_SW = 4
/** Lists of actions may have more than 32 in a message. */
export const TCA_ACT_FLAG_LARGE_DUMP_ON = 1
export const TCA_ACT_HW_STATS_IMMEDIATE = 1
export const TCA_ACT_HW_STATS_DELAYED = 2

/** Who looks at packets for a filter. */
export const TCA_CLS_FLAGS_SKIP_HW = 1
export const TCA_CLS_FLAGS_SKIP_SW = 2
export const TCA_CLS_FLAGS_IN_HW = 4
export const TCA_CLS_FLAGS_NOT_IN_HW = 8

/** Where mirred sends packets (`linux/tc_act/tc_mirred.h`). */
export const TCA_EGRESS_REDIR = 1
export const TCA_EGRESS_MIRROR = 2
export const TCA_INGRESS_REDIR = 3
export const TCA_INGRESS_MIRROR = 4

/** A filter of u32 that ends the search. */
export const TC_U32_TERMINAL = 1
/** What a filter of u32 says of the next header. */
export const TC_U32_OFFSET = 2
export const TC_U32_VAROFFSET = 4
export const TC_U32_EAT = 8

/** What a filter of flower asks of fragments. */
export const TCA_FLOWER_KEY_FLAGS_IS_FRAGMENT = 1
export const TCA_FLOWER_KEY_FLAGS_FRAG_IS_FIRST = 2

/** Places and special handles. */
export const TC_H_ROOT = 0xffffffff
export const TC_H_INGRESS = 0xfffffff1
/** In the place of a link: filters of a block, whose number stands in the place of their parent. */
export const TCM_IFINDEX_MAGIC_BLOCK = 0xffffffff

/** How octets become cells. */
export const TC_LINKLAYER_ETHERNET = 1
export const TC_LINKLAYER_ATM = 2

/** Octets of a rate table. */
export const TC_RTAB_SIZE = 1024
/** Version of HTB that is spoken. */
export const TC_HTB_PROTOVER = 3
/** Priorities of packets. */
export const TC_PRIO_MAX = 15
