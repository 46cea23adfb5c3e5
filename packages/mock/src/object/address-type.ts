/** What an address is to a namespace: one of its own, a broadcast, or another's (`inet_addr_type`, `ipv6_chk_addr`). @module */
import { isMulticastIp, type RouteType } from '@vnet/core'
import { isLimitedBroadcast, isLinkLocal, isZero, sameOctets } from '../bits.js'
import type { Namespace } from '../namespace.js'
import { hasAddress } from './address-owners.js'
import type { Address6 } from './address6-entry.js'
import type { Device } from './device.js'
import { lookupTable } from './lookup-route.js'
import { tableNumber } from './route-entry.js'
import { vrfOf } from './vrf-table.js'

const local = tableNumber('local')

/** What the local table says of an IPv4 address, and, for a link of a VRF, the table of that. */
export function addressType4(namespace: Namespace, octets: Uint8Array, device?: Device): RouteType {
  if (isZero(octets) || isLimitedBroadcast(octets)) return 'broadcast'
  if (isMulticastIp(octets)) return 'multicast'
  const table = namespace.routes[4].get(local)
  // Before the first address of a namespace there is no such table, and then no address is unicast (`__inet_dev_addr_type`).
  const own = namespace.routes[4].get(vrfOf(device)?.vrfTable ?? local)
  if (table === undefined && own === undefined) return 'broadcast'
  for (const one of own === table ? [table] : [table, own]) {
    const found = one && lookupTable(one, { to: octets })
    if (found !== undefined && 'route' in found) return found.route.type
  }
  return 'unicast'
}

/** Whether an IPv4 address is one of the namespace's own. */
export function isLocal4(namespace: Namespace, octets: Uint8Array, device?: Device): boolean {
  return addressType4(namespace, octets, device) === 'local'
}

/** Whether a packet of the namespace may come from an IPv4 address: one of any link, of whichever VRF (`__ip_dev_find`). */
export function isOwn4(namespace: Namespace, octets: Uint8Array): boolean {
  return namespace.owners.first(octets, namespace.links.values()) !== undefined || isLocal4(namespace, octets)
}

/** Whether an IPv6 address is one of the namespace's own, or of one link. */
export function isLocal6(namespace: Namespace, octets: Uint8Array, device?: Device): boolean {
  if (device !== undefined) return hasAddress(device, octets)
  return namespace.owners.first(octets, namespace.links.values()) !== undefined
}

/** The same, but detection of duplicates must be over. */
export function isUsable6(namespace: Namespace, octets: Uint8Array, device?: Device): boolean {
  const isReached = (holder: Device) => {
    const vrf = vrfOf(holder)
    return vrf === undefined || device === undefined || vrf === vrfOf(device)
  }
  const asked = isLinkLocal(octets) && device !== undefined ? [device] : namespace.links.values()
  for (const one of namespace.owners.of(octets, asked)) {
    if (isReached(one) && entriesOf(one, octets).some((entry) => !entry.tentative || entry.optimistic)) return true
  }
  return false
}

/** An address as a link has it: twice, where somebody gave it with two lengths. */
const entriesOf = (device: Device, octets: Uint8Array): Address6[] =>
  device.inet6?.addresses.filter((entry) => sameOctets(entry.octets, octets)) ?? []
