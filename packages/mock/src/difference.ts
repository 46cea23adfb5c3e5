/** What differs between two saved states, in the product's words. @module */
import {
  type ChangeEvent,
  type Connection,
  differences,
  fieldChanges,
  type Link,
  type Sysctl,
  sysctlName,
  type WireguardDevice,
} from '@vnet/core'
import { openConnection } from './connection.js'
import { type MacFilterDifference, macFilterDifferences } from './difference-mac-filter.js'
import { type ConnectionDifference, type NatDifference, natDifferences } from './difference-nat.js'
import { Kernel } from './kernel.js'
import type { Namespace } from './namespace.js'
import { fillKernel } from './restore.js'
import type { MockState } from './snapshot.js'
import { supported } from './supports.js'

/** A namespace of a state: its name, or its number where it has none; absent for the initial one. */
interface Placed {
  /** The namespace that it is in: its name, or `#` and its inode where it has none; absent in that of the process. */
  readonly namespace?: string
}

/** A namespace that is in one of two states only, or has another name. */
export interface NamespaceDifference {
  /** What became of it. */
  readonly kind: 'namespace add' | 'namespace delete' | 'namespace set'
  /** Which sort of object. */
  readonly group: 'namespace'
  /** It is there, or was. */
  readonly object: { readonly names: readonly string[]; readonly inode: number }
  /** What it was. */
  readonly before?: { readonly names: readonly string[]; readonly inode: number }
}

/** Keys and peers of a WireGuard link that differ. */
export interface WireguardDifference {
  /** They were set. */
  readonly kind: 'wireguard set'
  /** Which sort of object. */
  readonly group: 'wireguard'
  /** As it is. */
  readonly object: WireguardDevice
  /** As it was. */
  readonly before: WireguardDevice
}

/** A setting of a namespace that differs. */
export interface SysctlDifference {
  /** It was set. */
  readonly kind: 'sysctl set'
  /** Which sort of object. */
  readonly group: 'sysctl'
  /** As it is. */
  readonly object: Sysctl
  /** As it was. */
  readonly before: Sysctl
}

/** Something that differs between two states: what was added, deleted or set from the one to the other. */
export type StateDifference = Placed &
  (
    | ChangeEvent
    | NamespaceDifference
    | WireguardDifference
    | SysctlDifference
    | NatDifference
    | ConnectionDifference
    | MacFilterDifference
  ) &
  Named

/** How a difference is told. */
interface Named {
  /** One line: `link eth0 changed: mtu 1500 → 1400`. */
  readonly text: string
}

/**
 * What differs between two saved states, namespace by namespace: `link eth0 changed: mtu 1500 → 1400`. Namespaces are the
 * same where their inodes are, links where their indexes are. Timers and counters are no difference. Not compared are keys of
 * MACsec links, options of teams, and options of bridge VLANs as a whole.
 *
 * @throws TypeError (`VNET_TYPE`) where one of them is no state
 */
export async function diffStates(before: MockState, after: MockState): Promise<readonly StateDifference[]> {
  const [old, now] = [asKernel(before), asKernel(after)]
  const found: StateDifference[] = []
  const inodes = (kernel: Kernel) => new Map([...kernel.namespaces.all].map((each) => [each.inode, each] as const))
  const [were, are] = [inodes(old), inodes(now)]
  for (const inode of new Set([...were.keys(), ...are.keys()])) {
    const [was, is] = [were.get(inode), are.get(inode)]
    const placed = place(was ?? (is as Namespace))
    found.push(...ofNamespace(was, is))
    if (was !== undefined && is !== undefined) found.push(...(await inside(old, was, now, is, placed)))
  }
  return found
}

/** A kernel in which no time passes. */
function asKernel(state: MockState): Kernel {
  const kernel = new Kernel({
    clock: { now: () => 0, after: () => () => {} },
    offset: 0,
    seed: 0,
    lacks: new Set(),
    supports: supported(new Set()),
    processors: 1,
    onStorm: undefined,
    onDrop: undefined,
  })
  fillKernel(kernel, state)
  return kernel
}

