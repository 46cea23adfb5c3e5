/** Numbers of addresses, routes, rules and neighbours, under the kernel's own names (`linux/{if_addr,rtnetlink,fib_rules,neighbour}.h`). @module */

/** Protocol families (`linux/socket.h`). */
export const AF_UNSPEC = 0
export const AF_INET = 2
export const AF_BRIDGE = 7
export const AF_INET6 = 10

/** Message types. */
export const RTM_NEWADDR = 20
export const RTM_DELADDR = 21
export const RTM_GETADDR = 22
export const RTM_NEWROUTE = 24
export const RTM_DELROUTE = 25
export const RTM_GETROUTE = 26
export const RTM_NEWNEIGH = 28
export const RTM_DELNEIGH = 29
export const RTM_GETNEIGH = 30
export const RTM_NEWRULE = 32
export const RTM_DELRULE = 33
export const RTM_GETRULE = 34

/** Flags of an address. */
export const IFA_F_SECONDARY = 0x01
export const IFA_F_NODAD = 0x02
export const IFA_F_OPTIMISTIC = 0x04
export const IFA_F_DADFAILED = 0x08
export const IFA_F_HOMEADDRESS = 0x10
export const IFA_F_DEPRECATED = 0x20
export const IFA_F_TENTATIVE = 0x40
export const IFA_F_PERMANENT = 0x80
export const IFA_F_MANAGETEMPADDR = 0x100
export const IFA_F_NOPREFIXROUTE = 0x200
export const IFA_F_MCAUTOJOIN = 0x400
export const IFA_F_STABLE_PRIVACY = 0x800

/** Scopes. */
export const RT_SCOPE_UNIVERSE = 0
export const RT_SCOPE_SITE = 200
export const RT_SCOPE_LINK = 253
export const RT_SCOPE_HOST = 254
export const RT_SCOPE_NOWHERE = 255

/** Tables. */
export const RT_TABLE_UNSPEC = 0
export const RT_TABLE_DEFAULT = 253
export const RT_TABLE_MAIN = 254
export const RT_TABLE_LOCAL = 255

/** Makers of routes; the others are in core's `routeProtocols`. */
export const RTPROT_UNSPEC = 0

/** Flags of a route. */
export const RTM_F_NOTIFY = 0x100
export const RTM_F_CLONED = 0x200
export const RTM_F_LOOKUP_TABLE = 0x1000
export const RTM_F_OFFLOAD = 0x4000
export const RTM_F_TRAP = 0x8000

/** Flags of a way. */
export const RTNH_F_DEAD = 1
export const RTNH_F_PERVASIVE = 2
export const RTNH_F_ONLINK = 4
export const RTNH_F_OFFLOAD = 8
export const RTNH_F_LINKDOWN = 16
export const RTNH_F_UNRESOLVED = 32
export const RTNH_F_TRAP = 64

/** Metrics of a route. */
export const RTAX_LOCK = 1
export const RTAX_MTU = 2
export const RTAX_WINDOW = 3
export const RTAX_ADVMSS = 8
export const RTAX_HOPLIMIT = 10
export const RTAX_INITCWND = 11
export const RTAX_RTO_MIN = 13
export const RTAX_INITRWND = 14
export const RTAX_QUICKACK = 15

/** Actions of a rule. */
export const FR_ACT_TO_TBL = 1
export const FR_ACT_GOTO = 2
export const FR_ACT_NOP = 3
export const FR_ACT_BLACKHOLE = 6
export const FR_ACT_UNREACHABLE = 7
export const FR_ACT_PROHIBIT = 8

/** Flags of a rule. */
export const FIB_RULE_PERMANENT = 0x01
export const FIB_RULE_INVERT = 0x02
export const FIB_RULE_UNRESOLVED = 0x04
export const FIB_RULE_IIF_DETACHED = 0x08
export const FIB_RULE_OIF_DETACHED = 0x10

/** States of a neighbour. */
export const NUD_INCOMPLETE = 0x01
export const NUD_REACHABLE = 0x02
export const NUD_STALE = 0x04
export const NUD_DELAY = 0x08
export const NUD_PROBE = 0x10
export const NUD_FAILED = 0x20
export const NUD_NOARP = 0x40
export const NUD_PERMANENT = 0x80

/** Flags of a neighbour or FDB entry. */
export const NTF_USE = 0x01
export const NTF_SELF = 0x02
export const NTF_MASTER = 0x04
export const NTF_PROXY = 0x08
export const NTF_EXT_LEARNED = 0x10
export const NTF_OFFLOADED = 0x20
export const NTF_STICKY = 0x40
export const NTF_ROUTER = 0x80
/** Further flags, in NDA_FLAGS_EXT. */
export const NTF_EXT_MANAGED = 1
export const NTF_EXT_LOCKED = 2
