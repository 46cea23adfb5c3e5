// Recipes: `tc qdisc`, `tc class`, `tc filter`. Rates and sizes are such that `tc`, which counts in whole microseconds, rounds nothing.

import { veth } from './setup.mjs'

const htb = 'tc qdisc add dev v0 root handle 1: htb default 30'
const clsact = 'tc qdisc add dev v0 clsact'
const sharing = 'tc qdisc add dev v0 ingress_block 7 clsact'
const ifb = 'ip link add ifb9 type ifb'

/** @type {[name: string, words: string][]} */
const disciplines = [
  ['tbf', 'root handle 1: tbf rate 10mbit burst 10000 limit 50000'],
  ['tbf-latency', 'root tbf rate 8mbit burst 4000 latency 50ms'],
  ['tbf-peak', 'root handle 1: tbf rate 8mbit burst 4000 limit 9000 peakrate 16mbit minburst 2000 mpu 64 overhead 10'],
  ['tbf-overhead', 'root handle 1: stab overhead -4 linklayer ethernet tbf rate 10mbit burst 10000 limit 50000'],
  ['tbf-cells', 'root handle 1: stab overhead 24 linklayer atm mpu 96 tbf rate 10mbit burst 10000 limit 50000'],
  ['pfifo-cells', 'root handle 1: stab linklayer atm mtu 100000 tsize 3 pfifo limit 7'],
  ['tbf-wide', 'root handle 1: tbf rate 40gbit burst 320000 limit 320000'],
  ['htb', 'root handle 1: htb default 30 r2q 20 direct_qlen 7'],
  ['pfifo', 'root handle 2: pfifo limit 7'],
  ['bfifo', 'root handle 2: bfifo'],
  ['ingress', 'ingress'],
  ['clsact', 'clsact'],
]
/** @type {[name: string, words: string][]} */
const guests = [
  ['netem', 'root handle 1: netem delay 100ms 10ms 25% loss 10% 50% duplicate 20% corrupt 30% reorder 40% 50% gap 5'],
  ['netem-loss-state', 'root handle 1: netem loss state 10% 20% 30% 40% 5%'],
  ['netem-loss-gemodel', 'root handle 1: netem loss gemodel 10% 20% 70% 5%'],
  [
    'fq-codel',
    'root handle 1: fq_codel limit 500 flows 64 target 3ms interval 50ms quantum 300 noecn memory_limit 4000000',
  ],
]

const qdisc = [
  ...disciplines.map(([name, words]) => ({ name: `qdisc/add-${name}`, command: `tc qdisc add dev v0 ${words}` })),
  ...guests.map(([name, words]) => ({
    name: `guest-qdisc/same-${name}`,
    command: `tc qdisc add dev v0 ${words}`,
    kernel: 'uml',
  })),
  {
    name: 'qdisc/change',
    setup: ['tc qdisc add dev v0 root handle 2: pfifo'],
    command: 'tc qdisc change dev v0 root handle 2: pfifo limit 9',
  },
  { name: 'qdisc/replace', command: 'tc qdisc replace dev v0 root handle 2: pfifo limit 9' },
  { name: 'qdisc/delete', setup: [htb], command: 'tc qdisc delete dev v0 root handle 1:' },
  {
    name: 'qdisc/list-cells',
    setup: ['tc qdisc add dev v0 root handle 1: stab overhead 24 linklayer atm mpu 96 pfifo limit 7'],
    command: 'tc -s -d -j qdisc show dev v0',
  },
  { name: 'qdisc/list', setup: [htb, clsact], command: 'tc -s -d -j qdisc show dev v0' },
]

const tclass = [
  {
    name: 'class/add',
    setup: [htb],
    command:
      'tc class add dev v0 parent 1: classid 1:10 htb rate 10mbit ceil 20mbit burst 10000 cburst 20000 prio 3 quantum 3000',
  },
  {
    name: 'class/add-default-burst',
    setup: [htb],
    command: 'tc class add dev v0 parent 1: classid 1:10 htb rate 8mbit',
  },
  {
    name: 'class/add-wide',
    setup: [htb],
    command: 'tc class add dev v0 parent 1: classid 1:10 htb rate 40gbit burst 320000 cburst 320000 mpu 64 overhead 24',
  },
  {
    name: 'class/change',
    setup: [htb, 'tc class add dev v0 parent 1: classid 1:10 htb rate 8mbit'],
    command: 'tc class change dev v0 parent 1: classid 1:10 htb rate 16mbit',
  },
  {
    name: 'class/delete',
    setup: [htb, 'tc class add dev v0 parent 1: classid 1:10 htb rate 8mbit'],
    command: 'tc class delete dev v0 classid 1:10',
  },
]

