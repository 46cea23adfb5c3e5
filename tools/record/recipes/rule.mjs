// Recipes: `ip rule`.

/** @type {[name: string, words: string][]} */
const added = [
  ['from', 'from 192.0.2.0/24 table 100'],
  ['to', 'to 198.51.100.0/24 lookup 100'],
  ['from-to', 'from 192.0.2.1 to 198.51.100.0/24 table main'],
  ['iif', 'iif v0 table 100'],
  ['oif', 'oif v0 table 100'],
  ['fwmark', 'fwmark 0x10 table 100'],
  ['fwmark-mask', 'fwmark 0x10/0xff table 100'],
  ['priority', 'from 192.0.2.0/24 priority 1234 table 100'],
  ['table-above-255', 'from 192.0.2.0/24 table 1000'],
  ['goto', 'priority 100 goto 32766'],
  ['goto-nowhere', 'priority 100 goto 5000'],
  ['suppress-prefixlength', 'table main suppress_prefixlength 0'],
  ['suppress-ifgroup', 'table main suppress_ifgroup 42'],
  ['ports', 'ipproto tcp sport 1000 dport 80-90 table 100'],
  ['ipproto', 'ipproto udp table 100'],
  ['uidrange', 'uidrange 1000-1999 table 100'],
  ['tos', 'tos 0x10 table 100'],
  ['not', 'not from 192.0.2.0/24 table 100'],
  ['blackhole', 'from 192.0.2.0/24 blackhole'],
  ['unreachable', 'from 192.0.2.0/24 unreachable'],
  ['prohibit', 'from 192.0.2.0/24 prohibit'],
  ['nop', 'priority 77 nop'],
  ['protocol', 'from 192.0.2.0/24 protocol 99 table 100'],
  ['l3mdev', 'priority 1000 l3mdev'],
  ['realms', 'from 192.0.2.0/24 realms 5/7 table 100'],
  ['v6-from', 'from 2001:db8::/32 table 100'],
]
/** All of them with priorities of their own, to be listed; l3mdev and realms are there where the kernel takes them. */
const several = added.flatMap(([name, words], index) =>
  words.includes('priority') || name === 'v6-from' ? [] : [`ip rule add ${words} priority ${2000 + index} || true`],
)

export const rule = [
  ...added.map(([name, words]) => ({
    name: `rule/add-${name}`,
    command: `ip ${name.startsWith('v6') ? '-6 ' : ''}rule add ${words}`,
  })),
  {
    name: 'rule/add-v6-all',
    command: 'ip -6 rule add priority 7 fwmark 1 iif lo uidrange 0-0 ipproto icmp table 1000',
  },
  {
    name: 'rule/delete',
    setup: ['ip rule add from 192.0.2.0/24 table 100 priority 50'],
    command: 'ip rule delete from 192.0.2.0/24 table 100',
  },
  {
    name: 'rule/delete-by-priority',
    setup: ['ip rule add from 192.0.2.0/24 table 100 priority 50'],
    command: 'ip rule delete priority 50',
  },
  { name: 'rule/list-default', command: 'ip -j -d rule show' },
  { name: 'rule/list', setup: several, command: 'ip -j -d rule show' },
  {
    name: 'rule/list-v6',
    setup: ['ip -6 rule add from 2001:db8::/32 iif lo table 100 priority 50'],
    command: 'ip -6 -j -d rule show',
  },
]
