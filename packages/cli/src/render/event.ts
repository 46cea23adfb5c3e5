/** Events as lines for people, and as JSON for programs. @module */
import type { ChangeEvent, EventGroup, EventObjects, Link, NetworkEvent } from '@vnet/core'
import { type Names, namesOf } from '../names.js'
import { actionWords } from './columns/action.js'
import { addressText } from './columns/address.js'
import { classOptions } from './columns/class.js'
import { filterOptions } from './columns/filter.js'
import { sourcesText } from './columns/mdb.js'
import { qdiscOptions } from './columns/qdisc.js'
import { viaText } from './columns/route.js'
import { actionText, matchText } from './columns/rule.js'
import { addressJson } from './ip-json/address.js'
import { bridgeVlanJson } from './ip-json/bridge-vlan.js'
import { bridgeVniJson } from './ip-json/bridge-vni.js'
import { fdbJson } from './ip-json/fdb.js'
import { linkJson } from './ip-json/link.js'
import { mdbJson, mdbRouterJson } from './ip-json/mdb.js'
import { neighbourJson } from './ip-json/neighbour.js'
import type { JsonObject } from './ip-json/object.js'
import { routeJson } from './ip-json/route.js'
import { ruleJson } from './ip-json/rule.js'
import { actionJson } from './tc-json/action.js'
import { classJson } from './tc-json/class.js'
import { filterJson } from './tc-json/filter.js'
import { qdiscJson } from './tc-json/qdisc.js'

/**
 * The links as the events so far tell them, so that later ones can be told with names. Links that are gone stay: what
 * goes with them is told after them, and an index is not soon given again.
 */
export class LinkTable {
  private readonly links = new Map<number, Link>()

  /** Takes in what an event tells. */
  take(event: NetworkEvent): void {
    if (event.kind === 'snapshot') for (const link of event.state.link ?? []) this.links.set(link.index, link)
    for (const change of changesOf(event)) {
      if (change.group === 'link') this.links.set(change.object.index, change.object)
    }
  }

  /** The names of now. */
  names(): Names {
    return namesOf([...this.links.values()])
  }
}

function changesOf(event: NetworkEvent): readonly ChangeEvent[] {
  if (event.kind === 'snapshot') return []
  return event.kind === 'resync' ? event.changes : [event]
}

/** An event as JSON, its objects in the shape of `ip -j`; `undefined` when none of its groups is wanted. */
export function eventJson(event: NetworkEvent, names: Names, groups: readonly EventGroup[]): JsonObject | undefined {
  if (event.kind === 'snapshot') {
    const state = Object.fromEntries(
      Object.entries(event.state)
        .filter(([group]) => groups.includes(group as EventGroup))
        .map(([group, objects]) => [group, objects.map((one) => objectJson(group as EventGroup, one as never, names))]),
    )
    return { kind: 'snapshot', state }
  }
  if (event.kind === 'resync') {
    const changes = event.changes.filter(({ group }) => groups.includes(group))
    return { kind: 'resync', changes: changes.map((change) => changeJson(change, names)) }
  }
  return groups.includes(event.group) ? changeJson(event, names) : undefined
}

function changeJson(change: ChangeEvent, names: Names): JsonObject {
  const object = objectJson(change.group, change.object as never, names)
  const before = 'before' in change ? { before: objectJson(change.group, change.before as never, names) } : {}
  return { kind: change.kind, group: change.group, object, ...before }
}

function objectJson<G extends EventGroup>(group: G, object: EventObjects[G], names: Names): JsonObject {
  return (json[group] as (object: EventObjects[G], names: Names) => JsonObject)(object, names)
}

