/** VTI: a link whose packets IPsec protects, chosen by key (`linux/if_tunnel.h`, `IFLA_VTI_*`; `net/ipv4/ip_vti.c`). @module */
import { type Field, integer, nullable, type Told } from '../field.js'
import { type TunnelOptions, tunnel6Fields, tunnelFields } from './tunnel.js'

/** Settable options of a VTI over IPv4 or IPv6, as `ip link add type vti local … remote … key 7` (`vti6`). */
export interface VtiOptions extends Pick<TunnelOptions, 'remote' | 'local' | 'link' | 'fwmark'> {
  /** Mark of the policies and states for received packets, 0–4294967295; 0 and `null` are none. */
  readonly ikey?: number | null
  /** Mark of the policies and states for sent packets; 0 and `null` are none. */
  readonly okey?: number | null
}

/** State of a vti or vti6 link. `link` is an index. */
export type VtiState = Told<VtiOptions>

const keys = {
  ikey: nullable(integer(0, 0xffffffff, 'mark of the policies for received packets, 0 none')),
  okey: nullable(integer(0, 0xffffffff, 'mark of the policies for sent packets, 0 none')),
}

/** What each option of a vti takes. */
export const vtiFields: Readonly<Record<keyof VtiOptions, Field>> = {
  remote: tunnelFields.remote,
  local: tunnelFields.local,
  link: tunnelFields.link,
  ...keys,
  fwmark: tunnelFields.fwmark,
}

/** What each option of a vti6 takes. */
export const vti6Fields: Readonly<Record<keyof VtiOptions, Field>> = {
  ...vtiFields,
  remote: tunnel6Fields.remote,
  local: tunnel6Fields.local,
}
