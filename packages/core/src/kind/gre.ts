/** GRE: packets, or frames, in IP (RFC 2784, RFC 2890; `linux/if_tunnel.h`, `IFLA_GRE_*`). @module */
import { rangeFault } from '../argument.js'
import { bool, type Field, integer, nullable, type Told } from '../field.js'
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

/** What of the GRE header is optional (RFC 2890). */
export interface GreHeaderOptions {
  /** Key that received packets must have, 0–4294967295; `null` for packets without key. */
  readonly ikey?: number | null
  /** Key of sent packets; `null` sends none. */
  readonly okey?: number | null
  /** Received packets must be in order. */
  readonly iseq?: boolean
  /** Sent packets are numbered. */
  readonly oseq?: boolean
  /** Received packets must have a checksum. */
  readonly icsum?: boolean
  /** Sent packets have a checksum. */
  readonly ocsum?: boolean
}

/** Settable options of a GRE tunnel over IPv4, as `ip link add type gre local … remote …`; gretap carries frames. */
export interface GreOptions extends TunnelOptions, GreHeaderOptions, EncapOptions, ExternalOptions {
  /** Fragment outer packets although the inner one forbids it; only without `pmtudisc`. */
  readonly ignoreDf?: boolean
}

/** Settable options of a GRE tunnel over IPv6, as `ip link add type ip6gre local … remote …`; ip6gretap carries frames. */
export interface Ip6greOptions extends Tunnel6Options, GreHeaderOptions, EncapOptions, ExternalOptions {}

/** State of a gre or gretap link. `link` is an index. */
export type GreState = Told<GreOptions>
/** State of an ip6gre or ip6gretap link. `link` is an index. */
export type Ip6greState = Told<Ip6greOptions>

/** What the options of the GRE header take. */
export const greHeaderFields: Readonly<Record<keyof GreHeaderOptions, Field>> = {
  ikey: nullable(integer(0, 0xffffffff, 'key that received packets must have')),
  okey: nullable(integer(0, 0xffffffff, 'key of sent packets')),
  iseq: bool('received packets must be in order'),
  oseq: bool('sent packets are numbered'),
  icsum: bool('received packets must have a checksum'),
  ocsum: bool('sent packets have a checksum'),
}

/** What each option of a gre or gretap takes. */
export const greFields: Readonly<Record<keyof GreOptions, Field>> = {
  ...tunnelFields,
  ...greHeaderFields,
  ignoreDf: bool('fragment although the inner packet forbids it'),
  ...encapFields,
  ...externalFields,
}

/** What each option of an ip6gre or ip6gretap takes. */
export const ip6greFields: Readonly<Record<keyof Ip6greOptions, Field>> = {
  ...tunnel6Fields,
  ...greHeaderFields,
  ...encapFields,
  ...externalFields,
}

/** Refuses options of a gre or gretap that contradict each other. */
export function checkGre(options: Readonly<Record<string, unknown>>, path: string, making: boolean): void {
  checkEnds(options, path, making)
  checkEncap(options, path, making)
  const discovers = making ? options.pmtudisc !== false : options.pmtudisc === true
  if (options.ignoreDf === true && discovers) {
    throw rangeFault(`${path}.ignoreDf`, 'path MTU discovery does not fragment at all', 'give pmtudisc: false as well')
  }
}

/** Refuses options of an ip6gre or ip6gretap that contradict each other. */
export function checkIp6gre(options: Readonly<Record<string, unknown>>, path: string, making: boolean): void {
  checkEnds(options, path, making)
  checkEncap(options, path, making)
}
