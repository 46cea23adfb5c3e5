/** What a link has that Linux forgets when it goes down: its IPv6 addresses, and every route that leaves by it. @module */
import type { Address, AddressSpec, Namespace, NextHop, NextHopState, Route, RouteSpec } from '@vnet/core'

/** What was there. */
export interface Memory {
  readonly addresses: readonly AddressSpec[]
  readonly routes: readonly Route[]
}

/** Looks before the link goes down. What the kernel makes by itself, it makes again. */
export async function remember(namespace: Namespace, link: string): Promise<Memory> {
  const addresses = await namespace.address.list({ link, family: 6 })
  const routes = await namespace.route.list({ table: 'all', link })
  return {
    addresses: addresses.filter(isChosen).map((address) => specOf(address, link)),
    routes: routes.filter(({ protocol }) => protocol !== 'kernel' && protocol !== 'ra'),
  }
}

/** Puts back what is missing, once the link is up again. */
export async function recall(namespace: Namespace, { addresses, routes }: Memory): Promise<void> {
  const present = new Set((await namespace.address.list({ family: 6 })).map(({ address }) => address))
  for (const spec of addresses)
    if (!present.has(String(spec.address).split('/')[0] ?? '')) await namespace.address.add(spec)
  const kept = new Set((await namespace.route.list({ table: 'all' })).map(keyOf))
  for (const route of routes) if (!kept.has(keyOf(route))) await namespace.route.add(routeOf(route))
}

const isChosen = ({ scope, protocol, validLifetime }: Address): boolean =>
  scope !== 'link' && protocol === undefined && validLifetime === Number.POSITIVE_INFINITY

const specOf = ({ address, prefixLength, peer, flags }: Address, link: string): AddressSpec => ({
  link,
  address: `${address}/${prefixLength}`,
  noDad: true,
  ...(peer === undefined ? {} : { peer: `${peer}/${prefixLength}` }),
  ...(flags.includes('noprefixroute') ? { noPrefixRoute: true } : {}),
})

const keyOf = ({ family, type, destination, table, metric, tos, via, link, nextHops }: Route): string => {
  const hops = nextHops.map((hop) => `${hop.via} ${hop.link} ${hop.weight}`)
  return JSON.stringify([family, type, destination, table, metric, tos, via, link, hops])
}

const hopOf = ({ via, link, weight, flags }: NextHopState): NextHop => ({
  link,
  weight,
  ...(via === undefined ? {} : { via }),
  ...(flags.includes('onlink') ? { onLink: true } : {}),
})

/** The route as it would be asked for. */
function routeOf(route: Route): RouteSpec {
  const { family, type, destination, table, protocol, scope, tos } = route
  const { via, link, source, from, metric, preference, metrics, nextHops, flags } = route
  return {
    destination,
    family,
    type,
    table,
    protocol,
    tos,
    ...(family === 4 ? { scope } : {}),
    ...(nextHops.length > 0 ? { nextHops: nextHops.map(hopOf) } : {}),
    ...(nextHops.length > 0 || via === undefined ? {} : { via }),
    ...(nextHops.length > 0 || link === undefined ? {} : { link }),
    ...(nextHops.length === 0 && flags.includes('onlink') ? { onLink: true } : {}),
    ...(source === undefined ? {} : { source }),
    ...(from === undefined ? {} : { from }),
    ...(metric === undefined ? {} : { metric }),
    ...(preference === undefined ? {} : { preference }),
    ...(metrics === undefined ? {} : { metrics }),
  }
}
