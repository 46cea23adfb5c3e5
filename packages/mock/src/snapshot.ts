/** The whole state of a mock kernel as plain data, and back. @module */

import type { Kernel } from './kernel.js'
import { kinds } from './kind/kinds.js'
import { Namespace } from './namespace.js'
import { Device } from './object/device.js'
import type { RouteEntry } from './object/route-entry.js'
import type { RuleEntry } from './object/rule-match.js'
import { resume } from './resume.js'

/** The version of the format that this release writes and reads. */
const version = 3

/** The state of a mock kernel, fit for `JSON.stringify`. Made by `save()`, taken by `mockDriver({ state })`. */
export interface MockState {
  /** The version of the format. */
  readonly version: number
  /** Kernel time when it was saved, seconds. */
  readonly now: number
  /** State of the random numbers. */
  readonly random: number
  /** Inode of the next namespace. */
  readonly nextInode: number
  /** The namespaces, the initial one first. */
  readonly namespaces: readonly SavedNamespace[]
}

/** A namespace of a {@link MockState}. */
export interface SavedNamespace {
  /** Its inode. */
  readonly inode: number
  /** Its names under `/run/netns`. */
  readonly names: readonly string[]
  /** The index given last. */
  readonly lastIndex: number
  /** Inodes of other namespaces with the numbers by which they are known here. */
  readonly ids: readonly (readonly [inode: number, id: number])[]
  /** Its links: index, word of the kind, and the fields. */
  readonly links: readonly { readonly index: number; readonly kind?: string; readonly fields: unknown }[]
  /** Its routes. */
  readonly routes: unknown
  /** Its rules. */
  readonly rules: unknown
}

/** Fields of a link that are known otherwise, or made anew. */
const derived: ReadonlySet<string> = new Set([
  ...['namespace', 'index', 'kind', 'routes', 'watched', 'unborn', 'announced'],
  ...['macCache', 'fdbIndex', 'tunQueues'],
])

/** The state of a kernel. */
export function saveState(kernel: Kernel): MockState {
  const { namespaces } = kernel
  return {
    version,
    now: kernel.now(),
    random: kernel.random.state,
    nextInode: namespaces.nextInode,
    namespaces: [...namespaces.all].map((namespace) => ({
      inode: namespace.inode,
      names: [...namespace.names],
      lastIndex: namespace.lastIndex,
      ids: [...namespace.ids].map(([other, id]) => [other.inode, id] as const),
      links: namespace.sorted().map((device) => {
        const fields = Object.fromEntries(Object.entries(device).filter(([name]) => !derived.has(name)))
        const kind = device.kind?.word?.(device) ?? device.kind?.name
        return { index: device.index, ...(kind === undefined ? {} : { kind }), fields: encode(fields) }
      }),
      routes: encode({ 4: allRoutes(namespace, 4), 6: allRoutes(namespace, 6) }),
      rules: encode(namespace.rules),
    })),
  }
}

function allRoutes(namespace: Namespace, family: 4 | 6): RouteEntry[] {
  return namespace.routes[family].all().flatMap((table) => [...table.all()])
}

/** Plain data for a value: links, namespaces, octets, maps and sets become objects with one tag. */
function encode(value: unknown): unknown {
  if (value === Number.POSITIVE_INFINITY) return { $number: 'Infinity' }
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Device) return { $link: [value.namespace.inode, value.index] }
  if (value instanceof Namespace) return { $namespace: value.inode }
  if (value instanceof Uint8Array) return { $octets: [...value] }
  if (value instanceof Map) return { $map: [...value].map(([key, entry]) => [encode(key), encode(entry)]) }
  if (value instanceof Set) return { $set: [...value].map(encode) }
  if (Array.isArray(value)) return value.map(encode)
  const out: Record<string, unknown> = {}
  for (const [name, entry] of Object.entries(value)) {
    if (entry !== undefined && name !== 'timer') out[name] = encode(entry)
  }
  return out
}

