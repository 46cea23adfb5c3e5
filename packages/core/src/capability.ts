/** What a backend can do, as data: read by users, by `vnet doctor`, and by the conformance suite. @module */

/** Kinds of link whose presence is told as a capability. */
export const capabilityKinds = [
  'bridge',
  'veth',
  'vlan',
  'macvlan',
  'macvtap',
  'vxlan',
  'ifb',
  'dummy',
  'tun',
  'tap',
  'gre',
  'gretap',
  'ip6gre',
  'ip6gretap',
  'erspan',
  'ip6erspan',
  'sit',
  'ipip',
  'ip6tnl',
  'vti',
  'vti6',
  'geneve',
  'ipvlan',
  'ipvtap',
  'bond',
  'team',
  'vrf',
  'nlmon',
  'macsec',
  'hsr',
  'wireguard',
  'netkit',
] as const

/** Kinds of link whose frames take a way of their own: whether they carry packets is told for each; of `vti6` as of `vti`. */
export const packetKinds = [
  'bond',
  'team',
  'ipvlan',
  'vrf',
  'hsr',
  'macsec',
  'wireguard',
  'vxlan',
  'geneve',
  'gre',
  'gretap',
  'ip6gre',
  'ip6gretap',
  'erspan',
  'ip6erspan',
  'sit',
  'ipip',
  'ip6tnl',
  'vti',
] as const satisfies readonly (typeof capabilityKinds)[number][]

/** Disciplines, filters and actions of traffic control whose presence is told as a capability. */
export const trafficCapabilities = [
  'qdisc clsact',
  'qdisc fq_codel',
  'qdisc htb',
  'qdisc ingress',
  'qdisc netem',
  'qdisc prio',
  'qdisc tbf',
  'qdisc teql',
  'filter flower',
  'filter matchall',
  'filter u32',
  'action gact',
  'action mirred',
  'action police',
] as const

/** The name of something that a backend has or lacks. */
export type Capability =
  /** May change the network: CAP_NET_ADMIN over the namespace. */
  | 'admin'
  /** Namespaces with a name, under `/run/netns`. */
  | 'namespace named'
  /** Namespaces without a name. */
  | 'namespace anonymous'
  /** Namespaces of a process. */
  | 'namespace pid'
  /** Namespaces by file descriptor. */
  | 'namespace fd'
  /** Programs can be run inside a namespace. */
  | 'namespace exec'
  /** User namespaces: the same without root. */
  | 'user namespace'
  /** Settings of a namespace under `/proc/sys/net` can be read and written. */
  | 'sysctl'
  /** Addresses and ports of packets can be translated: rules of nf_tables with its chains of type nat. */
  | 'nat'
  /** What bridges forward can be filtered by the MAC it comes from: rules of nf_tables of the family bridge. */
  | 'mac filter'
  /** The kernel tells which sockets of TCP and UDP there are. */
  | 'socket list'
  /** The inventory of NICs: what is behind each link. */
  | 'nic'
  /** NICs tell what their drivers can do: features, queues, rings (ethtool netlink, Linux 5.6). */
  | 'nic features'
  /** Packets flow. */
  | 'packets'
  /** They flow through links of a kind, as bonds, VRFs and tunnels. */
  | `packets ${(typeof packetKinds)[number]}`
  /** Disciplines and filters do something to packets: delay, drop, redirect. */
  | 'traffic control'
  /** Bridges act on what frames say: snooping of groups (IGMP, MLD), proxy ARP, neighbour suppression. */
  | 'bridge protocols'
  /** The bridge tells VLANs apart. */
  | 'bridge vlan-filtering'
  /** Tunnels over IP can be wrapped in UDP: foo over UDP, generic UDP encapsulation. */
  | 'tunnel encap'
  /** Requests and events are netlink messages, which an nlmon link shows. */
  | 'netlink'
  /** Requests that the kernel checks strictly, with filters in lists (Linux 4.20). */
  | 'strict checking'
  /** The ethernet bridge's FDB can be filtered and flushed by the kernel (Linux 5.19). */
  | 'fdb flush'
  /** Entries of a multicast database have filter modes, lists of sources and makers, and can be replaced (Linux 6.2). */
  | 'mdb sources'
  /** Multicast databases can be flushed by the kernel (Linux 6.8). */
  | 'mdb flush'
  /** Options of teams can be read and set: CAP_NET_ADMIN in the first user namespace. */
  | 'team options'
  /** Actions of traffic control can be made by themselves, for filters to share: CAP_NET_ADMIN in the first user namespace. */
  | 'shared actions'
  /** Packets can be sent to all links of a block of filters (Linux 6.8). */
  | 'mirred block'
  /** Ports: frames of TUN and TAP links can be read and written. */
  | 'tun port'
  /** Ports with super-frames and unfinished checksums (`IFF_VNET_HDR`). */
  | 'tun offload'
  /** Ports whose frames go through NAPI (Linux 4.15). */
  | 'tun napi'
  /** Ports that open without carrier (Linux 6.3). */
  | 'tun no-carrier'
  /** Ports take over descriptors of `/dev/net/tun`, and programs of the kernel by descriptors of them. */
  | 'tun fd'
  /** Ports on macvtap and ipvtap links, through their character devices (`/dev/tapINDEX`). */
  | 'tap device'
  /** Frames of any link can be captured: packet sockets (CAP_NET_RAW). */
  | 'capture'
  /** Captures take filter expressions, pcap-filter(7). */
  | 'capture filter'
  /** Sockets inside namespaces: UDP, ICMP, raw IP, frames. Those other than UDP need CAP_NET_RAW. */
  | 'socket'
  /** Sessions of PPPoE in the kernel: `AF_PPPOX` and `/dev/ppp`. */
  | 'pppoe session'
  /** Traffic control: a discipline, filter or action of a kind. */
  | (typeof trafficCapabilities)[number]
  /** Links of a kind. */
  | `link ${(typeof capabilityKinds)[number]}`

