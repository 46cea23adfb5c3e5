/** For each operation: what must be read before it, so that it can be taken back after it. @module */
import type { Connection } from '../driver.js'
import { VnetError } from '../error.js'
import type { FdbEntry } from '../fdb.js'
import { formatIp, formatPrefix } from '../ip.js'
import type { Link } from '../link.js'
import { formatMac } from '../mac.js'
import type { Operation, Request, Requests } from '../request.js'
import type { Route } from '../route.js'
import type { Rule } from '../rule.js'
import { ask } from './ask.js'
import { addressesAgain, belongings, companions, isMade } from './belongings.js'
import type { LooseRequest } from './loose-request.js'
import type { Call } from './objects.js'
import { addressSpec, fdbSpec, linkSpec, linkUndo, neighbourSpec, routeAgain, routeSpec, ruleSpec } from './spec.js'
import {
  undoClassAdd,
  undoClassDelete,
  undoClassSet,
  undoFilters,
  undoQdiscAdd,
  undoQdiscDelete,
  undoQdiscSet,
} from './traffic-undo.js'
import { actionPreparations } from './undo-action.js'
import { bridgePreparations, portTunnels, portVlans } from './undo-bridge.js'
import { macFilterPreparations } from './undo-mac-filter.js'
import { macsecAgain, macsecPreparations } from './undo-macsec.js'
import { mdbPreparations, portGroups } from './undo-mdb.js'
import { natPreparations } from './undo-nat.js'
import { teamAgain, teamPortAgain, teamPreparations } from './undo-team.js'
import { tokenAgain, tokenPreparations } from './undo-token.js'
import { vniPreparations, vnisAgain } from './undo-vni.js'
import { wireguardAgain, wireguardPreparations } from './undo-wireguard.js'

/** The requests that take an operation back, once its result is known; or what finds them out when it is taken back. */
export type Undo = (result: unknown) => readonly LooseRequest[] | UndoLater

/** Finds out how to take back what has no name that stays, when all that came later is taken back. */
export type UndoLater = (connection: Connection) => Promise<readonly LooseRequest[]>

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

/** A setting that cannot be read, as `net.ipv4.route.flush`: what it was before, nobody knows. */
const onlyWritten = (name: string, cause: unknown): VnetError =>
  new VnetError({
    code: 'EACCES',
    operation: 'sysctl set',
    subject: name,
    hint: 'it can only be written, so a transaction could not take it back: set it before or after',
    cause,
  })

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
    const turned = spec.up !== undefined && spec.up !== before.up
    // Going down takes the addresses of IPv6 along, on the way there or on the way back.
    const addresses = turned ? await addresses6(connection, before.index) : []
    const leaves = spec.master !== undefined
    const vlans = leaves && before.port !== undefined ? await portVlans(connection, before.index) : []
    const forgets = !leaves && spec.port?.vlanTunnel === false
    const tunnels = forgets ? await portTunnels(connection, before.index) : []
    const groups = loses && before.port !== undefined ? await portGroups(connection, before.index, leaves) : []
    const ofTeam = leaves && before.portKind === 'team' ? await teamPortAgain(connection, before) : []
    return () => [undo, ...addresses, ...vlans, ...tunnels, ...groups, ...ofTeam, ...lost]
  },
  'link delete': async (connection, spec) => {
    const before = await ask(connection, 'link get', { link: spec.link })
    return before === undefined ? none : remake(connection, before)
  },

  'address add': async (_, spec) => () => {
    const key = addressKey(spec)
    // The route to the network of an address of IPv6 that has an end would stay until that (`ipv6_del_addr`).
    const { address, noPrefixRoute = false, validLifetime = Number.POSITIVE_INFINITY } = spec
    const staysBehind = address.octets.length === 16 && Number.isFinite(validLifetime) && !noPrefixRoute
    return [
      ...(staysBehind ? [{ operation: 'address set', spec: key } as const] : []),
      { operation: 'address delete', spec: key },
    ]
  },
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

  'route add': async (_, spec) => () => [routeAway(spec)],
  'route set': async (connection, spec) => {
    const before = await findReplaced(connection, spec)
    return () => [before === undefined ? routeAway(spec) : { operation: 'route set', spec: routeAgain(before) }]
  },
  'route delete': async (connection, spec) => {
    const before = await findDeleted(connection, spec)
    return before === undefined ? none : () => [{ operation: 'route set', spec: routeAgain(before) }]
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
  ...vniPreparations,
  ...tokenPreparations,
  ...mdbPreparations,
  'qdisc add': async (_, spec) => () => undoQdiscAdd(spec),
  'qdisc set': async (connection, spec) => always(await undoQdiscSet(connection, spec)),
  'qdisc change': async (connection, spec) => always(await undoQdiscSet(connection, spec)),
  'qdisc delete': async (connection, spec) => always(await undoQdiscDelete(connection, spec)),

  'class add': async (_, spec) => () => undoClassAdd(spec),
  'class set': async (connection, spec) => always(await undoClassSet(connection, spec)),
  'class change': async (connection, spec) => always(await undoClassSet(connection, spec)),
  'class delete': async (connection, spec) => always(await undoClassDelete(connection, spec)),

  'filter add': async (connection, spec) => always(await undoFilters(connection, 'filter add', spec)),
  'filter set': async (connection, spec) => always(await undoFilters(connection, 'filter set', spec)),
  'filter change': async (connection, spec) => always(await undoFilters(connection, 'filter change', spec)),
  'filter delete': async (connection, spec) => always(await undoFilters(connection, 'filter delete', spec)),

  ...actionPreparations,
  'sysctl set': async (connection, spec) => {
    const { name } = spec
    const value = await ask(connection, 'sysctl get', { name }).catch((error) => {
      throw (error as VnetError).code === 'EACCES' ? onlyWritten(name, error) : error
    })
    return value === undefined ? none : () => [{ operation: 'sysctl set', spec: { name, value } }]
  },

  ...wireguardPreparations,
  ...teamPreparations,
  ...macsecPreparations,
  ...natPreparations,
  ...macFilterPreparations,
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
  requests.push(...(await tokenAgain(connection, link.index)))
  if (link.kind === 'vxlan' && link.vxlan?.vniFilter) requests.push(...(await vnisAgain(connection, link.index)))
  if (link.kind === 'wireguard') requests.push(...(await wireguardAgain(connection, link.index)))
  for (const one of peer === undefined ? [link] : [link, peer]) {
    for (const address of await ask(connection, 'address list', { link: one.index })) {
      if (address.protocol !== 'kernel_ll') requests.push({ operation: 'address set', spec: addressSpec(address) })
    }
  }
  for (const one of peer === undefined ? [link] : [link, peer]) {
    const addresses = await ask(connection, 'address list', { link: one.index })
    for (const route of await ask(connection, 'route list', { link: one.index, table: 'all' })) {
      if (isMade(route, addresses)) requests.push({ operation: 'route set', spec: routeSpec(route) })
    }
  }
  // Last, because keys that are lost end the way back.
  if (link.kind === 'macsec') requests.push(...(await macsecAgain(connection, link.index)))
  return () => requests
}

