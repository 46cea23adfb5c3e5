// Recipes: requests for kinds that vnet has no options for yet. The development machine's kernel has none of them.

import { veth } from './setup.mjs'

const ends = 'local 192.0.2.1 remote 192.0.2.2'
const ends6 = 'local 2001:db8::1 remote 2001:db8::2'

/** @type {[name: string, command: string][]} */
const commands = [
  ['gre', `ip link add t0 type gre ${ends} ttl 64 tos 0x10 ikey 1 okey 2 iseq ocsum`],
  ['gretap', `ip link add t0 type gretap ${ends} key 7 csum seq`],
  ['ip6gre', `ip link add t0 type ip6gre ${ends6} hoplimit 32 encaplimit 4 flowlabel 0x12345`],
  ['ipip', `ip link add t0 type ipip ${ends} nopmtudisc ttl 0`],
  ['ip6tnl', `ip link add t0 type ip6tnl ${ends6} mode ipip6`],
  ['sit', `ip link add t0 type sit ${ends} ttl 64 mode ip6ip`],
  ['geneve', 'ip link add t0 type geneve id 42 remote 192.0.2.2 dstport 6081 ttl 64 df set'],
  ['geneve-external', 'ip link add t0 type geneve external'],
  ['vrf', 'ip link add vrf0 type vrf table 100'],
  ['bond', 'ip link add b0 type bond mode active-backup miimon 100 updelay 200 downdelay 300 arp_ip_target 192.0.2.7'],
  ['bond-8023ad', 'ip link add b0 type bond mode 802.3ad lacp_rate fast xmit_hash_policy layer3+4 ad_select count'],
  ['ipvlan', 'ip link add l0 link v0 type ipvlan mode l3s private'],
  ['macsec', 'ip link add s0 link v0 type macsec port 11 encrypt on'],
  ['nlmon', 'ip link add n0 type nlmon'],
]

export const tunnel = commands.map(([name, command]) => ({
  name: `link/add-${name}`,
  setup: [veth],
  command,
  note: 'the answer depends on the kernel; the request does not',
}))
