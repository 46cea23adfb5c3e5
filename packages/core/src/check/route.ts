/** Checks of route requests; written out because routes come by the hundred thousand. @module */
import type { Scope } from '../address.js'
import { rangeFault, typeFault } from '../argument.js'
import type { IpFamily, Prefix } from '../ip.js'
import {
  type CleanRouteFilter,
  type CleanRouteKey,
  type CleanRouteQuery,
  type CleanRouteSpec,
  type NextHop,
  type RouteProtocol,
  type RouteTable,
  type RouteType,
  routeProtocols,
  routeTypes,
} from '../route.js'
import { ipFamily, scope } from './address.js'
import { asObject, listOf, objectOf, onlyKnown } from './object.js'
import { boolean, type Check, duration, ipAddress, ipNetwork, linkRef, wholeNumber, word } from './scalar.js'

type Writable<T> = { -readonly [K in keyof T]: T[K] }

const u32 = wholeNumber(0, 0xffffffff)
const tableNumber = wholeNumber(1, 0xffffffff)
const tables: readonly string[] = ['main', 'local', 'default']
const protocols: readonly string[] = Object.keys(routeProtocols)
const protocolWords = new Map<number, string>(Object.entries(routeProtocols).map(([word, number]) => [number, word]))
const typeCheck = word(routeTypes)
const any4: Prefix = { octets: new Uint8Array(4), length: 0 }
const any6: Prefix = { octets: new Uint8Array(16), length: 0 }

/** A routing table: a word or a number. The three words' numbers become words. */
export const routeTable: Check<RouteTable> = (value, path) => {
  if (typeof value === 'string') {
    if (!tables.includes(value))
      throw rangeFault(path, `${JSON.stringify(value)} is none of ${tables.join(', ')}`, 'or a number')
    return value as RouteTable
  }
  const number = tableNumber(value, path)
  return number === 254 ? 'main' : number === 255 ? 'local' : number === 253 ? 'default' : number
}

/** A maker of routes: a word or a number. */
export const routeProtocol: Check<RouteProtocol> = (value, path) => {
  if (typeof value === 'number') {
    const number = wholeNumber(0, 255)(value, path)
    return (protocolWords.get(number) as RouteProtocol | undefined) ?? number
  }
  if (typeof value !== 'string') throw typeFault(path, `one of ${protocols.join(', ')}, or a number`, value)
  if (!protocols.includes(value))
    throw rangeFault(path, `${JSON.stringify(value)} is none of ${protocols.join(', ')}`, 'or a number')
  return value as RouteProtocol
}

const metrics = objectOf({
  mtu: wholeNumber(0, 65_535, 'octets'),
  advmss: wholeNumber(0, 65_535, 'octets'),
  window: u32,
  hopLimit: wholeNumber(0, 255, 'hops'),
  initialCongestionWindow: u32,
  initialReceiveWindow: u32,
  rtoMin: duration(0, 4_294_967),
  quickAck: boolean,
  lock: listOf(word(['mtu', 'advmss', 'window', 'hopLimit', 'rtoMin'])),
})

const nextHop = objectOf({ via: ipAddress, link: linkRef, weight: wholeNumber(1, 256), onLink: boolean })

const known = new Set([
  ...[
    'destination',
    'family',
    'type',
    'via',
    'link',
    'onLink',
    'weight',
    'nextHops',
    'nextHopId',
    'source',
    'from',
    'metric',
    'table',
  ],
  ...['protocol', 'scope', 'tos', 'preference', 'expires', 'metrics'],
])

/** `route add` and `route set`. */
export function routeSpec(value: unknown): CleanRouteSpec {
  const { clean, source } = common(value)
  const type = source.type === undefined ? 'unicast' : typeCheck(source.type, 'spec.type')
  const spec = clean as Writable<CleanRouteSpec>
  spec.type = type
  spec.table = source.table === undefined ? defaultTable(type) : routeTable(source.table, 'spec.table')
  spec.protocol = source.protocol === undefined ? 'boot' : routeProtocol(source.protocol, 'spec.protocol')
  spec.scope = source.scope === undefined ? defaultScope(type, spec) : scope(source.scope, 'spec.scope')
  const leads = [spec.via, spec.link, spec.nextHops, spec.nextHopId].some((way) => way !== undefined)
  if (type === 'unicast' && !leads) {
    throw typeFault('spec.via', 'a gateway or a link', undefined, 'give via, link, nextHops or nextHopId')
  }
  return spec
}

