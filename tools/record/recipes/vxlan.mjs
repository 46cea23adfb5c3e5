// Recipes: `ip link add type vxlan`.

import { addressed } from './setup.mjs'

const add = 'ip link add vx0 address 02:00:00:00:00:a0 type vxlan'
const switches = 'nolearning proxy rsc l2miss l3miss noudpcsum udp6zerocsumtx udp6zerocsumrx remcsumtx remcsumrx'

/** @type {[name: string, options: string][]} */
const variants = [
  ['minimal', 'id 42'],
  ['dstport', 'id 42 dstport 4789'],
  ['group', 'id 42 group 239.1.1.1 dev v0 dstport 4789 ttl 16'],
  ['remote', 'id 42 remote 192.0.2.2 local 192.0.2.1 dstport 4789'],
  ['remote-v6', 'id 42 remote 2001:db8::2 local 2001:db8::1 dstport 4789 flowlabel 0x12345'],
  ['group-v6', 'id 42 group ff05::100 dev v0 dstport 4789'],
  [
    'all-options',
    'id 16777215 remote 192.0.2.2 local 192.0.2.1 dev v0 dstport 4790 srcport 32768 40000 ttl 64 tos 0x10 df set ' +
      'nolearning proxy rsc l2miss l3miss noudpcsum ageing 120 maxaddress 1000',
  ],
  ['switches', `id 42 dstport 4789 ${switches}`],
  [
    'switches-on',
    'id 42 dstport 4789 learning udpcsum noproxy norsc nol2miss nol3miss noudp6zerocsumtx noudp6zerocsumrx',
  ],
  ['inherit', 'id 42 remote 192.0.2.2 dstport 4789 ttl inherit tos inherit df inherit'],
  ['gbp', 'id 42 dstport 4789 gbp'],
  ['gpe', 'external gpe dstport 4790'],
  ['external', 'external dstport 4789'],
  ['vnifilter', 'external vnifilter dstport 4789'],
]

export const vxlan = [
  ...variants.map(([name, options]) => ({
    name: `link/add-vxlan-${name}`,
    setup: addressed,
    command: `ip link add vx0 type vxlan ${options}`,
  })),
  ...variants.map(([name, options]) => ({
    name: `link/get-vxlan-${name}`,
    setup: [...addressed, `${add} ${options}`],
    command: 'ip -j -d link show dev vx0',
  })),
  {
    name: 'link/set-vxlan',
    setup: [...addressed, `${add} id 42 dstport 4789 remote 192.0.2.2`],
    command: 'ip link set dev vx0 type vxlan remote 192.0.2.3 ageing 60',
  },
]