const json: { readonly [G in EventGroup]: (object: EventObjects[G], names: Names) => JsonObject } = {
  // As with `-d`: what changes may be an option of a kind, or the state of a port.
  link: (link, names) => linkJson(link, names, { details: true }),
  // `ip -j monitor` too says which link an address is on.
  address: (address, names) => ({ index: address.link, dev: names.link(address.link), ...addressJson(address, names) }),
  route: (route, names) => routeJson(route, names),
  rule: (rule, names) => ruleJson(rule, names),
  neighbour: (neighbour, names) => neighbourJson(neighbour, names),
  fdb: (entry, names) => fdbJson(entry, names),
  // `bridge -j monitor vlan` tells the VLANs of a link; here each is told by itself.
  bridgeVlan: (entry, names) => ({ ifname: names.link(entry.link), ...bridgeVlanJson(entry, { details: true }) }),
  bridgeVni: (entry, names) => ({ ifname: names.link(entry.link), ...bridgeVniJson(entry, {}) }),
  mdb: (entry, names) => mdbJson(entry, names, { details: true }),
  mdbRouter: (router, names) => ({ dev: names.link(router.bridge), ...mdbRouterJson(router, names) }),
  filter: (filter, names) => ({
    ...(filter.link === undefined ? { block: filter.block } : { dev: names.link(filter.link) }),
    ...filterJson(filter, names),
  }),
  action: (action, names) => actionJson(action, 1, names, {}),
  qdisc: (qdisc, names) => qdiscJson(qdisc, names),
  // Of which link it is, `tc` never says: its question did.
  class: (found, names) => ({ dev: names.link(found.link), ...classJson(found) }),
}

/** An event as lines: `link set v0: state down → up`. */
export function eventLines(event: NetworkEvent, names: Names, groups: readonly EventGroup[]): readonly string[] {
  if (event.kind === 'snapshot') {
    return Object.entries(event.state)
      .filter(([group]) => groups.includes(group as EventGroup))
      .flatMap(([group, objects]) =>
        objects.map((one) => `${group} ${objectText(group as EventGroup, one as never, names)}`),
      )
  }
  if (event.kind === 'resync') {
    const lines = event.changes.flatMap((change) => eventLines(change, names, groups))
    return ['resync: events were lost; this is what changed', ...lines]
  }
  if (!groups.includes(event.group)) return []
  const object = objectText(event.group, event.object as never, names)
  if (!('before' in event)) return [`${event.kind} ${object}`]
  return [`${event.kind} ${object}${differences(event.before, event.object)}`]
}

function objectText<G extends EventGroup>(group: G, object: EventObjects[G], names: Names): string {
  return (texts[group] as (object: EventObjects[G], names: Names) => string)(object, names)
}

