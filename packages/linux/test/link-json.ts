/** What `ip -j -d` prints of a link, in vnet's words; both are then compared as plain data. */
import { type Link, type LinkStatistics, portStates } from '@vnet/core'
import { kindReaders, portReaders } from './kind-json.js'

type Json = Readonly<Record<string, unknown>>

/** The link as vnet would tell it, for what `ip` prints. */
export function linkOf(json: Json, indexOf: (name: string) => number | undefined): Json {
  const info = (json.linkinfo ?? {}) as Json
  const kind = info.info_kind === 'tun' ? (info.info_data as Json).type : info.info_kind
  const data = (info.info_data ?? {}) as Json
  const port = info.info_slave_data as Json | undefined
  const [property, read] = kindReaders[String(kind)] ?? []
  return defined({
    index: json.ifindex,
    name: json.ifname,
    kind,
    type: json.link_type,
    mac: json.address,
    broadcast: json.broadcast,
    up: (json.flags as string[]).includes('UP'),
    // M-DOWN is a remark of `ip` on the name of another link.
    flags: (json.flags as string[]).filter((flag) => flag !== 'M-DOWN'),
    operationalState: String(json.operstate).toLowerCase(),
    linkMode: json.linkmode === 'DORMANT' ? 1 : 0,
    mtu: json.mtu,
    minMtu: json.min_mtu ?? 0,
    maxMtu: json.max_mtu ?? 0,
    master: json.master === undefined ? undefined : indexOf(json.master as string),
    parent: json.link === null ? 0 : json.link === undefined ? json.link_index : indexOf(json.link as string),
    linkNamespaceId: json.link_netnsid,
    group: json.group === 'default' ? 0 : Number(json.group),
    txQueueLength: json.txqlen ?? 0,
    qdisc: json.qdisc,
    txQueues: json.num_tx_queues,
    rxQueues: json.num_rx_queues,
    altNames: json.altnames ?? [],
    alias: json.ifalias,
    promiscuity: json.promiscuity,
    allMulticast: json.allmulti,
    permanentMac: json.permaddr,
    parentDevice: json.parentdev,
    parentBus: json.parentbus,
    addrGenMode: json.inet6_addr_gen_mode === undefined ? undefined : modes.indexOf(String(json.inet6_addr_gen_mode)),
    portKind: info.info_slave_kind,
    bridge: kind === 'bridge' ? bridge(data) : undefined,
    vlan: kind === 'vlan' ? vlan(data) : undefined,
    macvlan: kind === 'macvlan' || kind === 'macvtap' ? macvlan(data) : undefined,
    vxlan: kind === 'vxlan' ? vxlan(data, indexOf) : undefined,
    tun: kind === 'tun' || kind === 'tap' ? tun(data) : undefined,
    ...(tunnelKinds.has(String(kind)) ? { [String(kind)]: tunnel(data, indexOf) } : {}),
    ...(property === undefined || read === undefined ? {} : { [property]: read(data, indexOf) }),
    ...portOfKind(info.info_slave_kind, port),
    gsoMaxSize: json.gso_max_size,
    gsoMaxSegments: json.gso_max_segs,
    tsoMaxSize: json.tso_max_size,
    tsoMaxSegments: json.tso_max_segs,
    groMaxSize: json.gro_max_size,
    statistics: json.stats64 === undefined ? undefined : statistics(json.stats64 as Record<string, Json>),
  })
}

const ownProperties = Object.values(kindReaders).map(([property]) => property)

/** The same selection of a decoded link: what `ip` does not print, or prints by names of the machine, is left out. */
export function comparable(link: Link, like: Json): Json {
  const { limits, other: _, data: __, ...rest } = link
  const flat: Record<string, unknown> = { ...rest, ...limits }
  delete flat.gsoIpv4MaxSize
  delete flat.groIpv4MaxSize
  for (const property of [
    'bridge',
    'vlan',
    'macvlan',
    'vxlan',
    'tun',
    ...tunnelKinds,
    ...ownProperties,
    'port',
    'statistics',
  ]) {
    const state = flat[property] as Json | undefined
    const wanted = like[property] as Json | undefined
    if (wanted === undefined && property === 'statistics') delete flat.statistics
    if (state === undefined || wanted === undefined) continue
    flat[property] = Object.fromEntries(Object.entries(state).filter(([name]) => name in wanted))
  }
  return flat
}

