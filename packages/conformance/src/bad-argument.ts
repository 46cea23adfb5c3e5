/** The table of wrong arguments: what is refused, and how. @module */
import type { Operation } from '@vnet/core'
import { actionArguments } from './action-argument.js'
import { kindArguments } from './kind-argument.js'
import { macFilterArguments } from './mac-filter-argument.js'
import { natArguments } from './nat-argument.js'
import { trafficArguments } from './traffic-argument.js'
import { tunnelArguments } from './tunnel-argument.js'

/** Title, operation, spec, the class of the error, the path of the value. */
export type BadArgument = readonly [
  title: string,
  operation: Operation,
  spec: unknown,
  name: 'TypeError' | 'RangeError',
  attribute: string,
]

const bridge = { kind: 'bridge', name: 'x' }
const address = { link: 'br0', address: '10.9.0.1/24' }
const member = { bridge: 'br0', port: 'v0' }
const group = { ...member, group: '239.1.1.1' }
const route = { destination: '10.9.0.0/16', via: '10.0.0.2' }

const names: readonly [string, string][] = [
  ['of 16 octets', 'sixteen-octets-1'],
  ['of 16 octets in 8 characters', 'ääääääää'],
  ['with a slash', 'a/b'],
  ['with a space', 'a b'],
  ['with a tabulator', 'a\tb'],
  ['with a line end', 'a\n'],
  ['with a NUL', 'a\0b'],
  ['that is empty', ''],
  ['that is .', '.'],
  ['that is ..', '..'],
]

const macs: readonly [string, unknown][] = [
  ['of a group', '01:00:5e:00:00:01'],
  ['of everybody', 'ff:ff:ff:ff:ff:ff'],
  ['of 5 octets', '02:00:00:00:00'],
  ['of 7 octets', '02:00:00:00:00:00:01'],
  ['of 5 octets, as octets', Uint8Array.of(2, 0, 0, 0, 1)],
  ['of zeros', '00:00:00:00:00:00'],
  ['that is no MAC', 'hello'],
  ['with mixed separators', '02:00-00:00:00:01'],
]

const prefixes: readonly [string, string][] = [
  ['of length 33', '10.9.0.0/33'],
  ['of length 129', '2001:db8::/129'],
  ['of negative length', '10.9.0.0/-1'],
  ['with an empty length', '10.9.0.0/'],
  ['with a netmask', '10.9.0.0/255.255.0.0'],
  ['with three numbers', '10.9.0/24'],
  ['with a number of 256', '10.9.0.256/24'],
  ['with leading zeros', '010.9.0.0/24'],
  ['with two double colons', '2001::db8::1/64'],
  ['with a zone', 'fe80::1%br0/64'],
  ['with a space', ' 10.9.0.0/24'],
  ['that is empty', ''],
]

