// Recipes for a guest kernel with every link kind: how each is made, with its options, and what the kernel then tells.

import { veth } from './setup.mjs'

const mac = 'address 02:00:00:00:00:f0'
const ends = 'local 192.0.2.1 remote 192.0.2.2'
const ends6 = 'local 2001:db8::1 remote 2001:db8::2'
/** A second pair, for kinds with two lower links. */
const second = 'ip link add v2 address 02:00:00:00:00:03 type veth peer name v3 address 02:00:00:00:00:04'
/** Foo over UDP is a module of its own, which the tunnels do not load. User-Mode Linux has it, but not for tunnels. */
const fou = 'modprobe -a fou fou6'

/**
 * Links by the name of their fixture: the words behind `ip link add x0`, and what is run before.
 *
 * @type {[name: string, words: string, setup?: string[]][]}
 */
const links = [
  ['dummy', `${mac} type dummy`],
  ['dummy-options', `${mac} mtu 9000 txqueuelen 7 numtxqueues 2 numrxqueues 3 type dummy`],
  ['nlmon', 'type nlmon'],
  ['ifb', `${mac} type ifb`],
  ['vcan', 'type vcan'],
  ['vxcan', 'type vxcan peer name x1'],

  ['vlan', `link v0 ${mac} type vlan id 10`],
  ['vlan-8021ad', `link v0 ${mac} type vlan proto 802.1ad id 4094`],
  [
    'vlan-options',
    `link v0 ${mac} type vlan protocol 802.1ad id 20 reorder_hdr off gvrp on mvrp on loose_binding on ` +
      'ingress-qos-map 1:2 3:4 egress-qos-map 5:6 7:1',
  ],
  ['vlan-flags-off', `link v0 ${mac} type vlan id 1 reorder_hdr off gvrp off mvrp off loose_binding off`],
  ['vlan-bridge-binding', `link br0 ${mac} type vlan id 10 bridge_binding on`, ['ip link add br0 type bridge']],
  [
    'vlan-qos-many',
    `link v0 ${mac} type vlan id 10 ingress-qos-map 0:7 1:6 2:5 3:4 4:3 5:2 6:1 egress-qos-map 0:1 100:3 4294967295:7`,
  ],
  ['vlan-in-vlan', `link v0.5 ${mac} type vlan id 10`, ['ip link add v0.5 link v0 type vlan proto 802.1ad id 5']],

  ['ipvlan', 'link v0 type ipvlan mode l3s private'],
  ['ipvlan-l2', 'link v0 type ipvlan mode l2'],
  ['ipvlan-l3-vepa', 'link v0 type ipvlan mode l3 vepa'],
  ['ipvtap', 'link v0 type ipvtap mode l2 bridge'],
  ['ipvtap-l3s', 'link v0 type ipvtap mode l3s private'],
  ['macvtap', `link v0 ${mac} type macvtap mode vepa`],
  ['macvlan', `link v0 ${mac} type macvlan mode bridge`],
  ['vrf', `${mac} type vrf table 100`],
  ['vrf-table-large', `${mac} type vrf table 4294967294`],
  ['macsec', `link v0 ${mac} type macsec port 11 encrypt on`],
  [
    'macsec-options',
    `link v0 ${mac} type macsec port 1 cipher gcm-aes-256 encrypt off send_sci off end_station on ` +
      'protect on replay on window 64 validate check encodingsa 2',
  ],
  ['macsec-sci', 'link v0 type macsec sci 0x0200000000f00001'],
  ['macsec-xpn', `link v0 ${mac} type macsec port 1 cipher gcm-aes-xpn-128 icvlen 16 scb on send_sci off`],
  ['hsr', 'type hsr slave1 v0 slave2 v2 supervision 45 version 1', [second]],
  ['hsr-prp', 'type hsr slave1 v0 slave2 v2 proto 1', [second]],
  ['team', `${mac} type team`],

  ['vxlan', `${mac} type vxlan id 42 remote 192.0.2.2 dstport 4789`],
  ['geneve', `${mac} type geneve id 42 remote 192.0.2.2 dstport 6081 ttl 64 df set`],
  [
    'geneve-v6',
    `${mac} type geneve id 16777215 remote 2001:db8::2 ttl 0 tos 0x10 flowlabel 0x12345 noudp6zerocsumtx udp6zerocsumrx`,
  ],
  ['geneve-inherit', `${mac} type geneve id 1 remote 192.0.2.2 ttl inherit tos inherit df inherit udpcsum`],
  ['geneve-external', `${mac} type geneve external`],
  ['geneve-inner-protocol', 'type geneve id 7 remote 192.0.2.2 innerprotoinherit'],

  ['gre', `type gre ${ends} ttl 64 tos 0x10 ikey 1 okey 2 iseq ocsum`],
  ['gre-minimal', 'type gre local 192.0.2.1'],
  ['gre-key', `type gre ${ends} key 192.0.2.99 csum seq`],
  ['gre-inherit', `type gre ${ends} nopmtudisc ttl inherit tos inherit ignore-df dev v0 fwmark 7`],
  ['gre-multicast', 'type gre local 192.0.2.1 remote 239.1.2.3 ttl 5 dev v0'],
  ['gre-external', 'type gre external'],
  ['gretap', `${mac} type gretap ${ends} key 7 csum seq`],
  ['gretap-minimal', `${mac} type gretap ${ends}`],
  ['gretap-external', `${mac} type gretap external`],
  ['erspan', `${mac} type erspan ${ends} seq key 7 erspan_ver 1 erspan 123`],
  ['erspan-0', `${mac} type erspan ${ends} seq key 7 erspan_ver 0`],
  ['erspan-2', `${mac} type erspan ${ends} seq key 7 erspan_ver 2 erspan_dir egress erspan_hwid 17`],
  ['erspan-external', `${mac} type erspan external`],
  ['ip6gre', `type ip6gre ${ends6} hoplimit 32 encaplimit 4 flowlabel 0x12345`],
  ['ip6gre-minimal', 'type ip6gre local 2001:db8::1'],
  [
    'ip6gre-options',
    `type ip6gre ${ends6} ikey 1 okey 2 icsum oseq tclass 0x20 encaplimit none dscp inherit dev v0 allow-localremote`,
  ],
  ['ip6gre-inherit', `type ip6gre ${ends6} tclass inherit flowlabel inherit fwmark 9`],
  ['ip6gre-external', 'type ip6gre external'],
  ['ip6gretap', `${mac} type ip6gretap ${ends6} key 7 csum seq hoplimit 8`],
  ['ip6gretap-external', `${mac} type ip6gretap external`],
  ['ip6erspan', `${mac} type ip6erspan ${ends6} seq key 7 erspan_ver 1 erspan 123`],
  ['ip6erspan-2', `${mac} type ip6erspan ${ends6} seq key 7 erspan_ver 2 erspan_dir ingress erspan_hwid 3`],

  ['ipip', `type ipip ${ends} nopmtudisc ttl 0`],
  ['ipip-minimal', 'type ipip local 192.0.2.1'],
  ['ipip-any', `type ipip ${ends} mode any ttl 9 tos inherit dev v0`],
  ['ipip-mpls', `type ipip ${ends} mode mplsip`],
  ['ipip-external', 'type ipip external'],
  ['sit', `type sit ${ends} ttl 64 mode ip6ip`],
  ['sit-minimal', 'type sit local 192.0.2.1'],
  ['sit-any', `type sit ${ends} mode any tos 0x8 nopmtudisc dev v0 fwmark 5`],
  ['sit-ipip', `type sit ${ends} mode ipip`],
  ['sit-isatap', 'type sit local 192.0.2.1 ttl 64 isatap'],
  ['ip6tnl', `type ip6tnl ${ends6} mode ipip6`],
  ['ip6tnl-minimal', 'type ip6tnl local 2001:db8::1'],
  [
    'ip6tnl-options',
    `type ip6tnl ${ends6} mode ip6ip6 hoplimit 7 encaplimit none tclass 0x20 flowlabel 0x12345 dscp inherit dev v0`,
  ],
  ['ip6tnl-any', `type ip6tnl ${ends6} mode any tclass inherit flowlabel inherit fwmark 3 allow-localremote`],
  ['ip6tnl-external', 'type ip6tnl external'],
  ['vti', `type vti ${ends} ikey 1 okey 2`],
  ['vti-minimal', 'type vti local 192.0.2.1'],
  ['vti-fwmark', `type vti ${ends} key 5 fwmark 6 dev v0`],
  ['vti6', `type vti6 ${ends6} ikey 1 okey 2`],
  ['gtp', 'type gtp role sgsn hsize 1024'],
]

