/** `route get`: the way of a packet, as `ip route get` (`inet_rtm_getroute`, `inet6_rtm_getroute`). @module */
import { type CleanRouteQuery, formatIp, isMulticastIp, type Route } from '@vnet/core'
import { isLimitedBroadcast, sameOctets } from '../bits.js'
import type { Kernel } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import { refuse } from '../refusal.js'
import { isOwn4 } from './address-type.js'
import type { Device } from './device.js'
import { linkOf } from './lookup.js'
import { type Flow, type Found, lookupRoute } from './lookup-route.js'
import { makeHop, makeRoute, prefixOf } from './make-route.js'
import { describeRoute, tableWord } from './route-entry.js'
import { exceptionOf } from './route-exception.js'
import { scopeNumber } from './scope.js'
import { source4, source6 } from './source-address.js'

/** Errors that mean that there is no way; they are told by `undefined`. */
const unreachable: ReadonlySet<string> = new Set(['ENETUNREACH', 'EHOSTUNREACH'])

/** The way to an address. */
export function getRoute(kernel: Kernel, namespace: Namespace, query: CleanRouteQuery): Route | undefined {
  const input = query.inputLink === undefined ? undefined : linkOf(namespace, query.inputLink, 'spec.inputLink')
  const output = query.outputLink === undefined ? undefined : linkOf(namespace, query.outputLink, 'spec.outputLink')
  const flow: Flow = { to: query.to, from: query.from, input, output, mark: query.mark, tos: query.tos }
  return query.to.length === 4 ? get4(kernel, namespace, flow) : get6(kernel, namespace, flow)
}

function failed(error: Extract<Found, { error: unknown }>['error']): undefined {
  if (unreachable.has(error)) return undefined
  refuse(error)
}

/** What every answer for IPv4 has. */
function answer4(flow: Flow, more: Partial<Route>): Route {
  return {
    family: 4,
    type: 'unicast',
    destination: `${formatIp(flow.to)}/32`,
    nextHops: [],
    ...(flow.from === undefined ? {} : { from: `${formatIp(flow.from)}/32` }),
    table: 0,
    protocol: 'unspec',
    scope: 'global',
    tos: flow.tos ?? 0,
    flags: [],
    ...(flow.mark ? { mark: flow.mark } : {}),
    ...(flow.input === undefined ? { uid: 0 } : { inputLink: flow.input.index }),
    other: [],
    ...more,
  }
}

function get4(kernel: Kernel, namespace: Namespace, flow: Flow): Route | undefined {
  const { to, from, input, output } = flow
  const special = isMulticastIp(to) || isLimitedBroadcast(to)
  if (from !== undefined && input === undefined && !isOwn4(namespace, from)) return undefined
  const type = isMulticastIp(to) ? 'multicast' : 'broadcast'
  if (special && output !== undefined) return direct(flow, output, type)
  const found = lookupRoute(namespace, 4, flow)
  if ('error' in found) {
    // Bound to a link, everything counts as on it; of a VRF the table has the last word.
    if (output?.up && output.vrfTable === undefined && found.error === 'ENETUNREACH')
      return direct(flow, output, 'unicast')
    return failed(found.error)
  }
  const { route, hop } = found
  // Without forwarding a packet of another host goes no further.
  if (input !== undefined && route.type === 'unicast' && input.conf4.forwarding === 0) return undefined
  if (special && hop?.device !== undefined)
    return { ...direct(flow, hop.device, type), table: tableOf(namespace, route.table) }
  const local = route.type === 'local'
  const device = local ? (namespace.links.get(1) ?? hop?.device) : hop?.device
  const nearer = exceptionOf(hop, to)
  const source = from ?? route.source ?? (hop?.device && source4(hop.device, hop.via, route.scope))
  return answer4(flow, {
    type: route.type,
    table: tableOf(namespace, route.table),
    // A gateway that is an address of this host is none (`rt_set_nexthop`).
    ...(nearer !== undefined
      ? { via: formatIp(nearer.gateway), expires: Math.floor((nearer.ends - kernel.now()) * 100) / 100 }
      : hop?.via === undefined || hop.scope !== scopeNumber('link')
        ? {}
        : { via: formatIp(hop.via) }),
    ...(device === undefined ? {} : { link: device.index }),
    ...(from !== undefined || input !== undefined || source === undefined ? {} : { source: formatIp(source) }),
    ...(route.metrics === undefined ? {} : { metrics: route.metrics }),
  })
}

/** The table that an answer names. */
function tableOf(namespace: Namespace, table: number): Route['table'] {
  return tableWord(table === 255 && !namespace.ownRules4 ? 254 : table)
}

/** An answer without a route: what a link reaches by itself. */
function direct(flow: Flow, output: Device, type: Route['type']): Route {
  const source = flow.from === undefined ? source4(output, undefined, scopeNumber('link')) : undefined
  return answer4(flow, { type, link: output.index, ...(source === undefined ? {} : { source: formatIp(source) }) })
}

function get6(kernel: Kernel, namespace: Namespace, flow: Flow): Route | undefined {
  const found = lookupRoute(namespace, 6, flow)
  if ('error' in found) return failed(found.error)
  const { route, hop } = found
  const local = route.type === 'local'
  const device = local ? namespace.links.get(1) : hop?.device
  const source = source6(namespace, flow.to, hop?.device)
  const nearer = exceptionOf(hop, flow.to)?.gateway
  // A destination that is on the link itself has no gateway.
  const via = nearer === undefined ? hop?.via : sameOctets(nearer, flow.to) ? undefined : nearer
  const one = makeRoute({
    ...route,
    ...prefixOf(flow.to, 128),
    hops: [makeHop(device, 0, via === undefined ? {} : { via })],
    from: undefined,
  })
  return {
    ...describeRoute(one, kernel.now()),
    table: tableWord(route.table),
    from: `${flow.from === undefined ? '::' : formatIp(flow.from)}/128`,
    ...(source === undefined ? {} : { source: formatIp(source) }),
    ...(flow.input === undefined ? {} : { inputLink: flow.input.index }),
    flags: [],
  }
}
