/** Events of one namespace as a sequence that two backends can agree on. @module */
import type {
  Address,
  BridgeVlan,
  BridgeVni,
  DriverEvent,
  FdbEntry,
  Link,
  MdbEntry,
  MdbRouter,
  Neighbour,
  Qdisc,
  Route,
  Rule,
  TrafficClass,
  TrafficFilter,
} from '@vnet/core'
import { within } from '../expectation.js'
import { isChosenEntry, isChosenGroup, isChosenNeighbour, isChosenRoute } from '../normalise.js'
import { chosenHandle } from './traffic-state.js'
import { chosenMacs } from './universe.js'

/** The priority of the rule that ends a program: when its event is there, all events before it are. */
export const sentinel = 31_999
/** The priority of the rule that is made and deleted once a program is taken away, with its own sentinel. */
export const emptied = 31_998

/** What tells of a whole object. */
type ObjectEvent = Exclude<DriverEvent, { kind: 'lost' | 'port set' }>

/** The MAC of what a VXLAN knows no entry for. */
const anyMac = '00:00:00:00:00:00'

/** How long an event may be under way: turns of a tenth of a second, so that a machine that stood still is forgiven. */
const patience = 100

/** What was told in a namespace. */
export interface Told {
  /** What happened to each object, an object a line, sorted. */
  readonly histories: readonly string[]
  /** What happened to all of them, in order. */
  readonly order: readonly string[]
}

/**
 * What happened to each object, as a word for each change: `set`, `delete`. Repeated `set`s count once, because how many
 * messages the kernel sends for one change is its own affair; what it does in its own time (see `normalise.ts`) is left out.
 * And the order of all changes of all objects, of links also of what is new about them.
 */
export class EventSequence {
  readonly #histories = new Map<string, string[]>()
  #order: string[] = []
  /** What was told of links, by index. */
  readonly #links = new Map<number, LinkFacts>()
  /** Neighbours that stay whatever their link's carrier does. */
  readonly #permanent = new Set<string>()
  readonly #names = new Map<number, string>([[1, 'lo']])
  readonly #iterator: AsyncIterator<DriverEvent>
  readonly #macs: ReadonlySet<string> | undefined

  /**
   * Reads from this watch. Of `macs` that a program chose only those are told apart: of several by chance the least is the bridge's.
   */
  constructor(iterator: AsyncIterator<DriverEvent>, macs?: ReadonlySet<string>) {
    this.#iterator = iterator
    this.#macs = macs
  }

