/** Routes: RTM_NEWROUTE, RTM_DELROUTE, RTM_GETROUTE (`linux/rtnetlink.h`). @module */
import type { CleanRouteFilter, CleanRouteKey, CleanRouteQuery, NextHop, Route, RouteSpec } from '@vnet/core'
import { formatPrefix, routeTypes } from '@vnet/core'
import { NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, NLM_F_REPLACE, NLM_F_REQUEST } from '../netlink/message.js'
import { littleEndian } from '../netlink/octets.js'
import type { MessageWriter } from '../netlink/writer.js'
import type { EncodeContext, OperationCodec } from './codec.js'
import * as k from './constants-ip.js'
import { familyNumber, protocolNumber, scopeNumber, tableNumber } from './ip-word.js'
import { metricAttributes, metricBits, routeAttributes } from './route-attributes.js'
import { decodeRoute } from './route-decode.js'

const a = routeAttributes
const RTA_DST = a.destination.type
const RTA_GATEWAY = a.via.type
const RTA_OIF = a.link.type
const RTA_PRIORITY = a.metric.type
const RTA_TABLE = a.table.type
const preferences = { medium: 0, high: 1, low: 3 } as const
const typeNumbers = new Map(routeTypes.map((type, index) => [type, index + 1]))

/** `struct rtmsg`. */
function header(
  to: MessageWriter,
  family: number,
  lengths: number,
  tos: number,
  table: number,
  protocol: number,
  scope: number,
  type: number,
  flags: number,
): void {
  to.u8(family)
  to.u8(lengths & 0xff)
  to.u8(lengths >> 8)
  to.u8(tos)
  to.u8(table < 256 ? table : k.RT_TABLE_UNSPEC)
  to.u8(protocol)
  to.u8(scope)
  to.u8(type)
  to.u32(flags)
}

const encodeSpec =
  (message: number, flags: number) =>
  (to: MessageWriter, spec: CleanRouteKey, context: EncodeContext): void => {
    const link = spec.link === undefined ? 0 : context.linkIndex(spec.link)
    // Indexes first: what the context throws must come before anything is written.
    const hops = spec.nextHops?.map((hop) => (hop.link === undefined ? 0 : context.linkIndex(hop.link)))
    const table = tableNumber(spec.table)
    // Any scope; IPv6 has none.
    const anyScope = message === k.RTM_DELROUTE && spec.family === 4 ? k.RT_SCOPE_NOWHERE : k.RT_SCOPE_UNIVERSE
    to.begin(message, NLM_F_REQUEST | flags)
    header(
      to,
      spec.family === 4 ? k.AF_INET : k.AF_INET6,
      spec.destination.length | ((spec.from?.length ?? 0) << 8),
      spec.tos ?? 0,
      table,
      spec.protocol === undefined ? k.RTPROT_UNSPEC : protocolNumber(spec.protocol),
      spec.scope === undefined ? anyScope : scopeNumber(spec.scope),
      spec.type === undefined ? 0 : (typeNumbers.get(spec.type) as number),
      spec.onLink ? k.RTNH_F_ONLINK : 0,
    )
    if (spec.destination.length > 0) to.octetsAttribute(RTA_DST, spec.destination.octets)
    if (spec.from !== undefined) to.octetsAttribute(a.from.type, spec.from.octets)
    if (table > 255) to.u32Attribute(RTA_TABLE, table)
    gateway(to, spec.via, spec.family)
    if (link !== 0) to.u32Attribute(RTA_OIF, link)
    if (spec.source !== undefined) to.octetsAttribute(a.source.type, spec.source)
    if (spec.metric !== undefined) to.u32Attribute(RTA_PRIORITY, spec.metric)
    if (spec.metrics !== undefined) encodeMetrics(to, spec.metrics)
    if (spec.nextHops !== undefined) encodeNextHops(to, spec.nextHops, hops as number[], spec.family)
    if (spec.preference !== undefined) to.u8Attribute(a.preference.type, preferences[spec.preference])
    if (spec.expires !== undefined) to.u32Attribute(a.expires.type, Math.round(spec.expires))
    if (spec.nextHopId !== undefined) to.u32Attribute(a.nextHopId.type, spec.nextHopId)
    to.end()
  }

/** RTA_GATEWAY, or RTA_VIA for a gateway of the other version (RFC 5549). */
function gateway(to: MessageWriter, via: Uint8Array | undefined, family: 4 | 6): void {
  if (via === undefined) return
  if ((via.length === 4) === (family === 4)) to.octetsAttribute(RTA_GATEWAY, via)
  else {
    const at = to.nestPlain(a.viaOther.type)
    to.u16(via.length === 4 ? k.AF_INET : k.AF_INET6)
    to.octets(via)
    to.endNest(at)
    to.zeros((4 - ((via.length + 2) & 3)) & 3)
  }
}

