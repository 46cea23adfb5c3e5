// Recipes for a guest kernel: queueing disciplines, classes, filters and actions.

import { vethUp } from './setup.mjs'

const root = 'dev v0 root handle 1:'

/** Words behind `tc qdisc add`; options in the units that tc prints. @type {[name: string, words: string][]} */
const disciplines = [
  ['netem-delay', `${root} netem delay 10ms 2ms 25%`],
  ['netem-distribution', `${root} netem delay 10ms 2ms distribution normal`],
  ['netem-loss', `${root} netem limit 500 loss 1% 25% duplicate 2% reorder 3% 50% gap 5 corrupt 4% delay 1ms`],
  ['netem-loss-state', `${root} netem loss state 1% 2% 3% 4% 5%`],
  ['netem-loss-gemodel', `${root} netem loss gemodel 1% 10% 70% 0.1% ecn`],
  ['netem-rate', `${root} netem rate 5mbit 20 100 5`],
  ['netem-slot', `${root} netem slot 1ms 2ms packets 32 bytes 64000`],
  ['netem-seedless', `${root} netem`],
  ['tbf', `${root} tbf rate 1mbit burst 5kb latency 70ms`],
  ['tbf-peak', `${root} tbf rate 1mbit burst 5kb limit 30kb peakrate 2mbit mtu 1540`],
  ['htb', `${root} htb default 12 r2q 5`],
  [
    'fq_codel',
    `${root} fq_codel limit 1000 flows 256 target 5ms interval 100ms quantum 300 ecn memory_limit 4Mb ce_threshold 1ms`,
  ],
  ['fq_codel-minimal', `${root} fq_codel`],
  ['codel', `${root} codel limit 100 target 5ms interval 100ms ecn`],
  ['cake', `${root} cake bandwidth 10mbit besteffort nat wash ack-filter ether-vlan rtt 50ms`],
  ['fq', `${root} fq limit 1000 flow_limit 50 quantum 3000 initial_quantum 15000 maxrate 1mbit buckets 512 pacing`],
  ['sfq', `${root} sfq perturb 10 quantum 1514 limit 100 divisor 512`],
  ['prio', `${root} prio bands 4 priomap 1 2 2 2 1 2 0 0 1 1 1 1 1 1 1 3`],
  ['pfifo', `${root} pfifo limit 50`],
  ['bfifo', `${root} bfifo limit 5000`],
  ['pfifo_head_drop', `${root} pfifo_head_drop limit 50`],
  ['hfsc', `${root} hfsc default 1`],
  ['drr', `${root} drr`],
  ['qfq', `${root} qfq`],
  ['red', `${root} red limit 60kb min 15kb max 25kb avpkt 1000 burst 20 bandwidth 10mbit probability 0.02 ecn`],
  ['pie', `${root} pie limit 100 target 15ms tupdate 15ms alpha 2 beta 20 ecn`],
  ['choke', `${root} choke limit 100 bandwidth 10mbit min 5 max 15 burst 20 ecn`],
  ['hhf', `${root} hhf limit 100`],
  ['plug', `${root} plug limit 1000`],
  ['ingress', 'dev v0 ingress'],
  ['clsact', 'dev v0 clsact'],
]

/** tc 6.1 prints no valid JSON of these; what it prints is kept as text. */
const json = (/** @type {string} */ name) => (['hfsc', 'fw', 'basic'].includes(name) ? '' : '-j ')

const htb = `tc qdisc add ${root} htb default 12`
const htbClass = 'tc class add dev v0 parent 1: classid 1:10 htb rate 1mbit ceil 2mbit'

/** @type {[name: string, setup: string[], words: string][]} */
const classes = [
  ['htb', [htb], 'dev v0 parent 1: classid 1:10 htb rate 1mbit ceil 2mbit burst 15k cburst 20k prio 3 quantum 1500'],
  ['htb-fast', [htb], 'dev v0 parent 1: classid 1:11 htb rate 50gbit'],
  [
    'hfsc',
    [`tc qdisc add ${root} hfsc`],
    'dev v0 parent 1: classid 1:1 hfsc rt m1 2mbit d 10ms m2 1mbit ls m2 1mbit ul rate 3mbit',
  ],
  ['drr', [`tc qdisc add ${root} drr`], 'dev v0 parent 1: classid 1:1 drr quantum 600'],
  ['qfq', [`tc qdisc add ${root} qfq`], 'dev v0 parent 1: classid 1:1 qfq weight 10 maxpkt 2000'],
]

