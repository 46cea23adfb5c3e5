/** For each operation: what must be read before it, so that it can be taken back after it. @module */
import type { Connection } from '../driver.js'
import type { FdbEntry } from '../fdb.js'
import { formatIp, formatPrefix } from '../ip.js'
import type { Link } from '../link.js'
import { formatMac } from '../mac.js'
import type { Operation, Request, Requests } from '../request.js'
import type { Route } from '../route.js'
import type { Rule } from '../rule.js'
import { ask } from './ask.js'
import { addressesAgain, belongings, companions } from './belongings.js'
import type { LooseRequest } from './loose-request.js'
import type { Call } from './objects.js'
import { addressSpec, fdbSpec, linkSpec, linkUndo, neighbourSpec, routeSpec, ruleSpec } from './spec.js'
import {
  undoClassAdd,
  undoClassDelete,
  undoClassSet,
  undoFilters,
  undoQdiscAdd,
  undoQdiscDelete,
  undoQdiscSet,
} from './traffic-undo.js'
import { bridgePreparations, portVlans } from './undo-bridge.js'
import { macsecAgain, macsecPreparations } from './undo-macsec.js'
import { mdbPreparations, portGroups } from './undo-mdb.js'
import { teamAgain, teamPortAgain, teamPreparations } from './undo-team.js'
import { wireguardAgain, wireguardPreparations } from './undo-wireguard.js'

/** The requests that take an operation back, once its result is known. */
export type Undo = (result: unknown) => readonly LooseRequest[]

type Spec<O extends Operation> = Requests[O]['spec']

/** Reads what is needed and returns how to take the request back; `undefined` for one that changes nothing. */
export async function prepareUndo(connection: Connection, request: Request): Promise<Undo | undefined> {
  const prepare = preparations[request.operation] as Prepare | undefined
  return prepare === undefined ? undefined : await prepare(connection, request.spec as never)
}

/** The same as the client's calls; what is read here is clean as it is written. */
const callOn =
  (connection: Connection): Call =>
  (operation, spec) =>
    ask(connection, operation, spec as never)

const none: Undo = () => []
const always =
  (requests: readonly LooseRequest[]): Undo =>
  () =>
    requests

/** One of them, whatever its operation: the request has the specification that it wants. */
type Prepare = (connection: Connection, spec: never) => Promise<Undo>

/** How each operation that changes something is prepared for. */
export type Preparations = { readonly [O in Operation]?: (connection: Connection, spec: Spec<O>) => Promise<Undo> }

