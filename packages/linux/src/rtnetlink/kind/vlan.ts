/** VLAN links: options as attributes (`linux/if_link.h`, `IFLA_VLAN_*`; `net/8021q/vlan_netlink.c`). @module */
import type { VlanOptions, VlanState } from '@vnet/core'
import { DecodeError } from '@vnet/core'
import { attributes, custom, u16, u16be, words } from '../../netlink/attribute.js'
import { forEachAttribute, readAttribute, readValues } from '../../netlink/attribute-run.js'
import {
  ETH_P_8021AD,
  ETH_P_8021Q,
  VLAN_FLAG_BRIDGE_BINDING,
  VLAN_FLAG_GVRP,
  VLAN_FLAG_LOOSE_BINDING,
  VLAN_FLAG_MVRP,
  VLAN_FLAG_REORDER_HDR,
} from '../constants.js'
import { field, struct } from '../struct.js'
import type { LinkKind } from './kind.js'

/** Flags of a VLAN and which of them are meant. */
export const ifla_vlan_flags = struct('struct ifla_vlan_flags', 8, {
  flags: field('flags', 0, 'u32'),
  mask: field('mask', 4, 'u32'),
})
/** One pair of a priority map. */
export const ifla_vlan_qos_mapping = struct('struct ifla_vlan_qos_mapping', 8, {
  from: field('from', 0, 'u32'),
  to: field('to', 4, 'u32'),
})

const MAPPING = 1
type Priorities = Readonly<Record<number, number>>

/** A map of priorities: a nest of `struct ifla_vlan_qos_mapping`, as many as there are pairs. */
const priorities = (type: number, name: string) =>
  custom<Priorities>(
    type,
    name,
    'nested',
    0,
    (to, map) => {
      const nest = to.nest(type)
      for (const [from, onto] of Object.entries(map)) {
        const at = to.nestPlain(MAPPING)
        to.u32(Number(from))
        to.u32(onto)
        to.endNest(at)
      }
      to.endNest(nest)
    },
    (from, start, end) => {
      const map: Record<number, number> = {}
      forEachAttribute(from, start, end, 'link.vlan', (number, at, stop) => {
        if (number !== MAPPING) return
        if (stop - at < 8) throw new DecodeError('link.vlan', at, `a mapping of ${stop - at} octets, needs 8`)
        map[from.u32(at)] = from.u32(at + 4)
      })
      return map
    },
  )

interface Flags {
  readonly flags: number
  readonly mask: number
}

/** The attributes inside a priority map. */
export const vlanQosAttributes = attributes({
  mapping: custom<never>(
    MAPPING,
    'IFLA_VLAN_QOS_MAPPING',
    'struct',
    8,
    () => {},
    () => undefined as never,
  ),
})

/** Attributes of a VLAN. */
export const vlanAttributes = attributes({
  id: u16(1, 'IFLA_VLAN_ID'),
  flags: custom<Flags>(
    2,
    'IFLA_VLAN_FLAGS',
    'struct',
    8,
    (to, { flags, mask }) => {
      const at = to.nestPlain(2)
      to.u32(flags)
      to.u32(mask)
      to.endNest(at)
    },
    (from, at) => ({ flags: from.u32(at), mask: from.u32(at + 4) }),
  ),
  egressQos: priorities(3, 'IFLA_VLAN_EGRESS_QOS'),
  ingressQos: priorities(4, 'IFLA_VLAN_INGRESS_QOS'),
  protocol: words(u16be(5, 'IFLA_VLAN_PROTOCOL'), { '802.1Q': ETH_P_8021Q, '802.1ad': ETH_P_8021AD }),
})

const switches = [
  ['reorderHeader', VLAN_FLAG_REORDER_HDR],
  ['gvrp', VLAN_FLAG_GVRP],
  ['looseBinding', VLAN_FLAG_LOOSE_BINDING],
  ['mvrp', VLAN_FLAG_MVRP],
  ['bridgeBinding', VLAN_FLAG_BRIDGE_BINDING],
] as const

const { flags: _, ...shown } = vlanAttributes

/** VLAN links. */
export const vlan: LinkKind<Partial<VlanOptions>, VlanState> = {
  property: 'vlan',
  attributes: vlanAttributes,
  paths: { flags: '' },
  encode(to, options) {
    const a = vlanAttributes
    if (options.id !== undefined) a.id.write(to, options.id)
    if (options.protocol !== undefined) a.protocol.write(to, options.protocol)
    let flags = 0
    let mask = 0
    for (const [name, bit] of switches) {
      if (options[name] === undefined) continue
      mask |= bit
      if (options[name]) flags |= bit
    }
    if (mask !== 0) a.flags.write(to, { flags, mask })
    if (options.ingressQos !== undefined) a.ingressQos.write(to, options.ingressQos)
    if (options.egressQos !== undefined) a.egressQos.write(to, options.egressQos)
  },
  decode(from, start, end) {
    const state = readValues(shown, from, start, end, 'link.vlan')
    const told = readAttribute(vlanAttributes.flags, from, start, end, 'link.vlan')
    // The kernel leaves the flags out where none is set.
    const flags = told?.flags ?? 0
    for (const [name, bit] of switches) state[name] = (flags & bit) !== 0
    if (state.id === undefined) throw new DecodeError('link.vlan', start, 'no id')
    return state as unknown as VlanState
  },
}
