/** Numbers of traffic control, under the kernel's own names (`linux/{rtnetlink,pkt_sched}.h`). @module */

/** Message types. */
export const RTM_NEWQDISC = 36
export const RTM_DELQDISC = 37
export const RTM_GETQDISC = 38
export const RTM_NEWTCLASS = 40
export const RTM_DELTCLASS = 41
export const RTM_GETTCLASS = 42

/** Places and special handles. */
export const TC_H_ROOT = 0xffffffff
export const TC_H_INGRESS = 0xfffffff1

/** How octets become cells. */
export const TC_LINKLAYER_ETHERNET = 1
export const TC_LINKLAYER_ATM = 2

/** Octets of a rate table. */
export const TC_RTAB_SIZE = 1024
/** Version of HTB that is spoken. */
export const TC_HTB_PROTOVER = 3
/** Priorities of packets. */
export const TC_PRIO_MAX = 15
