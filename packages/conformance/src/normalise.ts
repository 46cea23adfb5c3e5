/** The state of a namespace in a form that can be compared between backends and over time. @module */
import type {
  Address,
  BridgeVlan,
  BridgeVni,
  FdbEntry,
  Link,
  MdbEntry,
  Namespace,
  Neighbour,
  Route,
  Rule,
} from '@vnet/core'

/**
 * Everything in a namespace, normalised. Indexes have become names. Left out are, and nothing else:
 *
 * - fallback links of tunnels (`gre0`), which the kernel has where a module is loaded;
 * - timers and ages: they run by themselves (lifetimes are rounded up to hundreds of seconds);
 * - statistics, and what counts by traffic (learned FDB entries, multicast members, who asks for groups);
 * - what the kernel makes by itself and in its own time: link-local addresses of IPv6 and their routes, local and
 *   multicast routes of IPv6, the progress of duplicate address detection, neighbours that it looks for, neighbours and
 *   FDB entries of groups;
 * - attributes that vnet has no name for (`other`), which differ between kernel versions;
 * - the number of the namespace in which a far link's index is counted (chosen by the kernel).
 *
 * A MAC that nobody chose is `(random)`: see {@link NormaliseOptions.macs}.
 */
export interface NormalisedState {
  /** Links in order of index. */
  readonly link: readonly NormalisedObject[]
  /** IPv4 addresses in the kernel's order, then IPv6 addresses sorted. */
  readonly address: readonly NormalisedObject[]
  /** Routes of all tables, sorted. */
  readonly route: readonly NormalisedObject[]
  /** Rules in order of priority. */
  readonly rule: readonly NormalisedObject[]
  /** Neighbours in all states, then the proxy entries, sorted. */
  readonly neighbour: readonly NormalisedObject[]
  /** FDB entries, sorted. */
  readonly fdb: readonly NormalisedObject[]
  /** VLANs of bridges and their ports, sorted. */
  readonly bridgeVlan: readonly NormalisedObject[]
  /** Identifiers of VXLANs. */
  readonly bridgeVni: readonly NormalisedObject[]
  /** Multicast groups that somebody entered, sorted. */
  readonly mdb: readonly NormalisedObject[]
}

/** An object of a dump: properties without undefined ones. */
export type NormalisedObject = Readonly<Record<string, unknown>>

/** How to normalise. */
export interface NormaliseOptions {
  /** MACs that were chosen; all others become `(random)`. Without it MACs stay as they are. */
  readonly macs?: ReadonlySet<string>
}

/** What was read of a namespace, in the words of core. */
export interface RawState {
  /** All links. */
  readonly link: readonly Link[]
  /** All addresses. */
  readonly address: readonly Address[]
  /** Routes of all tables. */
  readonly route: readonly Route[]
  /** All rules. */
  readonly rule: readonly Rule[]
  /** Neighbours of all states, and proxy entries. */
  readonly neighbour: readonly Neighbour[]
  /** All FDB entries. */
  readonly fdb: readonly FdbEntry[]
  /** All VLANs of bridges and their ports. */
  readonly bridgeVlan: readonly BridgeVlan[]
  /** All identifiers of VXLANs. */
  readonly bridgeVni: readonly BridgeVni[]
  /** All entries of multicast databases. */
  readonly mdb: readonly MdbEntry[]
}

/** Reads a namespace and normalises what it holds. */
export async function normalisedState(ns: Namespace, options: NormaliseOptions = {}): Promise<NormalisedState> {
  return normalise(await readState(ns), options)
}

