/** Routing tables: routes by prefix, found by the longest one that fits. @module */

import { formatIp, type IpFamily } from '@vnet/core'
import { keyOf } from '../bits.js'
import type { Device } from './device.js'
import { sizeOf, withOne, withoutOne } from './few.js'
import { compareRanks, ManyRoutes } from './many-routes.js'
import type { RouteEntry } from './route-entry.js'

/** One table. */
export class RouteTable {
  readonly id: number
  readonly #family: IpFamily
  /** By length, then by masked prefix; the routes of a prefix in order of preference, and one without a list. */
  readonly #lengths: (Map<string, Held> | undefined)[] = []
  #count = 0
  #lastPlace = 0
  #sorted: RouteEntry[] | undefined

  readonly #bySource: Map<string, Set<RouteEntry>>

  /** `bySource` collects the routes with a source address, over all tables. */
  constructor(id: number, family: IpFamily, bySource: Map<string, Set<RouteEntry>>) {
    this.id = id
    this.#family = family
    this.#bySource = bySource
  }

  /** How many routes it holds. */
  get size(): number {
    return this.#count
  }

  /** The routes of exactly this prefix, in order of preference. */
  at(key: string, length: number): Alternatives {
    const found = this.#lengths[length]?.get(key)
    return found === undefined ? [] : listOf(found)
  }

  /** Those of the prefix and the rank of a route, in order. */
  alike(route: RouteEntry): Iterable<RouteEntry> {
    const routes = this.at(route.key, route.length)
    return routes instanceof ManyRoutes
      ? routes.alike(route)
      : routes.filter((other) => compareRanks(other, route) === 0)
  }

  /** Those of a prefix that leave by a link, in order of preference. */
  by(device: Device | undefined, key: string, length: number): readonly RouteEntry[] {
    return routesBy(this.at(key, length), device)
  }

  /** Enters a route behind those of its prefix and rank. */
  insert(route: RouteEntry): void {
    let map = this.#lengths[route.length]
    if (map === undefined) {
      map = new Map()
      this.#lengths[route.length] = map
    }
    route.place = ++this.#lastPlace
    const routes = map.get(route.key)
    if (routes === undefined) map.set(route.key, route)
    else if (routes instanceof ManyRoutes) routes.insert(route)
    else map.set(route.key, withRoute(Array.isArray(routes) ? routes : [routes], route))
    this.#count++
    this.#entered(route)
  }

  /** Puts a route where another of its prefix and rank is. */
  replace(old: RouteEntry, route: RouteEntry): void {
    const map = this.#lengths[old.length] as Map<string, Held>
    const routes = map.get(old.key) as Held
    route.place = old.place
    if (routes instanceof ManyRoutes) routes.replace(old, route)
    else if (Array.isArray(routes)) routes[routes.indexOf(old)] = route
    else map.set(old.key, route)
    this.#left(old)
    this.#entered(route)
  }

  /** Takes a route out. */
  remove(route: RouteEntry): void {
    const map = this.#lengths[route.length]
    const routes = map?.get(route.key)
    if (map === undefined || routes === undefined || !isAmong(routes, route)) return
    if (routes === route || (routes as Alternatives).length === 1) map.delete(route.key)
    else if (routes instanceof ManyRoutes) routes.remove(route)
    else if (Array.isArray(routes)) routes.splice(routes.indexOf(route), 1)
    this.#count--
    this.#left(route)
  }