/** Every row is refused on every backend alike, because no backend is asked. */
export const badArguments: readonly BadArgument[] = [
  ...names.flatMap(([what, name]): BadArgument[] => [
    [`a new name ${what}`, 'link add', { ...bridge, name }, 'RangeError', 'spec.name'],
    [`a name ${what} to change to`, 'link set', { link: 'v0', name }, 'RangeError', 'spec.name'],
    [`a peer's name ${what}`, 'link add', { kind: 'veth', peer: { name } }, 'RangeError', 'spec.peer.name'],
  ]),
  ...macs.flatMap(([what, mac]): BadArgument[] => [
    [`a MAC ${what}`, 'link add', { ...bridge, mac }, 'RangeError', 'spec.mac'],
    [`a MAC ${what} to change to`, 'link set', { link: 'v0', mac }, 'RangeError', 'spec.mac'],
  ]),
  ...prefixes.flatMap(([what, prefix]): BadArgument[] => [
    [`an address ${what}`, 'address add', { link: 'br0', address: prefix }, 'RangeError', 'spec.address'],
    [`a destination ${what}`, 'route add', { ...route, destination: prefix }, 'RangeError', 'spec.destination'],
  ]),
  ...[67, 0, -1, 1400.5, 2 ** 31, Number.NaN].map(
    (mtu): BadArgument => [`an MTU of ${mtu}`, 'link set', { link: 'v0', mtu }, 'RangeError', 'spec.mtu'],
  ),
  ...[0, 4095, -1, 1.5].map(
    (id): BadArgument => [
      `a VLAN of ${id}`,
      'link add',
      { kind: 'vlan', name: 'x', parent: 'v0', vlan: { id } },
      'RangeError',
      'spec.vlan.id',
    ],
  ),

  ['host bits in a route', 'route add', { ...route, destination: '10.9.0.1/16' }, 'RangeError', 'spec.destination'],
  ['host bits in a rule', 'rule add', { priority: 9, from: '10.9.0.1/16' }, 'RangeError', 'spec.from'],
  [
    'a gateway of the other version',
    'route add',
    { destination: '2001:db8::/32', via: '10.0.0.2' },
    'RangeError',
    'spec.via',
  ],
  ['a route without a way', 'route add', { destination: '10.9.0.0/16' }, 'TypeError', 'spec.via'],
  ['a table of 0', 'route add', { ...route, table: 0 }, 'RangeError', 'spec.table'],
  ['an IPv4 route by source', 'route add', { ...route, from: '10.1.0.0/16' }, 'RangeError', 'spec.from'],
  ['a goto backwards', 'rule add', { priority: 90, action: 'goto', goto: 50 }, 'RangeError', 'spec.goto'],
  ['ports in wrong order', 'rule add', { priority: 9, sourcePorts: [9, 5] }, 'RangeError', 'spec.sourcePorts'],
  ['a label of 16 octets', 'address add', { ...address, label: 'sixteen-octets-1' }, 'RangeError', 'spec.label'],
  [
    'a label of IPv6',
    'address add',
    { link: 'br0', address: '2001:db8::1/64', label: 'a' },
    'RangeError',
    'spec.label',
  ],
  ['no lifetime', 'address add', { ...address, validLifetime: 0 }, 'RangeError', 'spec.validLifetime'],
  [
    'preferred for longer than valid',
    'address add',
    { ...address, validLifetime: 5, preferredLifetime: 6 },
    'RangeError',
    'spec.preferredLifetime',
  ],
  ['a peer of the other version', 'address add', { ...address, peer: '2001:db8::1' }, 'RangeError', 'spec.peer'],
  ['a neighbour without MAC', 'neighbour add', { link: 'br0', address: '10.0.0.9' }, 'TypeError', 'spec.mac'],
  [
    'a proxy with MAC',
    'neighbour add',
    { link: 'br0', address: '10.0.0.9', proxy: true, mac: '02:00:00:00:00:01' },
    'RangeError',
    'spec.mac',
  ],
  ['no group in an MDB', 'mdb add', { ...member, group: '10.0.0.1' }, 'RangeError', 'spec.group'],
  ['a MAC that is no group', 'mdb add', { ...member, group: '02:00:00:00:00:01' }, 'RangeError', 'spec.group'],
  ['a group that stays on its link', 'mdb add', { ...member, group: '224.0.0.9' }, 'RangeError', 'spec.group'],
  ['the group of all nodes', 'mdb add', { ...member, group: 'ff02::1' }, 'RangeError', 'spec.group'],
  ['no port of a group', 'mdb add', { bridge: 'br0', group: '239.1.1.1' }, 'TypeError', 'spec.port'],
  ['a source that is a group', 'mdb add', { ...group, source: '239.1.1.2' }, 'RangeError', 'spec.source'],
  ['a source of another IP', 'mdb add', { ...group, source: '2001:db8::1' }, 'RangeError', 'spec.source'],
  ['sources without a mode', 'mdb add', { ...group, sources: ['10.0.0.1'] }, 'TypeError', 'spec.filterMode'],
  ['no source that passes', 'mdb add', { ...group, filterMode: 'include' }, 'RangeError', 'spec.sources'],
  [
    'a source twice',
    'mdb add',
    { ...group, filterMode: 'exclude', sources: ['10.0.0.1', '10.0.0.1'] },
    'RangeError',
    'spec.sources.1',
  ],
  [
    'a mode for one source',
    'mdb set',
    { ...group, source: '10.0.0.1', filterMode: 'exclude' },
    'RangeError',
    'spec.filterMode',
  ],
  ['a MAC that ages', 'mdb add', { ...member, group: '01:00:5e:00:00:01', state: 'temp' }, 'RangeError', 'spec.state'],
  ['a group in VLAN 0', 'mdb add', { ...group, vlan: 0 }, 'RangeError', 'spec.vlan'],
  ['made by nobody', 'mdb add', { ...group, protocol: 0 }, 'RangeError', 'spec.protocol'],
  [
    'use of what no bridge keeps',
    'fdb add',
    { link: 'v0', mac: '02:00:00:00:00:01', use: true },
    'RangeError',
    'spec.use',
  ],
  [
    'use of what does not age',
    'fdb set',
    { link: 'v0', mac: '02:00:00:00:00:01', master: true, use: true, state: 'static' },
    'RangeError',
    'spec.state',
  ],
  [
    'a remote and a nexthop',
    'fdb add',
    { link: 'v0', mac: '02:00:00:00:00:01', nexthop: 7, remote: '10.0.0.1' },
    'RangeError',
    'spec.remote',
  ],
  [
    'two keepers of one entry',
    'fdb get',
    { link: 'v0', mac: '02:00:00:00:00:01', self: true, master: true },
    'RangeError',
    'spec.self',
  ],
  ['a group in a FDB', 'fdb add', { link: 'v0', mac: '01:00:5e:00:00:01', master: true }, 'RangeError', 'spec.mac'],
  [
    'a VLAN of 4095 in a FDB',
    'fdb add',
    { link: 'v0', mac: '02:00:00:00:00:01', vlan: 4095 },
    'RangeError',
    'spec.vlan',
  ],
  [
    'an entry kept by nobody',
    'fdb add',
    { link: 'v0', mac: '02:00:00:00:00:01', self: false },
    'RangeError',
    'spec.self',
  ],
  ['a VXLAN without id', 'link add', { kind: 'vxlan', name: 'x', vxlan: {} }, 'TypeError', 'spec.vxlan.id'],
  ['a VXLAN of 2^24', 'link add', { kind: 'vxlan', name: 'x', vxlan: { id: 2 ** 24 } }, 'RangeError', 'spec.vxlan.id'],
  ...tunnelArguments,
  ...kindArguments,
  ...natArguments,
  ...macFilterArguments,
  ['a macvlan without parent', 'link add', { kind: 'macvlan', name: 'x' }, 'TypeError', 'spec.parent'],
  ['a TUN without name', 'link add', { kind: 'tun' }, 'TypeError', 'spec.name'],
  ['options of a port without a bridge', 'link add', { ...bridge, port: { hairpin: true } }, 'RangeError', 'spec.port'],
  [
    'an order when a link is made',
    'link add',
    { ...bridge, bridge: { fdbFlush: true } },
    'RangeError',
    'spec.bridge.fdbFlush',
  ],
  [
    'a forward delay of a minute',
    'link add',
    { ...bridge, bridge: { forwardDelay: 60 } },
    'RangeError',
    'spec.bridge.forwardDelay',
  ],
  ['an alias of 256 octets', 'link set', { link: 'v0', alias: 'x'.repeat(256) }, 'RangeError', 'spec.alias'],
  [
    'an alternative name of 128 octets',
    'link set',
    { link: 'v0', addAltNames: ['x'.repeat(128)] },
    'RangeError',
    'spec.addAltNames.0',
  ],
  ['an index of 0', 'link get', { link: 0 }, 'RangeError', 'spec.link'],
  ['an index that is not whole', 'link delete', { link: 1.5 }, 'RangeError', 'spec.link'],

  ['a number as name', 'link add', { kind: 'bridge', name: 7 }, 'TypeError', 'spec.name'],
  ['a number as kind', 'link add', { kind: 7 }, 'TypeError', 'spec.kind'],
  ['no kind', 'link add', { name: 'x' }, 'TypeError', 'spec.kind'],
  ['a number as alias', 'link set', { link: 'v0', alias: 7 }, 'TypeError', 'spec.alias'],
  ['a number as MAC', 'link set', { link: 'v0', mac: 7 }, 'TypeError', 'spec.mac'],
  ['a number as address', 'address add', { link: 'br0', address: 10 }, 'TypeError', 'spec.address'],
  ['a number as label', 'address add', { ...address, label: 7 }, 'TypeError', 'spec.label'],
  ['a text as MTU', 'link set', { link: 'v0', mtu: '1400' }, 'TypeError', 'spec.mtu'],
  ['a text as truth', 'link set', { link: 'v0', up: 'yes' }, 'TypeError', 'spec.up'],
  ['a text as metric', 'route add', { ...route, metric: '5' }, 'TypeError', 'spec.metric'],
  ['null as link', 'address add', { ...address, link: null }, 'TypeError', 'spec.link'],
  ['nothing as spec', 'link add', undefined, 'TypeError', 'spec'],
  ['a list as spec', 'link add', [], 'TypeError', 'spec'],
  ['a property that is not there', 'link set', { link: 'v0', mtuu: 1400 }, 'TypeError', 'spec.mtuu'],
  ['an option that is not there', 'link add', { ...bridge, bridge: { spt: true } }, 'TypeError', 'spec.bridge.spt'],
  ...trafficArguments,
  ...actionArguments,
]
