// Recipes: `ip route`.

import { addressed } from './setup.mjs'

/** @type {[name: string, words: string][]} */
const added = [
  ['default', 'default via 192.0.2.2'],
  ['via', '198.51.100.0/24 via 192.0.2.2'],
  ['via-dev', '198.51.100.0/24 via 192.0.2.2 dev v0'],
  ['dev', '198.51.100.0/24 dev v0'],
  ['host', '198.51.100.7 via 192.0.2.2'],
  ['onlink', '198.51.100.0/24 via 203.0.113.1 dev v0 onlink'],
  ['metric', '198.51.100.0/24 via 192.0.2.2 metric 500'],
  ['table', '198.51.100.0/24 via 192.0.2.2 table 100'],
  ['table-above-255', '198.51.100.0/24 via 192.0.2.2 table 1000'],
  ['tos', '198.51.100.0/24 via 192.0.2.2 tos 0x10'],
  ['src', '198.51.100.0/24 via 192.0.2.2 src 192.0.2.1'],
  ['proto', '198.51.100.0/24 via 192.0.2.2 proto static'],
  ['scope', '198.51.100.0/24 dev v0 scope host'],
  ['metrics', '198.51.100.0/24 via 192.0.2.2 mtu 1400 advmss 1360 window 65535 hoplimit 32 initcwnd 20 quickack 1'],
  ['mtu-lock', '198.51.100.0/24 via 192.0.2.2 mtu lock 1400'],
  ['realm', '198.51.100.0/24 via 192.0.2.2 realms 5/7'],
  ['via-inet6', '198.51.100.0/24 via inet6 fe80::2 dev v0'],
  ['multipath', '198.51.100.0/24 nexthop via 192.0.2.2 weight 1 nexthop via 192.0.2.3 weight 3'],
  ['multipath-dev', '198.51.100.0/24 nexthop via 192.0.2.2 dev v0 weight 10 nexthop dev v1 onlink weight 20'],
  ['blackhole', 'blackhole 198.51.100.0/24'],
  ['unreachable', 'unreachable 198.51.100.0/24'],
  ['prohibit', 'prohibit 198.51.100.0/24'],
  ['throw', 'throw 198.51.100.0/24 table 100'],
  ['local', 'local 198.51.100.0/24 dev lo'],
  ['broadcast', 'broadcast 198.51.100.255 dev v0'],
  ['v6-default', 'default via 2001:db8::2'],
  ['v6-via', '2001:db8:1::/48 via 2001:db8::2'],
  ['v6-dev', '2001:db8:1::/48 dev v0'],
  ['v6-link-local', '2001:db8:1::/48 via fe80::2 dev v0 metric 7'],
  ['v6-onlink', '2001:db8:1::/48 via 2001:db8:9::9 dev v0 onlink'],
  ['v6-pref', '2001:db8:1::/48 via 2001:db8::2 pref high'],
  ['v6-expires', '2001:db8:1::/48 via 2001:db8::2 expires 600'],
  ['v6-metrics', '2001:db8:1::/48 via 2001:db8::2 mtu 1400 hoplimit 32'],
  ['v6-from', '2001:db8:1::/48 from 2001:db8:2::/48 via 2001:db8::2'],
  ['v6-src', '2001:db8:1::/48 via 2001:db8::2 src 2001:db8::1'],
  ['v6-multipath', '2001:db8:1::/48 nexthop via 2001:db8::2 weight 1 nexthop via 2001:db8::3 weight 2'],
  ['v6-blackhole', 'blackhole 2001:db8:1::/48'],
  ['v6-table', '2001:db8:1::/48 via 2001:db8::2 table 1000'],
]
const one = '198.51.100.0/24 via 192.0.2.2'
const present = [...addressed, `ip route add ${one}`]
const forwarding = [...addressed, 'sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0', 'ip route add default via 192.0.2.2']
/** The routes that `list` shows; those that cannot stand beside the others are left out. */
const leftOut = /^(via-dev|dev|host|onlink|metric|src|proto|scope|multipath|blackhole|unreachable|prohibit|v6-dev|v6-onlink|v6-src|v6-from|v6-blackhole|v6-via)$/
const several = [
  ...addressed,
  'ip link set lo up',
  ...added.filter(([name]) => !leftOut.test(name)).map(([, words]) => `ip route append ${words}`),
  'ip route add blackhole 203.0.113.0/27',
  'ip route add unreachable 203.0.113.32/27',
  'ip route add prohibit 203.0.113.64/27 metric 20',
  'ip route add 203.0.113.96/27 via 192.0.2.7 dev v0 onlink proto 99 src 192.0.2.1 metric 44',
  'ip route add blackhole 2001:db8:5::/48',
]

