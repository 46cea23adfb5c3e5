/** Numbers of generic netlink and of its families (`linux/genetlink.h`, `linux/wireguard.h`, `linux/if_macsec.h`, `linux/if_team.h`, `linux/ethtool_netlink.h`, `linux/nl80211.h`). @module */

/** The family that knows the others. */
export const GENL_ID_CTRL = 0x10
/** Asks for the number of a family. */
export const CTRL_CMD_GETFAMILY = 3

/** Reads a WireGuard device. */
export const WG_CMD_GET_DEVICE = 0
/** Changes a WireGuard device. */
export const WG_CMD_SET_DEVICE = 1
/** The peers that are there are removed first. */
export const WGDEVICE_F_REPLACE_PEERS = 1
/** Remove the peer. */
export const WGPEER_F_REMOVE_ME = 1
/** The allowed addresses that are there are removed first. */
export const WGPEER_F_REPLACE_ALLOWEDIPS = 2
/** Make no new peer. */
export const WGPEER_F_UPDATE_ONLY = 4

/** Lists the MACsec links with their keys and peers. */
export const MACSEC_CMD_GET_TXSC = 0
/** Makes a receiving channel. */
export const MACSEC_CMD_ADD_RXSC = 1
/** Removes one. */
export const MACSEC_CMD_DEL_RXSC = 2
/** Changes one. */
export const MACSEC_CMD_UPD_RXSC = 3
/** Makes an association that sends. */
export const MACSEC_CMD_ADD_TXSA = 4
/** Removes one. */
export const MACSEC_CMD_DEL_TXSA = 5
/** Changes one. */
export const MACSEC_CMD_UPD_TXSA = 6
/** Makes an association that receives. */
export const MACSEC_CMD_ADD_RXSA = 7
/** Removes one. */
export const MACSEC_CMD_DEL_RXSA = 8
/** Changes one. */
export const MACSEC_CMD_UPD_RXSA = 9
/** Changes options of a team. */
export const TEAM_CMD_OPTIONS_SET = 1
/** Reads the options of a team. */
export const TEAM_CMD_OPTIONS_GET = 2
/** Reads the ports of a team. */
export const TEAM_CMD_PORT_LIST_GET = 3

/** Asks what the cable is plugged into. */
export const ETHTOOL_MSG_LINKINFO_GET = 2
/** Asks for speed, duplex and modes. */
export const ETHTOOL_MSG_LINKMODES_GET = 4
/** Asks whether the driver sees a carrier. */
export const ETHTOOL_MSG_LINKSTATE_GET = 6
/** Asks for what the driver can do by itself. */
export const ETHTOOL_MSG_FEATURES_GET = 11
/** Asks for switches of the driver's own. */
export const ETHTOOL_MSG_PRIVFLAGS_GET = 13
/** Asks for rings. */
export const ETHTOOL_MSG_RINGS_GET = 15
/** Asks for queues of the driver. */
export const ETHTOOL_MSG_CHANNELS_GET = 17
/** Asks for a wireless link. */
export const NL80211_CMD_GET_INTERFACE = 5
