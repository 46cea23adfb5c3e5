/** The kinds of tunnel over IP that tests go through. @module */
import type { ChangeableProperty, LinkSpec } from '@vnet/core'
import type { OptionNote } from './option.js'

/** One kind of tunnel: what makes it, and what is peculiar. */
export interface Tunnel {
  /** The kind, and the property of its options. */
  readonly kind: ChangeableProperty
  /** Version of IP that it runs over. */
  readonly version: 4 | 6
  /** It carries frames: has a MAC, and no far end as its broadcast address. */
  readonly frames?: true
  /** Options without which there is no such link. */
  readonly always?: Readonly<Record<string, unknown>>
  /** Hardware type as `ip` has it. */
  readonly type: string
  /** MTU where the way to the far end is not known. */
  readonly mtu?: number
  /** Notes on options of this kind. */
  readonly notes?: Readonly<Record<string, OptionNote>>
}

const session = { ikey: 5, okey: 5 }
const erspan: Readonly<Record<string, OptionNote>> = {
  ikey: { values: [1023, 0], with: { okey: 5 } },
  okey: { values: [1023, 0], with: { ikey: 5 } },
  iseq: { values: [true] },
  oseq: { values: [true] },
  icsum: { values: [] },
  ocsum: { values: [] },
  erspanVersion: { values: [2, 1] },
  erspanDir: { with: { erspanVersion: 2 } },
  erspanHwid: { with: { erspanVersion: 2 } },
}
/** No mark is one of 0. */
const mark: OptionNote = { values: [0xffffffff, 0, 7, null], reads: (value) => value ?? 0 }
const marks = { ikey: mark, okey: mark }

/** The kinds. */
export const tunnels: readonly Tunnel[] = [
  { kind: 'gre', version: 4, type: 'gre', mtu: 1476 },
  { kind: 'gretap', version: 4, frames: true, type: 'ether', mtu: 1462 },
  { kind: 'erspan', version: 4, frames: true, always: session, type: 'ether', mtu: 1450, notes: erspan },
  { kind: 'ip6gre', version: 6, type: 'gre6', mtu: 1448 },
  { kind: 'ip6gretap', version: 6, frames: true, type: 'ether', mtu: 1434 },
  { kind: 'ip6erspan', version: 6, frames: true, always: session, type: 'ether', mtu: 1422, notes: erspan },
  { kind: 'ipip', version: 4, type: 'ipip', mtu: 1480, notes: { mode: { fixed: true } } },
  { kind: 'sit', version: 4, type: 'sit', mtu: 1480, notes: { mode: { fixed: true }, pmtudisc: { fixed: true } } },
  { kind: 'ip6tnl', version: 6, type: 'tunnel6', mtu: 1452 },
  { kind: 'vti', version: 4, type: 'ipip', mtu: 1480, notes: marks },
  // The MTU depends on how the kernel was built (LL_MAX_HEADER).
  { kind: 'vti6', version: 6, type: 'tunnel6', notes: marks },
]

/** This end, the far end, and another far end, by version of IP. */
export const near = { 4: '10.0.0.1', 6: '2001:db8::1' } as const
/** The far end. */
export const far = { 4: '10.0.0.2', 6: '2001:db8::2' } as const
/** Another far end. */
export const farther = { 4: '10.0.0.3', 6: '2001:db8::3' } as const

/** The specification of a tunnel between the two ends. */
export function tunnelSpec(
  tunnel: Pick<Tunnel, 'kind' | 'version' | 'always'>,
  name: string,
  options: object = {},
): LinkSpec {
  const { kind, version, always } = tunnel
  return {
    kind,
    name,
    [kind]: { local: near[version], remote: far[version], ...always, ...options },
  } as unknown as LinkSpec
}
