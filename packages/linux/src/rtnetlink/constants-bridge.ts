/** Numbers of bridge VLANs and multicast databases, under the kernel's own names (`linux/rtnetlink.h`, `linux/if_bridge.h`). @module */

/** Message types. */
export const RTM_NEWVLAN = 112
export const RTM_DELVLAN = 113
export const RTM_GETVLAN = 114

/** Whom a request of family AF_BRIDGE about a link is for. */
export const BRIDGE_FLAGS_MASTER = 1
export const BRIDGE_FLAGS_SELF = 2

/** In the IFLA_AF_SPEC of such a request. */
export const IFLA_BRIDGE_FLAGS = 0
export const IFLA_BRIDGE_VLAN_INFO = 2
export const IFLA_BRIDGE_MST = 6
export const IFLA_BRIDGE_MST_ENTRY = 1

/** Flags of a VLAN. */
export const BRIDGE_VLAN_INFO_PVID = 0x02
export const BRIDGE_VLAN_INFO_UNTAGGED = 0x04
export const BRIDGE_VLAN_INFO_RANGE_BEGIN = 0x08
export const BRIDGE_VLAN_INFO_RANGE_END = 0x10
export const BRIDGE_VLAN_INFO_ONLY_OPTS = 0x40

/** In a message about VLANs: a VLAN or some, and the options of a VLAN of the bridge as a whole. */
export const BRIDGE_VLANDB_ENTRY = 1
export const BRIDGE_VLANDB_GLOBAL_OPTIONS = 2

/** What a list of VLANs is to hold. */
export const BRIDGE_VLANDB_DUMP_FLAGS = 1
export const BRIDGE_VLANDB_DUMPF_STATS = 1
export const BRIDGE_VLANDB_DUMPF_GLOBAL = 2

/** Message types about the identifiers of VXLANs, and a flag of their lists (`linux/if_link.h`). */
export const RTM_NEWTUNNEL = 120
export const RTM_DELTUNNEL = 121
export const RTM_GETTUNNEL = 122
export const TUNNEL_MSG_FLAG_STATS = 1

/** Message types about multicast databases. */
export const RTM_NEWMDB = 84
export const RTM_DELMDB = 85
export const RTM_GETMDB = 86

/** Flags of an entry. */
export const MDB_FLAGS_OFFLOAD = 1
export const MDB_FLAGS_FAST_LEAVE = 2
export const MDB_FLAGS_STAR_EXCL = 4
export const MDB_FLAGS_BLOCKED = 8

/** Its state. */
export const MDB_TEMPORARY = 0
export const MDB_PERMANENT = 1

/** In a message about a multicast database. */
export const MDBA_MDB = 1
export const MDBA_ROUTER = 2
export const MDBA_MDB_ENTRY = 1
export const MDBA_MDB_ENTRY_INFO = 1
export const MDBA_MDB_SRCLIST_ENTRY = 1
export const MDBA_ROUTER_PORT = 1

/** In a list of sources of a request. */
export const MDBE_SRC_LIST_ENTRY = 1
