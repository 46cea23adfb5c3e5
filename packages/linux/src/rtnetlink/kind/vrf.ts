/** VRFs and their ports: the table as an attribute (`linux/if_link.h`, `IFLA_VRF_*`; `drivers/net/vrf.c`). @module */
import type { VrfOptions, VrfPortState, VrfState } from '@vnet/core'
import { attributes, u32, writeAttributes } from '../../netlink/attribute.js'
import { readValues } from '../../netlink/attribute-run.js'
import type { LinkKind, PortKind } from './kind.js'

/** Attributes of a VRF. */
export const vrfAttributes = attributes({ table: u32(1, 'IFLA_VRF_TABLE') })

/** Attributes of a port of a VRF, in `IFLA_INFO_SLAVE_DATA`. */
export const vrfPortAttributes = attributes({ table: u32(1, 'IFLA_VRF_PORT_TABLE') })

/** VRFs. */
export const vrf: LinkKind<VrfOptions, VrfState> = {
  property: 'vrf',
  attributes: vrfAttributes,
  encode: (to, options) => writeAttributes(to, vrfAttributes, options),
  decode: (from, start, end) => readValues(vrfAttributes, from, start, end, 'link.vrf') as unknown as VrfState,
}

/** Ports of VRFs, of which nothing can be chosen. */
export const vrfPort: PortKind<VrfPortState> = {
  property: 'vrfPort',
  decode: (from, start, end) => readValues(vrfPortAttributes, from, start, end, 'link.vrfPort'),
}
