/** The table of wrong arguments of tunnels. @module */
import type { BadArgument } from './bad-argument.js'

const ends = { local: '10.0.0.1', remote: '10.0.0.2' }
const ends6 = { local: '2001:db8::1', remote: '2001:db8::2' }

/** A row about a new link of a kind. */
const make = (
  title: string,
  kind: string,
  options: object | undefined,
  name: 'TypeError' | 'RangeError',
  field: string,
): BadArgument => [
  `${kind}: ${title}`,
  'link add',
  { kind, name: 'x', ...(options === undefined ? {} : { [kind]: options }) },
  name,
  `spec.${kind}${field === '' ? '' : `.${field}`}`,
]
/** A row about a change. */
const change = (title: string, kind: string, options: object, field: string): BadArgument => [
  `${kind}: ${title}, later`,
  'link set',
  { link: 'v0', [kind]: options },
  'RangeError',
  `spec.${kind}.${field}`,
]

const over4 = ['gre', 'gretap', 'erspan', 'ipip', 'sit', 'vti']
const over6 = ['ip6gre', 'ip6gretap', 'ip6erspan', 'ip6tnl', 'vti6']
const external = ['gre', 'gretap', 'ip6gre', 'ip6gretap', 'ipip', 'ip6tnl']

/** Wrong arguments of tunnels. */
export const tunnelArguments: readonly BadArgument[] = [
  ...[...over4, ...over6, 'geneve'].flatMap((kind) => [
    make('no options', kind, undefined, 'TypeError', ''),
    make('no end', kind, kind === 'geneve' ? { id: 1 } : {}, 'TypeError', 'remote'),
    make('an option of another kind', kind, { hairpin: true }, 'TypeError', 'hairpin'),
  ]),
  ...over4.flatMap((kind) => [
    make('a remote of IPv6', kind, { ...ends, remote: '2001:db8::2' }, 'RangeError', 'remote'),
    make('a local of IPv6', kind, { ...ends, local: '2001:db8::2' }, 'RangeError', 'local'),
    change('a remote of IPv6', kind, { remote: '2001:db8::2' }, 'remote'),
  ]),
  ...over6.flatMap((kind) => [
    make('a remote of IPv4', kind, { ...ends6, remote: '10.0.0.2' }, 'RangeError', 'remote'),
    make('a local of IPv4', kind, { ...ends6, local: '10.0.0.2' }, 'RangeError', 'local'),
  ]),
  ...external.flatMap((kind) => [
    make(
      'ends beside external',
      kind,
      { ...(over6.includes(kind) ? ends6 : ends), external: true },
      'RangeError',
      'remote',
    ),
    make('external and wrapped', kind, { external: true, encap: 'fou' }, 'RangeError', 'encap'),
    change('external', kind, { external: true }, 'external'),
  ]),
  make('a ttl of 256', 'gre', { ...ends, ttl: 256 }, 'RangeError', 'ttl'),
  make('a tos of -1', 'ipip', { ...ends, tos: -1 }, 'RangeError', 'tos'),
  make('a key of 2^32', 'gre', { ...ends, ikey: 2 ** 32 }, 'RangeError', 'ikey'),
  make('a key as text', 'gre', { ...ends, ikey: '7' }, 'TypeError', 'ikey'),
  make('a key beside external', 'gre', { external: true, okey: 1 }, 'RangeError', 'okey'),
  make('fragments and path MTU discovery', 'gre', { ...ends, ignoreDf: true }, 'RangeError', 'ignoreDf'),
  make('an unknown wrapping', 'gre', { ...ends, encap: 'esp' }, 'RangeError', 'encap'),
  make('a port of 65536', 'gre', { ...ends, encap: 'fou', encapDport: 65_536 }, 'RangeError', 'encapDport'),
  make('a port of a wrapping that is none', 'sit', { ...ends, encapDport: 5555 }, 'RangeError', 'encapDport'),
  make('an unknown mode', 'sit', { ...ends, mode: 'ip6ip6' }, 'RangeError', 'mode'),
  make('ISATAP with a far end', 'sit', { ...ends, isatap: true }, 'RangeError', 'remote'),
  make('a network of 129 bits', 'sit', { ...ends, sixrdPrefixLength: 129 }, 'RangeError', 'sixrdPrefixLength'),
  change('a mode', 'ipip', { mode: 'ipip' }, 'mode'),
  change('a mode', 'sit', { mode: 'ipip' }, 'mode'),
  change('ISATAP', 'sit', { isatap: true }, 'isatap'),
  make('a traffic class of 256', 'ip6tnl', { ...ends6, tclass: 256 }, 'RangeError', 'tclass'),
  make('a flow label of 2^20', 'ip6gre', { ...ends6, flowLabel: 2 ** 20 }, 'RangeError', 'flowLabel'),
  make('a limit of 256', 'ip6tnl', { ...ends6, encapLimit: 256 }, 'RangeError', 'encapLimit'),
  make('no session', 'erspan', ends, 'TypeError', 'ikey'),
  make('a session of 11 bits', 'erspan', { ...ends, ikey: 1024, okey: 1 }, 'RangeError', 'ikey'),
  make('a checksum', 'erspan', { ...ends, ikey: 1, okey: 1, ocsum: true }, 'RangeError', 'ocsum'),
  make('an unknown version', 'erspan', { ...ends, ikey: 1, okey: 1, erspanVersion: 3 }, 'RangeError', 'erspanVersion'),
  make(
    'a direction in version 1',
    'erspan',
    { ...ends, ikey: 1, okey: 1, erspanDir: 'egress' },
    'RangeError',
    'erspanDir',
  ),
  make('version 0', 'ip6erspan', { ...ends6, ikey: 1, okey: 1, erspanVersion: 0 }, 'RangeError', 'erspanVersion'),
  make('no identifier', 'geneve', { remote: '10.0.0.2' }, 'TypeError', 'id'),
  make('an identifier of 2^24', 'geneve', { id: 2 ** 24, remote: '10.0.0.2' }, 'RangeError', 'id'),
  make('a port of 0', 'geneve', { id: 1, remote: '10.0.0.2', port: 0 }, 'RangeError', 'port'),
  make('a remote beside external', 'geneve', { external: true, remote: '10.0.0.2' }, 'RangeError', 'remote'),
  make('a hop limit twice', 'geneve', { id: 1, remote: '10.0.0.2', ttl: 5, ttlInherit: true }, 'RangeError', 'ttl'),
  make('a flow label over IPv4', 'geneve', { id: 1, remote: '10.0.0.2', flowLabel: 1 }, 'RangeError', 'flowLabel'),
  make('a fragment bit over IPv6', 'geneve', { id: 1, remote: '2001:db8::2', df: 'set' }, 'RangeError', 'df'),
  change('external', 'geneve', { external: true }, 'external'),
]