/** Puts a state into a new kernel. With `random` the random numbers go on as well. */
export function loadState(kernel: Kernel, state: MockState, random: boolean): void {
  if (state?.version !== version || !Array.isArray(state.namespaces) || state.namespaces.length === 0) {
    throw new TypeError(`the state is no mock state of version ${version}`)
  }
  if (random) kernel.random.state = state.random >>> 0
  const byInode = new Map<number, Namespace>()
  kernel.namespaces.clear()
  for (const saved of state.namespaces) byInode.set(saved.inode, makeNamespace(kernel, saved))
  kernel.namespaces.initial = byInode.get(state.namespaces[0]?.inode as number) as Namespace
  kernel.namespaces.nextInode = state.nextInode
  const decode = decoder(byInode)
  for (const saved of state.namespaces) fillNamespace(byInode.get(saved.inode) as Namespace, saved, byInode, decode)
  resume(kernel)
}

function makeNamespace(kernel: Kernel, saved: SavedNamespace): Namespace {
  const namespace = kernel.namespaces.make(kernel.namespaces.all.size === 0, saved.inode)
  for (const name of saved.names) {
    namespace.names.add(name)
    kernel.namespaces.named.set(name, namespace)
  }
  namespace.lastIndex = saved.lastIndex
  for (const link of saved.links) {
    const kind = link.kind === undefined ? undefined : kinds.get(link.kind)
    if (link.kind !== undefined && kind === undefined) throw new TypeError(`the state has links of kind ${link.kind}`)
    const device = new Device(namespace, kind)
    device.index = link.index
    namespace.links.set(link.index, device)
  }
  return namespace
}

type Decode = (value: unknown) => unknown

function decoder(byInode: ReadonlyMap<number, Namespace>): Decode {
  const missing = (what: string): never => {
    throw new TypeError(`the state refers to ${what}, which it does not have`)
  }
  const tags: { readonly [tag: string]: ((value: never) => unknown) | undefined } = {
    $number: () => Number.POSITIVE_INFINITY,
    $link: ([inode, index]: [number, number]) =>
      byInode.get(inode)?.links.get(index) ?? missing(`link ${index} of namespace ${inode}`),
    $namespace: (inode: number) => byInode.get(inode) ?? missing(`namespace ${inode}`),
    $octets: (octets: number[]) => Uint8Array.from(octets),
    $map: (entries: [unknown, unknown][]) => new Map(entries.map(([key, value]) => [decode(key), decode(value)])),
    $set: (entries: unknown[]) => new Set(entries.map(decode)),
  }
  const decode: Decode = (value) => {
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) return value.map(decode)
    const entries = Object.entries(value)
    const [first] = entries
    const tag = entries.length === 1 && first !== undefined ? tags[first[0]] : undefined
    if (tag !== undefined && first !== undefined) return tag(first[1] as never)
    return Object.fromEntries(entries.map(([name, entry]) => [name, decode(entry)]))
  }
  return decode
}

function fillNamespace(
  namespace: Namespace,
  saved: SavedNamespace,
  byInode: ReadonlyMap<number, Namespace>,
  decode: Decode,
): void {
  for (const [inode, id] of saved.ids) {
    const other = byInode.get(inode)
    if (other !== undefined) namespace.ids.set(other, id)
  }
  for (const link of saved.links) {
    const device = namespace.links.get(link.index) as Device
    Object.assign(device, decode(link.fields))
    for (const name of [device.name, ...device.altNames]) namespace.enterName(name, device)
    device.vxlan?.home.vxlans.add(device)
    if (device.vrfTable !== undefined) namespace.hasVrfRules = true
    device.geneve?.home.geneves.add(device)
    device.wireguard?.home.wireguards.add(device)
    device.tunnel?.home.tunnels.add(device)
  }
  const routes = decode(saved.routes) as { [family: string]: RouteEntry[] }
  const rules = decode(saved.rules) as { [family: string]: RuleEntry[] }
  for (const family of [4, 6] as const) {
    for (const route of routes[family] ?? []) {
      const table = namespace.routes[family].make(route.table)
      table.insert(route, table.at(route.key, route.length).length)
    }
    namespace.rules[family].splice(0, Number.POSITIVE_INFINITY, ...(rules[family] ?? []))
  }
}
