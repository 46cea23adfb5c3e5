// Recipes: `ip address`.

import { addressed, veth, vethUp } from './setup.mjs'

/** @type {[name: string, words: string][]} */
const v4 = [
  ['plain', '192.0.2.1/24'],
  ['without-length', '192.0.2.1'],
  ['broadcast', '192.0.2.1/24 broadcast 192.0.2.255'],
  ['broadcast-computed', '192.0.2.1/24 broadcast +'],
  ['label', '192.0.2.1/24 label v0:1'],
  ['peer', '192.0.2.1 peer 192.0.2.2/32'],
  ['scope', '192.0.2.1/24 scope link'],
  ['lifetimes', '192.0.2.1/24 valid_lft 3600 preferred_lft 1800'],
  ['noprefixroute', '192.0.2.1/24 noprefixroute'],
  ['metric', '192.0.2.1/24 metric 500'],
  ['all', '192.0.2.1/24 broadcast 192.0.2.255 label v0:1 scope host valid_lft forever preferred_lft 1800 metric 9'],
]
/** @type {[name: string, words: string][]} */
const v6 = [
  ['plain', '2001:db8::1/64'],
  ['nodad', '2001:db8::1/64 nodad'],
  ['lifetimes', '2001:db8::1/64 valid_lft 3600 preferred_lft 1800'],
  ['peer', '2001:db8::1 peer 2001:db8::2/128'],
  ['home', '2001:db8::1/64 home'],
  ['noprefixroute', '2001:db8::1/64 noprefixroute nodad'],
  ['mngtmpaddr', '2001:db8::1/64 mngtmpaddr'],
  ['link-scope', 'fe80::1/64 scope link nodad'],
]
const several = [
  ...addressed,
  'ip link set lo up',
  'ip address add 192.0.2.9/24 broadcast + label v0:1 dev v0',
  'ip address add 198.51.100.1 peer 198.51.100.2/32 dev v1',
  'ip address add 203.0.113.1/25 dev v1 noprefixroute metric 500',
  'ip address add 203.0.113.129/25 dev v1 valid_lft 3600 preferred_lft 1800',
  'ip address add 2001:db8:1::1/64 dev v1 valid_lft 3600 preferred_lft 0 nodad',
  'ip address add 2001:db8:2::1 peer 2001:db8:2::2/128 dev v1 nodad',
]
const show = 'ip -j -d address show'

export const address = [
  ...v4.map(([name, words]) => ({
    name: `address/add-v4-${name}`,
    setup: [veth],
    command: `ip address add ${words} dev v0`,
  })),
  ...v6.map(([name, words]) => ({
    name: `address/add-v6-${name}`,
    setup: [veth],
    command: `ip address add ${words} dev v0`,
  })),
  {
    name: 'address/change-lifetimes',
    setup: addressed,
    command: 'ip address change 192.0.2.1/24 dev v0 valid_lft 60 preferred_lft 30',
  },
  {
    name: 'address/replace',
    setup: addressed,
    command: 'ip address replace 192.0.2.1/24 dev v0 valid_lft 60 preferred_lft 30',
  },
  { name: 'address/delete-v4', setup: addressed, command: 'ip address delete 192.0.2.1/24 dev v0' },
  { name: 'address/delete-v6', setup: addressed, command: 'ip address delete 2001:db8::1/64 dev v0' },
  { name: 'address/add-echo', setup: vethUp, command: 'ip -echo -j -d address add 192.0.2.1/24 dev v0' },
  { name: 'address/list', setup: several, settle: true, command: show },
  { name: 'address/list-v4', setup: several, command: 'ip -4 -j -d address show' },
  { name: 'address/list-v6', setup: several, command: 'ip -6 -j -d address show' },
  { name: 'address/list-link', setup: several, command: `${show} dev v1` },
  {
    name: 'address/list-tentative',
    setup: [...vethUp, 'ip address add 2001:db8::1/64 dev v0'],
    command: `${show} dev v0`,
  },
]