/** Words behind `protocol`: what a filter of flower matches. @type {[name: string, words: string][]} */
const flowers = [
  ['tcp', 'ip flower ip_proto tcp tcp_flags 0x2/0x12 ip_tos 0x10/0xfc ip_ttl 64'],
  ['ports', 'ip flower ip_proto udp src_port 1000-2000 dst_port 53/255'],
  ['sctp', 'ipv6 flower ip_proto sctp src_port 7'],
  ['icmp', 'ip flower ip_proto icmp type 8 code 0'],
  ['icmpv6', 'ipv6 flower ip_proto icmpv6 type 128/254'],
  ['arp', 'arp flower arp_op request arp_sip 10.0.0.0/8 arp_sha 02:00:00:00:00:07 arp_tha 02:00:00:00:00:00/24'],
  ['fragment', 'ip flower ip_flags frag/nofirstfrag'],
  ['group', 'all flower dst_mac 01:00:00:00:00:00/01:00:00:00:00:00'],
  ['tag', '802.1q flower vlan_id 5 vlan_prio 3 vlan_ethtype ip dst_ip 10.0.0.1'],
  ['two-tags', '802.1ad flower vlan_id 5 vlan_ethtype 802.1q cvlan_id 6 cvlan_prio 2 cvlan_ethtype ipv6 ip_proto udp'],
  ['tags', 'all flower num_of_vlans 2 vlan_id 5 cvlan_id 6'],
  ['label', 'mpls_uc flower mpls_label 77 mpls_tc 3 mpls_bos 1 mpls_ttl 64'],
  ['labels', 'mpls_uc flower mpls lse depth 1 label 5 tc 2 bos 0 ttl 3 lse depth 3 label 7'],
  ['session', 'ppp_ses flower pppoe_sid 77 ppp_proto ip dst_ip 10.0.0.1'],
  [
    'tunnel',
    'all flower enc_key_id 5 enc_src_ip 10.0.0.0/8 enc_dst_ip 10.0.0.1 enc_dst_port 4789 enc_tos 4/0xfc enc_ttl 3',
  ],
  ['tunnel-ipv6', 'ip flower enc_src_ip 2001:db8::/32 enc_dst_ip 2001:db8::1 enc_ttl 3/7'],
  ['geneve', 'all flower enc_key_id 5 geneve_opts 0102:80:00800022'],
  [
    'geneve-two',
    'ip flower geneve_opts 0102:80:00800000/ffff:80:ffffff00,0100:01:0011223300000000/ff00:ff:ffffffff00000000',
  ],
  ['vxlan', 'all flower enc_dst_port 4789 vxlan_opts 258'],
  ['vxlan-mask', 'all flower vxlan_opts 258/65535'],
  ['erspan', 'all flower erspan_opts 1:1048575:0:0'],
  ['erspan-mask', 'all flower erspan_opts 1:4095:0:0/1:4095:255:255'],
  ['erspan-hardware', 'all flower erspan_opts 2:0:1:37'],
  ['erspan-hardware-mask', 'all flower erspan_opts 2:0:0:32/2:4294967295:0:48'],
  ['gtp', 'all flower gtp_opts 01:3f'],
  ['gtp-mask', 'all flower gtp_opts 01:0f/ff:0f'],
  ['connection', 'ip flower ct_state +trk+est-new ct_mark 7/15'],
  ['skip', 'all flower skip_hw'],
]

