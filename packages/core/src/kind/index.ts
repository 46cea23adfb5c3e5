/** The kinds of link that have a name here: what each takes. A new kind has its file, and a line in each part of this one. @module */
import type { FieldTable } from '../field.js'
import { type BridgeOptions, type BridgeState, bridgeFields } from './bridge.js'
import { type MacvlanOptions, type MacvlanState, macvlanFields } from './macvlan.js'
import { type TunOptions, type TunState, tunFields } from './tun.js'
import { type VlanOptions, type VlanState, vlanFields } from './vlan.js'
import { checkVxlan, type VxlanOptions, type VxlanState, vxlanFields } from './vxlan.js'

export * from './bridge.js'
export * from './macvlan.js'
export * from './tun.js'
export * from './vlan.js'
export { type VxlanOptions, type VxlanState, vxlanFields } from './vxlan.js'

/** What a new link of a kind takes beside the settings that all have. A veth's peer is in {@link LinkSpec}. */
export type KindSpec =
  | { readonly kind: 'bridge'; readonly bridge?: BridgeOptions }
  | { readonly kind: 'vlan'; readonly parent: string | number; readonly vlan: VlanOptions }
  | { readonly kind: 'macvlan' | 'macvtap'; readonly parent: string | number; readonly macvlan?: MacvlanOptions }
  | { readonly kind: 'vxlan'; readonly vxlan: VxlanOptions }
  | { readonly kind: 'ifb' | 'dummy' }
  | { readonly kind: 'tun' | 'tap'; readonly tun?: TunOptions }

/** Options of a link's kind that can be changed; those that are absent stay as they are. */
export interface KindChange {
  /** Options of a bridge. */
  readonly bridge?: BridgeOptions
  /** Options of a macvlan or macvtap. */
  readonly macvlan?: MacvlanOptions
  /** Options of a VXLAN. */
  readonly vxlan?: VxlanOptions
  /** Options of a VLAN (flags and QoS maps; the id is fixed). */
  readonly vlan?: Partial<VlanOptions>
}

/** What a link tells of its kind. */
export interface KindState {
  /** State of a bridge. */
  readonly bridge?: BridgeState
  /** State of a VLAN. */
  readonly vlan?: VlanState
  /** State of a macvlan or macvtap. */
  readonly macvlan?: MacvlanState
  /** State of a VXLAN. */
  readonly vxlan?: VxlanState
  /** State of a TUN or TAP. */
  readonly tun?: TunState
}

/** The property that holds the options or the state of a kind. */
export type KindProperty = keyof KindState
/** The property that holds the options of a kind in a change. */
export type ChangeableProperty = keyof KindChange

/** What there is to know about the options of a kind. */
export interface KindOptions {
  /** What each option takes. */
  readonly fields: FieldTable
  /** The link cannot be made without options. */
  readonly needed?: true
  /** Nothing can be changed once the link is made. */
  readonly fixed?: true
  /** Refuses options that contradict each other; `making` tells a new link from a change of one. */
  check?(options: Readonly<Record<string, unknown>>, path: string, making: boolean): void
}

/** The options by property, in the order of lists. */
export const kindOptions: { readonly [P in KindProperty]: KindOptions } = {
  bridge: { fields: bridgeFields },
  macvlan: { fields: macvlanFields },
  vxlan: { fields: vxlanFields, needed: true, check: checkVxlan },
  vlan: { fields: vlanFields, needed: true },
  tun: { fields: tunFields, fixed: true },
}

/** A kind of link. */
export interface KnownKindFacts {
  /** Where its options are; kinds without options have none. */
  readonly property?: KindProperty
  /** Settings that are optional for other kinds. */
  readonly needs?: readonly ('parent' | 'name')[]
}

/** The kinds by the kernel's word, in the order of lists. */
export const kindFacts = {
  bridge: { property: 'bridge' },
  veth: {},
  vlan: { property: 'vlan', needs: ['parent'] },
  macvlan: { property: 'macvlan', needs: ['parent'] },
  macvtap: { property: 'macvlan', needs: ['parent'] },
  vxlan: { property: 'vxlan' },
  ifb: {},
  dummy: {},
  tun: { property: 'tun', needs: ['name'] },
  tap: { property: 'tun', needs: ['name'] },
} as const satisfies { readonly [kind: string]: KnownKindFacts }

/** Kinds that have a name here. */
export type KnownKind = keyof typeof kindFacts

/** The kinds, for checks and completion. */
export const knownKinds = Object.keys(kindFacts) as readonly KnownKind[]

/** The properties that a change can hold options in, in the order of lists. */
export const changeableProperties = (Object.keys(kindOptions) as readonly KindProperty[]).filter(
  (property): property is ChangeableProperty => kindOptions[property].fixed !== true,
)

/** The facts of a kind by the kernel's word; `undefined` for one that has no name here. */
export function factsOf(kind: string | undefined): KnownKindFacts | undefined {
  return kind !== undefined && Object.hasOwn(kindFacts, kind) ? kindFacts[kind as KnownKind] : undefined
}
