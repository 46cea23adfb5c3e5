/** What an address is to a namespace: one of its own, a broadcast, or another's (`inet_addr_type`, `ipv6_chk_addr`). @module */
import { isMulticastIp, type RouteType } from '@vnet/core'
import { sameOctets } from '../bits.js'
import type { Namespace } from '../namespace.js'
import type { Address6 } from './address6-entry.js'
import type { Device } from './device.js'
import { lookupTable } from './lookup-route.js'
import { tableNumber } from './route-entry.js'

const local = tableNumber('local')

/** What the local table says of an IPv4 address. */
export function addressType4(namespace: Namespace, octets: Uint8Array): RouteType {
  if (octets[0] === 0 || octets.every((octet) => octet === 255)) return 'broadcast'
  if (isMulticastIp(octets)) return 'multicast'
  const table = namespace.routes[4].get(local)
  // Before the first address of a namespace there is no such table, and then no address is unicast (`__inet_dev_addr_type`).
  if (table === undefined) return 'broadcast'
  const found = lookupTable(table, { to: octets })
  return found !== undefined && 'route' in found ? found.route.type : 'unicast'
}

/** Whether an IPv4 address is one of the namespace's own. */
export function isLocal4(namespace: Namespace, octets: Uint8Array): boolean {
  return addressType4(namespace, octets) === 'local'
}

/** Whether an IPv6 address is one of the namespace's own, or of one link. */
export function isLocal6(namespace: Namespace, octets: Uint8Array, device?: Device): boolean {
  return holders6(namespace, octets, device).length > 0
}

/** The same, but detection of duplicates must be over. */
export function isUsable6(namespace: Namespace, octets: Uint8Array, device?: Device): boolean {
  const near = octets[0] === 0xfe
  return holders6(namespace, octets, near ? device : undefined).some((entry) => !entry.tentative || entry.optimistic)
}

function holders6(namespace: Namespace, octets: Uint8Array, device: Device | undefined): Address6[] {
  const found: Address6[] = []
  for (const one of device === undefined ? namespace.links.values() : [device]) {
    for (const entry of one.inet6?.addresses ?? []) if (sameOctets(entry.octets, octets)) found.push(entry)
  }
  return found
}
