/** Who asks for multicast groups on a bridge, or in a VLAN of it (`linux/if_bridge.h`, `BRIDGE_QUERIER_*`; Linux 5.15). @module */
import type { MulticastQuerier, MulticastQuerierState } from '@vnet/core'
import { type Attribute, attributes, centiseconds64, custom, ip, u32 } from '../netlink/attribute.js'
import { readValues } from '../netlink/attribute-run.js'

/** What is inside. */
export const querierAttributes = attributes({
  address4: ip(1, 'BRIDGE_QUERIER_IP_ADDRESS'),
  link4: u32(2, 'BRIDGE_QUERIER_IP_PORT'),
  timer4: centiseconds64(3, 'BRIDGE_QUERIER_IP_OTHER_TIMER'),
  address6: ip(5, 'BRIDGE_QUERIER_IPV6_ADDRESS'),
  link6: u32(6, 'BRIDGE_QUERIER_IPV6_PORT'),
  timer6: centiseconds64(7, 'BRIDGE_QUERIER_IPV6_OTHER_TIMER'),
})

/** An attribute that tells the queriers; it is read only. */
export const querierState = (type: number, name: string): Attribute<MulticastQuerierState> => ({
  ...custom<MulticastQuerierState>(
    type,
    name,
    'nested',
    0,
    () => {},
    (from, start, end) => {
      const told = readValues(querierAttributes, from, start, end, name)
      const ipv4 = querier(told.address4, told.link4, told.timer4)
      const ipv6 = querier(told.address6, told.link6, told.timer6)
      return { ...(ipv4 === undefined ? {} : { ipv4 }), ...(ipv6 === undefined ? {} : { ipv6 }) }
    },
  ),
  inner: querierAttributes,
})

function querier(address: unknown, link: unknown, timer: unknown): MulticastQuerier | undefined {
  if (address === undefined) return undefined
  return {
    address: address as string,
    ...(link === undefined ? {} : { link: link as number }),
    ...(timer === undefined ? {} : { timer: timer as number }),
  }
}
