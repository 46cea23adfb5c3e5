// Recipes: `ip link add type bridge` and changing a bridge; every option that iproute2 6.1 can set.

import { bridge as br0 } from './setup.mjs'

const add = 'ip link add br0 type bridge'

/** Options by theme; the kernel of the development machine has neither VLAN filtering nor per-VLAN statistics. */
const themes = {
  timers: 'forward_delay 300 hello_time 150 max_age 1500 ageing_time 12345',
  stp: 'stp_state 1 priority 4096 group_fwd_mask 0x8 group_address 01:80:c2:00:00:04 no_linklocal_learn 1',
  multicast:
    'mcast_snooping 1 mcast_router 2 mcast_query_use_ifaddr 1 mcast_querier 1 mcast_hash_elasticity 8 ' +
    'mcast_hash_max 1024 mcast_last_member_count 3 mcast_startup_query_count 4 mcast_last_member_interval 110 ' +
    'mcast_membership_interval 27000 mcast_querier_interval 26000 mcast_query_interval 13000 ' +
    'mcast_query_response_interval 900 mcast_startup_query_interval 3200 mcast_stats_enabled 1 ' +
    'mcast_igmp_version 3 mcast_mld_version 2',
  netfilter: 'nf_call_iptables 1 nf_call_ip6tables 1 nf_call_arptables 1',
  vlan:
    'vlan_filtering 1 vlan_protocol 802.1ad vlan_default_pvid 7 vlan_stats_enabled 1 vlan_stats_per_port 1 ' +
    'mcast_vlan_snooping 1',
}
const all = Object.values(themes).join(' ')
const here = [themes.timers, themes.stp, themes.multicast].join(' ')

export const bridge = [
  { name: 'link/add-bridge', command: add },
  { name: 'link/add-bridge-with-mac', command: 'ip link add br0 address 02:00:00:00:00:b0 type bridge' },
  ...Object.entries(themes).map(([theme, options]) => ({
    name: `link/add-bridge-${theme}`,
    command: `${add} ${options}`,
  })),
  { name: 'link/add-bridge-all-options', command: `${add} ${all}` },
  {
    name: 'link/set-bridge-options',
    setup: [br0],
    command: 'ip link set dev br0 type bridge ageing_time 6000 stp_state 0',
  },
  { name: 'link/set-bridge-vlan-filtering', setup: [br0], command: 'ip link set dev br0 type bridge vlan_filtering 1' },
  { name: 'link/set-bridge-fdb-flush', setup: [br0], command: 'ip link set dev br0 type bridge fdb_flush' },
  { name: 'link/get-bridge', setup: [br0], command: 'ip -j -d link show dev br0' },
  {
    name: 'link/get-bridge-all-options',
    setup: [`${br0} ${here}`],
    command: 'ip -j -d link show dev br0',
    note: 'all but the netfilter and vlan themes, which this kernel may refuse',
  },
]
