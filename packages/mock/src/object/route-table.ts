/** Routing tables: routes by prefix, found by the longest one that fits. @module */

import { formatIp, type IpFamily } from '@vnet/core'
import { keyOf } from '../bits.js'
import type { Device } from './device.js'
import { withOne, withoutOne } from './few.js'
import type { RouteEntry } from './route-entry.js'

/** One table. */
export class RouteTable {
  readonly id: number
  readonly #family: IpFamily
  /** By length, then by masked prefix; the routes of a prefix in order of preference, and one without a list. */
  readonly #lengths: (Map<string, RouteEntry | RouteEntry[]> | undefined)[] = []
  #count = 0
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
  at(key: string, length: number): readonly RouteEntry[] {
    const found = this.#lengths[length]?.get(key)
    return found === undefined ? [] : listOf(found)
  }

  /** Puts a route before the one at `index` of its prefix. */
  insert(route: RouteEntry, index: number): void {
    let map = this.#lengths[route.length]
    if (map === undefined) {
      map = new Map()
      this.#lengths[route.length] = map
    }
    const routes = map.get(route.key)
    if (routes === undefined) map.set(route.key, route)
    else if (Array.isArray(routes)) routes.splice(index, 0, route)
    else map.set(route.key, index === 0 ? [route, routes] : [routes, route])
    this.#count++
    this.#sorted = undefined
    route.installed = true
    for (const device of devicesOf(route)) device.routes = withOne(device.routes, route)
    if (route.source === undefined) return
    const source = formatIp(route.source)
    const users = this.#bySource.get(source)
    if (users === undefined) this.#bySource.set(source, new Set([route]))
    else users.add(route)
  }

  /** Takes a route out. */
  remove(route: RouteEntry): void {
    const map = this.#lengths[route.length]
    const routes = map?.get(route.key)
    if (map === undefined || routes === undefined || !listOf(routes).includes(route)) return
    if (!Array.isArray(routes) || routes.length === 1) map.delete(route.key)
    else routes.splice(routes.indexOf(route), 1)
    this.#count--
    this.#sorted = undefined
    route.installed = false
    for (const device of devicesOf(route)) device.routes = withoutOne(device.routes, route)
    if (route.source === undefined) return
    const source = formatIp(route.source)
    const users = this.#bySource.get(source)
    users?.delete(route)
    if (users?.size === 0) this.#bySource.delete(source)
  }

  /** The lists of routes whose prefix holds an address, the longest prefix first. */
  *matching(octets: Uint8Array): Generator<readonly RouteEntry[]> {
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
        if (map !== undefined) for (const routes of map.values()) lists.push(listOf(routes))
      lists.sort(this.#family === 4 ? order4 : order6)
      this.#sorted = lists.flat()
    }
    return this.#sorted
  }
}

const listOf = (routes: RouteEntry | RouteEntry[]): readonly RouteEntry[] => (Array.isArray(routes) ? routes : [routes])

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