/** Reads everything that a namespace holds, in one batch. */
export async function readState(ns: Namespace): Promise<RawState> {
  const [links, addresses, routes, rules, neighbours, noarp, proxies, entries, vlans, vnis, groups] = await ns.execute([
    { operation: 'link list', spec: {} },
    { operation: 'address list', spec: {} },
    { operation: 'route list', spec: { table: 'all' } },
    { operation: 'rule list', spec: {} },
    { operation: 'neighbour list', spec: {} },
    { operation: 'neighbour list', spec: { state: 'noarp' } },
    { operation: 'neighbour list', spec: { proxy: true } },
    { operation: 'fdb list', spec: {} },
    { operation: 'bridgeVlan list', spec: {} },
    { operation: 'bridgeVni list', spec: {} },
    { operation: 'mdb list', spec: {} },
  ])
  return {
    link: must(links),
    address: must(addresses),
    route: must(routes),
    rule: must(rules),
    neighbour: [...must(neighbours), ...must(noarp), ...must(proxies)],
    fdb: must(entries),
    bridgeVlan: must(vlans),
    bridgeVni: must(vnis),
    mdb: must(groups),
  }
}

/** The comparable form of what was read. */
export function normalise(state: RawState, options: NormaliseOptions = {}): NormalisedState {
  const scrub = new Scrubber(state.link, options)
  const all = (objects: readonly object[]) => objects.map((object) => scrub.object(object))
  return {
    link: state.link.filter((link) => !link.fallback).map((link) => scrub.link(link)),
    address: [
      ...all(state.address.filter((entry) => entry.family === 4)),
      ...sorted(all(state.address.filter(isChosenAddress).map(withoutDad))),
    ],
    route: sorted(all(state.route.filter(isChosenRoute))),
    rule: all(state.rule),
    neighbour: sorted(all(state.neighbour.filter(isChosenNeighbour))),
    fdb: sorted(all(state.fdb.filter(isChosenEntry))),
    bridgeVlan: sorted(all(state.bridgeVlan)),
    bridgeVni: sorted(all(state.bridgeVni)),
    mdb: sorted(all(state.mdb.filter(isChosenGroup).map(linksOfGroup))),
  }
}

/** Objects in an order that does not depend on how they came about. */
export function sorted(objects: readonly NormalisedObject[]): NormalisedObject[] {
  const keyed = objects.map((object) => ({ object, key: JSON.stringify(object) }))
  return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ object }) => object)
}

/** IPv6 addresses that are not link-local by the kernel's doing. */
function isChosenAddress(entry: Address): boolean {
  return entry.family === 6 && !(entry.address.startsWith('fe80:') && entry.protocol !== undefined)
}

/** Detection takes a second or two, and longer on a link without carrier. */
function withoutDad(entry: Address): Address {
  return { ...entry, flags: entry.flags.filter((flag) => flag !== 'tentative' && flag !== 'dadfailed') }
}

/** Routes but those that come and go with IPv6's own doings. */
export function isChosenRoute(entry: Route): boolean {
  if (entry.family === 4 || entry.protocol !== 'kernel') return true
  return entry.type === 'unicast' && !entry.destination.startsWith('fe80:')
}

/** Ends of tunnels of random programs (`tunnelEnd`), in any state: it is told as none when a link that looks for one goes. */
const tunnelEnds = /^10\.0\.[01]\.77$/

/** States of neighbours that the kernel is looking for, or has not found. */
const busy: ReadonlySet<string> = new Set(['incomplete', 'delay', 'probe', 'failed'])

/**
 * Neighbours but the groups that the kernel talks to, what it notes on `lo`, and ends of tunnels (`tunnelEnd`), to which it sends
 * what IPv6 says in its own time.
 */
export function isChosenNeighbour(entry: Neighbour): boolean {
  if (busy.has(entry.state) || tunnelEnds.test(entry.address)) return false
  if (entry.state !== 'noarp') return true
  return entry.mac !== '00:00:00:00:00:00' && !/^(ff|22[4-9]\.|23\d\.|0\.0\.0\.0$|::1?$)/.test(entry.address)
}

