/** Links against what `ip -d -s -j link` (iproute2 6.1, Linux 6.18) wrote of the same state. */
import { describe, expect, it } from 'vitest'
import { linkJson } from '../src/render/ip-json/link.js'
import { testLink, testNames } from './names.js'

const names = testNames([
  { index: 2, name: 'br0' },
  { index: 4, name: 'v2' },
  { index: 5, name: 'v1', up: false },
])
const limits = {
  gsoMaxSize: 65536,
  gsoMaxSegments: 65535,
  tsoMaxSize: 524280,
  tsoMaxSegments: 65535,
  groMaxSize: 65536,
}
const detailed = {
  promiscuity: 0,
  allMulticast: 0,
  minMtu: 68,
  maxMtu: 65535,
  addrGenMode: 0,
  txQueues: 1,
  rxQueues: 1,
  limits,
}
const tail =
  '"inet6_addr_gen_mode":"eui64","num_tx_queues":1,"num_rx_queues":1,"gso_max_size":65536,"gso_max_segs":65535,"tso_max_size":524280,"tso_max_segs":65535,"gro_max_size":65536}'

/** The text tells the order of the keys too. */
function same(link: Parameters<typeof testLink>[0], recorded: string, detail = {}): void {
  expect(JSON.stringify(linkJson(testLink(link), names, detail))).toBe(recorded)
}

