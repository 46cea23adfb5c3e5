/** From a saved state to a kernel: everything is checked, and what is wrong is named by its path. @module */
import {
  type ArgumentError,
  actionKinds,
  isArgumentError,
  type Operation,
  type Request,
  wrongArgument,
} from '@vnet/core'
import type { Kernel } from './kernel.js'
import { kinds } from './kind/kinds.js'
import type { Namespace } from './namespace.js'
import { Device } from './object/device.js'
import { describe } from './object/link-description.js'
import { carryOut } from './object/operations.js'
import type { RouteEntry } from './object/route-entry.js'
import type { RuleEntry } from './object/rule-match.js'
import { SmallMap } from './object/small-map.js'
import { bindActions, fillActions } from './restore-action.js'
import { fillBlocks } from './restore-block.js'
import { fillMacFilters } from './restore-mac-filter.js'
import { fillNat, type SavedNat } from './restore-nat.js'
import { resume } from './resume.js'
import { derived, type MockState, type SavedNamespace, version } from './snapshot.js'
import type { Peer, Peers } from './stack/peer.js'
import { newSysctls } from './sysctl/conf.js'

/** Puts a state into a new kernel and lets its time go on. With `random` the random numbers go on as well. */
export function loadState(kernel: Kernel, state: MockState, random: boolean): void {
  fillKernel(kernel, state)
  if (random) kernel.random.state = state.random >>> 0
  guarded('state', () => resume(kernel))
}

/**
 * Puts a state into a new kernel in which no time passes: ports stay as they were, and namespaces that nobody holds too.
 *
 * @throws TypeError (`VNET_TYPE`) where it is no state, or is damaged; `attribute` is the path of the place.
 */
export function fillKernel(kernel: Kernel, state: MockState): void {
  checkState(state)
  const byInode = new Map<number, Namespace>()
  kernel.namespaces.clear()
  for (const [at, saved] of state.namespaces.entries()) {
    const path = `state.namespaces[${at}]`
    if (byInode.has(saved.inode)) throw damaged(`${path}.inode`, `there are two namespaces ${saved.inode}`)
    byInode.set(saved.inode, makeNamespace(kernel, saved, path))
  }
  kernel.namespaces.initial = byInode.get(state.namespaces[0]?.inode as number) as Namespace
  kernel.namespaces.nextInode = state.nextInode
  kernel.lastHandle = state.lastHandle
  const decode = decoder(byInode)
  // Filters know them by their numbers.
  for (const [at, saved] of state.namespaces.entries()) {
    const path = `state.namespaces[${at}].actions`
    guarded(path, () => fillActions((byInode.get(saved.inode) as Namespace).actions, decode(saved.actions, path)))
  }
  for (const [at, saved] of state.namespaces.entries()) {
    const path = `state.namespaces[${at}]`
    guarded(path, () => fillNamespace(byInode.get(saved.inode) as Namespace, saved, byInode, decode, path))
  }
  for (const { links } of byInode.values())
    for (const device of links.values())
      if (device.teql !== undefined) kernel.equalizers.set(device.teql.kind, { device })
  for (const [at, namespace] of [...byInode.values()].entries()) tryOut(kernel, namespace, `state.namespaces[${at}]`)
}

const hint = 'give what save() gave, whole, of this release'

function damaged(path: string, problem: string): ArgumentError {
  return wrongArgument('VNET_TYPE', 'state load', path, problem, hint)
}