/** Entries but learned ones and the groups that links have joined. */
export function isChosenEntry(entry: FdbEntry): boolean {
  if (/^(33:33|01:00:5e)/.test(entry.mac)) return false
  const learned = entry.state === 'dynamic' && !entry.flags.includes('extern_learn')
  return !learned || chosenDynamic.test(entry.mac)
}

/** Groups but those that hosts, this one among them, join by themselves. */
export function isChosenGroup(entry: MdbEntry): boolean {
  return !entry.group.startsWith('ff02:')
}

/** The links of an entry, under names that are of links everywhere. */
const linksOfGroup = ({ bridge, port, ...entry }: MdbEntry): object => ({ ...entry, master: bridge, link: port })

/** Dynamic entries that tests make use these MACs; no link has them, so none is learned. */
const chosenDynamic = /^02:00:00:00:00:a/

const timers: ReadonlySet<string> = new Set([
  'helloTimer',
  'tcnTimer',
  'topologyChangeTimer',
  'gcTimer',
  'holdTimer',
  'messageAgeTimer',
  'forwardDelayTimer',
  'used',
  'updated',
  'timer',
])
const counted = ['statistics', 'multicastQuerierState', 'fdbLearned', 'multicastGroups', 'multicastEhtHosts']
const dropped: ReadonlySet<string> = new Set([...timers, ...counted, 'other', 'linkNamespaceId'])
const lifetimes: ReadonlySet<string> = new Set(['validLifetime', 'preferredLifetime', 'expires'])
const indexes: ReadonlySet<string> = new Set([
  ...['link', 'master', 'parent', 'via', 'inputLink', 'backupPort'],
  // Of HSR and bonds.
  ...['slave1', 'slave2', 'interlink', 'activeSlave', 'primary'],
])
const macNames: ReadonlySet<string> = new Set(['mac', 'permanentMac', 'bridgeId', 'rootId'])

/** Takes out of an object what differs from run to run. */
export class Scrubber {
  readonly #names: ReadonlyMap<number, string>
  readonly #macs: ReadonlySet<string> | undefined

  /** Knows the names of these links. */
  constructor(links: readonly Pick<Link, 'index' | 'name'>[], options: NormaliseOptions) {
    this.#names = new Map(links.map((link) => [link.index, link.name]))
    this.#macs = options.macs
  }

  /** A link: its own index goes, and that of a far parent is not to be named here. */
  link(link: Link): NormalisedObject {
    const { index: _, parent, ...rest } = link
    const near = parent === undefined ? {} : { parent: link.linkNamespaceId === undefined ? parent : '(far)' }
    return this.object({ ...rest, ...near })
  }

  /** Any object, recursively. */
  object(object: object): NormalisedObject {
    const out: Record<string, unknown> = {}
    for (const [name, value] of Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (dropped.has(name) || value === undefined) continue
      out[name] = this.#value(name, value)
    }
    return out
  }

  #value(name: string, value: unknown): unknown {
    if (typeof value === 'number') {
      if (indexes.has(name)) return value === 0 ? 0 : (this.#names.get(value) ?? '(unknown link)')
      if (lifetimes.has(name) && Number.isFinite(value)) return Math.ceil(value / 100) * 100
      return value
    }
    if (typeof value === 'string') return macNames.has(name) ? this.#mac(value) : value
    if (value instanceof Uint8Array) return [...value]
    if (Array.isArray(value)) {
      return value.map((part) => (typeof part === 'object' && part !== null ? this.object(part) : part))
    }
    return typeof value === 'object' && value !== null ? this.object(value) : value
  }

  #mac(text: string): string {
    if (this.#macs === undefined) return text
    // A bridge's identity ends in its MAC.
    const mac = text.slice(-17)
    return this.#macs.has(mac) || /^(00:){5}00$/.test(mac) ? text : `${text.slice(0, -17)}(random)`
  }
}

function must<T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: Error }): T {
  if (!result.ok) throw result.error
  return result.value
}
