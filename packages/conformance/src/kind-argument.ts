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
  make('no options', 'vrf', {}, 'TypeError', 'vrf'),
  make('no table', 'vrf', { vrf: {} }, 'TypeError', 'vrf.table'),
  make('table 0', 'vrf', { vrf: { table: 0 } }, 'RangeError', 'vrf.table'),
  make('a table of 2^32', 'vrf', { vrf: { table: 2 ** 32 } }, 'RangeError', 'vrf.table'),
  ['vrf: a table, later', 'link set', { link: 'v0', vrf: { table: 5 } }, 'TypeError', 'spec.vrf'],
  make('options', 'nlmon', { nlmon: {} }, 'TypeError', 'nlmon'),
]
