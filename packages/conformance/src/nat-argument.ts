/** Wrong arguments of address translation. @module */
import type { BadArgument } from './bad-argument.js'

const masquerade = { kind: 'masquerade' }
const snat = { kind: 'snat', address: '192.0.2.1' }
const dnat = { kind: 'dnat', address: '172.17.0.2' }
const udp = { ipProtocol: 17 }

/** What is wrong, the spec, the class of the error, the path of the value behind `spec.`. */
type Row = readonly [title: string, spec: unknown, name: 'TypeError' | 'RangeError', field: string]

const additions: readonly Row[] = [
  ['no kind', {}, 'TypeError', 'kind'],
  ['a kind that is a number', { kind: 1 }, 'TypeError', 'kind'],
  ['a kind that is none', { kind: 'masq' }, 'RangeError', 'kind'],
  ['a kind of objects', { kind: 'toString' }, 'RangeError', 'kind'],
  ['a property of another kind', { ...masquerade, address: '192.0.2.1' }, 'TypeError', 'address'],
  ['a hook for a source', { ...masquerade, hook: 'output' }, 'TypeError', 'hook'],
  ['a link that a source came in by', { ...snat, inputLink: 'a' }, 'TypeError', 'inputLink'],
  ['a hook that is none', { ...dnat, hook: 'input' }, 'RangeError', 'hook'],
  ['a hook of sources', { ...dnat, hook: 'postrouting' }, 'RangeError', 'hook'],
  ['a hook that is a number', { ...dnat, hook: 0 }, 'TypeError', 'hook'],
  ['snat without an address', { kind: 'snat' }, 'TypeError', 'address'],
  ['dnat without an address', { kind: 'dnat', ports: 80, ...udp }, 'TypeError', 'address'],
  ['an address that is a prefix', { ...dnat, address: '172.17.0.0/16' }, 'RangeError', 'address'],
  ['the address of nobody', { ...snat, address: '0.0.0.0' }, 'RangeError', 'address'],
  ['the address of nobody in IPv6', { ...snat, address: '::' }, 'RangeError', 'address'],
  ['a range that goes down', { ...snat, lastAddress: '192.0.1.255' }, 'RangeError', 'lastAddress'],
  ['a range over both versions', { ...snat, lastAddress: '2001:db8::1' }, 'RangeError', 'lastAddress'],
  ['host bits in from', { ...masquerade, from: '172.17.0.1/16' }, 'RangeError', 'from'],
  ['host bits in to', { ...masquerade, to: '2001:db8::1/64' }, 'RangeError', 'to'],
  ['from and to of two versions', { ...masquerade, from: '10.0.0.0/8', to: '2001:db8::/32' }, 'RangeError', 'to'],
  ['an address of the other version', { ...dnat, to: '2001:db8::/32' }, 'RangeError', 'address'],
  ['a version that the prefix has not', { ...masquerade, family: 6, from: '10.0.0.0/8' }, 'RangeError', 'from'],
  ['a version that is none', { ...masquerade, family: 5 }, 'RangeError', 'family'],
  ['an exception that is no list', { ...masquerade, except: '10.0.0.0/8' }, 'TypeError', 'except'],
  ['an exception with host bits', { ...masquerade, except: ['10.0.0.0/8', '10.0.0.1/8'] }, 'RangeError', 'except.1'],
  ['an exception of all', { ...masquerade, except: ['0.0.0.0/0'] }, 'RangeError', 'except.0'],
  ['an exception of the other version', { ...snat, except: ['2001:db8::/32'] }, 'RangeError', 'address'],
  [
    '17 exceptions',
    { ...masquerade, except: Array.from({ length: 17 }, (_, at) => `10.0.${at}.0/24`) },
    'RangeError',
    'except',
  ],
  ['a protocol of 0', { ...masquerade, ipProtocol: 0 }, 'RangeError', 'ipProtocol'],
  ['a protocol of 256', { ...masquerade, ipProtocol: 256 }, 'RangeError', 'ipProtocol'],
  ['a protocol that is a word', { ...masquerade, ipProtocol: 'tcp' }, 'TypeError', 'ipProtocol'],
  ['ports without a protocol', { ...masquerade, ports: [1, 2] }, 'RangeError', 'ports'],
  ['ports of ICMP', { ...masquerade, ipProtocol: 1, ports: 7 }, 'RangeError', 'ports'],
  ['ports to without a protocol', { ...dnat, destinationPorts: 80 }, 'RangeError', 'destinationPorts'],
  ['ports from of GRE', { ...snat, ipProtocol: 47, sourcePorts: 80 }, 'RangeError', 'sourcePorts'],
  ['a port of 0', { ...dnat, ...udp, ports: 0 }, 'RangeError', 'ports'],
  ['a port of 65536', { ...dnat, ...udp, destinationPorts: 65_536 }, 'RangeError', 'destinationPorts'],
  ['a first port of 0', { ...dnat, ...udp, ports: [0, 7] }, 'RangeError', 'ports.0'],
  ['a last port of 65536', { ...dnat, ...udp, ports: [1, 65_536] }, 'RangeError', 'ports.1'],
  ['half a port', { ...dnat, ...udp, ports: 80.5 }, 'RangeError', 'ports'],
  ['ports in wrong order', { ...masquerade, ...udp, ports: [9, 5] }, 'RangeError', 'ports'],
  ['three ports', { ...masquerade, ...udp, ports: [1, 2, 3] }, 'TypeError', 'ports'],
  ['a port that is text', { ...dnat, ...udp, destinationPorts: '80' }, 'TypeError', 'destinationPorts'],
  ['a link that is not known yet', { ...dnat, outputLink: 'a' }, 'RangeError', 'outputLink'],
  ['an exception of such', { kind: 'redirect', exceptOutputLink: 'a' }, 'RangeError', 'exceptOutputLink'],
  ['a link that nothing came in by', { ...dnat, hook: 'output', inputLink: 'a' }, 'RangeError', 'inputLink'],
  [
    'a link and all but one',
    { ...masquerade, outputLink: 'a', exceptOutputLink: 'b' },
    'RangeError',
    'exceptOutputLink',
  ],
  [
    'a link and all but one to come in by',
    { ...dnat, inputLink: 'a', exceptInputLink: 'b' },
    'RangeError',
    'exceptInputLink',
  ],
  ['a link by its index', { ...masquerade, outputLink: 3 }, 'TypeError', 'outputLink'],
  ['a link of 16 octets', { ...masquerade, outputLink: 'sixteen-octets-1' }, 'RangeError', 'outputLink'],
  ['chance that is a word', { ...masquerade, random: 'yes' }, 'TypeError', 'random'],
  ['an empty comment', { ...masquerade, comment: '' }, 'RangeError', 'comment'],
  ['a comment of 128 octets', { ...masquerade, comment: 'é'.repeat(64) }, 'RangeError', 'comment'],
  ['a place before the first', { ...masquerade, index: -1 }, 'RangeError', 'index'],
  ['what a list tells', { ...masquerade, packets: 5 }, 'TypeError', 'packets'],
]

const others: readonly BadArgument[] = [
  ['a rule without a handle', 'nat delete', { family: 4 }, 'TypeError', 'spec.handle'],
  ['a handle of 0', 'nat delete', { handle: 0 }, 'RangeError', 'spec.handle'],
  ['a handle that is text', 'nat delete', { handle: '2' }, 'TypeError', 'spec.handle'],
  ['a version of 5 to delete in', 'nat delete', { handle: 2, family: 5 }, 'RangeError', 'spec.family'],
  ['rules of a version of 5', 'nat list', { family: 5 }, 'RangeError', 'spec.family'],
  ['rules of a kind', 'nat list', { kind: 'snat' }, 'TypeError', 'spec.kind'],
  ['flush by a handle', 'nat flush', { handle: 2 }, 'TypeError', 'spec.handle'],
]

/** Every row is refused on every backend alike, because no backend is asked. */
export const natArguments: readonly BadArgument[] = [
  ...additions.map(
    ([title, spec, name, field]): BadArgument => [`nat: ${title}`, 'nat add', spec, name, `spec.${field}`],
  ),
  ...others,
]
