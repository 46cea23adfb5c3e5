/** VRF: a master whose ports have a routing table of their own (`linux/if_link.h`, `IFLA_VRF_*`; Documentation/networking/vrf.rst). @module */
import { type Field, fixed, integer, required } from '../field.js'

/** Options of a VRF, as `ip link add blue type vrf table 10`. Fixed once made. */
export interface VrfOptions {
  /**
   * Number of the routing table, 1–4294967295: addresses and links of the ports have their routes there. The first VRF
   * of a namespace brings a rule of priority 1000 (`l3mdev`), which stays.
   */
  readonly table: number
}

/** State of a VRF. */
export type VrfState = VrfOptions

/** State of a port of a VRF. */
export interface VrfPortState {
  /** Number of the master's routing table. */
  readonly table?: number
}

/** What each option of a VRF takes. */
export const vrfFields: Readonly<Record<keyof VrfOptions, Field>> = {
  table: required(fixed(integer(1, 0xffffffff, 'number of the routing table'))),
}
