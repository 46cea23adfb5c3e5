// What of the headers of links and of traffic control vnet leaves, and why. What was left and is known now fails, and so does what is in no header.

const value = 'a value, written as a word in the table of its attribute'
const kind = 'a kind of link without a name here: its options are given as octets (`data`)'
const device = 'of devices with virtual functions or switches in hardware'
const protocol = 'a protocol that a daemon of its own speaks, and that Debian’s kernels do not have'
const filter = 'a kind of filter without a name here: its options are told as octets (`data`)'
const discipline = 'a kind of discipline without a name here: its options are given as octets (`data`)'
const statistics = 'statistics of RTM_GETSTATS, read and never set; what vnet tells comes with the link'

/**
 * By name; what is newer than the headers of Debian 12 says since when, and need not be in them.
 *
 * @type {readonly (readonly [names: RegExp, reason: string, since?: string])[]}
 */
export const left = [
  [/^IFLA_(BAREUDP|GTP|IPOIB|MCTP|RMNET|DSA|PPP|XFRM)_/, kind],
  [/^(GTP_ROLE|IPOIB_MODE)_/, kind],
  [/^IFLA_VF_(?!PORTS$)|^IFLA_PORT_(?!SELF$)|^PORT_(REQUEST|VDP|PROFILE)_/, device],
  [/^IFLA_BRIDGE_(MRP|CFM)(_|$)/, protocol],
  [/^IFLA_STATS_|^LINK_XSTATS_|^IFLA_OFFLOAD_XSTATS_|^BRIDGE_XSTATS_|^BR_MCAST_DIR_/, statistics],
  [/^IFLA_XDP_|^XDP_ATTACHED_/, 'programs of BPF, which vnet does not load'],
  [/^MACSEC_VALIDATE_|^MACSEC_OFFLOAD_(OFF|PHY|MAC)$|^(HSR_PROTOCOL|IN6_ADDR_GEN_MODE)_/, value],
  [/^MDB_RTR_TYPE_|^IFLA_EVENT_/, value],
  [
    /^BRIDGE_MODE_HAIRPIN$|^IFLA_BRIDGE_MODE$/,
    'what switches in hardware do, asked of the NIC itself (`bridge link set … self`)',
  ],
  [
    /^IFLA_BRPORT_LEARNING_SYNC$/,
    'of NICs that learn by themselves (`bridge link set … self`); the bridge ignores it (`br_port_policy` has no such entry)',
  ],
  [/^IFLA_BRIDGE_VLAN_TUNNEL_/, 'the older way of `tunnel` of `bridgeVlan`, which RTM_NEWVLAN has'],
  [/^BRIDGE_VLANDB_GOPTS_MCAST_ROUTER_PORTS$/, 'read only: `mdbRouter list` tells the ports'],
  [/^MDBA_SET_/, 'written by hand in front of the table of what is inside'],
  [/^MACVLAN_MACADDR_FLUSH$/, 'MACADDR_SET with an empty list does the same'],
  [/^NUM_MACSEC_/, 'a number of names, no name'],
  [/^MACSEC_CMD_UPD_OFFLOAD$/, 'the older way of `offload`, which the link itself has from Linux 6.2 on'],
  [/^TEAM_CMD_NOOP$/, 'does nothing'],
  [
    /^IFLA_BOND_SLAVE_(ACTOR_PORT_PRIO|AD_CHURN_)/,
    'of Linux 6.18, in newer headers of 6.1 too: no kernel that the tests have knows it',
  ],
  [/^IFLA_(NETKIT|OVPN|AMT|PFCP)_|^NETKIT_|^OVPN_MODE_/, kind, '6.7'],
  [
    /^IFLA_VXLAN_MC_ROUTE$/,
    'the kernel takes it and never tells it, so that nobody could know whether it was ignored',
    '6.17',
  ],
  [/^IFLA_BOND_(BROADCAST_NEIGH|LACP_STRICT)$/, 'no kernel that the tests have knows it', '6.17'],
  [
    /^BR_BOOLOPT_FDB_LOCAL_VLAN_0$/,
    'the first kernels that have it crash where they are built without VLAN filtering; none of the tests’ kernels has both',
    '6.18',
  ],
  [/^IFLA_GENEVE_GRO_HINT$/, 'no kernel that the tests have knows it', '7.0'],
  [/^IFLA_IF_NETNSID$/, 'another name of IFLA_TARGET_NETNSID'],
  [/^IFLA_PROTO_DOWN_REASON_/, 'inside of IFLA_PROTO_DOWN_REASON, which is passed over'],
  [
    /^IFLA_INET_CONF$|^IFLA_INET6_(CONF|FLAGS|STATS|MCAST|CACHEINFO|ICMP6STATS|RA_MTU)$/,
    'read only; settings are sysctls',
  ],
  [/^TCA_(RSVP|ROUTE4|FW|TCINDEX|FLOW|BASIC|CGROUP|BPF)_|^FLOW_(KEY|MODE)_|^(TCA_EMATCH|TCF_LAYER|TCF_EM)_/, filter],
  [
    /^TCA_(RED|GRED|CHOKE|HFSC|CBQ|DSMARK|ATM|DRR|MQPRIO|SFB|QFQ|CODEL|FQ|HHF|PIE|CBS|ETF|CAKE|TAPRIO|ETS)_(?!CODEL_)|^TCA_FQ_PIE_/,
    discipline,
  ],
  [/^(CAKE|TC_MQPRIO|TC_TAPRIO)_/, discipline],
  [/^TCA_ID_/, 'kinds of actions by number; they go by name'],
  [/^TCA_FLOWER_KEY_CT_FLAGS_/, value],
  [/^TCA_FLOWER_KEY_MPLS_OPTS_LSE$/, 'written by hand in front of the table of what is inside'],
  [/^TCA_FQ_CODEL_XSTATS_(QDISC|CLASS)$/, 'whose counters they are, which the place tells'],
  [/^TC_LINKLAYER_UNAWARE$/, 'no link layer is said: 0'],
]
