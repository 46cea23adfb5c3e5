// Recipes: `bridge fdb`, the forwarding databases of bridges and of VXLANs.

import { bridged, bridgedUp, veth, vxlan } from './setup.mjs'

const mac = '02:00:00:00:0f:01'
const vxlan6 = 'ip link add vx0 address 02:00:00:00:00:a0 type vxlan id 42 dstport 4789 nolearning local 2001:db8::1'
/** @type {[name: string, words: string, setup?: string[]][]} */
const commands = [
  ['add-self', `add ${mac} dev v0`],
  ['add-master-permanent', `add ${mac} dev v0 master`],
  ['add-static', `add ${mac} dev v0 master static`],
  ['add-dynamic', `add ${mac} dev v0 master dynamic`],
  ['add-local', `add ${mac} dev v0 master local`],
  ['add-sticky', `add ${mac} dev v0 master static sticky`],
  ['add-extern-learn', `add ${mac} dev v0 master dynamic extern_learn`],
  ['add-vlan', `add ${mac} dev v0 master static vlan 10`],
  ['add-bridge-self', `add ${mac} dev br0 self local`],
  ['add-use-router', `add ${mac} dev v0 master use router dynamic`],
  ['append', `append ${mac} dev v0 master static`],
  ['replace', `replace ${mac} dev v0 master static`],
  ['delete', `del ${mac} dev v0 master`],
  ['vxlan-add', `add ${mac} dev vx0 dst 192.0.2.2`, [veth, vxlan]],
  ['vxlan-add-v6', `add ${mac} dev vx0 dst 2001:db8::2`, [vxlan6]],
  ['vxlan-add-all', `add ${mac} dev vx0 dst 192.0.2.2 port 4790 vni 99 via v0 self permanent`, [veth, vxlan]],
  ['vxlan-append-flood', 'append 00:00:00:00:00:00 dev vx0 dst 192.0.2.2', [veth, vxlan]],
  [
    'vxlan-replace',
    `replace ${mac} dev vx0 dst 192.0.2.3`,
    [veth, vxlan, `bridge fdb add ${mac} dev vx0 dst 192.0.2.2`],
  ],
  [
    'vxlan-src-vni',
    `add ${mac} dev vx0 dst 192.0.2.2 src_vni 7`,
    [veth, 'ip link add vx0 type vxlan external dstport 4789'],
  ],
  ['vxlan-delete', `del ${mac} dev vx0 dst 192.0.2.2`, [veth, vxlan, `bridge fdb add ${mac} dev vx0 dst 192.0.2.2`]],
  ['flush', 'flush dev br0'],
  ['flush-port', 'flush dev br0 brport v0 nopermanent'],
]
const several = [
  ...bridgedUp,
  vxlan,
  'ip link set vx0 master br0',
  'sleep 0.3', // until the port may learn, else dynamic entries are refused (EPERM)
  `bridge fdb add ${mac} dev v0 master static`,
  'bridge fdb add 02:00:00:00:0f:02 dev v0 master dynamic',
  'bridge fdb add 02:00:00:00:0f:03 dev v0 master static sticky',
  'bridge fdb add 02:00:00:00:0f:04 dev v0 master dynamic extern_learn',
  'bridge fdb add 02:00:00:00:0f:05 dev br0 self local',
  'bridge fdb add 02:00:00:00:0f:06 dev vx0 dst 192.0.2.2 port 4790 vni 99 via v0 self',
  'bridge fdb append 00:00:00:00:00:00 dev vx0 dst 192.0.2.3 self',
]
const present = [...bridged, `bridge fdb add ${mac} dev v0 master static`]
/** Commands that need the entry to be there; append on a bridge answers EEXIST otherwise unseen. */
const needsEntry = new Set(['delete', 'append', 'replace'])

export const fdb = [
  ...commands.map(([name, words, setup]) => ({
    name: `fdb/${name}`,
    setup: setup ?? (needsEntry.has(name) ? present : words.includes('dynamic') ? bridgedUp : bridged),
    settle: words.includes('dynamic'),
    command: `bridge fdb ${words}`,
  })),
  { name: 'fdb/list', setup: several, command: 'bridge -j -d fdb show' },
  {
    name: 'fdb/list-vxlan-v6',
    setup: [vxlan6, `bridge fdb add ${mac} dev vx0 dst 2001:db8::2`],
    command: 'bridge -j -d fdb show',
  },
  { name: 'fdb/list-statistics', setup: several, command: 'bridge -s -j -d fdb show' },
  { name: 'fdb/list-bridge', setup: several, command: 'bridge -j -d fdb show br br0' },
  { name: 'fdb/list-port', setup: several, command: 'bridge -j -d fdb show brport v0' },
  {
    name: 'fdb/list-dynamic',
    setup: several,
    command: 'bridge -j -d fdb show dynamic',
    note: 'bridge filters this itself',
  },
  { name: 'fdb/get', setup: several, command: `bridge -j -d fdb get ${mac} br br0` },
  { name: 'fdb/get-port-master', setup: several, command: `bridge -j -d fdb get ${mac} dev v0 master` },
  { name: 'fdb/get-vxlan', setup: several, command: 'bridge -j -d fdb get 02:00:00:00:0f:06 dev vx0 self' },
]