/** Names the place of what goes wrong inside because a field is not what it was. */
function guarded(path: string, action: () => void): void {
  try {
    action()
  } catch (cause) {
    if (isArgumentError(cause)) throw cause
    throw Object.assign(damaged(path, `it is damaged: ${(cause as Error).message}`), { cause })
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What each field of an object must be. */
type Shape = Readonly<Record<string, 'number' | 'boolean' | 'list' | 'object'>>

const stateShape: Shape = {
  now: 'number',
  random: 'number',
  lastHandle: 'number',
  nextInode: 'number',
  namespaces: 'list',
}
const namespaceShape: Shape = {
  inode: 'number',
  names: 'list',
  lastIndex: 'number',
  ownRules4: 'boolean',
  hasVrfRules: 'boolean',
  ids: 'list',
  links: 'list',
  routes: 'object',
  rules: 'object',
  sysctls: 'object',
  pathMtus: 'object',
  peers: 'object',
  nat: 'object',
  macFilters: 'object',
  actions: 'list',
  blocks: 'list',
}
const linkShape: Shape = { index: 'number', fields: 'object' }

function checkShape(value: unknown, shape: Shape, path: string): void {
  if (!isObject(value)) throw damaged(path, 'an object is needed')
  for (const [name, wanted] of Object.entries(shape)) {
    const field = value[name]
    const fits =
      wanted === 'list'
        ? Array.isArray(field)
        : wanted === 'object'
          ? isObject(field)
          : typeof field === wanted && (wanted !== 'number' || Number.isFinite(field))
    if (!fits) throw damaged(`${path}.${name}`, `a ${wanted} is needed`)
  }
}

function checkState(state: MockState): void {
  if (!isObject(state)) throw damaged('state', 'an object is needed')
  if (state.version !== version) {
    throw damaged('state.version', `it is of version ${String(state.version)}, this release reads ${version}`)
  }
  checkShape(state, stateShape, 'state')
  if (state.namespaces.length === 0) throw damaged('state.namespaces', 'there is no namespace')
  for (const [at, saved] of state.namespaces.entries()) {
    const path = `state.namespaces[${at}]`
    checkShape(saved, namespaceShape, path)
    for (const [name, text] of saved.names.entries())
      if (typeof text !== 'string') throw damaged(`${path}.names[${name}]`, 'a text is needed')
    for (const [link, entry] of saved.links.entries()) checkShape(entry, linkShape, `${path}.links[${link}]`)
  }
}

function makeNamespace(kernel: Kernel, saved: SavedNamespace, path: string): Namespace {
  const namespace = kernel.namespaces.make(kernel.namespaces.all.size === 0, saved.inode)
  for (const [at, name] of saved.names.entries()) {
    if (kernel.namespaces.named.has(name)) throw damaged(`${path}.names[${at}]`, `there are two namespaces ${name}`)
    namespace.names.add(name)
    kernel.namespaces.named.set(name, namespace)
  }
  namespace.lastIndex = saved.lastIndex
  namespace.ownRules4 = saved.ownRules4
  namespace.hasVrfRules = saved.hasVrfRules
  for (const [at, link] of saved.links.entries()) {
    const place = `${path}.links[${at}]`
    const kind = link.kind === undefined ? undefined : kinds.get(link.kind)
    if (link.kind !== undefined && kind === undefined)
      throw damaged(`${place}.kind`, `there are no links of kind ${String(link.kind)}`)
    if (!Number.isInteger(link.index) || link.index < 1)
      throw damaged(`${place}.index`, 'a whole number from 1 is needed')
    if (namespace.links.has(link.index)) throw damaged(`${place}.index`, `there are two links ${link.index}`)
    const device = new Device(namespace, kind)
    device.index = link.index
    namespace.links.set(link.index, device)
  }
  return namespace
}

type Decode = (value: unknown, path: string) => unknown

function decoder(byInode: ReadonlyMap<number, Namespace>): Decode {
  const tags: { readonly [tag: string]: ((value: never, path: string) => unknown) | undefined } = {
    $number: () => Number.POSITIVE_INFINITY,
    $link: ([inode, index]: [number, number], path) => {
      const device = byInode.get(inode)?.links.get(index)
      if (device === undefined) throw damaged(path, `there is no link ${index} in namespace ${inode}`)
      return device
    },
    $action: ([inode, kind, index]: [number, string, number], path) => {
      const action = byInode.get(inode)?.actions.get(kind, index)
      if (action === undefined) throw damaged(path, `there is no action ${kind} ${index} in namespace ${inode}`)
      return action
    },
    $namespace: (inode: number, path) => {
      const namespace = byInode.get(inode)
      if (namespace === undefined) throw damaged(path, `there is no namespace ${inode}`)
      return namespace
    },
    $octets: (octets: number[], path) => {
      if (octets.every((octet) => Number.isInteger(octet) && octet >= 0 && octet < 256)) return Uint8Array.from(octets)
      throw damaged(path, 'octets from 0 to 255 are needed')
    },
    $map: (entries: [unknown, unknown][], path) =>
      new Map(
        entries.map(([key, value], at) => [decode(key, `${path}[${at}][0]`), decode(value, `${path}[${at}][1]`)]),
      ),
    $set: (entries: unknown[], path) => new Set(entries.map((entry, at) => decode(entry, `${path}[${at}]`))),
  }
  const decode: Decode = (value, path) => {
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) return value.map((entry, at) => decode(entry, `${path}[${at}]`))
    const entries = Object.entries(value)
    const [first] = entries
    const tag = entries.length === 1 && first !== undefined ? tags[first[0]] : undefined
    if (tag === undefined || first === undefined)
      return Object.fromEntries(entries.map(([name, entry]) => [name, decode(entry, `${path}.${name}`)]))
    if (first[0] !== '$namespace' && first[0] !== '$number' && !Array.isArray(first[1]))
      throw damaged(`${path}.${first[0]}`, 'a list is needed')
    return tag(first[1] as never, `${path}.${first[0]}`)
  }
  return decode
}

/** What sort of value a field holds. */
function sortOf(value: unknown): string {
  if (value instanceof Map || value instanceof SmallMap) return 'map'
  if (value instanceof Set) return 'set'
  if (Array.isArray(value)) return 'list'
  return value === null ? 'null' : typeof value
}

function fillDevice(device: Device, fields: Readonly<Record<string, unknown>>, path: string): void {
  const fresh = device as unknown as Readonly<Record<string, unknown>>
  for (const [name, value] of Object.entries(fields)) {
    if (!(name in fresh) || derived.has(name)) throw damaged(`${path}.${name}`, 'links have no such field')
    const wanted = fresh[name]
    if (wanted !== undefined && sortOf(wanted) !== sortOf(value))
      throw damaged(`${path}.${name}`, `a ${sortOf(wanted)} is needed, not a ${sortOf(value)}`)
  }
  for (const [name, value] of Object.entries({ ...fresh, ...device.parts })) {
    if (value !== undefined && !derived.has(name) && !(name in fields))
      throw damaged(`${path}.${name}`, 'it is missing')
  }
  // What is empty stays what links share.
  const kept = Object.entries(fields).filter(([name, value]) => !isEmpty(value) || !isEmpty(fresh[name]))
  Object.assign(device, Object.fromEntries(kept))
}

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0
  return (value instanceof Map || value instanceof Set) && value.size === 0
}

