/** The kinds of link that have a name here: what each takes. A new kind has its file, and a line in each part of this one. @module */
import type { FieldTable } from '../field.js'
import { type BondOptions, type BondState, bondAgain, bondFields, checkBond } from './bond.js'
import { type BridgeOptions, type BridgeState, bridgeFields } from './bridge.js'
import {
  checkErspan,
  checkIp6erspan,
  type ErspanOptions,
  type ErspanState,
  erspanFields,
  type Ip6erspanOptions,
  type Ip6erspanState,
  ip6erspanFields,
} from './erspan.js'
import { checkGeneve, type GeneveOptions, type GeneveState, geneveFields } from './geneve.js'
import {
  checkGre,
  checkIp6gre,
  type GreOptions,
  type GreState,
  greFields,
  type Ip6greOptions,
  type Ip6greState,
  ip6greFields,
} from './gre.js'
import { checkHsr, type HsrOptions, type HsrState, hsrFields } from './hsr.js'
import {
  checkIpTunnel,
  checkSit,
  type Ip6tnlOptions,
  type Ip6tnlState,
  type IpipOptions,
  type IpipState,
  ip6tnlFields,
  ipipFields,
  type SitOptions,
  type SitState,
  sitFields,
} from './ip-tunnel.js'
import { type IpvlanOptions, type IpvlanState, ipvlanFields } from './ipvlan.js'
import { checkMacsec, type MacsecOptions, type MacsecState, macsecAgain, macsecFields } from './macsec.js'
import { checkMacvlan, type MacvlanOptions, type MacvlanState, macvlanFields } from './macvlan.js'
import { type TunOptions, type TunState, tunFields } from './tun.js'
import { checkEnds } from './tunnel.js'
import { type VlanOptions, type VlanState, vlanFields } from './vlan.js'
import { type VrfOptions, type VrfState, vrfFields } from './vrf.js'
import { type VtiOptions, type VtiState, vti6Fields, vtiFields } from './vti.js'
import { checkVxlan, type VxlanOptions, type VxlanState, vxlanFields } from './vxlan.js'

export {
  type BondAggregator,
  type BondMode,
  type BondOptions,
  type BondPortOptions,
  type BondPortState,
  type BondState,
  bondFields,
  bondModes,
  bondOptionModes,
  bondPortFields,
} from './bond.js'
export * from './bridge.js'
export {
  type ErspanHeaderOptions,
  type ErspanOptions,
  type ErspanState,
  erspanFields,
  type Ip6erspanOptions,
  type Ip6erspanState,
  ip6erspanFields,
} from './erspan.js'
export { type GeneveOptions, type GeneveState, geneveFields } from './geneve.js'
export {
  type GreHeaderOptions,
  type GreOptions,
  type GreState,
  greFields,
  type Ip6greOptions,
  type Ip6greState,
  ip6greFields,
} from './gre.js'
export { type HsrOptions, type HsrState, hsrFields } from './hsr.js'
export {
  type Ip6tnlOptions,
  type Ip6tnlState,
  type IpipOptions,
  type IpipState,
  ip6tnlFields,
  ipipFields,
  type SitOptions,
  type SitState,
  sitFields,
} from './ip-tunnel.js'
export { type IpvlanOptions, type IpvlanState, ipvlanFields } from './ipvlan.js'
export { type MacsecOptions, type MacsecState, macsecFields } from './macsec.js'
export { type MacvlanMode, type MacvlanOptions, type MacvlanState, macvlanFields } from './macvlan.js'
export * from './tun.js'
export type { EncapOptions, ExternalOptions, Tunnel6Options, TunnelOptions } from './tunnel.js'
export * from './vlan.js'
export { type VrfOptions, type VrfPortState, type VrfState, vrfFields } from './vrf.js'
export { type VtiOptions, type VtiState, vti6Fields, vtiFields } from './vti.js'
export { type VxlanOptions, type VxlanState, vxlanFields } from './vxlan.js'

/** What a new link of a kind takes beside the settings that all have. A veth's peer is in {@link LinkSpec}. */
export type KindSpec =
  | { readonly kind: 'bridge'; readonly bridge?: BridgeOptions }
  | { readonly kind: 'bond'; readonly bond?: BondOptions }
  | { readonly kind: 'vlan'; readonly parent: string | number; readonly vlan: VlanOptions }
  | { readonly kind: 'macvlan' | 'macvtap'; readonly parent: string | number; readonly macvlan?: MacvlanOptions }
  | { readonly kind: 'ipvlan' | 'ipvtap'; readonly parent: string | number; readonly ipvlan?: IpvlanOptions }
  | { readonly kind: 'vxlan'; readonly vxlan: VxlanOptions }
  | { readonly kind: 'vrf'; readonly vrf: VrfOptions }
  | { readonly kind: 'erspan'; readonly erspan: ErspanOptions }
  | { readonly kind: 'geneve'; readonly geneve: GeneveOptions }
  | { readonly kind: 'gre'; readonly gre: GreOptions }
  | { readonly kind: 'gretap'; readonly gretap: GreOptions }
  | { readonly kind: 'ip6erspan'; readonly ip6erspan: Ip6erspanOptions }
  | { readonly kind: 'ip6gre'; readonly ip6gre: Ip6greOptions }
  | { readonly kind: 'ip6gretap'; readonly ip6gretap: Ip6greOptions }
  | { readonly kind: 'ip6tnl'; readonly ip6tnl: Ip6tnlOptions }
  | { readonly kind: 'ipip'; readonly ipip: IpipOptions }
  | { readonly kind: 'sit'; readonly sit: SitOptions }
  | { readonly kind: 'vti'; readonly vti: VtiOptions }
  | { readonly kind: 'vti6'; readonly vti6: VtiOptions }
  | { readonly kind: 'macsec'; readonly parent: string | number; readonly macsec?: MacsecOptions }
  | { readonly kind: 'hsr'; readonly hsr: HsrOptions }
  | { readonly kind: 'ifb' | 'dummy' | 'nlmon' | 'team' | 'wireguard' }
  | { readonly kind: 'tun' | 'tap'; readonly tun?: TunOptions }