  /** Reads until the sentinel. */
  async upToSentinel(): Promise<Told> {
    const lost = await this.#upTo('rule set', sentinel)
    if (lost !== undefined) return { histories: [lost], order: [] }
    const histories = [...this.#histories].map(([key, history]) => `${key}: ${history.join(' ')}`).sort()
    return { histories, order: this.#order }
  }

  /** Waits until the sentinel is gone, and goes on; tells whether it went. */
  async goOn(): Promise<boolean> {
    return (await this.#upTo('rule delete', sentinel)) === undefined
  }

  /** Forgets what has happened until the rule of {@link emptied} went; tells whether it did. */
  async beginAgain(): Promise<boolean> {
    if ((await this.#upTo('rule delete', emptied)) !== undefined) return false
    this.#histories.clear()
    this.#order = []
    this.#links.clear()
    this.#permanent.clear()
    this.#names.clear()
    this.#names.set(1, 'lo')
    return true
  }

  /** Takes all events before that of a rule; a line when they do not come. */
  async #upTo(kind: 'rule set' | 'rule delete', priority: number): Promise<string | undefined> {
    while (true) {
      const step = await this.#next()
      if (step === undefined) return '(the last event did not come)'
      if (step.done) throw new Error('the watch ended before the last event came')
      const event = step.value
      if (event.kind === 'lost') return '(events were lost)'
      if (event.kind === kind && event.object.priority === priority) return
      // Told of the same link with nothing of it changed; its state as port is compared at the end.
      if (event.kind !== 'port set') this.#take(event)
    }
  }

  /** The next event, or `undefined` when it does not come; mostly it is there already. */
  async #next(): Promise<IteratorResult<DriverEvent> | undefined> {
    const pending = this.#iterator.next()
    for (let turn = 0; turn < patience; turn++) {
      const step = await within(100, pending)
      if (step !== undefined) return step
    }
    return undefined
  }

  #take(event: ObjectEvent): void {
    if (event.group === 'link') this.#names.set(event.object.index, event.object.name)
    const key = this.#keyOf(event)
    if (key === undefined) return
    const verb = event.kind.endsWith('delete') ? 'delete' : 'set'
    // The kernel tells of a new IPv6 address when detection has ended, even where there is none to be done.
    if (verb === 'set' && event.group === 'address' && event.object.family === 6) return
    const history = this.#histories.get(key) ?? []
    const isNew = history.at(-1) !== verb
    if (isNew) history.push(verb)
    this.#histories.set(key, history)
    if (event.group === 'link') this.#order.push(...this.#newsOf(event.object as Link, verb))
    else if (!this.#inItsOwnTime(event, key, verb) && isNew) this.#order.push(`${key}: ${verb}`)
  }

  /** What is new about a link; what follows its carrier is told when the kernel gets to it, and left out. */
  #newsOf(link: Link, verb: 'set' | 'delete'): string[] {
    const before = this.#links.get(link.index)
    if (verb === 'delete') {
      this.#links.delete(link.index)
      return [`link ${link.name}: delete`]
    }
    const now = this.#factsOf(link)
    this.#links.set(link.index, now)
    if (before === undefined) return [`link ${link.name}: set`]
    const news = Object.keys(now).filter((fact) => now[fact as keyof LinkFacts] !== before[fact as keyof LinkFacts])
    return news.length === 0 ? [] : [`link ${link.name}: ${news.join(', ')}`]
  }

  /** A link without carrier forgets neighbours, but permanent ones, when the kernel gets to it (`neigh_carrier_down`). */
  #inItsOwnTime(event: ObjectEvent, key: string, verb: 'set' | 'delete'): boolean {
    // Most become routers with a query that they hear, which bridges send when a timer has run out.
    if (event.group === 'mdbRouter') return true
    if (event.group !== 'neighbour') return false
    const wasPermanent = this.#permanent.has(key)
    if (verb === 'set' && (event.object as Neighbour).state === 'permanent') this.#permanent.add(key)
    else this.#permanent.delete(key)
    return verb === 'delete' && !wasPermanent
  }

  #keyOf(event: ObjectEvent): string | undefined {
    switch (event.group) {
      case 'link':
        // Those of tunnels come with the first tunnel of their kind, where the module comes.
        if ((event.object as Link).fallback) return undefined
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
      case 'bridgeVni':
        return `bridgeVni ${this.#name((event.object as BridgeVni).link)} ${(event.object as BridgeVni).vni}`
      case 'mdb': {
        const entry = event.object as MdbEntry
        if (!isChosenGroup(entry)) return undefined
        return `mdb ${this.#name(entry.port)} ${entry.group} ${entry.source ?? ''} ${entry.vlan ?? ''}`
      }
      case 'mdbRouter':
        return `mdbRouter ${this.#name((event.object as MdbRouter).port)}`
      case 'fdb': {
        const entry = event.object as FdbEntry
        if (!isChosenEntry(entry) || !(chosenMacs.has(entry.mac) || entry.mac === anyMac)) return undefined
        const keeper = entry.flags.includes('self') ? 'self' : 'master'
        return `fdb ${this.#name(entry.link)} ${entry.mac} ${keeper} ${entry.remote ?? ''}`
      }
      case 'qdisc': {
        const { link, kind, handle, parent } = event.object as Qdisc
        // Those of the kernel's choice have no handle.
        if (handle === '0:') return undefined
        return `qdisc ${this.#name(link)} ${chosenHandle(parent)} ${kind} ${chosenHandle(handle)}`
      }
      case 'class': {
        const { link, classId } = event.object as TrafficClass
        return `class ${this.#name(link)} ${chosenHandle(classId)}`
      }
      case 'filter': {
        const { link, kind, parent, block, priority, handle } = event.object as TrafficFilter
        const place =
          link === undefined || parent === undefined ? `block ${block}` : `${this.#name(link)} ${chosenHandle(parent)}`
        return `filter ${place} ${priority} ${kind} ${handle ?? ''}`
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

  #factsOf(link: Link): LinkFacts {
    const facts = factsOf(link)
    const { mac } = facts
    return mac === undefined || this.#macs === undefined || this.#macs.has(mac) ? facts : { ...facts, mac: '(random)' }
  }

  #name(index: number): string {
    // Not told of yet; how many links there are besides, whose indexes come before, each kernel has its own way.
    return this.#names.get(index) ?? '#'
  }
}

/** What is told of a link at once. */
type LinkFacts = ReturnType<typeof factsOf>

const factsOf = ({ name, up, mtu, mac, master, group, alias, altNames, txQueueLength }: Link) => ({
  name,
  up,
  mtu,
  mac,
  master,
  group,
  alias,
  altNames: altNames.join(),
  txQueueLength,
})