const clsact = 'tc qdisc add dev v0 clsact'

/** Words behind `tc filter add`, on a clsact of v0. @type {[name: string, words: string][]} */
const filters = [
  ['matchall-mirred', 'dev v0 ingress pref 1 matchall action mirred egress redirect dev v1'],
  ['matchall-mirror', 'dev v0 egress pref 1 matchall action mirred egress mirror dev v1'],
  ['matchall-drop', 'dev v0 ingress pref 1 matchall action drop'],
  ['u32', 'dev v0 ingress protocol ip pref 10 u32 match ip dst 192.0.2.0/24 match ip dport 80 0xffff flowid 1:1'],
  ['flower-ip', 'dev v0 ingress protocol ip pref 5 flower ip_proto tcp src_ip 192.0.2.0/24 dst_port 443 action pass'],
  [
    'flower-ip6',
    'dev v0 ingress protocol ipv6 pref 5 flower ip_proto udp dst_ip 2001:db8::/32 src_port 53 action drop',
  ],
  [
    'flower-mac',
    'dev v0 ingress protocol all pref 5 flower dst_mac 02:00:00:00:00:01 src_mac 02:00:00:00:00:00/ff:ff:ff:00:00:00 action drop',
  ],
  [
    'flower-vlan',
    'dev v0 ingress protocol 802.1q pref 5 flower vlan_id 10 vlan_prio 3 vlan_ethtype ip action vlan pop',
  ],
  ['flower-arp', 'dev v0 ingress protocol arp pref 5 flower arp_op request arp_tip 192.0.2.1 action drop'],
  [
    'flower-tcp',
    'dev v0 ingress protocol ip pref 5 flower ip_proto tcp tcp_flags 0x2/0x12 ip_tos 0x10/0xfc ip_ttl 64 ip_flags nofrag dst_port 0x50/0xf0',
  ],
  [
    'flower-udp',
    'dev v0 ingress protocol ipv6 pref 5 flower ip_proto udp src_port 1000-2000 dst_port 53 ip_flags frag/nofirstfrag',
  ],
  ['flower-icmp', 'dev v0 ingress protocol ip pref 5 flower ip_proto icmp type 8 code 0/1'],
  [
    'flower-arp-macs',
    'dev v0 ingress protocol arp pref 5 flower arp_op 2/3 arp_sip 10.0.0.0/8 arp_sha 02:00:00:00:00:07 arp_tha 00:00:00:00:00:07/00:00:00:00:00:ff',
  ],
  [
    'flower-two-tags',
    'dev v0 ingress protocol 802.1ad pref 5 flower vlan_ethtype 802.1q cvlan_id 6 cvlan_ethtype ipv6 src_ip 2001:db8::/32',
  ],
  ['flower-label', 'dev v0 ingress protocol mpls_uc pref 5 flower mpls_label 77 mpls_tc 3 mpls_bos 1 mpls_ttl 64'],
  ['flower-labels', 'dev v0 ingress protocol mpls_uc pref 5 flower mpls lse depth 1 label 5 lse depth 3 ttl 7'],
  ['flower-session', 'dev v0 ingress protocol ppp_ses pref 5 flower pppoe_sid 77 ppp_proto ip dst_ip 10.0.0.1'],
  [
    'flower-tunnel',
    'dev v0 ingress pref 5 flower enc_key_id 5 enc_src_ip 10.0.0.0/8 enc_dst_port 4789 enc_tos 4/0xfc skip_hw',
  ],
  ['flower-geneve', 'dev v0 ingress pref 5 flower geneve_opts 0102:80:00800022/ffff:ff:ffffffff'],
  [
    'flower-geneve-two',
    'dev v0 ingress pref 5 flower geneve_opts 0102:80:00800022/ffff:80:ffffff00,0103:01:0011223344556677/ff00:ff:ffffffff00000000',
  ],
  ['flower-vxlan', 'dev v0 ingress pref 5 flower vxlan_opts 258/65535'],
  ['flower-erspan', 'dev v0 ingress pref 5 flower erspan_opts 1:1048575:0:0/1:4095:0:0'],
  ['flower-erspan-hardware', 'dev v0 ingress pref 5 flower erspan_opts 2:0:1:37'],
  ['flower-gtp', 'dev v0 ingress pref 5 flower gtp_opts 01:3f/ff:0f'],
  ['flower-connection', 'dev v0 ingress protocol ip pref 5 flower ct_state +trk+est-new'],
  ['vlan-push', 'dev v0 egress pref 3 matchall action vlan push id 20 protocol 802.1ad priority 2'],
  ['vlan-modify', 'dev v0 egress pref 3 matchall action vlan modify id 21'],
  ['police', 'dev v0 ingress pref 1 matchall action police rate 1mbit burst 10k conform-exceed drop/pass'],
  ['gact-random', 'dev v0 ingress pref 1 matchall action pass random netrand drop 10'],
  ['skbedit', 'dev v0 ingress pref 1 matchall action skbedit mark 7 priority 1:5'],
  [
    'pedit',
    'dev v0 ingress protocol ip pref 1 matchall action pedit ex munge eth dst set 02:00:00:00:00:09 action csum ip4h',
  ],
  [
    'tunnel-key',
    'dev v0 egress pref 1 matchall action tunnel_key set src_ip 192.0.2.1 dst_ip 192.0.2.2 id 42 dst_port 4789',
  ],
  ['fw', 'dev v0 ingress protocol all handle 7 fw classid 1:1'],
  ['basic', "dev v0 ingress protocol ip pref 2 basic match 'meta(priority eq 3)' action drop"],
  ['chain', 'dev v0 ingress pref 1 chain 5 matchall action goto chain 6'],
]

