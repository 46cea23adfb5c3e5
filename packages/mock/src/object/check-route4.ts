/** What an IPv4 route must satisfy (`fib_create_info`, `fib_check_nh`). @module */
import type { CleanRouteSpec } from '@vnet/core'
import type { Namespace } from '../namespace.js'
import { refuse } from '../refusal.js'
import { addressType4, isLocal4 } from './address-type.js'
import { type Found, lookupRules, lookupTable } from './lookup-route.js'
import { makeHop } from './make-route.js'
import type { WantedHop } from './route.js'
import type { Hop } from './route-entry.js'
import { tableNumber } from './route-entry.js'
import { scopeNumber } from './scope.js'

const link = scopeNumber('link')
const host = scopeNumber('host')
const nowhere = scopeNumber('nowhere')

/** Least reach of each type (`fib_props`). */
const least: { readonly [type: string]: number | undefined } = {
  local: host,
  broadcast: link,
  anycast: link,
  nat: nowhere,
}

/** Types that stand for an error and lead nowhere. */
export const errorTypes: ReadonlySet<string> = new Set(['blackhole', 'unreachable', 'prohibit', 'throw'])

/** There are no nexthop objects here: nothing in the product makes them. */
export function noNextHop(): never {
  refuse('EINVAL', 'Nexthop id does not exist', {
    attribute: 'spec.nextHopId',
    hint: 'the mock has no nexthop objects: give via, link or nextHops',
  })
}

/** Refuses what does not depend on the ways. */
export function checkRoute4(_namespace: Namespace, spec: CleanRouteSpec, wanted: readonly WantedHop[]): void {
  const scope = scopeNumber(spec.scope)
  if ((least[spec.type] ?? 0) > scope) refuse('EINVAL', 'Invalid scope', { attribute: 'spec.scope' })
  if (spec.nextHopId !== undefined) noNextHop()
  if (errorTypes.has(spec.type)) {
    if (wanted.length > 0) {
      refuse('EINVAL', 'Gateway, device and multipath can not be specified for this route type', {
        attribute: 'spec.type',
      })
    }
    return
  }
  if (spec.type === 'nat') refuse('EINVAL', 'Invalid route type', { attribute: 'spec.type' })
  if (scope > host) refuse('EINVAL', 'Invalid scope', { attribute: 'spec.scope' })
  if (wanted.length === 0) {
    refuse('ENODEV', undefined, {
      attribute: 'spec.link',
      hint: 'say where the route leads: a link, a gateway, or both',
    })
  }
  if (scope === host && wanted.length > 1) {
    refuse('EINVAL', 'Route with host scope can not have multiple nexthops', { attribute: 'spec.nextHops' })
  }
  if (scope === host && wanted[0]?.via !== undefined) {
    refuse('EINVAL', 'Route with host scope can not have a gateway', { attribute: 'spec.via' })
  }
}

/** The ways, looked up and checked. */
export function checkHops4(namespace: Namespace, spec: CleanRouteSpec, wanted: readonly WantedHop[]): Hop[] {
  const scope = scopeNumber(spec.scope)
  const many = wanted.length > 1
  const hops = errorTypes.has(spec.type)
    ? []
    : wanted.map((hop, index) => checkHop(namespace, spec, hop, scope, many ? `spec.nextHops.${index}` : 'spec'))
  checkSource(namespace, spec)
  return hops
}

function checkSource(namespace: Namespace, spec: CleanRouteSpec): void {
  if (spec.source === undefined) return
  const own = spec.type === 'local' && spec.source.join() === spec.destination.octets.join()
  if (!own && !isLocal4(namespace, spec.source)) {
    refuse('EINVAL', 'Invalid prefsrc address', {
      attribute: 'spec.source',
      hint: 'it must be an address of this host',
    })
  }
}

function checkHop(namespace: Namespace, spec: CleanRouteSpec, hop: WantedHop, scope: number, path: string): Hop {
  const { device, via, weight, onLink } = hop
  if (scope === host) return makeHop(device ?? noDevice(path), nowhere, { weight })
  if (via === undefined) {
    if (onLink) {
      refuse('EINVAL', 'Invalid flags for nexthop - PERVASIVE and ONLINK can not be set', {
        attribute: `${path}.onLink`,
      })
    }
    const leaving = device ?? noDevice(path)
    if (!leaving.up) {
      refuse('ENETDOWN', 'Device for nexthop is not up', {
        attribute: `${path}.link`,
        hint: `set ${leaving.name} up first`,
      })
    }
    return makeHop(leaving, host, { weight, linkDown: !leaving.carrier })
  }
  if (scope >= link) refuse('EINVAL', 'Nexthop has invalid scope', { attribute: `${path}.via` })
  const attribute = `${path}.via`
  if (via.length === 16) {
    const leaving = device ?? refuse('ENODEV', undefined, { attribute: `${path}.link` })
    if (!leaving.up) refuse('ENETDOWN', 'Nexthop device is not up', { attribute: `${path}.link` })
    return makeHop(leaving, link, { via, weight, onLink, linkDown: !leaving.carrier })
  }
  if (onLink) {
    const leaving = device ?? refuse('ENODEV', 'Nexthop device required for onlink', { attribute: `${path}.link` })
    if (!leaving.up) refuse('ENETDOWN', 'Nexthop device is not up', { attribute: `${path}.link` })
    if (addressType4(namespace, via) !== 'unicast') refuse('EINVAL', 'Nexthop has invalid gateway', { attribute })
    return makeHop(leaving, link, { via, weight, onLink, linkDown: !leaving.carrier })
  }
  const found = reach(namespace, spec, hop, scope)
  const hint = 'no link reaches the gateway: give its link an address of that network, or say onLink'
  if ('error' in found) refuse(found.error, 'Nexthop has invalid gateway', { attribute, hint })
  if (found.route.type !== 'unicast' && found.route.type !== 'local') {
    refuse('EINVAL', 'Nexthop has invalid gateway', { attribute, hint })
  }
  const leaving = found.hop?.device ?? refuse('ENODEV', 'No egress device for nexthop gateway', { attribute })
  if (!leaving.up) refuse('ENETDOWN', undefined, { attribute })
  return makeHop(leaving, found.route.scope, { via, weight, linkDown: !leaving.carrier })
}

function noDevice(path: string): never {
  refuse('ENODEV', undefined, { attribute: `${path}.link` })
}

/** How the gateway is reached: by the route's own table where it is a private one, else as a packet would. */
function reach(namespace: Namespace, spec: CleanRouteSpec, hop: WantedHop, scope: number): Found {
  const flow = { to: hop.via as Uint8Array, output: hop.device, scope: Math.max(scope + 1, link) }
  const number = tableNumber(spec.table)
  const own = number === tableNumber('main') ? undefined : namespace.routes[4].get(number)
  const found = own === undefined ? undefined : lookupTable(own, flow)
  return found !== undefined && 'route' in found ? found : lookupRules(namespace, 4, flow)
}
