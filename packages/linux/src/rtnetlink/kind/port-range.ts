/** Source ports of tunnels over UDP: first and last (`linux/if_link.h`). @module */
import { type Attribute, custom } from '../../netlink/attribute.js'
import { field, struct } from '../struct.js'

/** First and last source port. That of GENEVE is the same, in newer headers. */
export const ifla_vxlan_port_range = struct('struct ifla_vxlan_port_range', 4, {
  low: field('low', 0, 'u16be'),
  high: field('high', 2, 'u16be'),
})

/** An attribute that holds a range. */
export const portRange = (type: number, name: string): Attribute<readonly [number, number]> =>
  custom<readonly [number, number]>(
    type,
    name,
    'struct',
    ifla_vxlan_port_range.size,
    (to, [low, high]) => {
      const at = to.nestPlain(type)
      to.u16be(low)
      to.u16be(high)
      to.endNest(at)
    },
    (from, at) => [from.u16be(at), from.u16be(at + 2)],
  )