/** Options that are changed on a link that is there. @type {[name: string, made: string, words: string][]} */
const changes = [
  ['vlan', 'link v0 type vlan id 10', 'type vlan loose_binding on gvrp on egress-qos-map 1:3 ingress-qos-map 2:4'],
  ['ipvlan', 'link v0 type ipvlan mode l2', 'type ipvlan mode l3s vepa'],
  ['gre', `type gre ${ends}`, `type gre local 192.0.2.3 remote 192.0.2.4 ttl 5 key 9`],
  ['gretap', `${mac} type gretap ${ends}`, 'type gretap remote 192.0.2.4 ttl 7'],
  ['ip6gre', `type ip6gre ${ends6}`, 'type ip6gre remote 2001:db8::4 hoplimit 9'],
  ['ipip', `type ipip ${ends}`, 'type ipip remote 192.0.2.4 tos 0x10'],
  ['sit', `type sit ${ends}`, 'type sit remote 192.0.2.4 ttl 7'],
  ['ip6tnl', `type ip6tnl ${ends6} mode any`, 'type ip6tnl remote 2001:db8::4 hoplimit 9'],
  ['vti', `type vti ${ends} key 1`, 'type vti remote 192.0.2.4 key 3'],
  ['geneve', `${mac} type geneve id 42 remote 192.0.2.2`, 'type geneve id 42 remote 192.0.2.4 ttl 3'],
  ['macsec', `link v0 ${mac} type macsec port 11`, 'type macsec encrypt on validate disabled encodingsa 1'],
]

