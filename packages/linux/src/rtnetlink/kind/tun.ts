/** TUN and TAP links: state as attributes, read only (`linux/if_link.h`, `IFLA_TUN_*`; `drivers/net/tun.c`). @module */
import type { TunOptions, TunState } from '@vnet/core'
import { attributes, bool, u8, u32 } from '../../netlink/attribute.js'
import { readValues } from '../../netlink/attribute-run.js'
import type { LinkKind } from './kind.js'

/** Attributes of a TUN or TAP. `mode` is IFF_TUN or IFF_TAP. */
export const tunAttributes = attributes({
  owner: u32(1, 'IFLA_TUN_OWNER'),
  ownerGroup: u32(2, 'IFLA_TUN_GROUP'),
  mode: u8(3, 'IFLA_TUN_TYPE'),
  packetInformation: bool(4, 'IFLA_TUN_PI'),
  vnetHeader: bool(5, 'IFLA_TUN_VNET_HDR'),
  persistent: bool(6, 'IFLA_TUN_PERSIST'),
  multiQueue: bool(7, 'IFLA_TUN_MULTI_QUEUE'),
  queues: u32(8, 'IFLA_TUN_NUM_QUEUES'),
  disabledQueues: u32(9, 'IFLA_TUN_NUM_DISABLED_QUEUES'),
})

const { mode: _, ...shown } = tunAttributes

/** TUN and TAP links. Netlink cannot make them (libnl#150), only `/dev/net/tun` can. */
export const tun: LinkKind<TunOptions, TunState> = {
  property: 'tun',
  attributes: tunAttributes,
  decode: (from, start, end) => readValues(shown, from, start, end, 'link.tun') as TunState,
}