function fillNamespace(
  namespace: Namespace,
  saved: SavedNamespace,
  byInode: ReadonlyMap<number, Namespace>,
  decode: Decode,
  path: string,
): void {
  for (const [inode, id] of saved.ids) {
    const other = byInode.get(inode)
    if (other !== undefined) namespace.ids.set(other, id)
  }
  for (const [at, link] of saved.links.entries()) {
    const place = `${path}.links[${at}].fields`
    guarded(place, () => {
      const device = namespace.links.get(link.index) as Device
      fillDevice(device, decode(link.fields, place) as Readonly<Record<string, unknown>>, place)
      for (const { filters } of device.qdiscs) bindActions(filters)
      for (const name of [device.name, ...device.altNames]) {
        if (namespace.byName.has(name)) throw damaged(`${place}.name`, `there are two links ${name}`)
        namespace.enterName(name, device)
      }
      enterHome(device)
      namespace.owners.enterAll(device)
    })
  }
  guarded(`${path}.blocks`, () => fillBlocks(namespace, decode(saved.blocks, `${path}.blocks`)))
  namespace.sysctls = checkSysctls(decode(saved.sysctls, `${path}.sysctls`), newSysctls(), `${path}.sysctls`)
  namespace.sharedConf.renew()
  const pathMtus = decode(saved.pathMtus, `${path}.pathMtus`)
  if (!(pathMtus instanceof Map)) throw damaged(`${path}.pathMtus`, 'a map is needed')
  for (const [key, told] of pathMtus) namespace.pathMtus.set(key, told)
  fillPeers(namespace.peers, decode(saved.peers, `${path}.peers`), `${path}.peers`)
  guarded(`${path}.nat`, () => fillNat(namespace.nat, decode(saved.nat, `${path}.nat`) as SavedNat))
  guarded(`${path}.macFilters`, () =>
    fillMacFilters(namespace.macFilters, decode(saved.macFilters, `${path}.macFilters`)),
  )
  const routes = decode(saved.routes, `${path}.routes`) as { [family: string]: RouteEntry[] }
  const rules = decode(saved.rules, `${path}.rules`) as { [family: string]: RuleEntry[] }
  for (const family of [4, 6] as const) {
    if (!Array.isArray(routes[family])) throw damaged(`${path}.routes.${family}`, 'a list is needed')
    if (!Array.isArray(rules[family])) throw damaged(`${path}.rules.${family}`, 'a list is needed')
    for (const [at, route] of routes[family].entries()) {
      guarded(`${path}.routes.${family}[${at}]`, () => {
        namespace.routes[family].make(route.table).insert(route)
      })
    }
    namespace.rules[family].splice(0, Number.POSITIVE_INFINITY, ...rules[family])
  }
}

