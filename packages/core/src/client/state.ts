/** The known state of the watched groups: applies events, compares with what was read again. @module */
import type { BridgeVlan } from '../bridge-vlan.js'
import type { Connection } from '../driver.js'
import type { ChangeEvent, DriverEvent, EventGroup, EventObjects, Snapshot } from '../event.js'
import type { Link } from '../link.js'
import type { Qdisc } from '../qdisc.js'
import type { Request } from '../request.js'
import type { Route } from '../route.js'
import { type Action, actionKinds } from '../traffic/action.js'
import { parseFilterParent } from '../traffic/handle.js'
import type { TrafficClass } from '../traffic-class.js'
import type { TrafficFilter } from '../traffic-filter.js'
import { keyOf, linkKey, routeBase } from './key.js'

type AnyObject = EventObjects[EventGroup]

const lists: { readonly [G in EventGroup]: readonly Request[] } = {
  link: [{ operation: 'link list', spec: {} }],
  address: [{ operation: 'address list', spec: {} }],
  route: [{ operation: 'route list', spec: { table: 'all' } }],
  rule: [{ operation: 'rule list', spec: {} }],
  neighbour: [
    { operation: 'neighbour list', spec: {} },
    { operation: 'neighbour list', spec: { state: 'noarp' } },
    { operation: 'neighbour list', spec: { proxy: true } },
  ],
  fdb: [{ operation: 'fdb list', spec: {} }],
  bridgeVlan: [{ operation: 'bridgeVlan list', spec: {} }],
  bridgeVni: [{ operation: 'bridgeVni list', spec: {} }],
  mdb: [{ operation: 'mdb list', spec: {} }],
  mdbRouter: [{ operation: 'mdbRouter list', spec: {} }],
  qdisc: [{ operation: 'qdisc list', spec: {} }],
  // Told link by link, and place by place: see `trafficLists`.
  class: [],
  filter: [],
  action: actionKinds.map((kind) => ({ operation: 'action list', spec: { kind } })),
}

/** The lists of classes and filters: of each link on which somebody chose a discipline, and of each discipline. */
async function trafficLists(connection: Connection): Promise<{ class: Request[]; filter: Request[] }> {
  const [qdiscs] = await connection.execute([{ operation: 'qdisc list', spec: {} }])
  if (!qdiscs.ok) throw qdiscs.error
  const chosen = qdiscs.value.filter((qdisc) => !silent('qdisc', qdisc))
  const links = new Set(chosen.map(({ link }) => link))
  return {
    class: [...links].map((link) => ({ operation: 'class list', spec: { link } })),
    filter: chosen.flatMap(({ link, kind, handle }): Request[] =>
      filterParents(kind, handle).map((parent) => ({
        operation: 'filter list',
        spec: { link, parent: parseFilterParent(parent) as number },
      })),
    ),
  }
}

/** The places of a discipline that have filters. */
export function filterParents(kind: string, handle: string): readonly string[] {
  if (kind === 'ingress') return ['ingress']
  return kind === 'clsact' ? ['ingress', 'egress'] : [handle]
}

/** Objects that are left out, because the kernel makes and drops them without a word: the disciplines of its own choice. */
const silent = (group: EventGroup, object: AnyObject): boolean =>
  (group === 'qdisc' && (object as Qdisc).handle === '0:') ||
  (group === 'class' && ownClasses.has((object as TrafficClass).kind)) ||
  (group === 'action' && isOfFilters(object as Action)) ||
  // Hash tables come with the first filter of a priority.
  (group === 'filter' && (object as TrafficFilter).divisor !== undefined)

/** Whether only filters hold an action: it came with one of them, and goes with the last. */
const isOfFilters = ({ references = 0, bindings = 0 }: Action): boolean => references > 0 && references === bindings

/** Groups that are read link by link. */
const byLink: ReadonlySet<EventGroup> = new Set(['class', 'filter'])

/** Kinds of disciplines that have their classes of themselves. */
const ownClasses: ReadonlySet<string> = new Set(['tbf', 'netem', 'prio', 'mq', 'mqprio', 'fq_codel', 'sfq', 'red'])

/** What is known of each watched group. */
export class State {
  private readonly groups: readonly EventGroup[]
  private readonly objects = new Map<EventGroup, Map<string, AnyObject>>()

  /** Begins empty. */
  constructor(groups: readonly EventGroup[]) {
    this.groups = groups
    for (const group of groups) this.objects.set(group, new Map())
  }

  /** The state as data. */
  snapshot(): Snapshot {
    return Object.fromEntries(this.groups.map((group) => [group, [...this.of(group).values()]])) as Snapshot
  }