function place(namespace: Namespace): Placed {
  if (namespace.initial) return {}
  const [name] = namespace.names
  return { namespace: name ?? `#${namespace.inode}` }
}

function ofNamespace(was: Namespace | undefined, is: Namespace | undefined): StateDifference[] {
  const object = (namespace: Namespace) => ({ names: [...namespace.names], inode: namespace.inode })
  const named = ({ names, inode }: { names: readonly string[]; inode: number }) => names.join(', ') || `#${inode}`
  if (was === undefined || is === undefined) {
    const [kind, told] =
      was === undefined ? (['namespace add', 'added'] as const) : (['namespace delete', 'deleted'] as const)
    const there = object(was ?? (is as Namespace))
    return [{ kind, group: 'namespace', object: there, text: `namespace ${named(there)} ${told}` }]
  }
  const [before, now] = [object(was), object(is)]
  if (before.names.join() === now.names.join()) return []
  const text = `namespace ${named(before)} changed: names ${word(before.names)} → ${word(now.names)}`
  return [{ kind: 'namespace set', group: 'namespace', object: now, before, text }]
}

async function inside(
  old: Kernel,
  was: Namespace,
  now: Kernel,
  is: Namespace,
  placed: Placed,
): Promise<StateDifference[]> {
  const [before, after] = [connect(old, was), connect(now, is)]
  const [links, linksNow] = [await linksOf(before), await linksOf(after)]
  const names = new Map([...links, ...linksNow].map((link) => [link.index, link.name]))
  const found: StateDifference[] = []
  for (const change of await differences(before, after))
    found.push({ ...placed, ...change, text: tell(change, names, placed) })
  for (const { index, kind } of linksNow) {
    if (kind !== 'wireguard' || !links.some((link) => link.index === index && link.kind === kind)) continue
    const [object, earlier] = [await wireguardOf(after, index), await wireguardOf(before, index)]
    if (object === undefined || earlier === undefined || fieldChanges(earlier, object).length === 0) continue
    const change = { kind: 'wireguard set', group: 'wireguard', object, before: earlier } as const
    found.push({ ...placed, ...change, text: tell(change, names, placed) })
  }
  found.push(...(await settings(before, after, linksNow, placed)))
  const where = placed.namespace === undefined ? '' : `${placed.namespace}: `
  for (const one of [...natDifferences(was, is), ...macFilterDifferences(was, is)])
    found.push({ ...placed, ...one, text: where + one.text })
  return found
}

/** Settings that are in both states with other values; that IPv6 has the MTU of its link is the link's difference. */
async function settings(
  before: Connection,
  after: Connection,
  links: readonly Link[],
  placed: Placed,
): Promise<StateDifference[]> {
  const were = new Map((await sysctlsOf(before)).map((one) => [one.name, one] as const))
  const mtus = new Map(links.map(({ name, mtu }) => [sysctlName(['net', 'ipv6', 'conf', name, 'mtu']), String(mtu)]))
  const found: StateDifference[] = []
  for (const object of await sysctlsOf(after)) {
    const { name, value } = object
    const was = were.get(name)
    if (was === undefined || was.value === value || mtus.get(name) === value) continue
    const where = placed.namespace === undefined ? '' : `${placed.namespace}: `
    const text = `${where}sysctl ${name} changed: ${was.value} → ${value}`
    found.push({ ...placed, kind: 'sysctl set', group: 'sysctl', object, before: was, text })
  }
  return found
}

function connect(kernel: Kernel, namespace: Namespace): Connection {
  return openConnection({ kernel, namespace, eventQueue: 0, closed: () => {} })
}

async function linksOf(connection: Connection): Promise<readonly Link[]> {
  const [result] = await connection.execute([{ operation: 'link list', spec: {} }])
  if (!result.ok) throw result.error
  return result.value
}

async function sysctlsOf(connection: Connection): Promise<readonly Sysctl[]> {
  const [result] = await connection.execute([{ operation: 'sysctl list', spec: {} }])
  if (!result.ok) throw result.error
  return result.value
}

