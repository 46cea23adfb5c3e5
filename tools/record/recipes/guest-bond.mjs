// Recipes for a guest kernel: bonds with their options, and the ports of bonds, teams and VRFs.

import { veth } from './setup.mjs'

const mac = 'address 02:00:00:00:00:f0'

/** Words behind `ip link add x0 … type bond`. @type {[name: string, words: string][]} */
const bonds = [
  ['', ' mode active-backup miimon 100 updelay 200 downdelay 300 fail_over_mac active'],
  ['-minimal', ''],
  ['-balance-rr', ' mode balance-rr packets_per_slave 3 resend_igmp 7'],
  ['-balance-xor', ' mode balance-xor xmit_hash_policy layer2+3 miimon 50 use_carrier 0 min_links 1'],
  ['-broadcast', ' mode broadcast miimon 100 all_slaves_active 1'],
  ['-8023ad', ' mode 802.3ad lacp_rate fast xmit_hash_policy layer3+4 ad_select count'],
  [
    '-8023ad-actor',
    ' mode 802.3ad lacp_active off ad_actor_sys_prio 7 ad_user_port_key 9 ad_actor_system 02:00:00:00:00:77 ' +
      'ad_select bandwidth xmit_hash_policy vlan+srcmac',
  ],
  ['-balance-tlb', ' mode balance-tlb miimon 100 tlb_dynamic_lb 0 xmit_hash_policy encap3+4'],
  ['-balance-alb', ' mode balance-alb miimon 100 lp_interval 5 primary_reselect better'],
  [
    '-arp',
    ' mode active-backup arp_interval 100 arp_ip_target 192.0.2.1,192.0.2.2 arp_validate all arp_all_targets all ' +
      'num_grat_arp 4 arp_missed_max 5',
  ],
  ['-neighbour', ' mode active-backup arp_interval 100 ns_ip6_target 2001:db8::1,2001:db8::2'],
  ['-notify', ' mode active-backup miimon 100 peer_notify_delay 300 num_unsol_na 2 fail_over_mac follow'],
]

/** Ports, with what their master is. @type {[name: string, setup: string[]][]} */
const ports = [
  ['bond-port', ['ip link add b0 type bond mode active-backup', 'ip link set v0 master b0']],
  [
    'bond-port-8023ad',
    ['ip link add b0 type bond mode 802.3ad miimon 100', 'ip link set v0 master b0', 'ip link set b0 up'],
  ],
  ['team-port', ['ip link add t0 type team', 'ip link set v0 master t0']],
  ['vrf-port', ['ip link add r0 type vrf table 100', 'ip link set v0 master r0']],
]

/** @type {[name: string, setup: string[], command: string][]} */
const changes = [
  ['set-bond', ['ip link add x0 type bond'], 'ip link set dev x0 type bond miimon 200 updelay 400 resend_igmp 3'],
  [
    'set-bond-active',
    ['ip link add x0 type bond mode active-backup', 'ip link set v0 master x0', 'ip link set x0 up'],
    'ip link set dev x0 type bond primary v0 active_slave v0',
  ],
  [
    'set-bond-port',
    ['ip link add x0 type bond mode active-backup', 'ip link set v0 master x0'],
    'ip link set dev v0 type bond_slave queue_id 3',
  ],
  ['set-master-bond', ['ip link add x0 type bond mode active-backup'], 'ip link set dev v0 master x0'],
  ['set-master-vrf', ['ip link add x0 type vrf table 100'], 'ip link set dev v0 master x0'],
  ['set-master-team', ['ip link add x0 type team'], 'ip link set dev v0 master x0'],
]

export const guestBond = [
  ...bonds.flatMap(([name, words]) => [
    { name: `guest-link/add-bond${name}`, setup: [], command: `ip link add x0 ${mac} type bond${words}` },
    {
      name: `guest-link/get-bond${name}`,
      setup: [`ip link add x0 ${mac} type bond${words}`],
      command: 'ip -j -d link show dev x0',
    },
  ]),
  ...ports.map(([name, setup]) => ({
    name: `guest-link/get-${name}`,
    setup: [veth, ...setup],
    command: 'ip -j -d link show dev v0',
  })),
  ...changes.map(([name, setup, command]) => ({ name: `guest-link/${name}`, setup: [veth, ...setup], command })),
].map((recipe) => ({ ...recipe, kernel: /** @type {const} */ ('uml') }))
