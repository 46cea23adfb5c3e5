/** IP in IP: ipip, sit and ip6tnl (RFC 2003, RFC 4213, RFC 2473; `linux/if_tunnel.h`, `IFLA_IPTUN_*`). @module */
import { rangeFault } from '../argument.js'
import { bool, choice, type Field, fixed, integer, since, type Told } from '../field.js'
import {
  checkEncap,
  checkEnds,
  type EncapOptions,
  type ExternalOptions,
  encapFields,
  externalFields,
  type Tunnel6Options,
  type TunnelOptions,
  tunnel6Fields,
  tunnelFields,
} from './tunnel.js'

/** Settable options of a tunnel of IPv4 (and MPLS) in IPv4, as `ip link add type ipip local … remote …`. */
export interface IpipOptions extends TunnelOptions, EncapOptions, ExternalOptions {
  /** What it carries: IPv4 (`ipip`, the kernel's default), MPLS, or `any` of them. Fixed once made. */
  readonly mode?: 'any' | 'ipip' | 'mplsip'
}

/** Settable options of a tunnel of IPv6 (and IPv4, MPLS) in IPv4, as `ip link add type sit local … remote …`. */
export interface SitOptions extends TunnelOptions, EncapOptions {
  /** Path MTU discovery: the outer packets must not be fragmented. The kernel's default is true. Fixed once made. */
  readonly pmtudisc?: boolean
  /** What it carries: IPv6 (`ip6ip`, the kernel's default), IPv4, MPLS, or `any` of them. Fixed once made. */
  readonly mode?: 'any' | 'ip6ip' | 'ipip' | 'mplsip'
  /** Intra-site automatic tunnel addressing (RFC 5214). Fixed once made. */
  readonly isatap?: boolean
  /** IPv6 rapid deployment (RFC 5969): the provider's IPv6 network, and that of its relays; needs CONFIG_IPV6_SIT_6RD. */
  readonly sixrdPrefix?: string
  /** Length of the network in `sixrdPrefix`, 0–128. */
  readonly sixrdPrefixLength?: number
  /** IPv4 network whose bits the customers' addresses have in common. */
  readonly sixrdRelayPrefix?: string
  /** Length of that network, 0–32. */
  readonly sixrdRelayPrefixLength?: number
}

/** Settable options of a tunnel of IPv6 and IPv4 in IPv6, as `ip link add type ip6tnl mode … local … remote …`. */
export interface Ip6tnlOptions extends Tunnel6Options, EncapOptions, ExternalOptions {
  /** What it carries: IPv6, IPv4, or `any` of them (the default). */
  readonly mode?: 'any' | 'ip6ip6' | 'ipip6'
}

/** State of an ipip link. `link` is an index. */
export type IpipState = Told<IpipOptions>
/** State of a sit link. `link` is an index. */
export type SitState = Told<SitOptions>
/** State of an ip6tnl link. `link` is an index. */
export type Ip6tnlState = Told<Ip6tnlOptions>

/** What each option of an ipip takes. */
export const ipipFields: Readonly<Record<keyof IpipOptions, Field>> = {
  mode: fixed(choice(['any', 'ipip', 'mplsip'], 'what it carries')),
  ...tunnelFields,
  ...encapFields,
  ...externalFields,
}

/** What each option of a sit takes. */
export const sitFields: Readonly<Record<keyof SitOptions, Field>> = {
  mode: fixed(choice(['any', 'ip6ip', 'ipip', 'mplsip'], 'what it carries')),
  ...tunnelFields,
  // The kernel ignores changes of these (`ipip6_tunnel_update`).
  pmtudisc: fixed(tunnelFields.pmtudisc),
  isatap: fixed(bool('intra-site automatic tunnel addressing')),
  sixrdPrefix: since('CONFIG_IPV6_SIT_6RD', {
    type: 'ip',
    version: 6,
    about: 'IPv6 rapid deployment: network of the provider',
  }),
  sixrdPrefixLength: since('CONFIG_IPV6_SIT_6RD', integer(0, 128, 'length of that network', 'bits')),
  sixrdRelayPrefix: since('CONFIG_IPV6_SIT_6RD', {
    type: 'ip',
    version: 4,
    about: 'IPv6 rapid deployment: what IPv4 addresses have in common',
  }),
  sixrdRelayPrefixLength: since('CONFIG_IPV6_SIT_6RD', integer(0, 32, 'length of that network', 'bits')),
  ...encapFields,
}

/** What each option of an ip6tnl takes. */
export const ip6tnlFields: Readonly<Record<keyof Ip6tnlOptions, Field>> = {
  mode: choice(['any', 'ip6ip6', 'ipip6'], 'what it carries'),
  ...tunnel6Fields,
  ...encapFields,
  ...externalFields,
}

/** Refuses options of an ipip or ip6tnl that contradict each other. */
export function checkIpTunnel(options: Readonly<Record<string, unknown>>, path: string, making: boolean): void {
  checkEnds(options, path, making)
  checkEncap(options, path, making)
}

/** Refuses options of a sit that contradict each other. */
export function checkSit(options: Readonly<Record<string, unknown>>, path: string, making: boolean): void {
  checkIpTunnel(options, path, making)
  if (making && options.isatap === true && typeof options.remote === 'string') {
    throw rangeFault(`${path}.remote`, 'ISATAP finds the far end in the inner address', 'leave out remote or isatap')
  }
}
