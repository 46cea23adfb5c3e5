/** Ports of bonds: options and state as attributes (`linux/if_link.h`, `IFLA_BOND_SLAVE_*`). @module */
import type { BondPortOptions, BondPortState } from '@vnet/core'
import { attributes, mac, s32, u8, u16, u32, words, writeAttributes } from '../../netlink/attribute.js'
import { readValues } from '../../netlink/attribute-run.js'
import {
  BOND_LINK_BACK,
  BOND_LINK_DOWN,
  BOND_LINK_FAIL,
  BOND_LINK_UP,
  BOND_STATE_ACTIVE,
  BOND_STATE_BACKUP,
} from '../constants.js'
import type { LinkKind } from './kind.js'

/** Attributes of a port of a bond, in `IFLA_INFO_SLAVE_DATA`. */
export const bondPortAttributes = attributes({
  state: words(u8(1, 'IFLA_BOND_SLAVE_STATE'), { active: BOND_STATE_ACTIVE, backup: BOND_STATE_BACKUP }),
  miiStatus: words(u8(2, 'IFLA_BOND_SLAVE_MII_STATUS'), {
    up: BOND_LINK_UP,
    fail: BOND_LINK_FAIL,
    down: BOND_LINK_DOWN,
    back: BOND_LINK_BACK,
  }),
  linkFailures: u32(3, 'IFLA_BOND_SLAVE_LINK_FAILURE_COUNT'),
  permanentMac: mac(4, 'IFLA_BOND_SLAVE_PERM_HWADDR'),
  queueId: u16(5, 'IFLA_BOND_SLAVE_QUEUE_ID'),
  aggregator: u16(6, 'IFLA_BOND_SLAVE_AD_AGGREGATOR_ID'),
  actorPortState: u8(7, 'IFLA_BOND_SLAVE_AD_ACTOR_OPER_PORT_STATE'),
  partnerPortState: u16(8, 'IFLA_BOND_SLAVE_AD_PARTNER_OPER_PORT_STATE'),
  priority: s32(9, 'IFLA_BOND_SLAVE_PRIO'),
})

/** Ports of bonds. */
export const bondPort: LinkKind<BondPortOptions, BondPortState> = {
  property: 'bondPort',
  attributes: bondPortAttributes,
  encode: (to, options) => writeAttributes(to, bondPortAttributes, options),
  decode: (from, start, end) => readValues(bondPortAttributes, from, start, end, 'link.bondPort'),
}
