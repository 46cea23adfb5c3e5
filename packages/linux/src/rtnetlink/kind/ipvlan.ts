/** ipvlan and ipvtap links: options as attributes (`linux/if_link.h`, `IFLA_IPVLAN_*`; `drivers/net/ipvlan`). @module */
import type { IpvlanOptions, IpvlanState } from '@vnet/core'
import { attributes, u16, words, writeAttributes } from '../../netlink/attribute.js'
import { readValues } from '../../netlink/attribute-run.js'
import { IPVLAN_F_PRIVATE, IPVLAN_F_VEPA, IPVLAN_MODE_L2, IPVLAN_MODE_L3, IPVLAN_MODE_L3S } from '../constants.js'
import type { LinkKind } from './kind.js'

/** Attributes of an ipvlan. */
export const ipvlanAttributes = attributes({
  mode: words(u16(1, 'IFLA_IPVLAN_MODE'), { l2: IPVLAN_MODE_L2, l3: IPVLAN_MODE_L3, l3s: IPVLAN_MODE_L3S }),
  modeFlag: words(u16(2, 'IFLA_IPVLAN_FLAGS'), { bridge: 0, private: IPVLAN_F_PRIVATE, vepa: IPVLAN_F_VEPA }),
})

/** ipvlan and ipvtap links, which differ in the character device only. */
export const ipvlan: LinkKind<IpvlanOptions, IpvlanState> = {
  property: 'ipvlan',
  attributes: ipvlanAttributes,
  encode: (to, options) => writeAttributes(to, ipvlanAttributes, options),
  decode(from, start, end) {
    const state = readValues(ipvlanAttributes, from, start, end, 'link.ipvlan')
    // Kernels before 4.15 have no flags, and do what is called bridge since.
    state.modeFlag ??= 'bridge'
    return state as unknown as IpvlanState
  },
}