const preparations: Preparations = {
  'link add': async () => (link) => [{ operation: 'link delete', spec: { link: (link as Link).index } }],
  'link set': async (connection, spec) => {
    const before = await ask(connection, 'link get', { link: spec.link })
    if (before === undefined) return none
    const undo: LooseRequest = { operation: 'link set', spec: linkUndo(spec, before) as never }
    const loses = spec.up === false || spec.master !== undefined
    const lost = loses ? await belongings(callOn(connection), before.index) : []
    const vlans =
      spec.master !== undefined && before.port !== undefined ? await portVlans(connection, before.index) : []
    const leaves = spec.master !== undefined
    const groups = loses && before.port !== undefined ? await portGroups(connection, before.index, leaves) : []
    const ofTeam = leaves && before.portKind === 'team' ? await teamPortAgain(connection, before) : []
    return () => [undo, ...vlans, ...groups, ...ofTeam, ...lost]
  },
  'link delete': async (connection, spec) => {
    const before = await ask(connection, 'link get', { link: spec.link })
    return before === undefined ? none : remake(connection, before)
  },

  'address add': async (_, spec) => () => [{ operation: 'address delete', spec: addressKey(spec) }],
  'address set': async (connection, spec) => {
    const before = await findAddress(connection, spec)
    if (before === undefined) return () => [{ operation: 'address delete', spec: addressKey(spec) }]
    return () => [{ operation: 'address set', spec: addressSpec(before) }]
  },
  'address delete': async (connection, spec) => {
    const before = await findAddress(connection, spec)
    if (before === undefined) return none
    const all = await ask(connection, 'address list', { link: before.link })
    const lost = await belongings(callOn(connection), before.link)
    return () => [...addressesAgain([before, ...companions(before, all)]), ...lost]
  },

  'route add': async (_, spec) => () => [{ operation: 'route delete', spec: spec as never }],
  'route set': async (connection, spec) => {
    const before = (await findRoutes(connection, spec)).find(
      (route) => (route.metric ?? 0) === (spec.metric ?? 0) || spec.metric === undefined,
    )
    if (before === undefined) return () => [{ operation: 'route delete', spec: spec as never }]
    return () => [{ operation: 'route set', spec: routeSpec(before) }]
  },
  'route delete': async (connection, spec) => {
    const before = await findRoutes(connection, spec)
    return () => before.map((route) => ({ operation: 'route set', spec: routeSpec(route) }))
  },

  'rule add': async (_, spec) => () => [{ operation: 'rule delete', spec: spec as never }],
  'rule delete': async (connection, spec) => {
    const before = await ask(connection, 'rule list', { family: spec.family })
    // The kernel removes the first that matches; which one it was is known when the list is read again.
    const [first] = before.filter((rule) => matches(rule, spec))
    return first === undefined ? none : () => [{ operation: 'rule add', spec: ruleSpec(first) }]
  },

  'neighbour add': async (_, spec) => () => [{ operation: 'neighbour delete', spec: neighbourKey(spec) }],
  'neighbour set': async (connection, spec) => {
    const before = await ask(connection, 'neighbour get', neighbourKey(spec))
    if (before === undefined) return () => [{ operation: 'neighbour delete', spec: neighbourKey(spec) }]
    return () => [{ operation: 'neighbour set', spec: neighbourSpec(before) }]
  },
  'neighbour delete': async (connection, spec) => {
    const before = await ask(connection, 'neighbour get', neighbourKey(spec))
    return before === undefined ? none : () => [{ operation: 'neighbour set', spec: neighbourSpec(before) }]
  },

  'fdb add': async (_, spec) => () => [{ operation: 'fdb delete', spec: fdbKey(spec) }],
  'fdb set': async (connection, spec) => {
    const before = await findEntry(connection, spec)
    if (before === undefined) return () => [{ operation: 'fdb delete', spec: fdbKey(spec) }]
    return () => [{ operation: 'fdb set', spec: fdbSpec(before) }]
  },
  'fdb delete': async (connection, spec) => {
    const before = await findEntry(connection, spec)
    return before === undefined ? none : () => [{ operation: 'fdb set', spec: fdbSpec(before) }]
  },

  ...bridgePreparations,
  ...mdbPreparations,
  'qdisc add': async (_, spec) => () => undoQdiscAdd(spec),
  'qdisc set': async (connection, spec) => always(await undoQdiscSet(connection, spec)),
  'qdisc change': async (connection, spec) => always(await undoQdiscSet(connection, spec)),
  'qdisc delete': async (connection, spec) => always(await undoQdiscDelete(connection, spec)),

  'class add': async (_, spec) => () => undoClassAdd(spec),
  'class set': async (connection, spec) => always(await undoClassSet(connection, spec)),
  'class change': async (connection, spec) => always(await undoClassSet(connection, spec)),
  'class delete': async (connection, spec) => always(await undoClassDelete(connection, spec)),

  'filter add': async (connection, spec) => always(await undoFilters(connection, spec)),
  'filter set': async (connection, spec) => always(await undoFilters(connection, spec)),
  'filter change': async (connection, spec) => always(await undoFilters(connection, spec)),
  'filter delete': async (connection, spec) => always(await undoFilters(connection, spec)),

  ...wireguardPreparations,
  ...teamPreparations,
  ...macsecPreparations,
  'namespace add': async (_, spec) => () => [{ operation: 'namespace delete', spec }],
}