/** What a backend can do: `true`, or the reason why not. Constant for the driver's life. */
export type Capabilities = { readonly [C in Capability]: true | string }

/** Every capability, in the order of lists. */
export const capabilities: readonly Capability[] = [
  'admin',
  'namespace named',
  'namespace anonymous',
  'namespace pid',
  'namespace fd',
  'namespace exec',
  'user namespace',
  'sysctl',
  'nat',
  'mac filter',
  'socket list',
  'nic',
  'nic features',
  'packets',
  ...packetKinds.map((kind) => `packets ${kind}` as const),
  'traffic control',
  'bridge protocols',
  'bridge vlan-filtering',
  'tunnel encap',
  'netlink',
  'strict checking',
  'fdb flush',
  'mdb sources',
  'mdb flush',
  'team options',
  'shared actions',
  'mirred block',
  'tun port',
  'tun offload',
  'tun napi',
  'tun no-carrier',
  'tun fd',
  'tap device',
  'capture',
  'capture filter',
  'socket',
  'pppoe session',
  ...trafficCapabilities,
  ...capabilityKinds.map((kind) => `link ${kind}` as const),
]

/** What to do about a capability that is missing on a Linux kernel. */
export function remedyOf(capability: Capability): string {
  const traffic = trafficOptions[capability]
  if (traffic !== undefined) return `this kernel lacks ${capability}: it needs ${traffic[0]}, module ${traffic[1]}`
  const kind = capability.startsWith('link ') ? capability.slice(5) : undefined
  if (kind !== undefined) {
    const source = kernelOptions[kind]
    return source === undefined
      ? `use a kernel that has links of kind ${kind}`
      : `this kernel lacks ${kind}: it needs ${source[0]}${source[1] === '' ? '' : `, module ${source[1]}`}`
  }
  if (capability.startsWith('packets ')) return withKernel
  return remedies[capability] ?? 'use another backend'
}

/** The CONFIG option and the module (none where it is never one) that bring a kind of link or of traffic control; `undefined` for all else. */
export function kernelSourceOf(
  capability: Capability,
): { readonly config: string; readonly module?: string } | undefined {
  const source =
    trafficOptions[capability] ?? (capability.startsWith('link ') ? kernelOptions[capability.slice(5)] : undefined)
  if (source === undefined) return undefined
  const [config, module] = source
  return module === '' ? { config } : { config, module }
}