export const route = [
  ...added.map(([name, words]) => ({ name: `route/add-${name}`, setup: addressed, command: `ip route add ${words}` })),
  { name: 'route/replace', setup: present, command: `ip route replace ${one} metric 0 mtu 1400` },
  { name: 'route/append', setup: present, command: 'ip route append 198.51.100.0/24 via 192.0.2.3' },
  { name: 'route/change', setup: present, command: 'ip route change 198.51.100.0/24 via 192.0.2.3' },
  { name: 'route/prepend', setup: present, command: 'ip route prepend 198.51.100.0/24 via 192.0.2.3' },
  { name: 'route/delete', setup: present, command: 'ip route delete 198.51.100.0/24' },
  { name: 'route/delete-via', setup: present, command: `ip route delete ${one} dev v0 proto boot` },
  {
    name: 'route/delete-v6',
    setup: [...addressed, 'ip route add 2001:db8:1::/48 via 2001:db8::2'],
    command: 'ip route delete 2001:db8:1::/48',
  },
  { name: 'route/add-echo', setup: addressed, command: `ip -echo -j -d route add ${one}` },
  { name: 'route/get', setup: present, command: 'ip -j -d route get 198.51.100.7' },
  { name: 'route/get-local', setup: [...addressed, 'ip link set lo up'], command: 'ip -j -d route get 192.0.2.1' },
  { name: 'route/get-fibmatch', setup: present, command: 'ip -j -d route get fibmatch 198.51.100.7' },
  { name: 'route/get-from', setup: present, command: 'ip -j -d route get 198.51.100.7 from 192.0.2.1' },
  { name: 'route/get-from-iif', setup: forwarding, command: 'ip -j -d route get 198.51.100.7 from 192.0.2.200 iif v1' },
  { name: 'route/get-oif', setup: present, command: 'ip -j -d route get 198.51.100.7 oif v0' },
  { name: 'route/get-mark', setup: present, command: 'ip -j -d route get 198.51.100.7 mark 0x10 uid 1000 tos 0x10' },
  { name: 'route/get-ports', setup: present, command: 'ip -j -d route get 198.51.100.7 ipproto tcp sport 1000 dport 80' },
  { name: 'route/get-v6', setup: addressed, command: 'ip -j -d route get 2001:db8::7' },
  { name: 'route/get-unreachable', setup: addressed, command: 'ip -j -d route get 203.0.113.1' },
  { name: 'route/list-main', setup: several, settle: true, command: 'ip -j -d route show' },
  { name: 'route/list-all', setup: several, settle: true, command: 'ip -4 -j -d route show table all' },
  { name: 'route/list-all-v6', setup: several, settle: true, command: 'ip -6 -j -d route show table all' },
  { name: 'route/list-both', setup: addressed, settle: true, command: 'ip -j -d route show table all' },
  { name: 'route/list-table', setup: several, command: 'ip -j -d route show table 1000' },
  { name: 'route/list-dev', setup: several, command: 'ip -j -d route show dev v0' },
  { name: 'route/list-type', setup: several, command: 'ip -j -d route show type blackhole', note: 'iproute2 filters this itself' },
  { name: 'route/list-proto', setup: several, command: 'ip -j -d route show proto 99' },
]