/** Options of a link's kind that can be changed; those that are absent stay as they are. */
export interface KindChange {
  /** Options of a bridge. */
  readonly bridge?: BridgeOptions
  /** Options of a bond. */
  readonly bond?: BondOptions
  /** Options of a MACsec link. */
  readonly macsec?: MacsecOptions
  /** Options of a macvlan or macvtap. */
  readonly macvlan?: MacvlanOptions
  /** Options of an ipvlan or ipvtap, which hold for all of its parent. */
  readonly ipvlan?: IpvlanOptions
  /** Options of a VXLAN. */
  readonly vxlan?: VxlanOptions
  /** Options of a VLAN (flags and QoS maps; the id is fixed). */
  readonly vlan?: Partial<VlanOptions>
  /** Options of an ERSPAN over IPv4. */
  readonly erspan?: ErspanOptions
  /** Options of a GENEVE link. */
  readonly geneve?: GeneveOptions
  /** Options of a GRE tunnel over IPv4. */
  readonly gre?: GreOptions
  /** Options of a GRE tunnel of frames over IPv4. */
  readonly gretap?: GreOptions
  /** Options of an ERSPAN over IPv6. */
  readonly ip6erspan?: Ip6erspanOptions
  /** Options of a GRE tunnel over IPv6. */
  readonly ip6gre?: Ip6greOptions
  /** Options of a GRE tunnel of frames over IPv6. */
  readonly ip6gretap?: Ip6greOptions
  /** Options of a tunnel over IPv6. */
  readonly ip6tnl?: Ip6tnlOptions
  /** Options of a tunnel of IPv4 over IPv4. */
  readonly ipip?: IpipOptions
  /** Options of a tunnel of IPv6 over IPv4. */
  readonly sit?: SitOptions
  /** Options of a VTI over IPv4. */
  readonly vti?: VtiOptions
  /** Options of a VTI over IPv6. */
  readonly vti6?: VtiOptions
}

/** What a link tells of its kind. */
export interface KindState {
  /** State of a bridge. */
  readonly bridge?: BridgeState
  /** State of a bond. */
  readonly bond?: BondState
  /** State of a VLAN. */
  readonly vlan?: VlanState
  /** State of a macvlan or macvtap. */
  readonly macvlan?: MacvlanState
  /** State of an ipvlan or ipvtap. */
  readonly ipvlan?: IpvlanState
  /** State of a VXLAN. */
  readonly vxlan?: VxlanState
  /** State of a MACsec link. */
  readonly macsec?: MacsecState
  /** State of an HSR or PRP link. */
  readonly hsr?: HsrState
  /** State of a VRF. */
  readonly vrf?: VrfState
  /** State of a TUN or TAP. */
  readonly tun?: TunState
  /** State of an ERSPAN over IPv4. */
  readonly erspan?: ErspanState
  /** State of a GENEVE link. */
  readonly geneve?: GeneveState
  /** State of a GRE tunnel over IPv4. */
  readonly gre?: GreState
  /** State of a GRE tunnel of frames over IPv4. */
  readonly gretap?: GreState
  /** State of an ERSPAN over IPv6. */
  readonly ip6erspan?: Ip6erspanState
  /** State of a GRE tunnel over IPv6. */
  readonly ip6gre?: Ip6greState
  /** State of a GRE tunnel of frames over IPv6. */
  readonly ip6gretap?: Ip6greState
  /** State of a tunnel over IPv6. */
  readonly ip6tnl?: Ip6tnlState
  /** State of a tunnel of IPv4 over IPv4. */
  readonly ipip?: IpipState
  /** State of a tunnel of IPv6 over IPv4. */
  readonly sit?: SitState
  /** State of a VTI over IPv4. */
  readonly vti?: VtiState
  /** State of a VTI over IPv6. */
  readonly vti6?: VtiState
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
  /** What of a link's state a new one can be told, where that is not all. */
  again?(state: Readonly<Record<string, unknown>>): Record<string, unknown>
}

