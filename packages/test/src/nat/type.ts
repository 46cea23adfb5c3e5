/** Types of NAT: which mappings are made, and whose packets they let in (RFC 4787 § 4, 5; RFC 3489 § 5). @module */

/** What of the other side something depends on: nothing, its address, its address and port (RFC 4787 § 4.1, 5). */
export type NatDependence = 'endpoint-independent' | 'address-dependent' | 'address-and-port-dependent'

/** The names of RFC 3489 § 5, without "cone". */
export type NatType = 'full-cone' | 'restricted' | 'port-restricted' | 'symmetric'

/** When a packet from inside gets a mapping of its own, and from whom a mapping lets packets in. */
export interface NatRules {
  /** What of the destination a mapping depends on: each other one gets another port (RFC 4787 § 4.1). */
  readonly mapping: NatDependence
  /** What of the sender must be known: a host inside has sent to it before, by this mapping (RFC 4787 § 5). */
  readonly filtering: NatDependence
}

/** The types by name. */
export const natTypes: Readonly<Record<NatType, NatRules>> = {
  'full-cone': { mapping: 'endpoint-independent', filtering: 'endpoint-independent' },
  restricted: { mapping: 'endpoint-independent', filtering: 'address-dependent' },
  'port-restricted': { mapping: 'endpoint-independent', filtering: 'address-and-port-dependent' },
  symmetric: { mapping: 'address-and-port-dependent', filtering: 'address-and-port-dependent' },
}

/** Seconds for which a mapping, and who may use it, is remembered after the last packet that refreshed it. */
export interface NatLifetimes {
  /** UDP; default 300 (RFC 4787 § 4.3, REQ-5c). */
  readonly udp?: number
  /** ICMP queries; default 60 (RFC 5508 § 3.2, REQ-2). */
  readonly icmp?: number
  /** TCP connections that stand; default 7440 (RFC 5382 § 5, REQ-5). */
  readonly tcp?: number
  /** TCP connections that are being made or ended; default 240 (RFC 5382 § 5, REQ-5). */
  readonly tcpTransitory?: number
}

/** How a NAT box behaves. All is optional. */
export interface NatOptions {
  /** Its type; default `port-restricted`. */
  readonly type?: NatType
  /** Mapping behaviour, instead of that of the type. */
  readonly mapping?: NatDependence
  /** Filtering behaviour, instead of that of the type. */
  readonly filtering?: NatDependence
  /** Whether hosts inside reach each other by their mappings (RFC 4787 § 6); default `true`. */
  readonly hairpin?: boolean
  /** Whether the port outside is that inside where nobody has it (RFC 4787 § 4.2.1); default `false`: by chance. */
  readonly keepPort?: boolean
  /** Ports and identifiers outside, first and last, 1–65535; default 1024 to 65535. A port is never shared. */
  readonly ports?: readonly [first: number, last: number]
  /** Whether packets of UDP and ICMP from outside keep a mapping, too (RFC 4787 § 4.3, REQ-6); default `false`. */
  readonly inboundRefresh?: boolean
  /** How long mappings last, by the lab's clock. */
  readonly lifetimes?: NatLifetimes
  /** Seed of the ports, a whole number; by default the lab's, else 1. Boxes of different names differ with one seed. */
  readonly seed?: number
  /** The node at the other end of its outside cable; its last cable is the outside one when absent. All others are inside. */
  readonly outside?: string
}

/** How a NAT box behaves, with nothing left open. */
export interface NatBehaviour extends NatRules, Required<Pick<NatOptions, 'hairpin' | 'keepPort' | 'ports'>> {
  /** See {@link NatOptions.inboundRefresh}. */
  readonly inboundRefresh: boolean
  /** Seconds. */
  readonly lifetimes: Required<NatLifetimes>
}

/** The options with what is left open filled in. */
export function behaviourOf(options: NatOptions): NatBehaviour {
  const rules = natTypes[options.type ?? 'port-restricted']
  return {
    mapping: options.mapping ?? rules.mapping,
    filtering: options.filtering ?? rules.filtering,
    hairpin: options.hairpin ?? true,
    keepPort: options.keepPort ?? false,
    ports: options.ports ?? [1024, 65_535],
    inboundRefresh: options.inboundRefresh ?? false,
    lifetimes: { udp: 300, icmp: 60, tcp: 7440, tcpTransitory: 240, ...options.lifetimes },
  }
}