/** The state as a port, under the property for the kind of its master. */
function portOfKind(word: unknown, data: Json | undefined): Json {
  if (data === undefined) return {}
  const [property, read] = portReaders[String(word)] ?? ['port', portOf]
  return { [property]: read(data) }
}

const modes = ['eui64', 'none', 'stable_secret', 'random']
const defined = (of: Record<string, unknown>): Json =>
  Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined))
const yes = (value: unknown) => (value === undefined ? undefined : value === true || value === 1)
const hundredths = (value: unknown) => (value === undefined ? undefined : Number(value) / 100)
/** `ip` prints the octets of the MAC without leading zeros. */
const bridgeId = (value: unknown) =>
  value === undefined
    ? undefined
    : String(value).replace(/^([^.]*)\.(.*)$/, (_, priority: string, mac: string) => {
        const octets = mac.split(':').map((octet) => octet.padStart(2, '0'))
        return `${priority.padStart(4, '0')}.${octets.join(':')}`
      })

const bridge = (d: Json): Json =>
  defined({
    forwardDelay: hundredths(d.forward_delay),
    helloTime: hundredths(d.hello_time),
    maxAge: hundredths(d.max_age),
    ageingTime: hundredths(d.ageing_time),
    stp: yes(d.stp_state),
    priority: d.priority,
    vlanFiltering: yes(d.vlan_filtering),
    vlanProtocol: d.vlan_protocol,
    bridgeId: bridgeId(d.bridge_id),
    rootId: bridgeId(d.root_id),
    rootPort: d.root_port,
    rootPathCost: d.root_path_cost,
    topologyChange: yes(d.topology_change),
    topologyChangeDetected: yes(d.topology_change_detected),
    helloTimer: d.hello_timer,
    tcnTimer: d.tcn_timer,
    topologyChangeTimer: d.topology_change_timer,
    gcTimer: d.gc_timer,
    vlanDefaultPvid: d.vlan_default_pvid,
    vlanStatsEnabled: yes(d.vlan_stats_enabled),
    vlanStatsPerPort: yes(d.vlan_stats_per_port),
    groupForwardMask: d.group_fwd_mask === undefined ? undefined : Number(d.group_fwd_mask),
    groupAddress: d.group_addr,
    multicastSnooping: yes(d.mcast_snooping),
    noLinkLocalLearn: yes(d.no_linklocal_learn),
    multicastVlanSnooping: yes(d.mcast_vlan_snooping),
    multicastRouter: d.mcast_router,
    multicastQueryUseIfaddr: yes(d.mcast_query_use_ifaddr),
    multicastQuerier: yes(d.mcast_querier),
    multicastHashElasticity: d.mcast_hash_elasticity,
    multicastHashMax: d.mcast_hash_max,
    multicastLastMemberCount: d.mcast_last_member_cnt,
    multicastStartupQueryCount: d.mcast_startup_query_cnt,
    multicastLastMemberInterval: hundredths(d.mcast_last_member_intvl),
    multicastMembershipInterval: hundredths(d.mcast_membership_intvl),
    multicastQuerierInterval: hundredths(d.mcast_querier_intvl),
    multicastQueryInterval: hundredths(d.mcast_query_intvl),
    multicastQueryResponseInterval: hundredths(d.mcast_query_response_intvl),
    multicastStartupQueryInterval: hundredths(d.mcast_startup_query_intvl),
    multicastStatsEnabled: yes(d.mcast_stats_enabled),
    multicastIgmpVersion: d.mcast_igmp_version,
    multicastMldVersion: d.mcast_mld_version,
    nfCallIptables: yes(d.nf_call_iptables),
    nfCallIp6tables: yes(d.nf_call_ip6tables),
    nfCallArptables: yes(d.nf_call_arptables),
  })

