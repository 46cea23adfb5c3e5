/** The whole state of a mock kernel as plain data. @module */

import type { Kernel } from './kernel.js'
import { Namespace } from './namespace.js'
import { Device } from './object/device.js'
import type { RouteEntry } from './object/route-entry.js'
import { SmallMap } from './object/small-map.js'
import { SolicitedMembership } from './object/solicited-membership.js'
import { savedAction } from './restore-action.js'
import { savedBlock } from './restore-block.js'
import type { SavedNat } from './restore-nat.js'
import { ActionEntry } from './traffic/action-entry.js'

/** The version of the format that this release writes and reads. */
export const version = 9

/** The state of a mock kernel, fit for `JSON.stringify`. Made by `save()`, taken by `mockDriver({ state })`. */
export interface MockState {
  /** The version of the format. */
  readonly version: number
  /** Kernel time when it was saved, seconds. */
  readonly now: number
  /** State of the random numbers. */
  readonly random: number
  /** The handle that was last chosen for a discipline. */
  readonly lastHandle: number
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
  /** Rules of IPv4 were once changed here. */
  readonly ownRules4: boolean
  /** A VRF was once made here. */
  readonly hasVrfRules: boolean
  /** Inodes of other namespaces with the numbers by which they are known here. */
  readonly ids: readonly (readonly [inode: number, id: number])[]
  /** Its links: index, word of the kind, and the fields. */
  readonly links: readonly { readonly index: number; readonly kind?: string; readonly fields: unknown }[]
  /** Its routes. */
  readonly routes: unknown
  /** Its rules. */
  readonly rules: unknown
  /** Its settings, but those of its links. */
  readonly sysctls: unknown
  /** What fits the ways to destinations, as routers told. */
  readonly pathMtus: unknown
  /** What other hosts were told of errors, and when. */
  readonly peers: unknown
  /** Its rules and connections of address translation. */
  readonly nat: unknown
  /** Its MAC filters. */
  readonly macFilters: unknown
  /** Its actions of traffic control. */
  readonly actions: unknown
  /** Filters of traffic control that its links share. */
  readonly blocks: unknown
}

/** Fields of a link that are known otherwise, or made anew. */
export const derived: ReadonlySet<string> = new Set([
  ...['namespace', 'index', 'kind', 'routes', 'watched', 'unborn', 'announced'],
  ...['macCache', 'parts', 'fdbIndex', 'tunQueues', 'traffic'],
])

/** The state of a kernel. */
export function saveState(kernel: Kernel): MockState {
  const { namespaces } = kernel
  return {
    version,
    now: kernel.now(),
    random: kernel.random.state,
    lastHandle: kernel.lastHandle,
    nextInode: namespaces.nextInode,
    namespaces: [...namespaces.all].map((namespace) => ({
      inode: namespace.inode,
      names: [...namespace.names],
      lastIndex: namespace.lastIndex,
      ownRules4: namespace.ownRules4,
      hasVrfRules: namespace.hasVrfRules,
      ids: [...namespace.ids].map(([other, id]) => [other.inode, id] as const),
      links: namespace.sorted().map((device) => {
        const fields = Object.fromEntries(
          Object.entries({ ...device, ...device.parts }).filter(([name]) => !derived.has(name)),
        )
        const kind = device.kind?.word?.(device) ?? device.kind?.name
        return { index: device.index, ...(kind === undefined ? {} : { kind }), fields: encode(fields) }
      }),
      routes: encode({ 4: allRoutes(namespace, 4), 6: allRoutes(namespace, 6) }),
      rules: encode(namespace.rules),
      sysctls: encode(namespace.sysctls),
      pathMtus: encode(namespace.pathMtus),
      peers: encode(namespace.peers.all),
      nat: encode(natOf(namespace, kernel.now())),
      macFilters: encode(namespace.macFilters),
      actions: encode(namespace.actions.all().map(savedAction)),
      blocks: encode(namespace.blocks.all().map(savedBlock)),
    })),
  }
}

/** What has not expired. */
const natOf = ({ nat }: Namespace, now: number): SavedNat => ({
  tables: nat.tables,
  connections: [...nat.connections.all(now)],
})

function allRoutes(namespace: Namespace, family: 4 | 6): RouteEntry[] {
  return namespace.routes[family].all().flatMap((table) => [...table.all()])
}

/** Plain data for a value: links, namespaces, actions, octets, maps and sets become objects with one tag. */
function encode(value: unknown): unknown {
  if (value === Number.POSITIVE_INFINITY) return { $number: 'Infinity' }
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Device) return { $link: [value.namespace.inode, value.index] }
  if (value instanceof ActionEntry) return { $action: [value.table.inode, value.action.kind, value.action.index] }
  if (value instanceof Namespace) return { $namespace: value.inode }
  if (value instanceof Uint8Array) return { $octets: [...value] }
  if (value instanceof Map || value instanceof SmallMap)
    return { $map: [...value].map(([key, entry]) => [encode(key), encode(entry)]) }
  if (value instanceof Set) return { $set: [...value].map(encode) }
  if (Array.isArray(value)) return value.map(encode)
  if (value instanceof SolicitedMembership) {
    const { low: _, ...more } = value
    return encode({ octets: value.octets, ...more })
  }
  const out: Record<string, unknown> = {}
  for (const [name, entry] of Object.entries(value)) {
    if (entry !== undefined && name !== 'timer' && name !== 'place') out[name] = encode(entry)
  }
  return out
}
