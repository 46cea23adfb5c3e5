/** Events of one namespace as a sequence that two backends can agree on. @module */
import type {
  Address,
  BridgeVlan,
  DriverEvent,
  FdbEntry,
  Link,
  MdbEntry,
  MdbRouter,
  Neighbour,
  Route,
  Rule,
} from '@vnet/core'
import { sleep } from '../expectation.js'
import { isChosenEntry, isChosenGroup, isChosenNeighbour, isChosenRoute } from '../normalise.js'
import { chosenMacs } from './universe.js'

/** The priority of the rule that ends a program: when its event is there, all events before it are. */
export const sentinel = 31_999

/** What tells of a whole object. */
type ObjectEvent = Exclude<DriverEvent, { kind: 'lost' | 'port set' }>

/** How long an event may be under way: turns of a tenth of a second, so that a machine that stood still is forgiven. */
const patience = 100

/**
 * What happened to each object, as a word for each change: `set`, `delete`. Repeated `set`s count once, because how many
 * messages the kernel sends for one change is its own affair; what it does in its own time (see `normalise.ts`) is left out.
 */
export class EventSequence {
  readonly #histories = new Map<string, string[]>()
  readonly #names = new Map<number, string>([[1, 'lo']])
  readonly #iterator: AsyncIterator<DriverEvent>

  /** Reads from this watch. */
  constructor(iterator: AsyncIterator<DriverEvent>) {
    this.#iterator = iterator
  }

  /** Reads until the sentinel; returns the histories, an object a line, sorted. */
  async upToSentinel(): Promise<string[]> {
    while (true) {
      const pending = this.#iterator.next()
      let step: IteratorResult<DriverEvent> | undefined
      for (let turn = 0; turn < patience && step === undefined; turn++) {
        step = (await Promise.race([pending, sleep(100)])) ?? undefined
      }
      if (step === undefined) return ['(the last event did not come)']
      if (step.done) throw new Error('the watch ended before the sentinel came')
      const event = step.value
      if (event.kind === 'lost') return ['(events were lost)']
      if (event.kind === 'rule set' && event.object.priority === sentinel) break
      // Told of the same link with nothing of it changed; its state as port is compared at the end.
      if (event.kind !== 'port set') this.#take(event)
    }
    return [...this.#histories].map(([key, history]) => `${key}: ${history.join(' ')}`).sort()
  }

  #take(event: ObjectEvent): void {
    if (event.group === 'link') this.#names.set(event.object.index, event.object.name)
    const key = this.#keyOf(event)
    if (key === undefined) return
    const verb = event.kind.endsWith('delete') ? 'delete' : 'set'
    // The kernel tells of a new IPv6 address when detection has ended, even where there is none to be done.
    if (verb === 'set' && event.group === 'address' && event.object.family === 6) return
    const history = this.#histories.get(key) ?? []
    if (history.at(-1) !== verb) history.push(verb)
    this.#histories.set(key, history)
  }

  #keyOf(event: ObjectEvent): string | undefined {
    switch (event.group) {
      case 'link':
        return `link ${(event.object as Link).name}`
      case 'address':
        return this.#address(event.object as Address)
      case 'route':
        return this.#route(event.object as Route)
      case 'rule': {
        const { flags: _, other: __, ...rest } = event.object as Rule
        return `rule ${JSON.stringify(rest, Object.keys(rest).sort())}`
      }
      case 'neighbour': {
        const neighbour = event.object as Neighbour
        if (!isChosenNeighbour(neighbour)) return undefined
        const proxy = neighbour.flags.includes('proxy') ? ' proxy' : ''
        return `neighbour ${this.#name(neighbour.link)} ${neighbour.address}${proxy}`
      }
      case 'bridgeVlan':
        return `bridgeVlan ${this.#name((event.object as BridgeVlan).link)} ${(event.object as BridgeVlan).vlan}`
      case 'mdb': {
        const entry = event.object as MdbEntry
        if (!isChosenGroup(entry)) return undefined
        return `mdb ${this.#name(entry.port)} ${entry.group} ${entry.source ?? ''} ${entry.vlan ?? ''}`
      }
      case 'mdbRouter':
        return `mdbRouter ${this.#name((event.object as MdbRouter).port)}`
      case 'fdb': {
        const entry = event.object as FdbEntry
        if (!isChosenEntry(entry) || !chosenMacs.has(entry.mac)) return undefined
        const keeper = entry.flags.includes('self') ? 'self' : 'master'
        return `fdb ${this.#name(entry.link)} ${entry.mac} ${keeper} ${entry.remote ?? ''}`
      }
    }
  }

  #address(entry: Address): string | undefined {
    if (entry.address.startsWith('fe80:')) return undefined
    return `address ${this.#name(entry.link)} ${entry.address}/${entry.prefixLength}`
  }

  #route(entry: Route): string | undefined {
    if (!isChosenRoute(entry)) return undefined
    const ways = entry.nextHops.map((hop) => `${hop.via ?? ''}%${this.#name(hop.link)}`).join()
    const way = `${entry.via ?? ''}%${entry.link === undefined ? '' : this.#name(entry.link)} ${ways}`
    return `route ${entry.family} ${entry.table} ${entry.type} ${entry.destination} ${entry.metric ?? 0} ${way}`
  }

  #name(index: number): string {
    return this.#names.get(index) ?? `#${index}`
  }
}