const vlan = (d: Json): Json => {
  const flags = d.flags as string[]
  const map = (of: unknown) =>
    of === undefined ? undefined : Object.fromEntries((of as { from: number; to: number }[]).map((m) => [m.from, m.to]))
  return defined({
    id: d.id,
    protocol: d.protocol,
    reorderHeader: flags.includes('REORDER_HDR'),
    gvrp: flags.includes('GVRP'),
    mvrp: flags.includes('MVRP'),
    looseBinding: flags.includes('LOOSE_BINDING'),
    bridgeBinding: flags.includes('BRIDGE_BINDING'),
    ingressQos: map(d.ingress_qos),
    egressQos: map(d.egress_qos),
  })
}

const macvlan = (d: Json): Json =>
  defined({
    mode: d.mode,
    broadcastQueueLength: d.bcqueuelen,
    broadcastQueueUsed: d.usedbcqueuelen,
    macs: d.macaddr_data,
  })

const vxlan = (d: Json, indexOf: (name: string) => number | undefined): Json => {
  const range = d.port_range as { low: number; high: number } | undefined
  return defined({
    id: d.id,
    remote: d.remote ?? d.remote6 ?? d.group ?? d.group6,
    local: d.local ?? d.local6,
    link: d.link === undefined ? undefined : indexOf(String(d.link)),
    port: d.port,
    portRange: range === undefined ? undefined : [range.low, range.high],
    learning: d.learning,
    proxy: d.proxy,
    rsc: d.rsc,
    l2Miss: d.l2miss,
    l3Miss: d.l3miss,
    tos: d.tos === undefined ? undefined : Number(d.tos),
    ttl: d.ttl === undefined || d.ttl === 'auto' ? undefined : d.ttl,
    df: d.df,
    flowLabel: d.label === undefined ? undefined : Number(d.label),
    ageing: d.ageing,
    maxEntries: d.limit,
    udpChecksum: d.udp_csum,
    udpZeroChecksum6Tx: d.udp_zero_csum6_tx,
    udpZeroChecksum6Rx: d.udp_zero_csum6_rx,
    remoteChecksumTx: d.remcsum_tx,
    remoteChecksumRx: d.remcsum_rx,
    external: d.external,
    vniFilter: d.vnifilter,
    gbp: d.gbp,
    gpe: d.gpe,
  })
}

/** Kinds whose properties have the kernel's word for the kind. */
const tunnelKinds: ReadonlySet<string> = new Set([
  'erspan',
  'geneve',
  'gre',
  'gretap',
  'ip6erspan',
  'ip6gre',
  'ip6gretap',
  'ip6tnl',
  'ipip',
  'sit',
  'vti',
  'vti6',
])

const address = (value: unknown) => (value === 'any' ? undefined : value)
const number = (value: unknown) => (value === undefined ? undefined : Number(value))
/** `ip` prints a key as four numbers. */
const key = (value: unknown) =>
  value === undefined
    ? undefined
    : String(value)
        .split('.')
        .reduce((sum, part) => sum * 256 + Number(part), 0)

