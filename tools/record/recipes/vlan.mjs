// Recipes: 802.1Q and 802.1ad links, and the VLANs of bridge ports. The development machine's kernel has neither.

import { bridged, veth } from './setup.mjs'

const refuses = 'the answer depends on CONFIG_VLAN_8021Q; the request does not'

export const vlan = [
  { name: 'link/add-vlan', setup: [veth], command: 'ip link add v0.10 link v0 type vlan id 10', note: refuses },
  {
    name: 'link/add-vlan-8021ad',
    setup: [veth],
    command: 'ip link add v0.20 link v0 type vlan protocol 802.1ad id 20',
    note: refuses,
  },
  {
    name: 'link/add-vlan-flags',
    setup: [veth],
    command:
      'ip link add v0.10 link v0 type vlan id 10 reorder_hdr off gvrp on mvrp on loose_binding on bridge_binding on',
    note: refuses,
  },
  {
    name: 'link/add-vlan-qos',
    setup: [veth],
    command: 'ip link add v0.10 link v0 type vlan id 10 ingress-qos-map 1:2 3:4 egress-qos-map 5:6 7:0',
    note: refuses,
  },
  ...[
    ['add', 'add vid 10 dev v0'],
    ['add-pvid', 'add vid 10 dev v0 pvid untagged'],
    ['add-range', 'add vid 100-199 dev v0'],
    ['add-self', 'add vid 10 dev br0 self'],
    ['add-tunnel', 'add vid 10 dev v0 tunnel_info id 1010'],
    ['delete', 'del vid 10 dev v0'],
    ['set-state', 'set vid 10 dev v0 state blocking'],
    ['set-global', 'global set vid 10 dev br0 mcast_snooping 0'],
  ].map(([name, words]) => ({
    name: `vlan/${name}`,
    setup: bridged,
    command: `bridge vlan ${words}`,
    note: 'the answer depends on CONFIG_BRIDGE_VLAN_FILTERING; the request does not',
  })),
]