  /** Reads groups (all when none is named) and returns what differs from what was known. */
  async read(connection: Connection, groups: readonly EventGroup[] = this.groups): Promise<ChangeEvent[]> {
    const asked: { readonly [G in EventGroup]: readonly Request[] } =
      groups.includes('class') || groups.includes('filter') ? { ...lists, ...(await trafficLists(connection)) } : lists
    const results = await connection.execute(groups.flatMap((group) => asked[group]))
    const changes: ChangeEvent[] = []
    let next = 0
    for (const group of groups) {
      const found = new Map<string, AnyObject>()
      for (const _ of asked[group]) {
        const result = results[next++]
        if (result === undefined) continue
        // A link may vanish between two lists.
        if (!result.ok && byLink.has(group) && (result.error as { code?: string }).code === 'ENODEV') continue
        if (!result.ok) throw result.error
        for (const object of result.value as AnyObject[]) {
          if (!silent(group, object)) found.set(keyOf(group, object as never), object)
        }
      }
      this.compare(group, found, changes)
      this.objects.set(group, found)
    }
    return changes
  }

  /** Takes an event in; returns the changes that it means, none when it says what was known. */
  apply(event: Exclude<DriverEvent, { kind: 'lost' }>): ChangeEvent[] {
    const { group } = event
    const known = this.of(group)
    if (event.kind === 'port set') {
      const link = known.get(linkKey(event.link)) as Link | undefined
      // What is no port any more, or not yet, tells all of itself when it changes.
      if (link?.port === undefined) return []
      return this.apply({ kind: 'link set', group: 'link', object: { ...link, port: event.port } })
    }
    if (event.kind === 'action flush' || silent(group, event.object)) return []
    const key = keyOf(group, event.object as never)
    const before = known.get(key)
    if (event.kind.endsWith(' delete')) {
      if (before === undefined) return []
      known.delete(key)
      return [change(group, 'delete', event.object)]
    }
    const replaced = event.replaces === undefined ? undefined : this.replaced(event.object as Route, key)
    if (replaced !== undefined) known.delete(replaced.key)
    known.set(key, event.object)
    const old = before ?? replaced?.route
    const also = event.kind === 'bridgeVlan set' ? this.formerPvid(event.object) : []
    if (old === undefined) return [...also, change(group, 'add', event.object)]
    return same(old, event.object) ? also : [...also, change(group, 'set', event.object, old)]
  }

  private of(group: EventGroup): Map<string, AnyObject> {
    return this.objects.get(group) as Map<string, AnyObject>
  }

  private replaced(route: Route, key: string): { key: string; route: Route } | undefined {
    const base = routeBase(route)
    for (const [other, known] of this.of('route')) {
      if (other !== key && routeBase(known as Route) === base) return { key: other, route: known as Route }
    }
    return undefined
  }

  /** A port's VLAN of untagged frames moves, and the kernel tells only of the new one (`__vlan_add_pvid`). */
  private formerPvid(entry: BridgeVlan): ChangeEvent[] {
    if (!entry.pvid) return []
    for (const [key, known] of this.of('bridgeVlan') as Map<string, BridgeVlan>) {
      if (known.link !== entry.link || known.vlan === entry.vlan || !known.pvid) continue
      const now = { ...known, pvid: false }
      this.of('bridgeVlan').set(key, now)
      return [change('bridgeVlan', 'set', now, known)]
    }
    return []
  }

  private compare(group: EventGroup, found: Map<string, AnyObject>, changes: ChangeEvent[]): void {
    const known = this.of(group)
    for (const [key, object] of known) if (!found.has(key)) changes.push(change(group, 'delete', object))
    for (const [key, object] of found) {
      const before = known.get(key)
      if (before === undefined) changes.push(change(group, 'add', object))
      else if (!same(before, object)) changes.push(change(group, 'set', object, before))
    }
  }
}

function change(group: EventGroup, verb: 'add' | 'set' | 'delete', object: AnyObject, before?: AnyObject): ChangeEvent {
  return (
    before === undefined
      ? { kind: `${group} ${verb}`, group, object }
      : { kind: `${group} ${verb}`, group, object, before }
  ) as ChangeEvent
}

/** Properties that count by themselves and are no change: timers and ages. */
export const ticking: ReadonlySet<string> = new Set([
  ...['validLifetime', 'preferredLifetime', 'expires', 'used', 'updated', 'statistics', 'references', 'directPackets'],
  ...['bindings', 'times', 'hardwareCount', 'usedHardwareStatistics'],
  ...['helloTimer', 'tcnTimer', 'topologyChangeTimer', 'gcTimer', 'holdTimer', 'messageAgeTimer', 'forwardDelayTimer'],
  ...['timer', 'ipv4Timer', 'ipv6Timer'],
])

/** Whether two descriptions say the same, timers left aside. */
function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  const left = a as Record<string, unknown>
  const right = b as Record<string, unknown>
  const names = new Set([...Object.keys(left), ...Object.keys(right)])
  for (const name of names) if (!ticking.has(name) && !same(left[name], right[name])) return false
  return true
}
