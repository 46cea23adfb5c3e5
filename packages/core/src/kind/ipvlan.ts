/** ipvlan and ipvtap: links with IP addresses of their own and the MAC of a parent (`linux/if_link.h`, `IFLA_IPVLAN_*`). @module */
import { choice, type Field } from '../field.js'

/**
 * Settable options of an ipvlan or ipvtap, as `ip link add link PARENT type ipvlan mode l2 bridge`. Both belong to the
 * parent: what is chosen for one link holds for all ipvlans of that parent, and a new one that is told nothing sets `l3`.
 */
export interface IpvlanOptions {
  /** `l2` switches frames, `l3` routes packets (no broadcast, no ARP), `l3s` routes and lets netfilter see. `l3` is the default. */
  readonly mode?: 'l2' | 'l3' | 'l3s'
  /** `bridge` (the default) lets the links of a parent talk, `private` keeps them apart, `vepa` sends all to the switch outside. */
  readonly modeFlag?: 'bridge' | 'private' | 'vepa'
}

/** State of an ipvlan or ipvtap. */
export type IpvlanState = Required<IpvlanOptions>

/** What each option of an ipvlan takes. */
export const ipvlanFields: Readonly<Record<keyof IpvlanOptions, Field>> = {
  mode: choice(['l2', 'l3', 'l3s'], 'layer at which the links of the parent work'),
  modeFlag: choice(['bridge', 'private', 'vepa'], 'how the links of the parent see each other'),
}