/** What to do where only a kernel has it. */
const withKernel = 'use a backend with a kernel: napi or ffi'

const remedies: { readonly [name: string]: string | undefined } = {
  admin: 'run as root, with CAP_NET_ADMIN, or inside `unshare --user --map-root-user --net --mount`',
  'namespace named': 'make /run/netns writable: run as root, or inside `unshare --user --map-root-user --net --mount`',
  'namespace anonymous': 'run as root, or inside `unshare --user --map-root-user --net --mount`',
  'namespace pid': withKernel,
  'namespace fd': withKernel,
  'namespace exec': 'use a backend with a kernel: napi or ffi; it needs nsenter and unshare of util-linux',
  'user namespace':
    'allow user namespaces: sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone, AppArmor',
  sysctl: 'make /proc/sys writable: containers mount it to be read only; CONFIG_PROC_SYSCTL',
  nat: 'this kernel translates no addresses: it needs CONFIG_NF_TABLES, CONFIG_NF_TABLES_IPV4, CONFIG_NF_TABLES_IPV6, CONFIG_NFT_NAT, CONFIG_NFT_MASQ, CONFIG_NFT_REDIR and CONFIG_NFT_FIB_IPV4, CONFIG_NFT_FIB_IPV6, modules nf_tables, nft_chain_nat, nft_nat, nft_masq, nft_redir, nft_fib_ipv4 and nft_fib_ipv6',
  'mac filter':
    'this kernel filters nothing that bridges forward: it needs CONFIG_NF_TABLES and CONFIG_NF_TABLES_BRIDGE, modules nf_tables and bridge',
  'socket list':
    'this kernel tells of no sockets: it needs CONFIG_INET_DIAG and CONFIG_INET_UDP_DIAG, modules tcp_diag and udp_diag',
  nic: withKernel,
  'nic features': 'use Linux 5.6 or later, with CONFIG_ETHTOOL_NETLINK',
  packets: withKernel,
  'bridge vlan-filtering': 'this kernel lacks VLAN filtering on bridges: it needs CONFIG_BRIDGE_VLAN_FILTERING',
  'tunnel encap':
    'this kernel wraps no tunnels in UDP: it needs CONFIG_NET_FOU_IP_TUNNELS and CONFIG_IPV6_FOU_TUNNEL, modules fou and fou6 loaded',
  'traffic control': withKernel,
  'bridge protocols': withKernel,
  netlink: withKernel,
  'strict checking': 'use Linux 4.20 or later',
  'fdb flush': 'use Linux 5.19 or later',
  'mdb sources': 'use Linux 6.2 or later',
  'mdb flush': 'use Linux 6.8 or later',
  'team options':
    'run as root outside of any user namespace: the kernel speaks with nobody else about teams; it needs CONFIG_NET_TEAM, module team',
  'shared actions':
    'run as root outside of any user namespace: the kernel lets nobody else make actions by themselves; it needs CONFIG_NET_CLS_ACT',
  'mirred block': 'use Linux 6.8 or later, with CONFIG_NET_ACT_MIRRED',
  'tun port':
    'it needs /dev/net/tun (CONFIG_TUN, module tun) that this user may open; and a backend with a kernel: napi or ffi',
  'tun offload': 'use a kernel with IFF_VNET_HDR (Linux 2.6.27), and a /dev/net/tun that this user may open',
  'tun napi': 'use Linux 4.15 or later, and a /dev/net/tun that this user may open',
  capture:
    'run as root, with CAP_NET_RAW, or inside `unshare --user --map-root-user --net --mount`; on a backend with a kernel: napi or ffi',
  'capture filter': 'filters come with captures: use a backend with those',
  socket: 'use a backend with sockets: napi, ffi or mock',
  'pppoe session':
    'this kernel has no sessions of PPPoE of its own: it needs CONFIG_PPP and CONFIG_PPPOE, modules ppp_generic and pppoe, and /dev/ppp; as root',
  'tun fd': withKernel,
  'tap device': withKernel,
  'tun no-carrier': 'use Linux 6.3 or later, and a /dev/net/tun that this user may open',
}

