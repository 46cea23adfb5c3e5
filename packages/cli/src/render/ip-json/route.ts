/** Routes in the shape of `ip -j route show` (iproute2 6.1). @module */
import type { NextHopState, Route, RouteMetrics } from '@vnet/core'
import type { Names } from '../../names.js'
import { hexOctet, type JsonObject, ordered } from './object.js'

/** What is told of each route; `ip` leaves out what the question already says. */
export interface RouteDetail {
  /** As with `ip -d`. */
  readonly details?: boolean
  /** All are of one table. */
  readonly oneTable?: boolean
  /** All leave by one link. */
  readonly oneLink?: boolean
  /** All are of one maker. */
  readonly oneMaker?: boolean
  /** It is the answer of `ip route get`. */
  readonly answer?: boolean
}

/** A route as `ip -j route show` writes it. */
export function routeJson(route: Route, names: Names, detail: RouteDetail = {}): JsonObject {
  const { details, answer } = detail
  const table = names.table(route.table)
  const maker = names.maker(route.protocol)
  const scope = names.scope(route.scope)
  const metrics = route.metrics === undefined ? {} : metricsJson(route.metrics)
  const cached = answer === true && route.family === 4
  return ordered([
    (details === true || route.type !== 'unicast') && ['type', route.type],
    ['dst', withoutFullLength(route.destination)],
    route.from !== undefined && ['from', withoutFullLength(route.from)],
    route.tos !== 0 && ['tos', hexOctet(route.tos)],
    ['nhid', route.nextHopId],
    ...gatewayEntries(route.via, route.family),
    route.link !== undefined && detail.oneLink !== true && ['dev', names.link(route.link)],
    (details === true || table !== 'main') && detail.oneTable !== true && route.table !== 0 && ['table', table],
    answer !== true && detail.oneMaker !== true && (details === true || maker !== 'boot') && ['protocol', maker],
    answer !== true && (details === true || scope !== 'global') && ['scope', scope],
    ['prefsrc', route.source],
    ['metric', route.metric],
    ['flags', route.flags],
    route.mark !== undefined && route.mark !== 0 && ['mark', route.mark],
    ['uid', route.uid],
    cached && ['cache', cacheWords(route)],
    ['expires', route.expires],
    Object.keys(metrics).length > 0 && ['metrics', [metrics]],
    route.inputLink !== undefined && ['iif', names.link(route.inputLink)],
    ['pref', route.preference],
    route.nextHops.length > 0 && ['nexthops', route.nextHops.map((hop) => nextHopJson(hop, route.family, names))],
  ])
}

function nextHopJson(hop: NextHopState, family: 4 | 6, names: Names): JsonObject {
  return ordered([
    ...gatewayEntries(hop.via, family),
    ['dev', names.link(hop.link)],
    ['weight', hop.weight],
    ['flags', hop.flags],
  ])
}

/** A gateway of the other version of IP says so (RFC 5549). */
function gatewayEntries(via: string | undefined, family: 4 | 6): readonly (readonly [string, unknown])[] {
  if (via === undefined) return []
  const own = via.includes(':') === (family === 6)
  return own ? [['gateway', via]] : [['via', { family: via.includes(':') ? 'inet6' : 'inet', host: via }]]
}

/** In the order of the kernel's numbers (`RTAX_*`). */
function metricsJson(metrics: RouteMetrics): JsonObject {
  return ordered([
    ['mtu', metrics.mtu],
    ['window', metrics.window],
    ['advmss', metrics.advmss],
    ['hoplimit', metrics.hopLimit],
    ['initcwnd', metrics.initialCongestionWindow],
    ['rto_min', metrics.rtoMin === undefined ? undefined : Math.round(metrics.rtoMin * 1000)],
    ['initrwnd', metrics.initialReceiveWindow],
    ['quickack', metrics.quickAck === undefined ? undefined : metrics.quickAck ? 1 : 0],
  ])
}

function cacheWords(route: Route): readonly string[] {
  if (route.type === 'local') return ['local']
  if (route.type === 'broadcast') return ['local', 'brd']
  if (route.type === 'multicast') return ['local', 'mc']
  return []
}

/** A single address is written without its length. */
function withoutFullLength(prefix: string): string {
  return prefix.replace(prefix.includes(':') ? /\/128$/ : /\/32$/, '')
}