/** The options by property, in the order of lists. */
export const kindOptions: { readonly [P in KindProperty]: KindOptions } = {
  bridge: { fields: bridgeFields },
  bond: { fields: bondFields, check: checkBond, again: bondAgain },
  macvlan: { fields: macvlanFields, check: checkMacvlan },
  ipvlan: { fields: ipvlanFields },
  vxlan: { fields: vxlanFields, needed: true, check: checkVxlan },
  vlan: { fields: vlanFields, needed: true },
  macsec: { fields: macsecFields, check: checkMacsec, again: macsecAgain },
  hsr: { fields: hsrFields, needed: true, fixed: true, check: checkHsr },
  vrf: { fields: vrfFields, needed: true, fixed: true },
  tun: { fields: tunFields, fixed: true },
  erspan: { fields: erspanFields, needed: true, check: checkErspan },
  geneve: { fields: geneveFields, needed: true, check: checkGeneve },
  gre: { fields: greFields, needed: true, check: checkGre },
  gretap: { fields: greFields, needed: true, check: checkGre },
  ip6erspan: { fields: ip6erspanFields, needed: true, check: checkIp6erspan },
  ip6gre: { fields: ip6greFields, needed: true, check: checkIp6gre },
  ip6gretap: { fields: ip6greFields, needed: true, check: checkIp6gre },
  ip6tnl: { fields: ip6tnlFields, needed: true, check: checkIpTunnel },
  ipip: { fields: ipipFields, needed: true, check: checkIpTunnel },
  sit: { fields: sitFields, needed: true, check: checkSit },
  vti: { fields: vtiFields, needed: true, check: checkEnds },
  vti6: { fields: vti6Fields, needed: true, check: checkEnds },
}

/** A kind of link. */
export interface KnownKindFacts {
  /** Where its options are; kinds without options have none. */
  readonly property?: KindProperty
  /** Settings that are optional for other kinds. */
  readonly needs?: readonly ('parent' | 'name')[]
  /** Settings that the kernel would ignore when the link is made, with what to know about it. */
  readonly ignores?: Readonly<Record<string, string>>
  /** Kind with the same options that has a character device as well. */
  readonly twin?: string
  /** Name of the link that the kernel makes in every namespace once the kind's module is loaded. */
  readonly fallback?: string
}

/** The kinds by the kernel's word, in the order of lists. */
export const kindFacts = {
  bridge: { property: 'bridge' },
  veth: {},
  vlan: { property: 'vlan', needs: ['parent'] },
  macvlan: { property: 'macvlan', needs: ['parent'], twin: 'macvtap' },
  macvtap: { property: 'macvlan', needs: ['parent'] },
  ipvlan: { property: 'ipvlan', needs: ['parent'], twin: 'ipvtap', ignores: { mac: 'it has the MAC of its parent' } },
  ipvtap: { property: 'ipvlan', needs: ['parent'], ignores: { mac: 'it has the MAC of its parent' } },
  vxlan: { property: 'vxlan' },
  ifb: {},
  dummy: {},
  nlmon: {},
  vrf: { property: 'vrf' },
  bond: { property: 'bond' },
  team: {},
  macsec: { property: 'macsec', needs: ['parent'] },
  wireguard: { ignores: { mac: 'it carries packets, and has no MAC' } },
  hsr: { property: 'hsr', ignores: { mac: 'it has the MAC of its first link' } },
  tun: { property: 'tun', needs: ['name'] },
  tap: { property: 'tun', needs: ['name'] },
  erspan: { property: 'erspan', fallback: 'erspan0' },
  geneve: { property: 'geneve' },
  gre: { property: 'gre', fallback: 'gre0' },
  gretap: { property: 'gretap', fallback: 'gretap0' },
  ip6erspan: { property: 'ip6erspan' },
  ip6gre: { property: 'ip6gre', fallback: 'ip6gre0' },
  ip6gretap: { property: 'ip6gretap' },
  ip6tnl: { property: 'ip6tnl', fallback: 'ip6tnl0' },
  ipip: { property: 'ipip', fallback: 'tunl0' },
  sit: { property: 'sit', fallback: 'sit0' },
  vti: { property: 'vti', fallback: 'ip_vti0' },
  vti6: { property: 'vti6', fallback: 'ip6_vti0' },
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
  return kind === undefined ? undefined : factsByKind.get(kind)
}

const factsByKind: ReadonlyMap<string, KnownKindFacts> = new Map(Object.entries(kindFacts))

/** What {@link isFallback} looks at. */
type FallbackParts = KindState & { readonly kind?: string; readonly name?: string }

/** Whether a link is the one that the kernel makes by itself for its kind: it has that name, and no ends. */
export function isFallback(link: FallbackParts): boolean {
  const facts = factsOf(link.kind)
  if (facts?.fallback === undefined || facts.fallback !== link.name || facts.property === undefined) return false
  const { local, remote, external } = (link[facts.property] ?? {}) as TunnelEnds
  return local === undefined && remote === undefined && external !== true
}

interface TunnelEnds {
  readonly local?: string
  readonly remote?: string
  readonly external?: boolean
}
