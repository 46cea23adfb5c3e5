/** What an address is to a namespace: one of its own, a broadcast, or another's (`inet_addr_type`, `ipv6_chk_addr`). @module */
import { type RouteType, isMulticastIp } from '@vnet/core'
import type { Namespace } from '../namespace.js'
import { tableNumber } from './route-entry.js'
import { lookupTable } from './lookup-route.js'

const local = tableNumber('local')

/** What the local table says of an IPv4 address. */
export function addressType4(namespace: Namespace, octets: Uint8Array): RouteType {
  if (octets[0] === 0 || octets.every((octet) => octet === 255)) return 'broadcast'
  if (isMulticastIp(octets)) return 'multicast'
  const table = namespace.routes[4].get(local)
  const found = table === undefined ? undefined : lookupTable(table, { to: octets })
  return found !== undefined && 'route' in found ? found.route.type : 'unicast'
}

/** Whether an IPv4 address is one of the namespace's own. */
export function isLocal4(namespace: Namespace, octets: Uint8Array): boolean {
  return addressType4(namespace, octets) === 'local'
}

/** Whether an IPv6 address is one of the namespace's own. */
export function isLocal6(namespace: Namespace, octets: Uint8Array): boolean {
  const text = octets.join()
  for (const device of namespace.links.values()) {
    for (const entry of device.inet6?.addresses ?? []) if (entry.octets.join() === text) return true
  }
  return false
}