const tunnel = (d: Json, indexOf: (name: string) => number | undefined): Json => {
  const encap = (d.encap ?? {}) as Json
  return defined({
    external: d.external,
    mode: d.proto,
    id: d.id,
    remote: address(d.remote ?? d.remote6),
    local: address(d.local),
    link: d.link === undefined ? undefined : indexOf(String(d.link)),
    ttl: d.ttl,
    tos: number(d.tos),
    pmtudisc: d.pmtudisc,
    ignoreDf: d.ignore_df,
    encapLimit: d.encap_limit,
    tclass: number(d.tclass),
    flowLabel: number(d.flowlabel ?? d.label),
    tclassInherit: d.ip6_tnl_f_use_orig_tclass,
    flowLabelInherit: d.ip6_tnl_f_use_orig_flowlabel,
    dscpInherit: d.ip6_tnl_f_rcv_dscp_copy,
    allowLocalRemote: d.ip6_tnl_f_allow_local_remote,
    fwmarkInherit: d.ip6_tnl_f_use_orig_fwmark,
    ikey: key(d.ikey),
    okey: key(d.okey),
    iseq: d.iseq,
    oseq: d.oseq,
    icsum: d.icsum,
    ocsum: d.ocsum,
    fwmark: number(d.fwmark),
    erspanVersion: d.erspan_ver,
    erspanIndex: d.erspan_index,
    erspanDir: d.erspan_dir,
    erspanHwid: number(d.erspan_hwid),
    isatap: d.isatap,
    sixrdPrefix: d.prefix,
    sixrdPrefixLength: d.prefixlen,
    sixrdRelayPrefix: d.relay_prefix,
    sixrdRelayPrefixLength: d.relay_prefixlen,
    encap: encap.type,
    encapSport: encap.sport,
    encapDport: encap.dport,
    encapCsum: encap.csum,
    encapCsum6: encap.csum6,
    encapRemcsum: encap.remcsum,
    port: d.port,
    df: d.df,
    udpChecksum: d.udp_csum,
    udpZeroChecksum6Tx: d.udp_zero_csum6_tx,
    udpZeroChecksum6Rx: d.udp_zero_csum6_rx,
    innerProtocolInherit: d.inner_proto_inherit,
  })
}

const tun = (d: Json): Json =>
  defined({
    packetInformation: d.pi,
    vnetHeader: d.vnet_hdr,
    multiQueue: d.multi_queue,
    persistent: d.persist,
    queues: d.numqueues,
    disabledQueues: d.numdisabled,
  })

const portOf = (d: Json): Json =>
  defined({
    state: typeof d.state === 'number' ? portStates[d.state] : d.state,
    priority: d.priority,
    cost: d.cost,
    hairpin: d.hairpin,
    guard: d.guard,
    rootBlock: d.root_block,
    fastLeave: d.fastleave,
    learning: d.learning,
    flood: d.flood,
    id: Number(d.id),
    number: Number(d.no),
    designatedPort: d.designated_port,
    designatedCost: d.designated_cost,
    bridgeId: bridgeId(d.bridge_id),
    rootId: bridgeId(d.root_id),
    holdTimer: d.hold_timer,
    messageAgeTimer: d.message_age_timer,
    forwardDelayTimer: d.forward_delay_timer,
    topologyChangeAck: yes(d.topology_change_ack),
    configPending: yes(d.config_pending),
    proxyArp: d.proxy_arp,
    proxyArpWifi: d.proxy_arp_wifi,
    multicastRouter: d.multicast_router,
    multicastFlood: d.mcast_flood,
    broadcastFlood: d.bcast_flood,
    multicastToUnicast: d.mcast_to_unicast,
    neighbourSuppress: d.neigh_suppress,
    groupForwardMask: Number(d.group_fwd_mask),
    vlanTunnel: d.vlan_tunnel,
    isolated: d.isolated,
    locked: d.locked,
  })

const statistics = ({ rx = {}, tx = {} }: Record<string, Json>): Partial<LinkStatistics> & Json =>
  defined({
    rxBytes: rx.bytes,
    rxPackets: rx.packets,
    rxErrors: rx.errors,
    rxDropped: rx.dropped,
    // `ip` counts what the ring overran and what was missed as one.
    rxOverErrors: rx.over_errors,
    multicast: rx.multicast,
    txBytes: tx.bytes,
    txPackets: tx.packets,
    txErrors: tx.errors,
    txDropped: tx.dropped,
    txCarrierErrors: tx.carrier_errors,
    collisions: tx.collisions,
  })