/** CONFIG option and module of each kind of link. */
const kernelOptions: { readonly [kind: string]: readonly [config: string, module: string] | undefined } = {
  bridge: ['CONFIG_BRIDGE', 'bridge'],
  veth: ['CONFIG_VETH', 'veth'],
  vlan: ['CONFIG_VLAN_8021Q', '8021q'],
  macvlan: ['CONFIG_MACVLAN', 'macvlan'],
  macvtap: ['CONFIG_MACVTAP', 'macvtap'],
  vxlan: ['CONFIG_VXLAN', 'vxlan'],
  ifb: ['CONFIG_IFB', 'ifb'],
  dummy: ['CONFIG_DUMMY', 'dummy'],
  tun: ['CONFIG_TUN and /dev/net/tun', 'tun'],
  tap: ['CONFIG_TUN and /dev/net/tun', 'tun'],
  gre: ['CONFIG_NET_IPGRE', 'ip_gre'],
  gretap: ['CONFIG_NET_IPGRE', 'ip_gre'],
  erspan: ['CONFIG_NET_IPGRE', 'ip_gre'],
  ip6gre: ['CONFIG_IPV6_GRE', 'ip6_gre'],
  ip6gretap: ['CONFIG_IPV6_GRE', 'ip6_gre'],
  ip6erspan: ['CONFIG_IPV6_GRE', 'ip6_gre'],
  sit: ['CONFIG_IPV6_SIT', 'sit'],
  ipip: ['CONFIG_NET_IPIP', 'ipip'],
  ip6tnl: ['CONFIG_IPV6_TUNNEL', 'ip6_tunnel'],
  vti: ['CONFIG_NET_IPVTI', 'ip_vti'],
  vti6: ['CONFIG_IPV6_VTI', 'ip6_vti'],
  geneve: ['CONFIG_GENEVE', 'geneve'],
  ipvlan: ['CONFIG_IPVLAN', 'ipvlan'],
  ipvtap: ['CONFIG_IPVTAP', 'ipvtap'],
  bond: ['CONFIG_BONDING', 'bonding'],
  team: ['CONFIG_NET_TEAM', 'team'],
  vrf: ['CONFIG_NET_VRF', 'vrf'],
  nlmon: ['CONFIG_NLMON', 'nlmon'],
  macsec: ['CONFIG_MACSEC', 'macsec'],
  hsr: ['CONFIG_HSR', 'hsr'],
  wireguard: ['CONFIG_WIREGUARD', 'wireguard'],
  netkit: ['CONFIG_NETKIT', ''],
}

/** CONFIG option and module of each part of traffic control. */
const trafficOptions: { readonly [capability: string]: readonly [config: string, module: string] | undefined } = {
  'qdisc clsact': ['CONFIG_NET_SCH_INGRESS', 'sch_ingress'],
  'qdisc fq_codel': ['CONFIG_NET_SCH_FQ_CODEL', 'sch_fq_codel'],
  'qdisc htb': ['CONFIG_NET_SCH_HTB', 'sch_htb'],
  'qdisc ingress': ['CONFIG_NET_SCH_INGRESS', 'sch_ingress'],
  'qdisc netem': ['CONFIG_NET_SCH_NETEM', 'sch_netem'],
  'qdisc prio': ['CONFIG_NET_SCH_PRIO', 'sch_prio'],
  'qdisc tbf': ['CONFIG_NET_SCH_TBF', 'sch_tbf'],
  'qdisc teql': ['CONFIG_NET_SCH_TEQL', 'sch_teql'],
  'filter flower': ['CONFIG_NET_CLS_FLOWER', 'cls_flower'],
  'filter matchall': ['CONFIG_NET_CLS_MATCHALL', 'cls_matchall'],
  'filter u32': ['CONFIG_NET_CLS_U32', 'cls_u32'],
  'action gact': ['CONFIG_NET_ACT_GACT', 'act_gact'],
  'action mirred': ['CONFIG_NET_ACT_MIRRED', 'act_mirred'],
  'action police': ['CONFIG_NET_ACT_POLICE', 'act_police'],
}