const filter = [
  {
    name: 'filter/add-u32',
    setup: [clsact],
    command: 'tc filter add dev v0 ingress protocol ip prio 5 u32 match ip dst 10.0.0.0/8 flowid 1:10',
  },
  {
    name: 'filter/add-u32-mirred',
    setup: [clsact, ifb],
    command:
      'tc filter add dev v0 ingress protocol all prio 1 u32 match u32 0 0 action mirred egress redirect dev ifb9',
  },
  {
    name: 'filter/add-block',
    setup: [sharing],
    command: 'tc filter add block 7 protocol ip prio 5 u32 match ip dst 10.0.0.0/8 flowid 1:10',
  },
  {
    name: 'filter/delete-block',
    setup: [sharing, 'tc filter add block 7 protocol ip prio 5 u32 match ip dst 10.0.0.0/8 flowid 1:10'],
    command: 'tc filter del block 7 prio 5',
  },
  {
    name: 'filter/list-block',
    setup: [sharing, 'tc filter add block 7 protocol ip prio 5 u32 match ip dst 10.0.0.0/8 flowid 1:10'],
    command: 'tc -j filter show dev v0 ingress',
  },
  {
    name: 'filter/add-u32-table',
    setup: [clsact],
    command: 'tc filter add dev v0 egress protocol ip prio 5 handle 1: u32 divisor 16',
  },
  ...[
    ['eat', 'offset at 0 mask 0f00 shift 6 eat'],
    ['plus', 'offset at -2 mask ffff plus 4'],
  ].map(([name, words]) => ({
    name: `filter/add-u32-offset-${name}`,
    setup: [clsact, 'tc filter add dev v0 egress protocol ip prio 5 handle 2: u32 divisor 1'],
    command: `tc filter add dev v0 egress protocol ip prio 5 u32 match u32 0 0 ${words} link 2:`,
  })),
  {
    name: 'filter/add-u32-nexthdr',
    setup: [clsact],
    command: 'tc filter add dev v0 egress protocol ip prio 5 u32 match u32 0x50 0xffff at nexthdr+4 flowid 1:10',
  },
  {
    name: 'guest-filter/list-u32-offset',
    kernel: 'uml',
    setup: [
      clsact,
      'tc filter add dev v0 egress protocol ip prio 5 handle 2: u32 divisor 1',
      'tc filter add dev v0 egress protocol ip prio 5 u32 match u32 0 0 offset at 0 mask 0f00 shift 6 plus 4 eat link 2:',
    ],
    command: 'tc -s filter show dev v0 egress',
  },
  {
    name: 'filter/delete',
    setup: [clsact, 'tc filter add dev v0 ingress protocol ip prio 5 u32 match u32 0 0 flowid 1:1'],
    command: 'tc filter delete dev v0 ingress prio 5',
  },
  {
    name: 'filter/list',
    setup: [
      clsact,
      ifb,
      'tc filter add dev v0 ingress protocol ip prio 5 u32 match ip dst 10.0.0.0/8 flowid 1:10 action mirred egress mirror dev ifb9',
    ],
    command: 'tc -s -j filter show dev v0 ingress',
  },
  {
    name: 'guest-filter/same-flower',
    kernel: 'uml',
    setup: [clsact],
    command:
      'tc filter add dev v0 ingress protocol ip prio 5 flower src_mac 02:00:00:00:00:07 dst_ip 10.0.0.0/8 ip_proto tcp dst_port 80 classid 1:10',
  },
  ...flowers.map(([name, words]) => ({
    name: `guest-filter/same-flower-${name}`,
    kernel: /** @type {const} */ ('uml'),
    setup: [clsact],
    command: `tc filter add dev v0 ingress prio 5 protocol ${words}`,
  })),
  {
    name: 'guest-filter/same-matchall-drop',
    kernel: 'uml',
    setup: [clsact],
    command: 'tc filter add dev v0 egress protocol all prio 5 matchall action drop',
  },
  {
    name: 'guest-filter/same-police',
    kernel: 'uml',
    setup: [clsact],
    command:
      'tc filter add dev v0 egress protocol all prio 5 matchall action police rate 8mbit burst 10000 conform-exceed drop/pipe',
  },
]

/** Every one on a link that is there. */
export const traffic = [...qdisc, ...tclass, ...filter].map((recipe) => ({
  ...recipe,
  setup: [veth, ...(recipe.setup ?? [])],
}))