/** What the older kernel lacks, and what the newer one tells of the commonest kinds. @type {[name: string, words: string, setup?: string[]][]} */
const newer = [
  ['wireguard', 'type wireguard'],
  ['gre-encap', `type gre ${ends} encap gue encap-sport auto encap-dport 5555 encap-csum encap-remcsum`, [fou]],
  ['gretap-encap', `${mac} type gretap ${ends} ttl 9 encap fou encap-sport 7777 encap-dport 5555 encap-csum`, [fou]],
  ['ipip-encap', `type ipip ${ends} encap fou encap-sport 7777 encap-dport 5555`, [fou]],
  ['sit-encap', `type sit ${ends} encap gue encap-sport auto encap-dport 5555 encap-csum`, [fou]],
  ['sit-6rd', `type sit ${ends} ttl 64 6rd-prefix 2001:db8::/32 6rd-relay_prefix 192.0.2.0/24`],
  ['ip6tnl-encap', `type ip6tnl ${ends6} mode ip6ip6 encap fou encap-sport 7777 encap-dport 5555 encap-csum`, [fou]],
  ['xfrm', 'type xfrm dev v0 if_id 7'],
  ['xfrm-external', 'type xfrm external'],
  ['vlan-6.12', `link v0 ${mac} type vlan id 10 gvrp on egress-qos-map 5:6`],
  ['gre-6.12', `type gre ${ends} ttl 64 ikey 1 okey 2`],
  ['vxlan-6.12', `${mac} type vxlan id 42 remote 192.0.2.2 dstport 4789`],
  ['geneve-6.12', `${mac} type geneve id 42 remote 192.0.2.2`],
  ['macsec-6.12', `link v0 ${mac} type macsec port 11 encrypt on`],
  ['bond-6.12', `${mac} type bond mode 802.3ad lacp_rate fast`],
  ['hsr-6.12', 'type hsr slave1 v0 slave2 v2 supervision 45 version 1', [second]],
]

/** The request with its answer, and the link as it is told. */
const both =
  (/** @type {'uml' | 'qemu'} */ kernel) =>
  (/** @type {[name: string, words: string, setup?: string[]]} */ [name, words, setup = []]) => [
    {
      name: `guest-link/add-${name}`,
      kernel,
      setup: [veth, ...setup],
      command: `ip link add x0 ${words}`,
    },
    {
      name: `guest-link/get-${name}`,
      kernel,
      setup: [veth, ...setup, `ip link add x0 ${words}`],
      command: 'ip -j -d link show dev x0',
    },
  ]

export const guestLink = [
  ...links.flatMap(both('uml')),
  ...newer.flatMap(both('qemu')),
  ...changes.map(([name, made, words]) => ({
    name: `guest-link/set-${name}`,
    kernel: /** @type {const} */ ('uml'),
    setup: [veth, `ip link add x0 ${made}`],
    command: `ip link set dev x0 ${words}`,
  })),
]
