/** Finding the route of a packet: rules, then the longest prefix (`fib_lookup`, `fib6_rule_lookup`). @module */
import type { ErrorCode, IpFamily } from '@vnet/core'
import { samePrefix } from '../bits.js'
import type { Namespace } from '../namespace.js'
import type { Device } from './device.js'
import { ManyRoutes } from './many-routes.js'
import type { Hop, RouteEntry } from './route-entry.js'
import { type Alternatives, type RouteTable, routesBy } from './route-table.js'
import { matches, type RuleEntry } from './rule-match.js'
import { vrfOf } from './vrf-table.js'

/** What is known of a packet. */
export interface Flow {
  readonly to: Uint8Array
  readonly from?: Uint8Array | undefined
  /** Link that it came in by; absent for packets of this host. */
  readonly input?: Device | undefined
  /** Link that it must leave by. */
  readonly output?: Device | undefined
  readonly mark?: number | undefined
  readonly tos?: number | undefined
  /** The route must reach at least this far: gateways must be on a link. */
  readonly scope?: number
  /** What packets of one flow have in common, 31 bits: it chooses among several ways. Without it the first serves. */
  readonly hash?: number
}

/** What was found: a route and the way of it, or the error that a route or a rule stands for. */
export type Found = { readonly route: RouteEntry; readonly hop: Hop | undefined } | { readonly error: ErrorCode }

const errors: { readonly [type: string]: ErrorCode | undefined } = {
  blackhole: 'EINVAL',
  unreachable: 'EHOSTUNREACH',
  prohibit: 'EACCES',
}

/** The route of a packet. */
export function lookupRoute(namespace: Namespace, family: IpFamily, flow: Flow): Found {
  // Nothing leaves by a link that is down (`ip_route_output_key_hash_rcu`).
  const isDown = flow.output?.up === false && flow.input === undefined
  if (family === 4 && isDown) return { error: 'ENETUNREACH' }
  return lookupRules(namespace, family, flow)
}

/** What the rules lead to (`fib_lookup`). */
export function lookupRules(namespace: Namespace, family: IpFamily, flow: Flow): Found {
  const rules = namespace.rules[family]
  const vrf = vrfOf(flow.output) ?? vrfOf(flow.input)
  // A VRF as the link to leave by means its table, whichever port (`l3mdev_update_flow`).
  if (vrf !== undefined && vrf === flow.output) flow = { ...flow, output: undefined }
  let skipTo = -1
  for (const rule of rules) {
    if (rule.priority < skipTo || !matches(namespace, rule, flow, vrf)) continue
    if (rule.action === 'goto') {
      // Without a rule there it goes on with the next one.
      if (rules.some(({ priority }) => priority === rule.goto)) skipTo = rule.goto ?? 0
    } else if (rule.action === 'table') {
      const table = namespace.routes[family].get(rule.l3mdev ? (vrf?.vrfTable ?? 0) : rule.table)
      const found = table === undefined ? undefined : lookupTable(table, flow, rule)
      if (found !== undefined) return found
    } else if (rule.action !== 'nop') return { error: errors[rule.action] as ErrorCode }
  }
  return { error: 'ENETUNREACH' }
}

/** The route of a packet in one table; `undefined` where the next rule is to be asked. */
export function lookupTable(table: RouteTable, flow: Flow, rule?: RuleEntry): Found | undefined {
  for (const routes of table.matching(flow.to)) {
    for (const route of preferred(candidates(routes, flow))) {
      if (route.tos !== 0 && route.tos !== (flow.tos ?? 0)) continue
      if (route.family === 4 && route.scope < (flow.scope ?? 0)) continue
      if (!fromFits(route, flow)) continue
      if (route.type === 'throw') return undefined
      const error = errors[route.type]
      if (error !== undefined) return { error }
      const hop = chooseHop(route, flow)
      if (hop === undefined) continue
      // Only what was found, so not what stands for an error (`fib_rules_lookup`).
      return rule !== undefined && suppressed(rule, route, hop) ? undefined : { route, hop }
    }
  }
  return undefined
}

/** Of many routes those by the link that a packet must leave by, unless another's may have the last word. */
function candidates(routes: Alternatives, { output }: Flow): Alternatives {
  const isNarrow = output !== undefined && routes instanceof ManyRoutes && routes.allByLink
  return isNarrow ? routesBy(routes, output) : routes
}

const ranks = { low: 1, medium: 2, high: 3 } as const
const rankOf = ({ preference = 'medium' }: RouteEntry): number => ranks[preference]

/** The routes of a prefix; of those of IPv6 with one metric the one by the router that is preferred comes first (`rt6_score_route`). */
function preferred(routes: Alternatives): Iterable<RouteEntry> {
  if (routes.length < 2 || !hasPreference(routes)) return routes
  return [...routes].sort((a, b) => a.metric - b.metric || rankOf(b) - rankOf(a))
}

function hasPreference(routes: Iterable<RouteEntry>): boolean {
  for (const { preference = 'medium' } of routes) if (preference !== 'medium') return true
  return false
}

function fromFits(route: RouteEntry, flow: Flow): boolean {
  const { from } = route
  if (from === undefined) return true
  return flow.from !== undefined && samePrefix(from.octets, flow.from, from.length)
}

/** By its length, or by the group of its link: of several ways in IPv4 the first one's (`fib4_rule_suppress`). */
function suppressed(rule: RuleEntry, route: RouteEntry, hop: Hop): boolean {
  if (rule.suppressPrefixLength !== undefined && route.length <= rule.suppressPrefixLength) return true
  const told = route.family === 4 ? route.hops[0] : hop
  return rule.suppressGroup !== undefined && told?.device?.group === rule.suppressGroup
}

/** A way that is usable: that of the flow, in the measure of their weights (`fib_select_multipath`), or the first. */
function chooseHop(route: RouteEntry, flow: Flow): Hop | undefined {
  const isUsable = (hop: Hop) => {
    if (hop.dead) return false
    return flow.output === undefined || hop.device === flow.output || (route.family === 6 && route.type === 'local')
  }
  if (flow.hash === undefined || route.hops.length < 2) return route.hops.find(isUsable)
  const usable = route.hops.filter(isUsable)
  const place = (flow.hash / 2 ** 31) * usable.reduce((sum, { weight }) => sum + weight, 0)
  let end = 0
  return usable.find(({ weight }) => {
    end += weight
    return place < end
  })
}
