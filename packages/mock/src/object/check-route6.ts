/** What an IPv6 route must satisfy (`fib6_nh_init`, `ip6_validate_gw`). @module */
import { type CleanRouteSpec, isMulticastIp } from '@vnet/core'
import { isLinkLocal, isLoopback, isZero } from '../bits.js'
import type { Namespace } from '../namespace.js'
import { refuse } from '../refusal.js'
import { isLocal6, isUsable6 } from './address-type.js'
import { errorTypes, noNextHop } from './check-route4.js'
import type { Device } from './device.js'
import { lookupRoute, lookupTable } from './lookup-route.js'
import { makeHop } from './make-route.js'
import type { WantedHop } from './route.js'
import { type Hop, tableNumber } from './route-entry.js'

/** Refuses what does not depend on the ways. */
export function checkRoute6(_namespace: Namespace, spec: CleanRouteSpec, wanted: readonly WantedHop[]): void {
  if (spec.nextHopId !== undefined) noNextHop()
  if (wanted.length === 0 && !errorTypes.has(spec.type)) {
    refuse('ENODEV', undefined, {
      attribute: 'spec.link',
      hint: 'say where the route leads: a link, a gateway, or both',
    })
  }
}

/** The ways, looked up and checked. */
export function checkHops6(namespace: Namespace, spec: CleanRouteSpec, wanted: readonly WantedHop[]): Hop[] {
  // Routes that stand for an error lead to the loopback link.
  if (errorTypes.has(spec.type)) return [makeHop(namespace.links.get(1), 0)]
  const many = wanted.length > 1
  const hops = wanted.map((hop, index) => checkHop(namespace, spec, hop, many ? `spec.nextHops.${index}` : 'spec'))
  const [first] = hops
  if (spec.source !== undefined && !isUsable6(namespace, spec.source, first?.device)) {
    refuse('EINVAL', 'Invalid source address', { attribute: 'spec.source', hint: 'it must be an address of this host' })
  }
  return hops
}

function checkHop(namespace: Namespace, spec: CleanRouteSpec, hop: WantedHop, path: string): Hop {
  const { device, via, weight, onLink } = hop
  const attribute = `${path}.link`
  const hint = 'IPv6 needs an MTU of 1280'
  // Of a link that is named that is asked before the gateway.
  if (device !== undefined && device.inet6 === undefined) refuse('ENODEV', undefined, { attribute, hint })
  if (device !== undefined && onLink && !device.up) {
    refuse('ENETDOWN', 'Nexthop device is not up', { attribute })
  }
  if (onLink && device === undefined) {
    refuse('ENODEV', 'Nexthop device required for onlink', { attribute })
  }
  const leaving = via === undefined ? device : checkGateway(namespace, spec, hop, via, path)
  if (leaving === undefined) refuse('ENODEV', undefined, { attribute })
  if (leaving.inet6 === undefined) refuse('ENODEV', undefined, { attribute, hint })
  if (leaving.inet6.conf.disable_ipv6) {
    refuse('EACCES', 'IPv6 is disabled on nexthop device', { attribute })
  }
  if (!leaving.up) {
    refuse('ENETDOWN', 'Nexthop device is not up', { attribute, hint: `set ${leaving.name} up first` })
  }
  const own = spec.type === 'local' || spec.type === 'anycast'
  return makeHop(leaving, 0, { via, weight, onLink, linkDown: !own && !leaving.carrier })
}

function checkGateway(
  namespace: Namespace,
  spec: CleanRouteSpec,
  hop: WantedHop,
  via: Uint8Array,
  path: string,
): Device {
  const attribute = `${path}.via`
  const near = isLinkLocal(via)
  if (!(near && hop.device === undefined) && isLocal6(namespace, via, near ? hop.device : undefined)) {
    refuse('EINVAL', 'Gateway can not be a local address', { attribute })
  }
  let leaving = hop.device
  if (!near) {
    if (isMulticastIp(via) || isZero(via) || isLoopback(via)) refuse('EINVAL', 'Invalid gateway address', { attribute })
    if (!hop.onLink) {
      leaving = reach(namespace, spec, hop, via)
      if (leaving === undefined) {
        refuse('EHOSTUNREACH', undefined, {
          attribute,
          hint: 'no link reaches the gateway: give its link an address of that network, or say onLink',
        })
      }
    }
  }
  if (leaving === undefined) {
    refuse('EINVAL', 'Egress device not specified', {
      attribute: `${path}.link`,
      hint: 'a link-local gateway needs its link',
    })
  }
  if (leaving.loopback) {
    refuse('EINVAL', 'Egress device can not be loopback device for this route', { attribute: `${path}.link` })
  }
  return leaving
}

/** The link that reaches a gateway without another one in between. */
function reach(namespace: Namespace, spec: CleanRouteSpec, hop: WantedHop, via: Uint8Array): Device | undefined {
  const flow = { to: via, output: hop.device }
  const own = namespace.routes[6].get(tableNumber(spec.table))
  const first = own === undefined ? undefined : lookupTable(own, flow)
  for (const found of [first, lookupRoute(namespace, 6, flow)]) {
    if (found === undefined || !('route' in found)) continue
    const { hop: way, route } = found
    // A route of IPv6 by the loopback leads nowhere, unless it is to an address of this host.
    const nowhere = way?.device?.loopback === true && route.type === 'unicast'
    if (way?.via === undefined && !nowhere && way?.device !== undefined) return way.device
  }
  return undefined
}