/** `route delete`: what is absent matches any. */
export function routeKey(value: unknown): CleanRouteKey {
  const { clean, source } = common(value)
  const key = clean as Writable<CleanRouteKey>
  key.table = source.table === undefined ? 'main' : routeTable(source.table, 'spec.table')
  if (source.type !== undefined) {
    key.type = typeCheck(source.type, 'spec.type')
    if (source.table === undefined) key.table = defaultTable(key.type)
  }
  if (source.protocol !== undefined) key.protocol = routeProtocol(source.protocol, 'spec.protocol')
  if (source.scope !== undefined) key.scope = scope(source.scope, 'spec.scope')
  return key
}

/** All but type, table, protocol and scope, whose defaults differ between adding and deleting. */
function common(value: unknown): { clean: Writable<Partial<CleanRouteSpec>>; source: Record<string, unknown> } {
  const source = asObject(value, 'spec')
  onlyKnown(source, known, 'spec')
  const destination = destinationOf(source)
  const family: IpFamily = destination.octets.length === 4 ? 4 : 6
  if (source.family !== undefined && ipFamily(source.family, 'spec.family') !== family) {
    throw rangeFault(
      'spec.family',
      `the destination is of version ${family}`,
      'leave family out: the destination tells it',
    )
  }
  const clean: Writable<Partial<CleanRouteSpec>> = { destination, family }
  if (source.via !== undefined) clean.via = gateway(ipAddress(source.via, 'spec.via'), family, 'spec.via')
  if (source.link !== undefined) clean.link = linkRef(source.link, 'spec.link')
  if (source.onLink !== undefined) clean.onLink = boolean(source.onLink, 'spec.onLink')
  if (source.weight !== undefined)
    throw rangeFault('spec.weight', 'a weight belongs to one of several ways', 'use nextHops')
  if (source.nextHops !== undefined) clean.nextHops = ways(source, family)
  if (source.nextHopId !== undefined) clean.nextHopId = nextHopId(source)
  if (source.source !== undefined)
    clean.source = sameFamily(ipAddress(source.source, 'spec.source'), family, 'spec.source')
  if (source.from !== undefined) {
    if (family === 4) throw rangeFault('spec.from', 'only IPv6 routes tell sources apart', 'use a rule')
    clean.from = ipNetwork(source.from, 'spec.from')
  }
  if (source.metric !== undefined) clean.metric = u32(source.metric, 'spec.metric')
  if (source.tos !== undefined) clean.tos = wholeNumber(0, 255)(source.tos, 'spec.tos')
  if (source.preference !== undefined) {
    if (family === 4) throw rangeFault('spec.preference', 'is for IPv6 routes only', 'leave it out')
    clean.preference = word(['low', 'medium', 'high'])(source.preference, 'spec.preference')
  }
  if (source.expires !== undefined) {
    if (family === 4) throw rangeFault('spec.expires', 'is for IPv6 routes only', 'leave it out')
    clean.expires = duration(1, 0xfffffffe)(source.expires, 'spec.expires')
  }
  if (source.metrics !== undefined) clean.metrics = metrics(source.metrics, 'spec.metrics')
  return { clean, source }
}

function destinationOf(source: Record<string, unknown>): Prefix {
  if (source.destination !== 'default') return ipNetwork(source.destination, 'spec.destination')
  if (source.family !== undefined) return ipFamily(source.family, 'spec.family') === 4 ? any4 : any6
  for (const told of [source.via, source.source]) {
    if (told !== undefined) return ipAddress(told, 'spec.via').length === 4 ? any4 : any6
  }
  if (Array.isArray(source.nextHops)) {
    const via = (source.nextHops[0] as NextHop | undefined)?.via
    if (via !== undefined) return ipAddress(via, 'spec.nextHops.0.via').length === 4 ? any4 : any6
  }
  return any4
}

/** A gateway of the other version is possible for IPv4 routes only (RFC 5549). */
function gateway(octets: Uint8Array, family: IpFamily, path: string): Uint8Array {
  if (family === 6 && octets.length === 4)
    throw rangeFault(path, 'an IPv6 route cannot have an IPv4 gateway', 'give an IPv6 gateway')
  return octets
}

