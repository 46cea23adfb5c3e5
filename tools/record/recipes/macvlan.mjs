// Recipes: macvlan and macvtap.

import { veth } from './setup.mjs'

const modes = ['private', 'vepa', 'bridge', 'passthru', 'source']
const add = (kind = 'macvlan') => `ip link add m0 link v0 address 02:00:00:00:00:c0 type ${kind}`
const sources = '02:00:00:00:01:01 02:00:00:00:01:02'

export const macvlan = [
  ...modes.map((mode) => ({
    name: `link/add-macvlan-${mode}`,
    setup: [veth],
    command: `ip link add m0 link v0 type macvlan mode ${mode}`,
  })),
  { name: 'link/add-macvtap', setup: [veth], command: 'ip link add m0 link v0 type macvtap mode bridge' },
  {
    name: 'link/add-macvlan-options',
    setup: [veth],
    command: 'ip link add m0 link v0 type macvlan mode passthru nopromisc bcqueuelen 2000',
  },
  {
    name: 'link/add-macvlan-nodst',
    setup: [veth],
    command: 'ip link add m0 link v0 type macvlan mode source flag nodst macaddr set 02:00:00:00:01:01',
  },
  ...[
    ['add', 'add 02:00:00:00:01:01'],
    ['delete', 'del 02:00:00:00:01:01'],
    ['set', `set ${sources}`],
    ['flush', 'flush'],
  ].map(([what, words]) => ({
    name: `link/set-macvlan-source-${what}`,
    setup: [veth, `${add()} mode source macaddr set 02:00:00:00:01:01`],
    command: `ip link set dev m0 type macvlan macaddr ${words}`,
  })),
  {
    name: 'link/set-macvlan-mode',
    setup: [veth, `${add()} mode bridge`],
    command: 'ip link set dev m0 type macvlan mode private',
  },
  { name: 'link/get-macvlan', setup: [veth, `${add()} mode vepa`], command: 'ip -j -d link show dev m0' },
  {
    name: 'link/get-macvlan-source',
    setup: [veth, `${add()} mode source macaddr set ${sources}`],
    command: 'ip -j -d link show dev m0',
  },
  { name: 'link/get-macvtap', setup: [veth, `${add('macvtap')} mode bridge`], command: 'ip -j -d link show dev m0' },
]