/** Makes the addresses of IPv6 again that somebody gave the link. */
async function addresses6(connection: Connection, link: number): Promise<LooseRequest[]> {
  const addresses = await ask(connection, 'address list', { link, family: 6 })
  return addressesAgain(addresses.filter(({ protocol, scope }) => protocol !== 'kernel_ll' && scope !== 'host'))
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

/** The route that another one takes the place of (`fib_table_insert`, `fib6_add_rt2node`). */
async function findReplaced(connection: Connection, spec: Spec<'route set'>): Promise<Route | undefined> {
  const routes = await routesTo(connection, spec)
  return routes.find((route) => (route.metric ?? 0) === metricOf(spec))
}

/** The metric of a route; that of IPv6 routes that were given none is a number, too (`IP6_RT_PRIO_USER`). */
const metricOf = ({ metric, family }: Spec<'route set'>): number => metric || (family === 6 ? 1024 : 0)

/** Deletes a route that was added, and none with another metric. */
const routeAway = (spec: Spec<'route set'>): LooseRequest => ({
  operation: 'route delete',
  spec: { ...spec, metric: metricOf(spec) } as never,
})

/** The route that is deleted: the first with all that is given (`fib_table_delete`, `ip6_route_del`). */
async function findDeleted(connection: Connection, spec: Spec<'route delete'>): Promise<Route | undefined> {
  const { metric, type, protocol } = spec
  const via = spec.via === undefined ? undefined : formatIp(spec.via)
  const link = spec.link === undefined ? undefined : (await ask(connection, 'link get', { link: spec.link }))?.index
  const fits = (wanted: unknown, is: unknown) => wanted === undefined || wanted === is
  return (await routesTo(connection, spec)).find((route) => {
    const isWay = route.nextHops.length > 0 || (fits(via, route.via) && fits(link, route.link))
    const isKind = fits(type, route.type) && fits(protocol, route.protocol) && fits(spec.nextHopId, route.nextHopId)
    return isWay && isKind && (!metric || route.metric === metric)
  })
}

/** The routes of the table to a destination, for one type of service and from one network: others are other routes. */
async function routesTo(connection: Connection, spec: Spec<'route delete'>): Promise<Route[]> {
  const { family, table, destination, tos = 0 } = spec
  const from = spec.from === undefined || spec.from.length === 0 ? undefined : formatPrefix(spec.from)
  const routes = await ask(connection, 'route list', { family, table, destination })
  return routes.filter((route) => (family === 6 || route.tos === tos) && route.from === from)
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