  #entered(route: RouteEntry): void {
    this.#sorted = undefined
    for (const device of devicesOf(route)) device.routes = withOne(device.routes, route)
    if (route.source === undefined) return
    const source = formatIp(route.source)
    const users = this.#bySource.get(source)
    if (users === undefined) this.#bySource.set(source, new Set([route]))
    else users.add(route)
  }

  #left(route: RouteEntry): void {
    this.#sorted = undefined
    route.place = 0
    for (const device of devicesOf(route)) device.routes = withoutOne(device.routes, route)
    if (route.source === undefined) return
    const source = formatIp(route.source)
    const users = this.#bySource.get(source)
    users?.delete(route)
    if (users?.size === 0) this.#bySource.delete(source)
  }

  /** The routes of each prefix that holds an address, the longest prefix first. */
  *matching(octets: Uint8Array): Generator<Alternatives> {
    for (let length = this.#lengths.length - 1; length >= 0; length--) {
      const map = this.#lengths[length]
      if (map === undefined || map.size === 0) continue
      const routes = map.get(keyOf(octets, length))
      if (routes !== undefined) yield listOf(routes)
    }
  }

  /** All routes in the order of a dump. */
  all(): readonly RouteEntry[] {
    if (this.#sorted === undefined) {
      const lists: (readonly RouteEntry[])[] = []
      for (const map of this.#lengths)
        if (map !== undefined) for (const routes of map.values()) lists.push([...listOf(routes)])
      lists.sort(this.#family === 4 ? order4 : order6)
      this.#sorted = lists.flat()
    }
    return this.#sorted
  }
}

/** As many routes to one prefix lie in a list. */
const most = 8

/** What a prefix has: a route, several, or many. */
type Held = RouteEntry | RouteEntry[] | ManyRoutes
/** Routes to one prefix, in order of preference. */
export type Alternatives = readonly RouteEntry[] | ManyRoutes

const listOf = (routes: Held): Alternatives =>
  Array.isArray(routes) || routes instanceof ManyRoutes ? routes : [routes]

const isAmong = (routes: Held, route: RouteEntry): boolean =>
  routes instanceof ManyRoutes ? routes.has(route) : Array.isArray(routes) ? routes.includes(route) : routes === route

function withRoute(routes: readonly RouteEntry[], route: RouteEntry): RouteEntry[] | ManyRoutes {
  const at = routes.findIndex((other) => compareRanks(other, route) > 0)
  const all = routes.toSpliced(at === -1 ? routes.length : at, 0, route)
  return all.length > most ? new ManyRoutes(all) : all
}

/** Those of the routes to a prefix that leave by a link, in order of preference. */
export function routesBy(routes: Alternatives, device: Device | undefined): readonly RouteEntry[] {
  const leaves = (route: RouteEntry) => route.hops.some((hop) => hop.device === device)
  if (Array.isArray(routes)) return routes.filter(leaves)
  const many = routes as ManyRoutes
  // Of both sides the smaller is looked through.
  if (device === undefined || sizeOf(device.routes) >= many.length) return [...many].filter(leaves)
  return [...device.routes].filter((route) => many.has(route)).sort((a, b) => compareRanks(a, b) || a.place - b.place)
}

/** The links that a route leaves by. */
function devicesOf({ hops }: RouteEntry): Iterable<Device> {
  const [first] = hops
  if (hops.length === 1) return first?.device === undefined ? [] : [first.device]
  return new Set(hops.flatMap(({ device }) => device ?? []))
}

/** IPv4: by address, then the longer prefix first (`fib_trie`). */
function order4(a: readonly RouteEntry[], b: readonly RouteEntry[]): number {
  const [left] = a as [RouteEntry]
  const [right] = b as [RouteEntry]
  if (left.key !== right.key) return left.key < right.key ? -1 : 1
  return right.length - left.length
}

/** IPv6: what lies inside a prefix comes before it (`fib6_walk`). */
export function order6(a: readonly RouteEntry[], b: readonly RouteEntry[]): number {
  const [left] = a as [RouteEntry]
  const [right] = b as [RouteEntry]
  if (left.length === right.length) return left.key < right.key ? -1 : left.key > right.key ? 1 : 0
  const shorter = left.length < right.length ? left : right
  const longer = shorter === left ? right : left
  if (keyOf(longer.octets, shorter.length) === shorter.key) return longer === left ? -1 : 1
  return left.key < right.key ? -1 : 1
}

/** The tables of one version of IP. */
export class RouteTables {
  readonly #family: IpFamily
  readonly #tables = new Map<number, RouteTable>()
  /** Routes by their source address. */
  readonly bySource = new Map<string, Set<RouteEntry>>()

  constructor(family: IpFamily) {
    this.#family = family
  }

  /** A table, where it is there. */
  get(id: number): RouteTable | undefined {
    return this.#tables.get(id)
  }

  /** A table, made where it is not there. */
  make(id: number): RouteTable {
    let table = this.#tables.get(id)
    if (table === undefined) {
      table = new RouteTable(id, this.#family, this.bySource)
      this.#tables.set(id, table)
    }
    return table
  }

  /** The tables in the order of a dump: by the lowest octet of the number, the latest first. */
  all(): RouteTable[] {
    const tables = [...this.#tables.values()].reverse()
    return tables.sort((a, b) => (a.id & 255) - (b.id & 255))
  }
}
