// Recipes: `ip link set` and `ip link property`.

import { bridge, bridged, veth, vethUp, vxlan } from './setup.mjs'

const alias = 'uplink to the rack'

/** @type {[name: string, words: string, setup?: string[]][]} */
const changes = [
  ['up', 'up'],
  ['down', 'down', vethUp],
  ['mtu', 'mtu 1400'],
  ['address', 'address 02:00:00:00:00:99'],
  ['broadcast', 'broadcast ff:ff:ff:ff:ff:fe'],
  ['name', 'name uplink'],
  ['alias', `alias "${alias}"`],
  ['alias-empty', 'alias ""', [veth, `ip link set dev v0 alias "${alias}"`]],
  ['master', 'master br0', [bridge, veth]],
  ['nomaster', 'nomaster', bridged],
  ['group', 'group 42'],
  ['txqueuelen', 'txqueuelen 250'],
  ['promisc-on', 'promisc on'],
  ['promisc-off', 'promisc off', [veth, 'ip link set dev v0 promisc on']],
  ['allmulticast-on', 'allmulticast on'],
  ['multicast-off', 'multicast off'],
  ['arp-off', 'arp off'],
  ['netns', 'netns blue', [veth, 'ip netns add blue']],
  ['netns-and-name', 'netns blue name eth0', [veth, 'ip netns add blue']],
  ['addrgenmode', 'addrgenmode none'],
  ['gso', 'gso_max_size 32768 gso_max_segs 64'],
  ['several', 'up mtu 1300 address 02:00:00:00:00:77 master br0', [bridge, veth]],
]

const names = 'altname a-rather-long-alternative-name altname second'
const named = [veth, 'ip link property add dev v0 altname second altname third']

export const linkSet = [
  ...changes.map(([name, words, setup = [veth]]) => ({
    name: `link/set-${name}`,
    setup,
    command: `ip link set dev v0 ${words}`,
  })),
  {
    name: 'link/set-carrier-off',
    setup: ['ip tuntap add dev tap0 mode tap', 'ip link set tap0 up'],
    command: 'ip link set dev tap0 carrier off',
  },
  { name: 'link/set-carrier-on', setup: [veth], command: 'ip link set dev v0 carrier on', note: 'veth cannot be told' },
  { name: 'link/set-protodown', setup: [vxlan], command: 'ip link set dev vx0 protodown on' },
  { name: 'link/set-group-of-links-up', setup: [veth, 'ip link set v0 group 42'], command: 'ip link set group 42 up' },
  { name: 'link/altname-add', setup: [veth], command: `ip link property add dev v0 ${names}` },
  { name: 'link/altname-delete', setup: named, command: 'ip link property del dev v0 altname second' },
  {
    name: 'link/set-by-altname',
    setup: named,
    command: 'ip link set dev second mtu 1300',
    note: 'iproute2 resolves the name first (helper), then sends the index',
  },
]
