/** Many routes to one prefix: every link that is up has one to fe80::/64, and one to all groups. @module */
import type { RouteType } from '@vnet/core'
import type { RouteEntry } from './route-entry.js'

/** What decides which of the routes to a prefix comes first. */
export type Rank = Pick<RouteEntry, 'family' | 'tos' | 'metric'>

/** Which of two routes to a prefix comes first: negative for `a`. IPv6 has no type of service in its routes. */
export function compareRanks(a: Rank, b: Rank): number {
  return (a.family === 4 ? b.tos - a.tos : 0) || a.metric - b.metric
}

/** Where a route was that is gone; its neighbours are found by it all the same. */
interface Gap extends Rank {
  readonly place: number
  readonly gone: true
}
type Slot = RouteEntry | Gap

/** Routes by rank, then by place. To enter the last of a rank, and to remove one, takes no longer where there are many. */
export class ManyRoutes implements Iterable<RouteEntry> {
  #slots: Slot[]
  /** Slots before it are gaps. */
  #start = 0
  #size: number
  /** How many are not of links alone. */
  #others: number

  constructor(routes: readonly RouteEntry[]) {
    this.#slots = [...routes]
    this.#size = routes.length
    this.#others = routes.filter(isOther).length
  }

  /** How many there are. */
  get length(): number {
    return this.#size
  }

  /** Each counts for packets by its links alone: none is for this host, or stands for an error. */
  get allByLink(): boolean {
    return this.#others === 0
  }

  /** All, in order. */
  [Symbol.iterator](): Iterator<RouteEntry> {
    return this.#from(this.#start)
  }

  /** Those of a rank, in order. */
  *alike(rank: Rank): Generator<RouteEntry> {
    for (const route of this.#from(this.#search(rank, 0))) {
      if (compareRanks(route, rank) !== 0) return
      yield route
    }
  }

  /** Enters a route behind those of its rank. */
  insert(route: RouteEntry): void {
    const at = this.#search(route, Number.POSITIVE_INFINITY)
    if (at === this.#slots.length) this.#slots.push(route)
    else this.#slots.splice(at, 0, route)
    this.#size++
    if (isOther(route)) this.#others++
  }

  /** Puts a route where another of its rank is, whose place it has. */
  replace(old: RouteEntry, route: RouteEntry): void {
    this.#slots[this.#search(old, old.place)] = route
    this.#others += Number(isOther(route)) - Number(isOther(old))
  }

  /** Whether it is one of them. */
  has(route: RouteEntry): boolean {
    return this.#slots[this.#search(route, route.place)] === route
  }

  /** Takes a route out. */
  remove(route: RouteEntry): void {
    const { family, tos, metric, place } = route
    const slots = this.#slots
    const at = this.#search({ family, tos, metric }, place)
    slots[at] = { family, tos, metric, place, gone: true }
    this.#size--
    if (isOther(route)) this.#others--
    while (this.#start < slots.length && isGap(slots[this.#start])) this.#start++
    while (slots.length > this.#start && isGap(slots.at(-1))) slots.pop()
    if (slots.length < 2 * this.#size + 16) return
    this.#slots = [...this]
    this.#start = 0
  }

  *#from(start: number): Generator<RouteEntry> {
    for (let at = start; at < this.#slots.length; at++) {
      const slot = this.#slots[at] as Slot
      if (!isGap(slot)) yield slot
    }
  }

  /** The first slot that is not before a place of a rank. */
  #search(rank: Rank, place: number): number {
    let low = this.#start
    let high = this.#slots.length
    while (low < high) {
      const middle = (low + high) >> 1
      const slot = this.#slots[middle] as Slot
      if ((compareRanks(slot, rank) || slot.place - place) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}

const ofLinks: ReadonlySet<RouteType> = new Set(['unicast', 'broadcast', 'multicast', 'anycast'])
const isOther = ({ type }: RouteEntry): boolean => !ofLinks.has(type)

const isGap = (slot: Slot | undefined): slot is Gap => slot !== undefined && 'gone' in slot