async function wireguardOf(connection: Connection, link: number): Promise<WireguardDevice | undefined> {
  const [result] = await connection.execute([{ operation: 'wireguard get', spec: { link } }])
  if (!result.ok) throw result.error
  return result.value
}

type Names = ReadonlyMap<number, string>
type Change = ChangeEvent | WireguardDifference

/** The line of a change. */
function tell(change: Change, names: Names, { namespace }: Placed): string {
  const before = 'before' in change ? change.before : undefined
  const subject = `${namespace === undefined ? '' : `${namespace}: `}${sortOf(change)} ${subjectOf(change, before, names)}`
  if (before === undefined) return `${subject} ${change.kind.endsWith(' delete') ? 'deleted' : 'added'}`
  const fields = fieldChanges(before, change.object).flatMap(({ path, before: from, after }) => {
    if (path === 'peers') return peersText(from as WireguardDevice['peers'], after as WireguardDevice['peers'])
    return path === 'privateKey' ? 'another private key' : `${path} ${word(from)} → ${word(after)}`
  })
  return `${subject} changed: ${fields.join(', ')}`
}

/** Which peers are new, gone or set; their keys are for nobody to read in a log. */
function peersText(before: WireguardDevice['peers'], after: WireguardDevice['peers']): readonly string[] {
  const [were, are] = [before, after].map((peers) => new Map(peers.map((peer) => [peer.publicKey, peer] as const)))
  return [...new Set([...(were?.keys() ?? []), ...(are?.keys() ?? [])])].flatMap((key) => {
    const [was, is] = [were?.get(key), are?.get(key)]
    if (was === undefined) return `peer ${key} added`
    if (is === undefined) return `peer ${key} deleted`
    return fieldChanges(was, is).length === 0 ? [] : `peer ${key} changed`
  })
}

const sorts: { readonly [group: string]: string | undefined } = {
  bridgeVlan: 'bridge vlan',
  bridgeVni: 'bridge vni',
  fdb: 'fdb entry',
  mdb: 'mdb entry',
  mdbRouter: 'mdb router',
}
const sortOf = ({ group }: Change) => sorts[group] ?? group

/** What a change is about: its name or key, and the link that it belongs to. */
function subjectOf({ group, object }: Change, before: unknown, names: Names): string {
  const told = (before ?? object) as Readonly<Record<string, unknown>>
  if (group === 'link') return String(told.name)
  const link = typeof told.link === 'number' ? (names.get(told.link) ?? `#${told.link}`) : undefined
  const on = link === undefined ? '' : ` on ${link}`
  const nameOf = (index: unknown) => names.get(index as number) ?? `#${index}`
  switch (group) {
    case 'address':
      return `${told.address}/${told.prefixLength}${on}`
    case 'route':
      return `${told.destination}${told.via === undefined ? '' : ` via ${told.via}`}${on} table ${told.table}`
    case 'rule':
      return `${told.priority ?? 0} (IPv${told.family})`
    case 'neighbour':
      return `${told.address}${on}`
    case 'fdb':
      return `${told.mac}${told.vlan === undefined ? '' : ` vlan ${told.vlan}`}${on}`
    case 'mdb':
      return `${told.group}${told.vlan === undefined ? '' : ` vlan ${told.vlan}`} on ${nameOf(told.port)}`
    case 'mdbRouter':
      return `${nameOf(told.port)} of ${nameOf(told.bridge)}`
    case 'bridgeVni':
      return `${told.vni}${on}`
    case 'bridgeVlan':
      return `${told.vlan}${on}`
    case 'wireguard':
      return link ?? String(told.name)
    case 'action':
      return `${told.kind} ${told.index}`
    case 'class':
      return `${told.classId}${on}`
    default:
      return `${told.kind} ${told.handle}${on}`
  }
}

function word(value: unknown): string {
  if (value === undefined) return 'none'
  if (Array.isArray(value) && value.every((entry) => typeof entry !== 'object')) return value.join(' ') || 'none'
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
