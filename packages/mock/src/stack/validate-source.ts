/** Whether a packet's source can lie where the packet came from (`fib_validate_source`, `net/ipv4/fib_frontend.c`; RFC 3704). @module */
import { isLocal4 } from '../object/address-type.js'
import type { Device } from '../object/device.js'
import { lookupRoute } from '../object/lookup-route.js'
import { type RouteEntry, tableNumber } from '../object/route-entry.js'
import { scopeNumber } from '../object/scope.js'
import { vrfOf } from '../object/vrf-table.js'
import { any4, most4 } from '../sysctl/conf.js'

/** What is asked about. */
export interface SourceQuestion {
  readonly from: Uint8Array
  readonly to: Uint8Array
  /** Link that it came in by. */
  readonly device: Device
  /** Link that it is to leave by; absent where it stays here. */
  readonly output?: Device | undefined
  readonly tos?: number
}

/** How the source is reached: `near` without a router, `far` by one, or it cannot be (`martian`). */
export type SourcePlace = 'near' | 'far' | 'martian'

/** Where the source of an IPv4 packet lies. */
export function placeOfSource4(question: SourceQuestion): SourcePlace {
  const { from, device, output } = question
  const { conf4 } = device.namespace.sysctls
  const filter = most4(conf4, device.conf4, 'rp_filter')
  const redirects = output === device && any4(conf4, device.conf4, 'send_redirects')
  // Rules of one's own may say otherwise than the addresses of links do.
  if (filter <= 0 && !redirects && !device.namespace.ownRules4) {
    if (any4(conf4, device.conf4, 'accept_local')) return 'far'
    return isOurs(device, from) ? 'martian' : 'far'
  }
  return placeByRoute(question, filter)
}

/**
 * Whether it is an address of this host (`inet_lookup_ifaddr_rcu`). One of a network that a loopback has is not, unless somebody added
 * local routes (`fib_has_custom_local_routes`).
 */
function isOurs(device: Device, from: Uint8Array): boolean {
  const { namespace } = device
  if (!isLocal4(namespace, from, device)) return false
  if (namespace.owners.first(from, namespace.links.values()) !== undefined) return true
  const routes = namespace.routes[4].get(tableNumber('local'))?.all() ?? []
  return routes.some(({ type, protocol }) => type === 'local' && protocol !== 'kernel')
}

function placeByRoute({ from, to, device, output, tos }: SourceQuestion, filter: number): SourcePlace {
  const { namespace } = device
  const lost = filter > 0 ? 'martian' : 'far'
  // As if the answer came from there: the way back is looked for.
  const input = output ?? (vrfOf(device) === undefined ? namespace.links.get(1) : device)
  const found = lookupRoute(namespace, 4, { to: from, from: to, input, tos })
  if ('error' in found) return lost
  const { route } = found
  const isOwn = route.type === 'local' && any4(namespace.sysctls.conf4, device.conf4, 'accept_local')
  if (route.type !== 'unicast' && !isOwn) return 'martian'
  if (leadsThrough(route, device)) return near(found.hop?.scope)
  if (device.addresses4.length === 0) return lost
  // Strict: the way back must be by the same link.
  if (filter === 1) return 'martian'
  const there = lookupRoute(namespace, 4, { to: from, from: to, input, output: device, tos })
  return 'route' in there && there.route.type === 'unicast' ? near(there.hop?.scope) : 'far'
}

/** By the link, or by a port of it where it is a VRF. */
const leadsThrough = ({ hops }: RouteEntry, device: Device): boolean =>
  hops.some((hop) => hop.device === device || (hop.device !== undefined && vrfOf(hop.device) === device))

const near = (scope: number | undefined): SourcePlace =>
  scope !== undefined && scope >= scopeNumber('host') ? 'near' : 'far'
