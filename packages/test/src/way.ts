/** Which routers a node sends packets to: the ways with the fewest routers, the first one named where two are as short. @module */
import { formatIp, formatPrefix, type IpFamily, networkOf, type Prefix } from '@vnet/core'
import type { Role } from './check.js'
import { networksOf, type Segment } from './hand-out.js'
import type { PlannedEnd } from './plan.js'

/** A route of a node. */
export interface PlannedRoute {
  /** A network, or `default`. */
  readonly destination: string
  readonly family: IpFamily
  readonly via: string
  /** The link that it leads through. */
  readonly link: string
}

/** The first router on the way to a segment, and how far that is. */
interface Way {
  readonly segment: Segment
  /** The router's end in a segment of the node. */
  readonly gateway: PlannedEnd
}

/**
 * The routes of a host or router: to each network that it is not in. Of a host the first router becomes the default one, so
 * only ways by another one are told beside it.
 */
export function routesOf(name: string, roles: ReadonlyMap<string, Role>, segments: readonly Segment[]): PlannedRoute[] {
  const ways = waysOf(name, roles, segments)
  const routes: PlannedRoute[] = []
  for (const family of [4, 6] as const) {
    const found: PlannedRoute[] = []
    for (const { segment, gateway } of ways) {
      const via = addressIn(gateway, own(name, segments), family)
      if (via === undefined) continue
      for (const network of networksOf(segment, family))
        found.push({ destination: formatPrefix(network), family, ...via })
    }
    const first = roles.get(name) === 'host' ? found[0] : undefined
    if (first !== undefined) routes.push({ ...first, destination: 'default' })
    routes.push(...found.filter(({ via }) => via !== first?.via))
  }
  return routes
}

const own = (name: string, segments: readonly Segment[]): PlannedEnd[] =>
  segments.flatMap(({ ends }) => ends.filter(({ node }) => node === name))

/** The address of a gateway that is in a network of the node, and the node's link there. */
function addressIn(
  gateway: PlannedEnd,
  ends: readonly PlannedEnd[],
  family: IpFamily,
): Pick<PlannedRoute, 'via' | 'link'> | undefined {
  const size = family === 4 ? 4 : 16
  const text = (address: Prefix) => formatPrefix(networkOf(address))
  for (const address of gateway.addresses) {
    if (address.octets.length !== size) continue
    const end = ends.find(({ addresses }) => addresses.some((each) => text(each) === text(address)))
    if (end !== undefined) return { via: formatIp(address.octets), link: end.link }
  }
  return undefined
}

/** Whether others send packets by this end to what lies behind its node: of a NAT box only from inside. */
const passesOn = (roles: ReadonlyMap<string, Role>, { node, side }: PlannedEnd): boolean =>
  roles.get(node) === 'router' || (roles.get(node) === 'nat' && side === 'inside')

/** The way to each segment that the node is not in, nearest first. */
function waysOf(name: string, roles: ReadonlyMap<string, Role>, segments: readonly Segment[]): Way[] {
  const has = (segment: Segment, node: string) => segment.ends.some((end) => end.node === node)
  const reached = new Set(segments.filter((segment) => has(segment, name)))
  const ways: Way[] = []
  const waiting: { segment: Segment; gateway: PlannedEnd | undefined }[] = [...reached].map((segment) => ({
    segment,
    gateway: undefined,
  }))
  const passed = new Set([name])
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    for (const end of next.segment.ends) {
      if (!passesOn(roles, end) || passed.has(end.node)) continue
      passed.add(end.node)
      const gateway = next.gateway ?? end
      for (const segment of segments) {
        if (reached.has(segment) || !has(segment, end.node)) continue
        reached.add(segment)
        ways.push({ segment, gateway })
        waiting.push({ segment, gateway })
      }
    }
  }
  return ways
}
