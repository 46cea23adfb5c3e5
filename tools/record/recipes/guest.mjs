// Recipes for a guest kernel with every link kind: what the development machine's kernel refuses.

import { bridged, veth } from './setup.mjs'

const mac = 'address 02:00:00:00:00:f0'
const ends = 'local 192.0.2.1 remote 192.0.2.2'
const ends6 = 'local 2001:db8::1 remote 2001:db8::2'
const filtering = 'ip link set dev br0 type bridge vlan_filtering 1'

/** Links by the name of their fixture: how each is made; it is called x0. @type {[name: string, words: string][]} */
const links = [
  ['dummy', `${mac} type dummy`],
  ['vlan', `link v0 ${mac} type vlan id 10`],
  [
    'vlan-options',
    `link v0 ${mac} type vlan protocol 802.1ad id 20 reorder_hdr off gvrp on mvrp on loose_binding on ` +
      'ingress-qos-map 1:2 3:4 egress-qos-map 5:6 7:1',
  ],
  ['gre', `type gre ${ends} ttl 64 tos 0x10 ikey 1 okey 2 iseq ocsum`],
  ['gretap', `${mac} type gretap ${ends} key 7 csum seq`],
  ['ip6gre', `type ip6gre ${ends6} hoplimit 32 encaplimit 4 flowlabel 0x12345`],
  ['ipip', `type ipip ${ends} nopmtudisc ttl 0`],
  ['ip6tnl', `type ip6tnl ${ends6} mode ipip6`],
  ['sit', `type sit ${ends} ttl 64 mode ip6ip`],
  ['geneve', `${mac} type geneve id 42 remote 192.0.2.2 dstport 6081 ttl 64 df set`],
  ['vrf', `${mac} type vrf table 100`],
  ['bond', `${mac} type bond mode active-backup miimon 100 updelay 200 downdelay 300 fail_over_mac active`],
  ['bond-8023ad', `${mac} type bond mode 802.3ad lacp_rate fast xmit_hash_policy layer3+4 ad_select count`],
  ['ipvlan', 'link v0 type ipvlan mode l3s private'],
  ['ipvtap', 'link v0 type ipvtap mode l2 bridge'],
  ['macsec', `link v0 ${mac} type macsec port 11 encrypt on`],
  ['nlmon', 'type nlmon'],
  ['vxlan', `${mac} type vxlan id 42 remote 192.0.2.2 dstport 4789`],
  ['macvlan', `link v0 ${mac} type macvlan mode bridge`],
]

/** @type {[name: string, command: string, setup: string[]][]} */
const vlanCommands = [
  ['add', 'bridge vlan add vid 10 dev v0', []],
  ['add-pvid', 'bridge vlan add vid 10 dev v0 pvid untagged', []],
  ['add-range', 'bridge vlan add vid 100-199 dev v0', []],
  ['add-self', 'bridge vlan add vid 10 dev br0 self', []],
  ['delete', 'bridge vlan del vid 10 dev v0', ['bridge vlan add vid 10 dev v0']],
  ['set-state', 'bridge vlan set vid 10 dev v0 state blocking', ['bridge vlan add vid 10 dev v0']],
]
const vlans = [
  ...bridged,
  filtering,
  'bridge vlan add vid 10 dev v0 pvid untagged',
  'bridge vlan add vid 20-23 dev v0',
  'bridge vlan add vid 10 dev br0 self',
]

const options =
  'vlan_filtering 1 vlan_protocol 802.1ad vlan_default_pvid 7 vlan_stats_enabled 1 vlan_stats_per_port 1 ' +
  'nf_call_iptables 1 nf_call_ip6tables 1 nf_call_arptables 1'

/** @type {Omit<import('../recipes.mjs').Recipe, 'guest'>[]} */
const recipes = [
  ...links.map(([name, words]) => ({
    name: `guest-link/get-${name}`,
    setup: [veth, `ip link add x0 ${words}`],
    command: 'ip -j -d link show dev x0',
  })),
  {
    name: 'guest-link/add-dummy',
    command: 'ip -echo -j -d link add x0 address 02:00:00:00:00:f0 type dummy',
    note: 'this kernel takes NLM_F_ECHO but answers with an ack only (older than 6.2)',
  },
  {
    name: 'guest-link/get-bridge-vlan-options',
    setup: [`ip link add br0 address 02:00:00:00:00:b0 type bridge ${options}`],
    command: 'ip -j -d link show dev br0',
  },
  {
    name: 'guest-link/get-bond-port',
    setup: [veth, 'ip link add b0 type bond mode active-backup', 'ip link set v0 master b0'],
    command: 'ip -j -d link show dev v0',
  },
  {
    name: 'guest-link/get-vrf-port',
    setup: [veth, 'ip link add r0 type vrf table 100', 'ip link set v0 master r0'],
    command: 'ip -j -d link show dev v0',
  },
  {
    name: 'guest-link/list',
    setup: bridged,
    command: 'ip -s -j -d link show',
    note: 'with fallback devices of tunnels',
  },
  {
    name: 'guest-link/set-carrier-off',
    setup: ['ip link add x0 type dummy', 'ip link set x0 up'],
    command: 'ip link set dev x0 carrier off',
  },
  ...vlanCommands.map(([name, command, before]) => ({
    name: `guest-vlan/${name}`,
    setup: [...bridged, filtering, ...before],
    command,
  })),
  { name: 'guest-vlan/list', setup: vlans, command: 'bridge -j vlan show' },
  { name: 'guest-vlan/list-details', setup: vlans, command: 'bridge -j -d vlan show' },
  { name: 'guest-vlan/list-statistics', setup: vlans, command: 'bridge -s -j vlan show' },
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
]

export const guest = recipes.map((recipe) => ({ ...recipe, guest: true }))
