/** From the description of an object back to the specification that makes it again; what a transaction's undo needs. @module */
import type { Address, AddressSpec } from '../address.js'
import type { FdbEntry, FdbSpec } from '../fdb.js'
import type { FieldTable } from '../field.js'
import { kindOptions } from '../kind/index.js'
import { optionFields } from '../kind/option-fields.js'
import type { Link, LinkChange, LinkSpec, OtherLinkSpec } from '../link.js'
import type { MdbEntry, MdbSpec } from '../mdb.js'
import type { Neighbour, NeighbourSpec } from '../neighbour.js'
import type { NextHopState, Route, RouteSpec } from '../route.js'
import type { Rule, RuleSpec } from '../rule.js'

type Loose = Record<string, unknown>

/** The settings of a link that can be chosen, as they are. */
export function linkSettings(link: Link): Loose {
  const settings: Loose = {
    up: link.up,
    mtu: link.mtu,
    group: link.group,
    txQueueLength: link.txQueueLength,
    promiscuous: link.flags.includes('PROMISC'),
    allMulticast: link.flags.includes('ALLMULTI'),
    arp: !link.flags.includes('NOARP'),
    multicast: link.flags.includes('MULTICAST'),
    alias: link.alias ?? '',
    master: link.master ?? null,
    name: link.name,
  }
  if (link.mac !== undefined && link.type === 'ether') settings.mac = link.mac
  if (link.carrier !== undefined) settings.carrier = link.carrier
  for (const [kind, fields] of Object.entries(optionFields)) {
    const state = link[kind as 'bridge'] as Loose | undefined
    if (state !== undefined) settings[kind] = pick(state, Object.keys(fields))
  }
  return settings
}

/** The change that takes `changed` back to what `before` was. Only what was changed is named. */
export function linkUndo(changed: LinkChange<unknown, unknown>, before: Link): Loose {
  const settings = linkSettings(before)
  const undo: Loose = { link: before.index }
  for (const [property, value] of Object.entries(changed)) {
    if (property === 'link' || property === 'namespace') continue
    if (property === 'addAltNames') {
      const added = (value as string[]).filter((name) => !before.altNames.includes(name))
      if (added.length > 0) undo.deleteAltNames = added
    } else if (property === 'deleteAltNames') {
      const removed = (value as string[]).filter((name) => before.altNames.includes(name))
      if (removed.length > 0) undo.addAltNames = removed
    } else if (property in optionFields) {
      const old = optionsBefore(
        optionFields[property] as FieldTable,
        settings[property] as Loose | undefined,
        value as Loose,
      )
      if (Object.keys(old).length > 0) undo[property] = old
    } else if (settings[property] !== undefined) undo[property] = settings[property]
  }
  // A link that leaves a bridge takes its options as a port along; they only exist under the old master.
  if ('master' in undo && before.bondPort !== undefined && undo.bondPort === undefined)
    undo.bondPort = settings.bondPort
  // Their STP state is the bridge's to say: the kernel refuses it from others where STP is on or the port is not up.
  if ('master' in undo && before.port !== undefined && undo.port === undefined) {
    const { state: _, ...port } = settings.port as Loose
    undo.port = port
  }
  return undo
}

/** What the changed options were; `null` for one that was not there and can be taken away again. */
function optionsBefore(fields: FieldTable, state: Loose = {}, changed: Loose): Loose {
  const told = (name: string) => fields[name]?.changes ?? name
  const old = pick(state, Object.keys(changed).map(told))
  for (const name of Object.keys(changed)) if (fields[name]?.nullable && state[name] === undefined) old[name] = null
  return old
}

/** The specification that makes a link like this again; `undefined` for a physical link. */
export function linkSpec(link: Link): LinkSpec | OtherLinkSpec | undefined {
  if (link.kind === undefined) return undefined
  // Options as port of a bond cannot be chosen for a new link.
  const { master, port, bondPort: _, alias, carrier: __, ...settings } = linkSettings(link)
  const spec: Loose = { ...settings, kind: link.kind, index: link.index }
  for (const [property, { again }] of Object.entries(kindOptions)) {
    if (again !== undefined && spec[property] !== undefined) spec[property] = again(spec[property] as Loose)
  }
  if (master !== null) spec.master = master
  if (port !== undefined) spec.port = port
  if (alias !== '') spec.alias = alias
  if (link.txQueues !== undefined) spec.txQueues = link.txQueues
  if (link.rxQueues !== undefined) spec.rxQueues = link.rxQueues
  const needsParent =
    link.kind !== 'veth' && link.parent !== undefined && link.parent !== 0 && link.linkNamespaceId === undefined
  if (needsParent) spec.parent = link.parent
  if (link.data !== undefined) spec.data = link.data
  return spec as unknown as LinkSpec
}