describe('ip -j link', () => {
  it('writes a loopback', () => {
    same(
      {
        index: 1,
        name: 'lo',
        type: 'loopback',
        mac: '00:00:00:00:00:00',
        broadcast: '00:00:00:00:00:00',
        up: true,
        flags: ['LOOPBACK', 'UP', 'LOWER_UP'],
        mtu: 65536,
        qdisc: 'noqueue',
        operationalState: 'unknown',
      },
      '{"ifindex":1,"ifname":"lo","flags":["LOOPBACK","UP","LOWER_UP"],"mtu":65536,"qdisc":"noqueue","operstate":"UNKNOWN","linkmode":"DEFAULT","group":"default","txqlen":1000,"link_type":"loopback","address":"00:00:00:00:00:00","broadcast":"00:00:00:00:00:00"}',
    )
  })

  it('writes the end of a veth pair whose other end is in another namespace, as a port with an alias', () => {
    same(
      {
        index: 3,
        name: 'v0',
        kind: 'veth',
        parent: 2,
        linkNamespaceId: 0,
        master: 2,
        mac: 'b2:23:4d:38:dd:64',
        up: true,
        flags: ['BROADCAST', 'MULTICAST', 'UP', 'LOWER_UP'],
        mtu: 1400,
        qdisc: 'noqueue',
        operationalState: 'up',
        alias: 'to blue',
      },
      '{"ifindex":3,"link_index":2,"ifname":"v0","flags":["BROADCAST","MULTICAST","UP","LOWER_UP"],"mtu":1400,"qdisc":"noqueue","master":"br0","operstate":"UP","linkmode":"DEFAULT","group":"default","txqlen":1000,"link_type":"ether","address":"b2:23:4d:38:dd:64","broadcast":"ff:ff:ff:ff:ff:ff","link_netnsid":0,"ifalias":"to blue"}',
    )
  })

  it('adds M-DOWN where the other end is down, a group by number, no length of an empty queue', () => {
    same(
      {
        index: 4,
        name: 'v2',
        parent: 5,
        mac: 'be:70:70:d8:8f:2b',
        up: true,
        flags: ['NO-CARRIER', 'BROADCAST', 'MULTICAST', 'UP'],
        qdisc: 'noqueue',
        operationalState: 'lowerlayerdown',
        group: 7,
        txQueueLength: 0,
        altNames: ['longname1', 'longname2'],
      },
      '{"ifindex":4,"link":"v1","ifname":"v2","flags":["NO-CARRIER","BROADCAST","MULTICAST","UP","M-DOWN"],"mtu":1500,"qdisc":"noqueue","operstate":"LOWERLAYERDOWN","linkmode":"DEFAULT","group":"7","link_type":"ether","address":"be:70:70:d8:8f:2b","broadcast":"ff:ff:ff:ff:ff:ff","altnames":["longname1","longname2"]}',
    )
  })

  it('writes a TUN without hardware, and a name for a lower link that is not there', () => {
    same(
      {
        index: 17,
        name: 'tun0',
        type: 'none',
        flags: ['POINTOPOINT', 'MULTICAST', 'NOARP'],
        broadcast: undefined as never,
        txQueueLength: 500,
        parent: 99,
        linkMode: 1,
      },
      '{"ifindex":17,"link":"if99","ifname":"tun0","flags":["POINTOPOINT","MULTICAST","NOARP"],"mtu":1500,"qdisc":"noop","operstate":"DOWN","linkmode":"DORMANT","group":"default","txqlen":500,"link_type":"none"}',
    )
  })

  it('writes a bridge with details and statistics', () => {
    same(
      {
        index: 2,
        name: 'br0',
        kind: 'bridge',
        mac: '02:00:00:00:00:01',
        up: true,
        flags: ['NO-CARRIER', 'BROADCAST', 'MULTICAST', 'UP'],
        mtu: 1400,
        qdisc: 'noqueue',
        ...detailed,
        bridge: {
          forwardDelay: 4,
          helloTime: 2,
          maxAge: 20,
          ageingTime: 300,
          stp: true,
          priority: 32768,
          vlanFiltering: false,
          bridgeId: '8000.02:00:00:00:00:01',
          rootId: '8000.02:00:00:00:00:01',
          rootPort: 0,
          rootPathCost: 0,
          topologyChange: false,
          topologyChangeDetected: false,
          helloTimer: 0.39,
          tcnTimer: 0,
          topologyChangeTimer: 0,
          gcTimer: 298.49,
          groupForwardMask: 8,
          groupAddress: '01:80:c2:00:00:00',
          multicastSnooping: true,
          noLinkLocalLearn: false,
          multicastVlanSnooping: false,
          multicastRouter: 1,
          multicastQueryUseIfaddr: false,
          multicastQuerier: false,
          multicastHashElasticity: 16,
          multicastHashMax: 4096,
          multicastLastMemberCount: 2,
          multicastStartupQueryCount: 2,
          multicastLastMemberInterval: 1,
          multicastMembershipInterval: 260,
          multicastQuerierInterval: 255,
          multicastQueryInterval: 125,
          multicastQueryResponseInterval: 10,
          multicastStartupQueryInterval: 31.24,
          multicastStatsEnabled: false,
          multicastIgmpVersion: 2,
          multicastMldVersion: 1,
          nfCallIptables: false,
          nfCallIp6tables: false,
          nfCallArptables: false,
        },
        statistics: {
          ...{
            rxPackets: 0,
            txPackets: 0,
            rxBytes: 0,
            txBytes: 0,
            rxErrors: 0,
            txErrors: 0,
            rxDropped: 0,
            txDropped: 2,
          },
          ...{ multicast: 0, collisions: 0, rxLengthErrors: 0, rxOverErrors: 0, rxCrcErrors: 0, rxFrameErrors: 0 },
          ...{ rxFifoErrors: 0, rxMissedErrors: 0, txAbortedErrors: 0, txCarrierErrors: 0, txFifoErrors: 0 },
          ...{ txHeartbeatErrors: 0, txWindowErrors: 0, rxCompressed: 0, txCompressed: 0, rxNoHandler: 0 },
        },
      },
      `{"ifindex":2,"ifname":"br0","flags":["NO-CARRIER","BROADCAST","MULTICAST","UP"],"mtu":1400,"qdisc":"noqueue","operstate":"DOWN","linkmode":"DEFAULT","group":"default","txqlen":1000,"link_type":"ether","address":"02:00:00:00:00:01","broadcast":"ff:ff:ff:ff:ff:ff","promiscuity":0,"allmulti":0,"min_mtu":68,"max_mtu":65535,"linkinfo":{"info_kind":"bridge","info_data":{"forward_delay":400,"hello_time":200,"max_age":2000,"ageing_time":30000,"stp_state":1,"priority":32768,"vlan_filtering":0,"bridge_id":"8000.2:0:0:0:0:1","root_id":"8000.2:0:0:0:0:1","root_port":0,"root_path_cost":0,"topology_change":0,"topology_change_detected":0,"hello_timer":0.39,"tcn_timer":0,"topology_change_timer":0,"gc_timer":298.49,"group_fwd_mask":"0x8","group_addr":"01:80:c2:00:00:00","mcast_snooping":1,"no_linklocal_learn":0,"mcast_vlan_snooping":0,"mcast_router":1,"mcast_query_use_ifaddr":0,"mcast_querier":0,"mcast_hash_elasticity":16,"mcast_hash_max":4096,"mcast_last_member_cnt":2,"mcast_startup_query_cnt":2,"mcast_last_member_intvl":100,"mcast_membership_intvl":26000,"mcast_querier_intvl":25500,"mcast_query_intvl":12500,"mcast_query_response_intvl":1000,"mcast_startup_query_intvl":3124,"mcast_stats_enabled":0,"mcast_igmp_version":2,"mcast_mld_version":1,"nf_call_iptables":0,"nf_call_ip6tables":0,"nf_call_arptables":0}},${tail.slice(0, -1)},"stats64":{"rx":{"bytes":0,"packets":0,"errors":0,"dropped":0,"over_errors":0,"multicast":0},"tx":{"bytes":0,"packets":0,"errors":0,"dropped":2,"carrier_errors":0,"collisions":0}}}`,
      { details: true, statistics: true },
    )
  })

  it('writes a port of a bridge', () => {
    const json = linkJson(
      testLink({
        index: 9,
        name: 'vc',
        kind: 'veth',
        master: 2,
        portKind: 'bridge',
        port: {
          state: 'forwarding',
          priority: 32,
          cost: 2,
          hairpin: false,
          guard: false,
          rootBlock: false,
          fastLeave: false,
          learning: true,
          flood: true,
          id: 0x8002,
          number: 2,
          designatedPort: 32770,
          designatedCost: 0,
          bridgeId: '8000.f6:c7:bd:a9:68:9c',
          rootId: '8000.f6:c7:bd:a9:68:9c',
          holdTimer: 0,
          messageAgeTimer: 0,
          forwardDelayTimer: 14.94,
          topologyChangeAck: false,
          configPending: false,
          proxyArp: false,
          proxyArpWifi: false,
          multicastRouter: 1,
          multicastFlood: true,
          broadcastFlood: true,
          multicastToUnicast: false,
          neighbourSuppress: false,
          groupForwardMask: 0x4008,
          vlanTunnel: false,
          isolated: true,
          locked: false,
          backupPort: 4,
        },
      }),
      names,
      { details: true },
    )
    expect(JSON.stringify(json.linkinfo)).toBe(
      '{"info_kind":"veth","info_slave_kind":"bridge","info_slave_data":{"state":"forwarding","priority":32,"cost":2,"hairpin":false,"guard":false,"root_block":false,"fastleave":false,"learning":true,"flood":true,"id":"0x8002","no":"0x2","designated_port":32770,"designated_cost":0,"bridge_id":"8000.f6:c7:bd:a9:68:9c","root_id":"8000.f6:c7:bd:a9:68:9c","hold_timer":0,"message_age_timer":0,"forward_delay_timer":14.94,"topology_change_ack":0,"config_pending":0,"proxy_arp":false,"proxy_arp_wifi":false,"multicast_router":1,"mcast_flood":true,"bcast_flood":true,"mcast_to_unicast":false,"neigh_suppress":false,"group_fwd_mask":"0x4008","group_fwd_mask_str":"0x8,lldp","vlan_tunnel":false,"isolated":true,"locked":false,"backup_port":"v2"}}',
    )
  })

  const udp = { udpChecksum: true, udpZeroChecksum6Tx: false, udpZeroChecksum6Rx: false }
  it.each([
    [
      'macvlan in mode source',
      {
        kind: 'macvlan',
        macvlan: {
          mode: 'source',
          noDestination: true,
          broadcastQueueLength: 1000,
          broadcastQueueUsed: 1000,
          macs: ['02:00:00:00:00:aa', '02:00:00:00:00:bb'],
        },
      },
      '{"info_kind":"macvlan","info_data":{"mode":"source","nodst":true,"bcqueuelen":1000,"usedbcqueuelen":1000,"macaddr_count":2,"macaddr_data":["02:00:00:00:00:aa","02:00:00:00:00:bb"]}}',
    ],
    [
      'macvtap without promiscuous parent',
      {
        kind: 'macvtap',
        macvlan: { mode: 'passthru', noPromiscuous: true, broadcastQueueLength: 1000, broadcastQueueUsed: 1000 },
      },
      '{"info_kind":"macvtap","info_data":{"mode":"passthru","nopromisc":true,"bcqueuelen":1000,"usedbcqueuelen":1000}}',
    ],
    [
      'gre with keys and a wrapping',
      {
        kind: 'gre',
        gre: {
          ...{ remote: '192.0.2.2', ttl: 64, tos: 1, pmtudisc: false, ignoreDf: true, ikey: 5, okey: 0xc0000263 },
          ...{ iseq: true, oseq: false, icsum: false, ocsum: true, fwmark: 7, external: false, encap: 'gue' },
          ...{ encapSport: 7, encapDport: 5555, encapCsum: true, encapCsum6: false, encapRemcsum: false },
        },
      },
      '{"info_kind":"gre","info_data":{"remote":"192.0.2.2","local":"any","ttl":64,"tos":"0x1","pmtudisc":false,"ignore_df":true,"ikey":"0.0.0.5","okey":"192.0.2.99","iseq":true,"ocsum":true,"fwmark":"0x7","encap":{"type":"gue","sport":7,"dport":5555,"csum":true,"csum6":false,"remcsum":false}}}',
    ],
    [
      'ip6gre that inherits',
      {
        kind: 'ip6gre',
        ip6gre: {
          ...{ local: '2001:db8::1', remote: '2001:db8::2', link: 4, ttl: 64, tclassInherit: true },
          ...{ flowLabel: 7, dscpInherit: true, allowLocalRemote: true, ikey: 1, fwmark: 0 },
        },
      },
      '{"info_kind":"ip6gre","info_data":{"remote":"2001:db8::2","local":"2001:db8::1","link":"v2","ttl":64,"ip6_tnl_f_ign_encap_limit":true,"ip6_tnl_f_use_orig_tclass":true,"flowlabel":"0x00007","ip6_tnl_f_rcv_dscp_copy":true,"ikey":"0.0.0.1","ip6_tnl_f_allow_local_remote":true}}',
    ],
    [
      'erspan of version 2',
      {
        kind: 'erspan',
        erspan: {
          remote: '192.0.2.2',
          ttl: 0,
          ikey: 7,
          okey: 7,
          erspanVersion: 2,
          erspanDir: 'egress',
          erspanHwid: 17,
        },
      },
      '{"info_kind":"erspan","info_data":{"remote":"192.0.2.2","local":"any","ttl":0,"ikey":"0.0.0.7","okey":"0.0.0.7","erspan_ver":2,"erspan_dir":"egress","erspan_hwid":"0x11"}}',
    ],
    [
      'sit with IPv6 rapid deployment',
      {
        kind: 'sit',
        sit: {
          ...{ mode: 'ip6ip', remote: '192.0.2.2', ttl: 64, pmtudisc: true, isatap: true },
          ...{ sixrdPrefix: '2001:db8::', sixrdPrefixLength: 32 },
          ...{ sixrdRelayPrefix: '192.0.2.0', sixrdRelayPrefixLength: 24 },
        },
      },
      '{"info_kind":"sit","info_data":{"proto":"ip6ip","remote":"192.0.2.2","local":"any","ttl":64,"pmtudisc":true,"isatap":true,"prefix":"2001:db8::","prefixlen":32,"relay_prefix":"192.0.2.0","relay_prefixlen":24}}',
    ],
    [
      'vti with a mark',
      { kind: 'vti6', vti6: { local: '2001:db8::1', ikey: 7, okey: 0, fwmark: 3 } },
      '{"info_kind":"vti6","info_data":{"remote":"any","local":"2001:db8::1","ikey":"0.0.0.7","fwmark":"0x3"}}',
    ],
    [
      'geneve over IPv6',
      {
        kind: 'geneve',
        geneve: {
          ...{ id: 5, remote: '2001:db8::2', ttl: 0, ttlInherit: true, tos: 1, flowLabel: 7, df: 'unset', port: 7777 },
          ...{ udpZeroChecksum6Tx: false, udpZeroChecksum6Rx: true, innerProtocolInherit: true },
        },
      },
      '{"info_kind":"geneve","info_data":{"id":5,"remote6":"2001:db8::2","tos":"0x1","df":"unset","label":"0x7","port":7777,"udp_zero_csum6_tx":false,"udp_zero_csum6_rx":true,"inner_proto_inherit":true}}',
    ],
    [
      'vxlan to one remote',
      {
        kind: 'vxlan',
        vxlan: {
          id: 42,
          remote: '172.20.1.2',
          local: '172.20.1.1',
          link: 4,
          portRange: [0, 0],
          port: 4789,
          learning: true,
          ttl: 0,
          df: 'unset',
          ageing: 300,
          ...udp,
        },
      },
      '{"info_kind":"vxlan","info_data":{"id":42,"remote":"172.20.1.2","local":"172.20.1.1","link":"v2","port_range":{"low":0,"high":0},"port":4789,"learning":true,"ttl":0,"df":"unset","ageing":300,"udp_csum":true,"udp_zero_csum6_tx":false,"udp_zero_csum6_rx":false}}',
    ],
    [
      'vxlan to a group',
      {
        kind: 'vxlan',
        vxlan: {
          id: 43,
          remote: '239.1.1.1',
          link: 4,
          portRange: [0, 0],
          port: 8472,
          learning: false,
          proxy: true,
          rsc: true,
          l2Miss: true,
          l3Miss: true,
          tos: 16,
          ttl: 5,
          df: 'unset',
          ageing: 100,
          maxEntries: 10,
          ...udp,
        },
      },
      '{"info_kind":"vxlan","info_data":{"id":43,"group":"239.1.1.1","link":"v2","port_range":{"low":0,"high":0},"port":8472,"learning":false,"proxy":true,"rsc":true,"l2miss":true,"l3miss":true,"tos":"0x10","ttl":5,"df":"unset","ageing":100,"limit":10,"udp_csum":true,"udp_zero_csum6_tx":false,"udp_zero_csum6_rx":false}}',
    ],
    [
      'vxlan over IPv6',
      {
        kind: 'vxlan',
        vxlan: {
          id: 44,
          remote: 'fd00::2',
          local: 'fd00::1',
          portRange: [0, 0],
          port: 4789,
          learning: true,
          ttl: 0,
          df: 'unset',
          flowLabel: 7,
          ageing: 300,
          udpChecksum: true,
          udpZeroChecksum6Tx: true,
          udpZeroChecksum6Rx: true,
        },
      },
      '{"info_kind":"vxlan","info_data":{"id":44,"remote6":"fd00::2","local6":"fd00::1","port_range":{"low":0,"high":0},"port":4789,"learning":true,"ttl":0,"df":"unset","label":"0x7","ageing":300,"udp_csum":true,"udp_zero_csum6_tx":true,"udp_zero_csum6_rx":true}}',
    ],
    [
      'vxlan with parameters in each packet',
      {
        kind: 'vxlan',
        vxlan: {
          external: true,
          vniFilter: true,
          id: 0,
          portRange: [0, 0],
          port: 4788,
          learning: false,
          ttl: 0,
          df: 'unset',
          ageing: 300,
          ...udp,
        },
      },
      '{"info_kind":"vxlan","info_data":{"external":true,"vnifilter":true,"id":0,"port_range":{"low":0,"high":0},"port":4788,"learning":false,"ttl":0,"df":"unset","ageing":300,"udp_csum":true,"udp_zero_csum6_tx":false,"udp_zero_csum6_rx":false}}',
    ],
    [
      'vxlan with group policy and inherited hop limit',
      {
        kind: 'vxlan',
        vxlan: {
          id: 50,
          portRange: [0, 0],
          port: 4787,
          learning: true,
          ttl: 0,
          ttlInherit: true,
          df: 'set',
          ageing: 300,
          ...udp,
          gbp: true,
        },
      },
      '{"info_kind":"vxlan","info_data":{"id":50,"port_range":{"low":0,"high":0},"port":4787,"learning":true,"df":"set","ageing":300,"udp_csum":true,"udp_zero_csum6_tx":false,"udp_zero_csum6_rx":false,"gbp":true}}',
    ],
    [
      'vlan',
      { kind: 'vlan', vlan: { id: 10, protocol: '802.1Q', reorderHeader: true, ingressQos: { 1: 5 } } },
      '{"info_kind":"vlan","info_data":{"protocol":"802.1Q","id":10,"flags":["REORDER_HDR"],"ingress_qos":[{"from":1,"to":5}]}}',
    ],
    [
      'tap with several queues',
      {
        kind: 'tap',
        tun: {
          packetInformation: false,
          vnetHeader: false,
          multiQueue: true,
          queues: 0,
          disabledQueues: 0,
          persistent: true,
          owner: 0,
          ownerGroup: 0,
        },
      },
      '{"info_kind":"tun","info_data":{"type":"tap","pi":false,"vnet_hdr":false,"multi_queue":true,"numqueues":0,"numdisabled":0,"persist":true,"user":"root","group":"root"}}',
    ],
    ['a kind without options', { kind: 'ifb' }, '{"info_kind":"ifb"}'],
  ] as const)('writes %s', (_, own, recorded) => {
    const json = linkJson(testLink({ index: 20, name: 'x', ...own } as never), names, { details: true })
    expect(JSON.stringify(json.linkinfo)).toBe(recorded)
  })

  it('keeps the order of details', () => {
    same(
      {
        index: 14,
        name: 'ifb7',
        kind: 'ifb',
        mac: '8e:67:4a:5b:95:eb',
        ...detailed,
        parentBus: 'virtio',
        parentDevice: 'virtio2',
      },
      `{"ifindex":14,"ifname":"ifb7","flags":["BROADCAST","MULTICAST"],"mtu":1500,"qdisc":"noop","operstate":"DOWN","linkmode":"DEFAULT","group":"default","txqlen":1000,"link_type":"ether","address":"8e:67:4a:5b:95:eb","broadcast":"ff:ff:ff:ff:ff:ff","promiscuity":0,"allmulti":0,"min_mtu":68,"max_mtu":65535,"linkinfo":{"info_kind":"ifb"},${tail.slice(0, -1)},"parentbus":"virtio","parentdev":"virtio2"}`,
      { details: true },
    )
  })
})