const texts: { readonly [G in EventGroup]: (object: EventObjects[G], names: Names) => string } = {
  link(link, names) {
    const master = link.master === undefined ? '' : ` master ${names.link(link.master)}`
    const state = link.operationalState.toUpperCase()
    return `${link.index}: ${link.name}: <${link.flags.join(',')}> mtu ${link.mtu}${master} state ${state}`
  },
  address(address, names) {
    const peer = address.peer === undefined ? '' : ` peer ${address.peer}/${address.prefixLength}`
    const flags = address.flags.filter((flag) => flag !== 'permanent').join(' ')
    const scope = names.scope(address.scope)
    return `${addressText(address)}${peer} on ${names.link(address.link)} scope ${scope} ${flags}`.trimEnd()
  },
  route(route, names) {
    const type = route.type === 'unicast' ? '' : `${route.type} `
    const via = viaText(route, names)
    const link = route.link === undefined ? '' : ` on ${names.link(route.link)}`
    const metric = route.metric === undefined ? '' : ` metric ${route.metric}`
    const table = names.table(route.table)
    const source = route.source === undefined ? '' : ` source ${route.source}`
    const tableText = table === 'main' ? '' : ` table ${table}`
    return `${type}${route.destination}${via === '' ? '' : ` via ${via}`}${link}${tableText}${source}${metric}`
  },
  rule(rule, names) {
    const match = matchText(rule, names)
    const to = rule.to === undefined ? '' : ` to ${rule.to}`
    const not = rule.not ? 'not ' : ''
    return `${rule.priority}: ${not}from ${rule.from ?? 'all'}${to}${match === '' ? '' : ` ${match}`} ${actionText(rule, names)}`
  },
  neighbour(neighbour, names) {
    const mac = neighbour.mac === undefined ? '' : ` mac ${neighbour.mac}`
    const flags = neighbour.flags.length === 0 ? '' : ` ${neighbour.flags.join(' ')}`
    return `${neighbour.address} on ${names.link(neighbour.link)}${mac}${flags} ${neighbour.state.toUpperCase()}`
  },
  fdb(entry, names) {
    const master = entry.master === undefined ? '' : ` master ${names.link(entry.master)}`
    const vlan = entry.vlan === undefined ? '' : ` vlan ${entry.vlan}`
    const remote = entry.remote === undefined ? '' : ` remote ${entry.remote}`
    const flags = entry.flags.length === 0 ? '' : ` ${entry.flags.join(' ')}`
    return `${entry.mac} on ${names.link(entry.link)}${vlan}${remote}${master}${flags} ${entry.state}`
  },
  bridgeVlan(entry, names) {
    const flags = `${entry.pvid ? ' pvid' : ''}${entry.untagged ? ' untagged' : ''}`
    return `${entry.vlan} on ${names.link(entry.link)}${flags} ${entry.state ?? ''}`.trimEnd()
  },
  bridgeVni({ link, vni, remote }, names) {
    return `${vni} on ${names.link(link)}${remote === undefined ? '' : ` remote ${remote}`}`
  },
  mdb(entry, names) {
    const from = entry.source === undefined ? '' : ` from ${entry.source}`
    const vlan = entry.vlan === undefined ? '' : ` vlan ${entry.vlan}`
    const flags = entry.flags.length === 0 ? '' : ` ${entry.flags.join(' ')}`
    const sources = sourcesText(entry)
    const filter = sources === '' ? '' : ` ${sources}`
    return `${entry.group}${from} on ${names.link(entry.port)} of ${names.link(entry.bridge)}${vlan}${flags}${filter} ${entry.state}`
  },
  mdbRouter({ bridge, port, vlan }, names) {
    return `${names.link(port)} of ${names.link(bridge)}${vlan === undefined ? '' : ` vlan ${vlan}`}`
  },
  class(found, names) {
    const { kind, classId, link, parent } = found
    return `${kind} ${classId} on ${names.link(link)} at ${parent} ${classOptions(found)}`.trimEnd()
  },
  filter(filter, names) {
    const { kind, link, parent, block, priority, handle = '' } = filter
    const options = filterOptions(filter, names)
    const place = link === undefined ? `in block ${block}` : `on ${names.link(link)} at ${parent}`
    return `${kind} ${handle} of ${priority} ${place} ${options}`.trimEnd()
  },
  action(action, names) {
    return `${action.kind} ${action.index}: ${actionWords(action, names)}`
  },
  qdisc(qdisc, names) {
    return `${qdisc.kind} ${qdisc.handle} on ${names.link(qdisc.link)} at ${qdisc.parent} ${qdiscOptions(qdisc)}`.trimEnd()
  },
}

/** What a change changed, in a few words. */
function differences(before: object, after: object): string {
  const old = before as Readonly<Record<string, unknown>>
  const now = after as Readonly<Record<string, unknown>>
  const changed = [...new Set([...Object.keys(old), ...Object.keys(now)])].filter(
    (name) => !silent.has(name) && JSON.stringify(old[name]) !== JSON.stringify(now[name]),
  )
  const words = changed.flatMap((name) => inWords(name, old[name], now[name]))
  return words.length === 0 ? '' : ` (${words.join(', ')})`
}

/** One property that changed; of a kind's options and of a port's state, what changed of it: `port.state`. */
function inWords(name: string, old: unknown, now: unknown): readonly string[] {
  if (!isRecord(old) || !isRecord(now)) return [`${name} ${plain(old)} → ${plain(now)}`]
  return [...new Set([...Object.keys(old), ...Object.keys(now)])]
    .filter((part) => !part.endsWith('Timer') && JSON.stringify(old[part]) !== JSON.stringify(now[part]))
    .map((part) => `${name}.${part} ${plain(old[part])} → ${plain(now[part])}`)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Told by others already, or of no use in a line. */
const silent = new Set(['flags', 'other', 'statistics', 'qdisc', 'limits', 'data', 'references'])

function plain(value: unknown): string {
  if (value === undefined) return 'none'
  return typeof value === 'object' ? '…' : String(value)
}