function sameFamily(octets: Uint8Array, family: IpFamily, path: string): Uint8Array {
  if ((octets.length === 4 ? 4 : 6) !== family)
    throw rangeFault(path, 'is of another version of IP than the destination', 'both are IPv4, or both IPv6')
  return octets
}

function ways(source: Record<string, unknown>, family: IpFamily): NextHop<Uint8Array>[] {
  if (source.via !== undefined || source.link !== undefined) {
    throw rangeFault('spec.nextHops', 'excludes via and link', 'give nextHops, or via and link')
  }
  const hops = listOf(nextHop)(source.nextHops, 'spec.nextHops') as unknown as NextHop<Uint8Array>[]
  if (hops.length === 0) throw rangeFault('spec.nextHops', 'the list is empty', 'give one way or more, or via and link')
  hops.forEach((hop, index) => {
    if (hop.via === undefined && hop.link === undefined) {
      throw typeFault(`spec.nextHops.${index}.via`, 'a gateway or a link', undefined)
    }
    if (hop.via !== undefined) gateway(hop.via, family, `spec.nextHops.${index}.via`)
  })
  return hops
}

/** The object has the ways, so that none is given beside it (`rtm_to_fib_config`). */
function nextHopId(source: Record<string, unknown>): number {
  const other = ['via', 'link', 'nextHops', 'onLink'].find((name) => source[name] !== undefined)
  if (other !== undefined)
    throw rangeFault(`spec.${other}`, 'the nexthop object has the ways', 'give nextHopId, or via, link or nextHops')
  return wholeNumber(1, 0xffffffff)(source.nextHopId, 'spec.nextHopId')
}

function defaultTable(type: RouteType): RouteTable {
  return type === 'local' || type === 'broadcast' || type === 'anycast' || type === 'nat' ? 'local' : 'main'
}

/** As `ip` has it: `host` for local routes, `link` where no gateway is, else `global`. IPv6 has no scopes. */
function defaultScope(type: RouteType, spec: Partial<CleanRouteSpec>): Scope {
  if (spec.family === 6) return 'global'
  if (type === 'local' || type === 'nat') return 'host'
  if (type === 'broadcast' || type === 'multicast' || type === 'anycast') return 'link'
  if (type === 'unicast') {
    const isObject = spec.nextHopId !== undefined
    const gatewayed = isObject || spec.via !== undefined || spec.nextHops?.some((hop) => hop.via !== undefined)
    return gatewayed ? 'global' : 'link'
  }
  return 'global'
}

const filter = objectOf({
  family: ipFamily,
  table: (value, path) => (value === 'all' ? value : routeTable(value, path)),
  link: linkRef,
  protocol: routeProtocol,
  type: typeCheck,
  destination: (value, path) => (value === 'default' ? value : ipNetwork(value, path)),
})

/** `route list`. */
export function routeList(value: unknown): CleanRouteFilter {
  const clean = filter(value, 'spec') as Writable<Partial<CleanRouteFilter>> & { destination?: Prefix | 'default' }
  const { destination, ...rest } = clean
  const family =
    clean.family ?? (typeof destination === 'object' ? (destination.octets.length === 4 ? 4 : 6) : undefined)
  return {
    ...rest,
    table: clean.table ?? 'main',
    ...(family === undefined ? {} : { family }),
    ...(destination === undefined
      ? {}
      : { destination: destination === 'default' ? (family === 6 ? any6 : any4) : destination }),
  }
}

const query = objectOf(
  { to: ipAddress, from: ipAddress, inputLink: linkRef, outputLink: linkRef, mark: u32, tos: wholeNumber(0, 255) },
  ['to'],
)

/** `route get`. */
export function routeGet(value: unknown): CleanRouteQuery {
  const clean = query(value, 'spec') as unknown as CleanRouteQuery
  if (clean.from !== undefined && clean.from.length !== clean.to.length) {
    throw rangeFault('spec.from', 'is of another version of IP than the destination', 'both are IPv4, or both IPv6')
  }
  if (clean.inputLink !== undefined && clean.from === undefined) {
    throw typeFault('spec.from', 'the source of the packet', undefined, 'a received packet has one')
  }
  return clean
}