/** The specification of an address. */
export function addressSpec(address: Address): AddressSpec {
  const spec: Loose = {
    link: address.link,
    address: `${address.address}/${address.prefixLength}`,
    scope: address.scope,
  }
  if (address.peer !== undefined) {
    spec.peer = `${address.peer}/${address.prefixLength}`
    spec.address = `${address.address}/${address.prefixLength}`
  }
  if (address.broadcast !== undefined) spec.broadcast = address.broadcast
  if (address.label !== undefined && address.family === 4) spec.label = address.label
  if (address.validLifetime !== Number.POSITIVE_INFINITY) spec.validLifetime = Math.max(1, address.validLifetime)
  if (address.preferredLifetime !== Number.POSITIVE_INFINITY) spec.preferredLifetime = address.preferredLifetime
  if (address.metric !== undefined) spec.metric = address.metric
  const flags = {
    noprefixroute: 'noPrefixRoute',
    nodad: 'noDad',
    home: 'homeAddress',
    mngtmpaddr: 'manageTemporary',
    autojoin: 'autoJoin',
  }
  for (const [flag, property] of Object.entries(flags)) if (address.flags.includes(flag)) spec[property] = true
  return spec as unknown as AddressSpec
}

/** The specification of a route. */
export function routeSpec(route: Route): RouteSpec {
  const spec: Loose = {
    destination: route.destination,
    ...pick(route as unknown as Loose, [
      'family',
      'type',
      'via',
      'link',
      'source',
      'from',
      'metric',
      'table',
      'protocol',
      'scope',
      'tos',
      'metrics',
      'preference',
      'expires',
    ]),
  }
  if (route.family === 4) delete spec.preference
  if (route.flags.includes('onlink')) spec.onLink = true
  if (route.nextHops.length > 0) {
    spec.nextHops = route.nextHops.map((hop: NextHopState) => ({
      ...pick(hop as unknown as Loose, ['via', 'link', 'weight']),
      ...(hop.flags.includes('onlink') ? { onLink: true } : {}),
    }))
  }
  return spec as unknown as RouteSpec
}

/** The same for a route whose nexthop object is there still: it leads by that. */
export function routeAgain(route: Route): RouteSpec {
  const { nextHopId } = route
  const { via: _, link: __, nextHops: ___, onLink: ____, ...rest } = routeSpec(route)
  return nextHopId === undefined ? routeSpec(route) : { ...rest, nextHopId }
}

/** The specification of a rule. */
export function ruleSpec(rule: Rule): RuleSpec {
  const { flags: _, other: __, ...spec } = rule
  return spec.action === 'table'
    ? spec
    : (pick(
        spec as unknown as Loose,
        Object.keys(spec).filter((name) => name !== 'table'),
      ) as unknown as RuleSpec)
}

/** The specification of a neighbour. */
export function neighbourSpec(neighbour: Neighbour): NeighbourSpec {
  const spec: Loose = { link: neighbour.link, address: neighbour.address }
  if (neighbour.flags.includes('proxy')) return { ...spec, proxy: true } as unknown as NeighbourSpec
  if (neighbour.mac !== undefined) spec.mac = neighbour.mac
  spec.state = neighbour.state
  if (neighbour.flags.includes('router')) spec.router = true
  if (neighbour.flags.includes('extern_learn')) spec.externallyLearned = true
  return spec as unknown as NeighbourSpec
}

/** The specification of an FDB entry. */
export function fdbSpec(entry: FdbEntry): FdbSpec {
  const spec: Loose = pick(entry as unknown as Loose, [
    'link',
    'mac',
    'state',
    'vlan',
    'remote',
    'port',
    'vni',
    'sourceVni',
    'via',
    'nexthop',
  ])
  // A bridge keeps its own entries itself, though it is told as their master.
  if (entry.master === entry.link || entry.flags.includes('self')) spec.self = true
  else if (entry.master !== undefined) spec.master = true
  if (entry.flags.includes('sticky')) spec.sticky = true
  if (entry.flags.includes('extern_learn')) spec.externallyLearned = true
  if (entry.flags.includes('router')) spec.router = true
  return spec as unknown as FdbSpec
}

/** The specification of an entry of a multicast database. What an older kernel does not tell, it would not take either. */
export function mdbSpec(entry: MdbEntry): MdbSpec {
  const spec: Loose = pick(entry as unknown as Loose, ['bridge', 'port', 'group', 'source', 'vlan', 'state'])
  const { filterMode, sources, protocol } = entry
  if (protocol !== undefined && protocol !== 'static' && protocol !== 'kernel') spec.protocol = protocol
  // Without sources all pass, which needs no word.
  if (entry.source === undefined && sources !== undefined && sources.length > 0) {
    Object.assign(spec, { filterMode, sources: sources.map(({ address }) => address) })
  }
  return spec as unknown as MdbSpec
}

function pick(from: Loose, names: readonly string[]): Loose {
  const out: Loose = {}
  for (const name of names) if (from[name] !== undefined) out[name] = from[name]
  return out
}