/** What is remembered of other hosts: three numbers each. */
function fillPeers(peers: Peers, value: unknown, path: string): void {
  if (!(value instanceof Map)) throw damaged(path, 'a map is needed')
  for (const [host, peer] of value) {
    checkShape(peer, { tokens: 'number', last: 'number', redirects: 'number' }, `${path}[${JSON.stringify(host)}]`)
    if (typeof host !== 'string') throw damaged(path, 'a text is needed for each host')
    peers.enter(host, peer as Peer)
  }
}

/** Settings must be those of this release, each a number. */
function checkSysctls<T extends object>(value: unknown, wanted: T, path: string): T {
  if (!isObject(value)) throw damaged(path, 'an object is needed')
  for (const name of Object.keys(value))
    if (!Object.hasOwn(wanted, name)) throw damaged(`${path}.${name}`, 'there is no such setting')
  for (const [name, like] of Object.entries(wanted)) {
    if (typeof like === 'object') checkSysctls(value[name], like as object, `${path}.${name}`)
    else if (!Number.isSafeInteger(value[name])) throw damaged(`${path}.${name}`, 'a whole number is needed')
  }
  return value as unknown as T
}

/** Links whose packets go to the namespace that they were made in are known there. */
function enterHome(device: Device): void {
  device.vxlan?.home.vxlans.add(device)
  device.geneve?.home.geneves.add(device)
  device.wireguard?.home.wireguards.add(device)
  device.tunnel?.home.tunnels.add(device)
}

const lists: readonly Operation[] = [
  'address list',
  'rule list',
  'neighbour list',
  'fdb list',
  'bridgeVlan list',
  'bridgeVni list',
  'token list',
  'mdb list',
  'mdbRouter list',
  'nat list',
  'macFilter list',
  'qdisc list',
]

/** Describes everything once, so that what is damaged is told now and not in the middle of a program. */
function tryOut(kernel: Kernel, namespace: Namespace, path: string): void {
  for (const [at, device] of [...namespace.links.values()].entries()) {
    guarded(`${path}.links[${at}].fields`, () => {
      describe(device, () => 0, true, kernel.now())
      if (device.wireguard !== undefined) ask('wireguard get', { link: device.index })
    })
  }
  guarded(`${path}.routes`, () => ask('route list', { table: 'all' }))
  for (const operation of lists) guarded(path, () => ask(operation, {}))
  for (const kind of actionKinds) guarded(`${path}.actions`, () => ask('action list', { kind }))

  function ask(operation: Operation, spec: object): void {
    carryOut(kernel, namespace, { operation, spec } as unknown as Request)
  }
}