/** Makes a deleted link again, with its addresses, the routes that left by it, and its ports. */
async function remake(connection: Connection, link: Link): Promise<Undo> {
  const spec = linkSpec(link)
  if (spec === undefined) return none
  const requests: LooseRequest[] = [{ operation: 'link add', spec: spec as never }]
  const addPeer = link.kind === 'veth' && link.parent !== undefined && link.linkNamespaceId === undefined
  const peer = addPeer ? await ask(connection, 'link get', { link: link.parent as number }) : undefined
  if (peer !== undefined) {
    requests[0] = { operation: 'link add', spec: { ...spec, peer: peerOf(peer) } as never }
    if (peer.master !== undefined)
      requests.push({ operation: 'link set', spec: { link: peer.index, master: peer.master } })
  }
  const ports =
    link.kind === 'bridge' || link.kind === 'team' ? await ask(connection, 'link list', { master: link.index }) : []
  const taken = ports.map((port): LooseRequest => {
    return { operation: 'link set', spec: { link: port.index, master: link.index } }
  })
  requests.push(...(link.kind === 'team' ? await teamAgain(connection, link.index, taken) : taken))
  for (const altNames of [link.altNames].filter((names) => names.length > 0)) {
    requests.push({ operation: 'link set', spec: { link: link.index, addAltNames: altNames } })
  }
  if (link.kind === 'wireguard') requests.push(...(await wireguardAgain(connection, link.index)))
  for (const one of peer === undefined ? [link] : [link, peer]) {
    for (const address of await ask(connection, 'address list', { link: one.index })) {
      if (address.protocol !== 'kernel_ll') requests.push({ operation: 'address set', spec: addressSpec(address) })
    }
  }
  for (const one of peer === undefined ? [link] : [link, peer]) {
    for (const route of await ask(connection, 'route list', { link: one.index, table: 'all' })) {
      if (route.protocol !== 'kernel') requests.push({ operation: 'route set', spec: routeSpec(route) })
    }
  }
  // Last, because keys that are lost end the way back.
  if (link.kind === 'macsec') requests.push(...(await macsecAgain(connection, link.index)))
  return () => requests
}

function peerOf(peer: Link): object {
  const { name, index, up, mtu, group, txQueueLength } = peer
  return { name, index, up, mtu, group, txQueueLength, ...(peer.mac === undefined ? {} : { mac: peer.mac }) }
}

function addressKey(spec: Spec<'address delete'>): Spec<'address delete'> {
  return { link: spec.link, address: spec.address, ...(spec.peer === undefined ? {} : { peer: spec.peer }) }
}

async function findAddress(connection: Connection, spec: Spec<'address delete'>) {
  const text = formatPrefix(spec.address)
  const list = await ask(connection, 'address list', { link: spec.link })
  return list.find((address) => `${address.address}/${address.prefixLength}` === text)
}

async function findRoutes(connection: Connection, spec: Spec<'route delete'>): Promise<Route[]> {
  const { family, table, destination } = spec
  const routes = await ask(connection, 'route list', { family, table, destination })
  if (spec.metric === undefined) return routes.slice(0, 1)
  return routes.filter((route) => (route.metric ?? 0) === spec.metric).slice(0, 1)
}

function matches(rule: Rule, spec: Spec<'rule delete'>): boolean {
  return Object.entries(spec).every(([property, value]) => {
    const have = rule[property as keyof Rule] as unknown
    if (typeof value === 'object' && value !== null && 'octets' in value) return have === formatPrefix(value as never)
    if (Array.isArray(value)) return Array.isArray(have) && have.every((part, index) => part === value[index])
    return have === value
  })
}

function neighbourKey(spec: Spec<'neighbour delete'>): Spec<'neighbour delete'> {
  return { link: spec.link, address: spec.address, ...(spec.proxy === undefined ? {} : { proxy: spec.proxy }) }
}

function fdbKey(spec: Spec<'fdb delete'>): Spec<'fdb delete'> {
  const { link, mac, self, master, vlan, remote, port, vni, sourceVni, via } = spec
  const key = { link, mac, self, master, vlan, remote, port, vni, sourceVni, via }
  return Object.fromEntries(Object.entries(key).filter(([, value]) => value !== undefined)) as never
}

async function findEntry(connection: Connection, spec: Spec<'fdb delete'>): Promise<FdbEntry | undefined> {
  const mac = formatMac(spec.mac)
  const remote = spec.remote === undefined ? undefined : formatIp(spec.remote)
  const entries = await ask(connection, 'fdb list', { link: spec.link })
  return entries.find(
    (entry) =>
      entry.mac === mac &&
      entry.vlan === spec.vlan &&
      (remote === undefined || entry.remote === remote) &&
      (entry.master !== undefined) === (spec.master === true),
  )
}
