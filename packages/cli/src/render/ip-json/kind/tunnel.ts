/** What tunnels over IP have in common, as `ip -d -j link` writes it. @module */
import type { EncapOptions, GreHeaderOptions, Told, Tunnel6Options, TunnelOptions } from '@vnet/core'
import type { Names } from '../../../names.js'
import { hex, type JsonEntries } from '../object.js'

type Ends = Pick<Told<TunnelOptions>, 'local' | 'remote' | 'link'>

/** The ends. */
export const endEntries = (state: Ends, names: Names): JsonEntries => [
  ['remote', state.remote ?? 'any'],
  ['local', state.local ?? 'any'],
  state.link !== undefined && ['link', names.link(state.link)],
]

/** Hop limit and type of service of an outer header of IPv4. */
export const header4Entries = (state: Told<TunnelOptions>): JsonEntries => [
  ['ttl', state.ttl],
  state.tos !== undefined && state.tos !== 0 && ['tos', hex(state.tos)],
  ['pmtudisc', state.pmtudisc],
]

const padded = (value: number | undefined, digits: number): string =>
  `0x${(value ?? 0).toString(16).padStart(digits, '0')}`

/** The outer header of IPv6. */
export const header6Entries = (state: Told<Tunnel6Options>): JsonEntries => [
  ['ttl', state.ttl],
  state.encapLimit === undefined ? ['ip6_tnl_f_ign_encap_limit', true] : ['encap_limit', state.encapLimit],
  state.tclassInherit ? ['ip6_tnl_f_use_orig_tclass', true] : ['tclass', padded(state.tclass, 2)],
  state.flowLabelInherit ? ['ip6_tnl_f_use_orig_flowlabel', true] : ['flowlabel', padded(state.flowLabel, 5)],
  state.dscpInherit === true && ['ip6_tnl_f_rcv_dscp_copy', true],
]

/** A key as four numbers, as `ip` writes it. */
export const dotted = (key: number): string => [24, 16, 8, 0].map((shift) => (key >>> shift) & 0xff).join('.')

/** The optional parts of a GRE header. */
export const greHeaderEntries = (state: Told<GreHeaderOptions>): JsonEntries => [
  state.ikey !== undefined && ['ikey', dotted(state.ikey)],
  state.okey !== undefined && ['okey', dotted(state.okey)],
  state.iseq === true && ['iseq', true],
  state.oseq === true && ['oseq', true],
  state.icsum === true && ['icsum', true],
  state.ocsum === true && ['ocsum', true],
]

/** The mark, where there is one, and what stands before it over IPv6. */
export const markEntries = (
  state: Pick<Told<Tunnel6Options>, 'allowLocalRemote' | 'fwmark' | 'fwmarkInherit'>,
): JsonEntries => [
  state.allowLocalRemote === true && ['ip6_tnl_f_allow_local_remote', true],
  state.fwmarkInherit === true
    ? ['ip6_tnl_f_use_orig_fwmark', true]
    : state.fwmark !== undefined && state.fwmark !== 0 && ['fwmark', hex(state.fwmark)],
]

/** The wrapping in UDP. */
export function encapEntries(state: Told<EncapOptions>): JsonEntries {
  if (state.encap === undefined || state.encap === 'none') return []
  return [
    [
      'encap',
      {
        type: state.encap,
        sport: state.encapSport,
        dport: state.encapDport,
        csum: state.encapCsum,
        csum6: state.encapCsum6,
        remcsum: state.encapRemcsum,
      },
    ],
  ]
}
