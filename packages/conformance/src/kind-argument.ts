/** The table of wrong arguments of links that stand on others or above ports. @module */
import type { BadArgument } from './bad-argument.js'

/** A row about a new link of a kind. */
const make = (
  title: string,
  kind: string,
  more: object,
  name: 'TypeError' | 'RangeError',
  path: string,
): BadArgument => [`${kind}: ${title}`, 'link add', { kind, name: 'x', ...more }, name, `spec.${path}`]

const ring = { slave1: 'v0', slave2: 'v1' }
const lower = { parent: 'v0' }
const ipvlans = ['ipvlan', 'ipvtap'].flatMap((kind) => [
  make('no parent', kind, {}, 'TypeError', 'parent'),
  make('an unknown mode', kind, { ...lower, ipvlan: { mode: 'l4' } }, 'RangeError', 'ipvlan.mode'),
  make('an unknown flag', kind, { ...lower, ipvlan: { modeFlag: 'isolated' } }, 'RangeError', 'ipvlan.modeFlag'),
  make('a number as mode', kind, { ...lower, ipvlan: { mode: 2 } }, 'TypeError', 'ipvlan.mode'),
  make('a MAC', kind, { ...lower, mac: '02:00:00:00:00:01' }, 'RangeError', 'mac'),
  make('options of a macvlan', kind, { ...lower, macvlan: {} }, 'TypeError', 'macvlan'),
])

/** Wrong arguments of these kinds. */
export const kindArguments: readonly BadArgument[] = [
  ...ipvlans,
  ...(
    [
      ['an unknown mode', { mode: 'balance' }, 'mode'],
      ['a number as mode', { mode: 1 }, 'mode', 'TypeError'],
      ['looks at the carrier and ARP', { miimon: 100, arpInterval: 100 }, 'arpInterval'],
      ['answers with miimon', { mode: 'active-backup', miimon: 100, arpValidate: 'all' }, 'arpValidate'],
      ['ARP in a mode without', { mode: '802.3ad', arpInterval: 100 }, 'arpInterval'],
      ['a primary in a mode without', { mode: 'balance-xor', primary: 'v0' }, 'primary'],
      ['LACP in a mode without', { lacpRate: 'fast' }, 'lacpRate'],
      ['a delay without miimon', { updelay: 100 }, 'updelay'],
      ['a negative time', { miimon: -1 }, 'miimon'],
      ['an IPv6 address to ask by ARP', { arpIpTargets: ['2001:db8::1'] }, 'arpIpTargets.0'],
      ['an IPv4 address as neighbour', { neighbourTargets: ['10.0.0.1'] }, 'neighbourTargets.0'],
      ['17 targets', { arpIpTargets: Array.from({ length: 17 }, (_, i) => `10.0.0.${i + 1}`) }, 'arpIpTargets'],
      ['a target that is no list', { arpIpTargets: '10.0.0.1' }, 'arpIpTargets', 'TypeError'],
      ['256 reports', { resendIgmp: 256 }, 'resendIgmp'],
      ['no interval of learning packets', { lpInterval: 0 }, 'lpInterval'],
      ['a priority of 0', { mode: '802.3ad', adActorSystemPriority: 0 }, 'adActorSystemPriority'],
      ['a key of 11 bits', { mode: '802.3ad', adUserPortKey: 1024 }, 'adUserPortKey'],
      ['a port in use', { mode: 'active-backup', activeSlave: 'v0' }, 'activeSlave'],
      ['an unknown policy', { xmitHashPolicy: 'layer4' }, 'xmitHashPolicy'],
    ] as const
  ).map(([title, bond, option, error]) => make(title, 'bond', { bond }, error ?? 'RangeError', `bond.${option}`)),
  ['bond: options of a port at birth', 'link add', { kind: 'dummy', bondPort: {} }, 'TypeError', 'spec.bondPort'],
  [
    'bond: a mode and an option it does not have, later',
    'link set',
    { link: 'v0', bond: { mode: 'balance-rr', lacpRate: 'fast' } },
    'RangeError',
    'spec.bond.lacpRate',
  ],
  [
    'bond: a queue of 65536',
    'link set',
    { link: 'v0', bondPort: { queueId: 65_536 } },
    'RangeError',
    'spec.bondPort.queueId',
  ],
  ['bond: a port of two masters', 'link set', { link: 'v0', port: {}, bondPort: {} }, 'RangeError', 'spec.bondPort'],
  make('options', 'team', { team: {} }, 'TypeError', 'team'),
  make('no options', 'hsr', {}, 'TypeError', 'hsr'),
  make('a MAC', 'hsr', { hsr: ring, mac: '02:00:00:00:00:01' }, 'RangeError', 'mac'),
  ...(
    [
      ['one link', { slave1: 'v0' }, 'slave2', 'TypeError'],
      ['one link twice', { slave1: 'v0', slave2: 'v0' }, 'slave2'],
      ['an octet of 256', { ...ring, supervision: 256 }, 'supervision'],
      ['version 2', { ...ring, version: 2 }, 'version'],
      ['an unknown protocol', { ...ring, protocol: 'stp' }, 'protocol'],
      ['a version of PRP', { ...ring, protocol: 'prp', version: 1 }, 'version'],
      ['a number in the ring twice', { ...ring, interlink: 'v0' }, 'interlink'],
    ] as const
  ).map(([title, hsr, option, error]) => make(title, 'hsr', { hsr }, error ?? 'RangeError', `hsr.${option}`)),
  make('no parent', 'macsec', {}, 'TypeError', 'parent'),
  ...(
    [
      ['an identifier of 15 digits', { sci: '020000000001000' }, 'sci'],
      ['an identifier and a port', { sci: '0200000000010001', port: 1 }, 'port'],
      ['port 0', { port: 0 }, 'port'],
      ['an unknown cipher suite', { cipher: 'rot13' }, 'cipher'],
      ['a check value of 7 octets', { icvLength: 7 }, 'icvLength'],
      ['a fifth association', { encodingSa: 4 }, 'encodingSa'],
      ['an identifier sent by an end station', { sendSci: true, endStation: true }, 'endStation'],
      ['broadcast of an end station', { endStation: true, scb: true }, 'scb'],
      ['protection without a window', { replayProtect: true }, 'window', 'TypeError'],
      ['an unknown check', { validate: 'maybe' }, 'validate'],
    ] as const
  ).map(([title, macsec, option, error]) =>
    make(title, 'macsec', { ...lower, macsec }, error ?? 'RangeError', `macsec.${option}`),
  ),
  ...['sci', 'port', 'cipher', 'icvLength'].map(
    (option): BadArgument => [
      `macsec: ${option}, later`,
      'link set',
      { link: 'v0', macsec: { [option]: 1 } },
      'RangeError',
      `spec.macsec.${option}`,
    ],
  ),
  make('no options', 'vrf', {}, 'TypeError', 'vrf'),
  make('no table', 'vrf', { vrf: {} }, 'TypeError', 'vrf.table'),
  make('table 0', 'vrf', { vrf: { table: 0 } }, 'RangeError', 'vrf.table'),
  make('a table of 2^32', 'vrf', { vrf: { table: 2 ** 32 } }, 'RangeError', 'vrf.table'),
  ['vrf: a table, later', 'link set', { link: 'v0', vrf: { table: 5 } }, 'TypeError', 'spec.vrf'],
  make('options', 'nlmon', { nlmon: {} }, 'TypeError', 'nlmon'),
]