function encodeMetrics(to: MessageWriter, metrics: NonNullable<RouteSpec['metrics']>): void {
  const at = to.nest(a.metrics.type)
  if (metrics.lock !== undefined) {
    to.u32Attribute(
      metricAttributes.lock.type,
      metrics.lock.reduce((mask, name) => mask | metricBits[name], 0),
    )
  }
  for (const [name, attribute] of Object.entries(metricAttributes)) {
    const value = metrics[name as keyof typeof metrics]
    if (name !== 'lock' && value !== undefined) attribute.write(to, value as never)
  }
  to.endNest(at)
}

/** RTA_MULTIPATH: `struct rtnexthop`, each with attributes behind. */
function encodeNextHops(
  to: MessageWriter,
  ways: readonly NextHop<Uint8Array>[],
  links: readonly number[],
  family: 4 | 6,
): void {
  const nest = to.nestPlain(a.nextHops.type)
  ways.forEach((way, index) => {
    const at = to.length
    to.zeros(2)
    to.u8(way.onLink ? k.RTNH_F_ONLINK : 0)
    to.u8((way.weight ?? 1) - 1)
    to.u32(links[index] as number)
    gateway(to, way.via, family)
    new DataView(to.bytes.buffer).setUint16(at, to.length - at, littleEndian)
  })
  to.endNest(nest)
}

function encodeList(to: MessageWriter, spec: CleanRouteFilter, context: EncodeContext): void {
  const link = spec.link === undefined ? 0 : context.linkIndex(spec.link)
  const table = spec.table === 'all' ? k.RT_TABLE_UNSPEC : tableNumber(spec.table)
  to.begin(k.RTM_GETROUTE, NLM_F_REQUEST | NLM_F_DUMP)
  header(
    to,
    familyNumber(spec.family),
    0,
    0,
    table,
    spec.protocol === undefined ? 0 : protocolNumber(spec.protocol),
    0,
    spec.type === undefined ? 0 : (typeNumbers.get(spec.type) as number),
    0,
  )
  if (table !== 0) to.u32Attribute(RTA_TABLE, table)
  if (link !== 0) to.u32Attribute(RTA_OIF, link)
  to.end()
}

function filter(spec: CleanRouteFilter, context: EncodeContext): ((route: Route) => boolean) | undefined {
  const link = spec.link === undefined ? undefined : context.linkIndex(spec.link)
  const { family, type, protocol } = spec
  // Then the kernel has filtered by all that is left.
  if (context.strict && link === undefined && spec.destination === undefined) return undefined
  const table = spec.table === 'all' ? undefined : tableNumber(spec.table)
  const wanted = spec.destination
  const destination = wanted === undefined ? undefined : wanted.length === 0 ? 'default' : formatPrefix(wanted)
  return (route) =>
    (family === undefined || route.family === family) &&
    (table === undefined || tableNumber(route.table) === table) &&
    (type === undefined || route.type === type) &&
    (protocol === undefined || protocolNumber(route.protocol) === protocolNumber(protocol)) &&
    (destination === undefined || route.destination === destination) &&
    (link === undefined || route.link === link || route.nextHops.some((hop) => hop.link === link))
}

function encodeGet(to: MessageWriter, spec: CleanRouteQuery, context: EncodeContext): void {
  const input = spec.inputLink === undefined ? 0 : context.linkIndex(spec.inputLink)
  const output = spec.outputLink === undefined ? 0 : context.linkIndex(spec.outputLink)
  const bits = spec.to.length * 8
  to.begin(k.RTM_GETROUTE, NLM_F_REQUEST)
  // The table is told of IPv4 on request, of IPv6 always; there the flag is refused.
  const flags = bits === 32 ? k.RTM_F_LOOKUP_TABLE : 0
  header(
    to,
    bits === 32 ? k.AF_INET : k.AF_INET6,
    bits | ((spec.from === undefined ? 0 : bits) << 8),
    spec.tos ?? 0,
    0,
    0,
    0,
    0,
    flags,
  )
  to.octetsAttribute(RTA_DST, spec.to)
  if (spec.from !== undefined) to.octetsAttribute(a.from.type, spec.from)
  if (input !== 0) to.u32Attribute(a.inputLink.type, input)
  if (output !== 0) to.u32Attribute(RTA_OIF, output)
  if (spec.mark !== undefined) to.u32Attribute(a.mark.type, spec.mark)
  to.end()
}

/** The codecs of the five operations. */
export const routeCodecs: {
  readonly 'route add': OperationCodec<'route add'>
  readonly 'route set': OperationCodec<'route set'>
  readonly 'route delete': OperationCodec<'route delete'>
  readonly 'route get': OperationCodec<'route get'>
  readonly 'route list': OperationCodec<'route list'>
} = {
  'route add': { answer: 'ack', encode: encodeSpec(k.RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL) },
  'route set': { answer: 'ack', encode: encodeSpec(k.RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE) },
  'route delete': { answer: 'ack', encode: encodeSpec(k.RTM_DELROUTE, 0) },
  'route get': { answer: 'one', encode: encodeGet, decode: decodeRoute, missing: ['ENETUNREACH', 'EHOSTUNREACH'] },
  // A table that is not there answers ENOENT where the kernel checks strictly.
  'route list': {
    answer: 'dump',
    encode: encodeList,
    decode: decodeRoute,
    filter: filter as never,
    missing: ['ENOENT'],
  },
}
