/** What the kernel drops together with something else, as the requests that make it again. @module */
import type { Address } from '../address.js'
import { formatPrefix, networkOf, type Prefix, parsePrefix } from '../ip.js'
import type { Route } from '../route.js'
import type { LooseRequest } from './loose-request.js'
import type { Call } from './objects.js'
import { addressSpec, fdbSpec, neighbourSpec, routeSpec } from './spec.js'

/** What goes with the last address of a link, with the link going down, or leaving its bridge. */
export async function belongings(call: Call, link: number): Promise<LooseRequest[]> {
  const requests: LooseRequest[] = []
  const addresses = await call('address list', { link })
  for (const route of await call('route list', { link, table: 'all' })) {
    if (isMade(route, addresses)) requests.push({ operation: 'route set', spec: routeSpec(route) })
  }
  for (const neighbour of await call('neighbour list', { link, state: 'permanent' })) {
    requests.push({ operation: 'neighbour set', spec: neighbourSpec(neighbour) })
  }
  for (const entry of await call('fdb list', { link, state: 'static' })) {
    if (entry.master !== undefined) requests.push({ operation: 'fdb set', spec: fdbSpec(entry) })
  }
  return requests
}

/**
 * The addresses that go with an address of IPv4: the secondary ones of its network, in their order, unless the link has
 * `promote_secondaries` (`__inet_del_ifa`).
 */
export function companions(address: Address, all: readonly Address[]): readonly Address[] {
  if (address.family !== 4 || address.flags.includes('secondary')) return []
  const network = networkText(address)
  return all.filter(
    (other) => other.link === address.link && other.flags.includes('secondary') && networkText(other) === network,
  )
}

/** Makes addresses again. */
export const addressesAgain = (addresses: readonly Address[]): LooseRequest[] =>
  addresses.map((address) => ({ operation: 'address set', spec: addressSpec(address) }))

/** Whether somebody made a route, and not the kernel with an address: programs, too, make some that they call the kernel's. */
export function isMade({ protocol, type, destination, family }: Route, addresses: readonly Address[]): boolean {
  if (protocol !== 'kernel') return true
  if (type !== 'unicast') return false
  return !addresses.some(
    (address) =>
      address.family === family &&
      !address.flags.includes('noprefixroute') &&
      networksOf(address).includes(destination),
  )
}

/** Where the routes lead to that the kernel makes with an address: for IPv6 to the peer alone, besides the own network. */
export function networksOf(address: Address): readonly string[] {
  const { family, peer, ...own } = address
  if (family === 4 || peer === undefined) return [networkText(address)]
  return [networkText({ family, ...own }), formatPrefix(parsePrefix(peer) as Prefix)]
}

/** The network of an address; that of a peer where there is one. */
const networkText = ({ address, peer, prefixLength }: Address): string =>
  formatPrefix(networkOf(parsePrefix(`${peer ?? address}/${prefixLength}`) as Prefix))