/** @type {Omit<import('../recipes.mjs').Recipe, 'kernel'>[]} */
const recipes = [
  ...disciplines.flatMap(([name, words]) => [
    { name: `guest-qdisc/add-${name}`, setup: vethUp, command: `tc qdisc add ${words}` },
    {
      name: `guest-qdisc/list-${name}`,
      setup: [...vethUp, `tc qdisc add ${words}`],
      command: `tc -s -d ${json(name)}qdisc show dev v0`,
    },
  ]),
  {
    name: 'guest-qdisc/change',
    setup: [...vethUp, `tc qdisc add ${root} netem delay 10ms`],
    command: `tc qdisc change ${root} netem delay 20ms loss 1%`,
  },
  {
    name: 'guest-qdisc/replace',
    setup: [...vethUp, `tc qdisc add ${root} netem`],
    command: 'tc qdisc replace dev v0 root tbf rate 1mbit burst 5kb latency 70ms',
  },
  { name: 'guest-qdisc/delete', setup: [...vethUp, `tc qdisc add ${root} netem`], command: 'tc qdisc del dev v0 root' },
  {
    name: 'guest-qdisc/add-child',
    setup: [...vethUp, htb, htbClass],
    command: 'tc qdisc add dev v0 parent 1:10 handle 10: netem delay 5ms',
  },
  {
    name: 'guest-qdisc/add-teql',
    setup: ['modprobe sch_teql', ...vethUp],
    command: 'tc qdisc add dev v0 root teql0',
    note: 'teql0 lies in the first namespace only',
  },
  ...classes.flatMap(([name, setup, words]) => [
    { name: `guest-class/add-${name}`, setup: [...vethUp, ...setup], command: `tc class add ${words}` },
    {
      name: `guest-class/list-${name}`,
      setup: [...vethUp, ...setup, `tc class add ${words}`],
      command: 'tc -s -d class show dev v0',
    },
  ]),
  {
    name: 'guest-class/change-htb',
    setup: [...vethUp, htb, htbClass],
    command: 'tc class change dev v0 parent 1: classid 1:10 htb rate 3mbit',
  },
  { name: 'guest-class/delete-htb', setup: [...vethUp, htb, htbClass], command: 'tc class del dev v0 classid 1:10' },
  ...filters.flatMap(([name, words]) => [
    { name: `guest-filter/add-${name}`, setup: [...vethUp, clsact], command: `tc filter add ${words}` },
    {
      name: `guest-filter/list-${name}`,
      setup: [...vethUp, clsact, `tc filter add ${words}`],
      command: `tc -s -d ${json(name)}filter show dev v0 ${words.includes(' egress ') && words.startsWith('dev v0 egress') ? 'egress' : 'ingress'}`,
    },
  ]),
  {
    name: 'guest-filter/delete',
    setup: [...vethUp, clsact, 'tc filter add dev v0 ingress pref 1 matchall action drop'],
    command: 'tc filter del dev v0 ingress pref 1',
  },
  {
    name: 'guest-filter/add-parent',
    setup: [...vethUp, htb, htbClass],
    command: 'tc filter add dev v0 parent 1: protocol ip pref 1 u32 match ip dport 80 0xffff flowid 1:10',
  },
]

export const guestTc = recipes.map((recipe) => ({ ...recipe, kernel: /** @type {const} */ ('uml') }))
