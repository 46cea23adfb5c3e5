/** 802.1Q and 802.1ad sub-interfaces (`linux/if_link.h`, `IFLA_VLAN_*`; IEEE 802.1Q). @module */
import { bool, choice, type Field, fixed, integer, required } from '../field.js'

/** Settable options of a VLAN link, as `ip link add link eth0 name eth0.8 type vlan id 8`. */
export interface VlanOptions {
  /** VLAN identifier, 1–4094 (0 is priority tagging, 4095 reserved; IEEE 802.1Q § 9.6). Fixed once made. */
  readonly id: number
  /** Tag that is written and read; `802.1Q` (0x8100) is the default, `802.1ad` (0x88a8) the provider's. Fixed once made. */
  readonly protocol?: '802.1Q' | '802.1ad'
  /** Received frames look untagged to packet sockets; the kernel's default is true. */
  readonly reorderHeader?: boolean
  /** Announce the VLAN by GVRP (802.1Q). */
  readonly gvrp?: boolean
  /** Announce the VLAN by MVRP (802.1ak). */
  readonly mvrp?: boolean
  /** Stay up when the parent goes down. */
  readonly looseBinding?: boolean
  /** Follow the state of the VLAN on the bridge ports instead of the bridge's. */
  readonly bridgeBinding?: boolean
  /** From the priority of the tag (0–7) to that of the packet. */
  readonly ingressQos?: Readonly<Record<number, number>>
  /** From the priority of the packet to that of the tag (0–7). */
  readonly egressQos?: Readonly<Record<number, number>>
}

/** State of a VLAN link. */
export type VlanState = VlanOptions

/** What each option of a VLAN takes. */
export const vlanFields: Readonly<Record<keyof VlanOptions, Field>> = {
  id: required(fixed(integer(1, 4094, 'VLAN identifier'))),
  protocol: fixed(choice(['802.1Q', '802.1ad'], 'the tag that is written and read')),
  reorderHeader: bool('received frames look untagged'),
  gvrp: bool('announce by GVRP'),
  mvrp: bool('announce by MVRP'),
  looseBinding: bool('stay up when the parent goes down'),
  bridgeBinding: bool('follow the VLAN state of the bridge ports'),
  ingressQos: { type: 'map', min: 0, max: 7, most: 0xffffffff, about: 'tag priority to packet priority' },
  egressQos: { type: 'map', min: 0, max: 0xffffffff, most: 7, about: 'packet priority to tag priority' },
}
