/** All that a link has in the network, and how it moves to another link. @module */
import type { Address, AddressSpec } from '../address.js'
import type { CallOptions } from '../driver.js'
import type { Link } from '../link.js'
import type { Neighbour } from '../neighbour.js'
import type { Route } from '../route.js'
import type { Rule } from '../rule.js'
import type { NetworkObjects } from './api.js'
import { isMade, networksOf } from './belongings.js'
import { addressSpec, neighbourSpec, routeSpec, ruleSpec } from './spec.js'

/** What moves. */
export interface Movable {
  /** In the order in which they were added. */
  readonly addresses: readonly Address[]
  /** In an order in which they can be added: gateways come after the way to them. */
  readonly routes: readonly Route[]
  readonly neighbours: readonly Neighbour[]
  readonly rules: readonly Rule[]
}

/** Reads what a link has. */
export async function movableOf(ns: NetworkObjects, { index, name }: Link, options?: CallOptions): Promise<Movable> {
  const all = await ns.address.list({ link: index }, options)
  const routes = (await ns.route.list({ link: index, table: 'all' }, options)).filter((route) => isMade(route, all))
  const rules = await ns.rule.list({}, options)
  return {
    addresses: all.filter(({ protocol }) => protocol !== 'kernel_ll'),
    routes: [...routes.filter(({ via }) => via === undefined), ...routes.filter(({ via }) => via !== undefined)],
    neighbours: [
      ...(await ns.neighbour.list({ link: index, state: 'permanent' }, options)),
      ...(await ns.neighbour.list({ link: index, proxy: true }, options)),
    ],
    rules: rules.filter(({ inputLink, outputLink }) => inputLink === name || outputLink === name),
  }
}

/**
 * The first of the routes that has its like: to the same destination, of the same metric. A route is replaced by these, and the other
 * one could be taken for it.
 */
export async function doubleRoute(
  ns: NetworkObjects,
  { routes }: Movable,
  options?: CallOptions,
): Promise<Route | undefined> {
  const seen = new Map<string, number>()
  for (const route of await ns.route.list({ table: 'all' }, options)) {
    const key = routeKey(route)
    seen.set(key, (seen.get(key) ?? 0) + 1)
  }
  return routes.find((route) => (seen.get(routeKey(route)) ?? 0) > 1)
}

/**
 * The first of the routes that leads by a nexthop object (`ip nexthop`). The object stays with its link, and a route that is moved
 * becomes a plain one, which whoever made the object knows nothing of. Where the kernel does not tell the way of such a route
 * (`net.ipv4.nexthop_compat_mode` 0), it may be that of the link.
 */
export async function routeByObject(
  ns: NetworkObjects,
  { index }: Link,
  options?: CallOptions,
): Promise<Route | undefined> {
  const all = await ns.route.list({ table: 'all' }, options)
  return all.find(({ nextHopId, link, nextHops, type }) => {
    if (nextHopId === undefined) return false
    if (link === undefined && nextHops.length === 0) return type === 'unicast'
    return link === index || nextHops.some((hop) => hop.link === index)
  })
}

/** What a route is replaced by (`fib_find_alias`, `fib6_add_rt2node`). */
const routeKey = ({ family, table, destination, from = '', tos, metric = 0 }: Route): string =>
  JSON.stringify([family, table, destination, from, tos, metric])

/** Puts the addresses on the other link, those that were found to be alone without looking for others again. */
export async function addAddresses(ns: NetworkObjects, { addresses }: Movable, from: Link, to: Link): Promise<void> {
  for (const address of addresses) {
    const spec = specOn(address, from, to)
    await ns.address.add(wasDetected(address) ? { ...spec, noDad: true } : spec)
  }
}

/** Whether an address of IPv6 was looked for, and nobody else had it. */
const wasDetected = ({ family, flags }: Address): boolean =>
  family === 6 && !flags.includes('tentative') && !flags.includes('dadfailed')

/** The address on the other link: a label that begins with the name of its link begins with that of the other one, where there is room. */
function specOn(address: Address, from: Link, to: Link): AddressSpec {
  const { label, ...spec } = addressSpec(address)
  const own = label === undefined || label === from.name
  const named = label?.startsWith(`${from.name}:`) ? `${to.name}${label.slice(from.name.length)}` : label
  const fits = named !== undefined && new TextEncoder().encode(named).length <= LABEL
  return { ...spec, link: to.index, ...(own ? {} : { label: fits ? named : label }) } as AddressSpec
}

/** Octets of a label (`IFNAMSIZ`, with the zero at its end). */
const LABEL = 15

/** Replaces the routes, and moves neighbours and rules. */
export async function moveRoutes(ns: NetworkObjects, movable: Movable, from: Link, to: Link): Promise<void> {
  const other = (link: unknown) => (link === from.index ? to.index : link)
  for (const route of movable.routes) {
    const { nextHops, link, ...spec } = routeSpec(route)
    const hops = nextHops?.map((hop) => ({ ...hop, link: other(hop.link) }))
    await ns.route.set({
      ...spec,
      ...(link === undefined ? {} : { link: other(link) }),
      ...(hops === undefined ? {} : { nextHops: hops }),
    } as typeof spec)
  }
  for (const neighbour of movable.neighbours) {
    await ns.neighbour.set({ ...neighbourSpec(neighbour), link: to.index })
    const { address, link, flags } = neighbour
    await ns.neighbour.delete({ link, address, ...(flags.includes('proxy') ? { proxy: true } : {}) })
  }
  for (const rule of movable.rules) {
    const spec = ruleSpec(rule)
    const named = (name: string | undefined) => (name === from.name ? to.name : name)
    const { inputLink, outputLink } = rule
    await ns.rule.add({
      ...spec,
      ...(inputLink === undefined ? {} : { inputLink: named(inputLink) as string }),
      ...(outputLink === undefined ? {} : { outputLink: named(outputLink) as string }),
    })
    await ns.rule.delete(spec)
  }
}

/** Takes the addresses from the link: the last first, for the first of a network takes the others along. */
export async function dropAddresses(ns: NetworkObjects, { addresses }: Movable, from: Link, to: Link): Promise<void> {
  for (const address of [...addresses].reverse()) {
    const { link, address: prefix, peer } = addressSpec(address)
    await ns.address.delete({ link, address: prefix, ...(peer === undefined ? {} : { peer }) })
  }
  // The route to the network of an address of IPv6 that has an end stays until that (`ipv6_del_addr`).
  const networks = addresses.filter(({ flags }) => !flags.includes('permanent')).flatMap(networksOf)
  for (const route of await ns.route.list({ family: 6, link: from.index, protocol: 'kernel', table: 'all' })) {
    if (route.type === 'unicast' && networks.includes(route.destination)) await ns.route.delete(routeSpec(route))
  }
  for (const address of addresses) {
    // That it was not looked for again is no property of the address: it is as it was.
    if (wasDetected(address) && !address.flags.includes('nodad')) await ns.address.set(specOn(address, from, to))
  }
}
