// Recipes: `bridge vni`, the identifiers of an external VXLAN.

import { addressed } from './setup.mjs'

const made = [
  ...addressed,
  'ip link add vx0 address 02:00:00:00:00:a0 type vxlan external vnifilter dev v0 dstport 4789',
]
const several = [
  ...made,
  'bridge vni add vni 100 dev vx0',
  'bridge vni add vni 200-203 remote 192.0.2.9 dev vx0',
  'bridge vni add vni 204 remote 2001:db8::9 dev vx0',
  'bridge vni add vni 205 group 239.1.2.3 dev vx0',
]

/** @type {[name: string, command: string, ...before: string[]][]} */
const changes = [
  ['add', 'bridge vni add vni 100 dev vx0'],
  ['add-range', 'bridge vni add vni 100-199 dev vx0'],
  ['add-remote', 'bridge vni add vni 100 remote 192.0.2.9 dev vx0'],
  ['add-remote-v6', 'bridge vni add vni 100-101 remote 2001:db8::9 dev vx0'],
  ['add-group', 'bridge vni add vni 100 group 239.1.2.3 dev vx0'],
  ['delete', 'bridge vni delete vni 100 dev vx0', 'bridge vni add vni 100 dev vx0'],
  ['delete-range', 'bridge vni delete vni 100-101 dev vx0', 'bridge vni add vni 100-101 dev vx0'],
  ['refused-zero', 'bridge vni add vni 0 dev vx0'],
  ['refused-missing', 'bridge vni delete vni 9 dev vx0'],
]

export const vni = [
  ...changes.map(([name, command, ...before]) => ({ name: `vni/${name}`, setup: [...made, ...before], command })),
  { name: 'vni/list', setup: several, command: 'bridge -j vni show' },
  { name: 'vni/list-statistics', setup: several, command: 'bridge -j -s vni show' },
]
