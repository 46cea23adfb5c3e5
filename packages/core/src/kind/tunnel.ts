/** What tunnels over IP have in common: ends, keys, a wrapping in UDP (`linux/if_tunnel.h`). @module */
import { rangeFault, typeFault } from '../argument.js'
import { bool, choice, type Field, fixed, integer, nullable } from '../field.js'

/** The ends of a tunnel over IPv4, and the outer header. */
export interface TunnelOptions {
  /** Address of the far end; `null` for any. */
  readonly remote?: string | null
  /** Address of this end, source of the outer packets; `null` for any. */
  readonly local?: string | null
  /** Link that the outer packets leave by: name or index; `null` for any (`ip`: `dev`). */
  readonly link?: string | number | null
  /** Hop limit of the outer packets, 1–255; 0 inherits it from the inner packet. */
  readonly ttl?: number
  /** Type of service of the outer packets, 0–255; 1 inherits it from the inner packet. */
  readonly tos?: number
  /** Path MTU discovery: the outer packets must not be fragmented. The kernel's default is true. */
  readonly pmtudisc?: boolean
  /** Mark that routes of the outer packets are looked up with; 0 is none. */
  readonly fwmark?: number
}

/** The ends of a tunnel over IPv6, and the outer header (RFC 2473). */
export interface Tunnel6Options {
  /** Address of the far end; `null` for any. */
  readonly remote?: string | null
  /** Address of this end, source of the outer packets; `null` for any. */
  readonly local?: string | null
  /** Link that the outer packets leave by: name or index; `null` for any (`ip`: `dev`). */
  readonly link?: string | number | null
  /** Hop limit of the outer packets, 1–255; 0 inherits it from the inner packet. 64 unless told otherwise, as `ip` has it. */
  readonly ttl?: number
  /** How deep the tunnel may be wrapped in further ones, 0–255; `null` sends no such limit. 4 unless told otherwise, as `ip` has it. */
  readonly encapLimit?: number | null
  /** Traffic class of the outer packets, 0–255. */
  readonly tclass?: number
  /** Take the traffic class from the inner packet. */
  readonly tclassInherit?: boolean
  /** Flow label of the outer packets, 0–1048575. */
  readonly flowLabel?: number
  /** Take the flow label from the inner packet. */
  readonly flowLabelInherit?: boolean
  /** Give the DSCP of the outer packet to the inner one when it comes out (`dscp inherit`). */
  readonly dscpInherit?: boolean
  /** The remote address may be one of this host. */
  readonly allowLocalRemote?: boolean
  /** Mark that routes of the outer packets are looked up with; 0 is none. */
  readonly fwmark?: number
  /** Take the mark from the inner packet. */
  readonly fwmarkInherit?: boolean
}

/** A further wrapping of the outer packets in UDP: foo over UDP, or generic UDP encapsulation. */
export interface EncapOptions {
  /** What the outer packets are wrapped in. It needs a FOU port at the far end (`ip fou`). */
  readonly encap?: 'none' | 'fou' | 'gue' | 'mpls'
  /** Source UDP port; 0 chooses one for each flow (`auto`). */
  readonly encapSport?: number
  /** Destination UDP port. */
  readonly encapDport?: number
  /** UDP checksum over IPv4. */
  readonly encapCsum?: boolean
  /** UDP checksum over IPv6. */
  readonly encapCsum6?: boolean
  /** Remote checksum offload (`gue`). */
  readonly encapRemcsum?: boolean
}

/** Tunnel parameters that come with each packet. */
export interface ExternalOptions {
  /** The ends come with each packet (lightweight tunnel) instead of from the link. Fixed once made. */
  readonly external?: boolean
}

const end = (version: 4 | 6, about: string): Field => nullable({ type: 'ip', version, about: `${about}; none for any` })
const link: Field = nullable({ type: 'link', about: 'link that the outer packets leave by' })
const ttl = integer(0, 255, 'hop limit of the outer packets, 0 inherits', 'hops')
const fwmark = integer(0, 0xffffffff, 'mark for routing the outer packets, 0 none')

/** What the options of a tunnel over IPv4 take. */
export const tunnelFields: Readonly<Record<keyof TunnelOptions, Field>> = {
  remote: end(4, 'address of the far end'),
  local: end(4, 'address of this end'),
  link,
  ttl,
  tos: integer(0, 255, 'type of service, 1 inherits'),
  pmtudisc: bool('path MTU discovery'),
  fwmark,
}

/** What the options of a tunnel over IPv6 take. */
export const tunnel6Fields: Readonly<Record<keyof Tunnel6Options, Field>> = {
  remote: end(6, 'address of the far end'),
  local: end(6, 'address of this end'),
  link,
  ttl,
  encapLimit: nullable(integer(0, 255, 'how deep it may be wrapped in further tunnels')),
  tclass: integer(0, 255, 'traffic class of the outer packets'),
  tclassInherit: bool('take the traffic class from the inner packet'),
  flowLabel: integer(0, 0xfffff, 'flow label of the outer packets'),
  flowLabelInherit: bool('take the flow label from the inner packet'),
  dscpInherit: bool('give the DSCP of the outer packet to the inner one'),
  allowLocalRemote: bool('the remote address may be one of this host'),
  fwmark,
  fwmarkInherit: bool('take the mark from the inner packet'),
}

/** What the options of a wrapping in UDP take. */
export const encapFields: Readonly<Record<keyof EncapOptions, Field>> = {
  encap: choice(['none', 'fou', 'gue', 'mpls'], 'what the outer packets are wrapped in'),
  encapSport: integer(0, 65535, 'source UDP port of the wrapping, 0 by flow'),
  encapDport: integer(0, 65535, 'destination UDP port of the wrapping'),
  encapCsum: bool('UDP checksum of the wrapping over IPv4'),
  encapCsum6: bool('UDP checksum of the wrapping over IPv6'),
  encapRemcsum: bool('remote checksum offload of the wrapping'),
}

/** What `external` takes. */
export const externalFields: Readonly<Record<keyof ExternalOptions, Field>> = {
  external: fixed(bool('the ends come with each packet')),
}

type Options = Readonly<Record<string, unknown>>
const given = (value: unknown): boolean => value !== undefined && value !== null

/** Refuses a new tunnel with no end, which the kernel keeps for its own fallback link, and ends beside `external`. */
export function checkEnds(options: Options, path: string, making: boolean): void {
  if (!making) return
  const { external, local, remote } = options
  if (external !== true) {
    if (!given(local) && !given(remote)) {
      throw typeFault(`${path}.remote`, 'an address', undefined, 'give remote or local, or external: true')
    }
    return
  }
  for (const name of ['remote', 'local', 'ikey', 'okey']) {
    if (!given(options[name])) continue
    throw rangeFault(`${path}.${name}`, 'comes with each packet of an external tunnel', `leave out ${name} or external`)
  }
}

/** Refuses a wrapping that says how, but not what; and one of an external tunnel, which the kernel refuses. */
export function checkEncap(options: Options, path: string, making: boolean): void {
  const wraps = given(options.encap) && options.encap !== 'none'
  if (wraps && options.external === true) {
    throw rangeFault(`${path}.encap`, 'an external tunnel is not wrapped', 'leave out encap or external')
  }
  if (!making || wraps) return
  for (const name of ['encapSport', 'encapDport', 'encapCsum', 'encapCsum6', 'encapRemcsum']) {
    if (!options[name]) continue
    throw rangeFault(`${path}.${name}`, 'nothing is wrapped', "give encap: 'fou' or 'gue' as well")
  }
}
