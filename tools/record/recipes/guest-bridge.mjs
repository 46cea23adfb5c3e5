// Recipes for a guest kernel: VLANs, forwarding entries and multicast groups of a bridge that knows VLANs.

import { bridged, bridgedUp } from './setup.mjs'

const filtering = 'ip link set dev br0 type bridge vlan_filtering 1'
const member = 'bridge vlan add vid 10 dev v0'
const vlans = [
  ...bridged,
  filtering,
  'bridge vlan add vid 10 dev v0 pvid untagged',
  'bridge vlan add vid 20-23 dev v0',
  'bridge vlan add vid 10 dev br0 self',
]
const snooping = 'ip link set dev br0 type bridge vlan_filtering 1 mcast_vlan_snooping 1'
const tunnels = [
  'ip link add br0 type bridge vlan_filtering 1',
  'ip link add vx0 address 02:00:00:00:00:a0 type vxlan external dstport 4789',
  'ip link set vx0 master br0',
  'ip link set vx0 type bridge_slave vlan_tunnel on',
]
const options =
  'vlan_filtering 1 vlan_protocol 802.1ad vlan_default_pvid 7 vlan_stats_enabled 1 vlan_stats_per_port 1 ' +
  'nf_call_iptables 1 nf_call_ip6tables 1 nf_call_arptables 1'
const group = 'bridge mdb add dev br0 port v0 grp 239.1.2.3'

/** @type {Omit<import('../recipes.mjs').Recipe, 'kernel'>[]} */
const recipes = [
  {
    name: 'guest-link/get-bridge-vlan-options',
    setup: [`ip link add br0 address 02:00:00:00:00:b0 type bridge ${options}`],
    command: 'ip -j -d link show dev br0',
  },
  ...[
    ['add', member],
    ['add-pvid', 'bridge vlan add vid 10 dev v0 pvid untagged'],
    ['add-range', 'bridge vlan add vid 100-199 dev v0'],
    ['add-self', 'bridge vlan add vid 10 dev br0 self'],
    ['delete', 'bridge vlan del vid 10 dev v0', member],
    ['delete-range', 'bridge vlan del vid 10-12 dev v0', 'bridge vlan add vid 10-12 dev v0'],
    ['set-state', 'bridge vlan set vid 10 dev v0 state blocking', member],
    ['set-router', 'bridge vlan set vid 10 dev v0 mcast_router 2', snooping, member],
    [
      'set-global',
      'bridge vlan global set vid 10 dev br0 mcast_snooping 0',
      snooping,
      'bridge vlan add vid 10 dev br0 self',
    ],
    [
      'set-global-all',
      'bridge vlan global set vid 10 dev br0 mcast_snooping 1 mcast_querier 1 mcast_igmp_version 3 mcast_mld_version 2 ' +
        'mcast_last_member_count 3 mcast_last_member_interval 200 mcast_startup_query_count 4 ' +
        'mcast_startup_query_interval 3000 mcast_membership_interval 26000 mcast_querier_interval 25500 ' +
        'mcast_query_interval 12500 mcast_query_response_interval 1000',
      snooping,
      'bridge vlan add vid 10 dev br0 self',
    ],
  ].map(([name, command, ...before]) => ({
    name: `guest-vlan/${name}`,
    setup: [...bridged, filtering, ...before],
    command,
  })),
  { name: 'guest-vlan/list', setup: vlans, command: 'bridge -j vlan show' },
  { name: 'guest-vlan/list-details', setup: vlans, command: 'bridge -j -d vlan show' },
  { name: 'guest-vlan/list-statistics', setup: vlans, command: 'bridge -s -j vlan show' },
  {
    name: 'guest-vlan/list-global',
    setup: [...vlans, snooping],
    command: 'bridge -j -d vlan global show dev br0',
  },
  {
    name: 'guest-vlan/add-tunnel',
    setup: [...tunnels, 'bridge vlan add vid 10 dev vx0'],
    command: 'bridge vlan add vid 10 dev vx0 tunnel_info id 1010',
  },
  {
    name: 'guest-vlan/list-tunnel',
    setup: [
      ...tunnels,
      'bridge vlan add vid 10-12 dev vx0',
      'bridge vlan add vid 10-12 dev vx0 tunnel_info id 1010-1012',
    ],
    command: 'bridge -j vlan tunnelshow',
  },
  {
    name: 'guest-fdb/list-vlans',
    setup: [...vlans, 'bridge fdb add 02:00:00:00:0f:01 dev v0 master static vlan 10'],
    command: 'bridge -j -d fdb show br br0',
  },
  {
    name: 'guest-fdb/add-vlan',
    setup: vlans,
    command: 'bridge fdb add 02:00:00:00:0f:01 dev v0 master static vlan 10',
  },
  ...[
    ['add', group],
    ['add-permanent', 'bridge mdb add dev br0 port v0 grp ff0e::7 permanent'],
    ['add-source', 'bridge mdb add dev br0 port v0 grp 239.1.2.3 src 192.0.2.9 permanent'],
    ['add-mac', 'bridge mdb add dev br0 port v0 grp 01:00:5e:01:02:03 permanent'],
    ['add-vlan', 'bridge mdb add dev br0 port v0 grp 239.1.2.3 permanent vid 10', filtering, member],
    ['add-host', 'bridge mdb add dev br0 port br0 grp 239.1.2.3'],
    ['delete', 'bridge mdb del dev br0 port v0 grp 239.1.2.3', group],
    ['list', 'bridge -j -d -s mdb show', `${group} permanent`, 'bridge mdb add dev br0 port v0 grp ff0e::7'],
  ].map(([name, command, ...before]) => ({
    name: `guest-mdb/${name}`,
    setup: [...bridgedUp, 'sleep 1.3', ...before],
    command,
  })),
]

export const guestBridge = recipes.map((recipe) => ({ ...recipe, kernel: /** @type {const} */ ('uml') }))
