/** The links of several namespaces as one tree: ports below their master, upper links below their lower one. @module */
import { type Address, type Alias, aliasOf, type Link, type Namespace, type NamespaceInfo } from '@vnet/core'

/** A namespace that takes part, with the name that it is shown by. */
export interface Place {
  /** The namespace. */
  readonly namespace: Namespace
  /** How it is shown. */
  readonly name: string
}

/** What was read from a namespace. */
export interface Reading {
  /** How the namespace is shown. */
  readonly name: string
  /** Its links. */
  readonly links: readonly Link[]
  /** Their addresses. */
  readonly addresses: readonly Address[]
  /** The numbers by which it knows other namespaces that take part: their place in the list. */
  readonly numbers: ReadonlyMap<number, number>
}

/** A link in the tree. */
export interface LinkNode {
  /** The link. */
  readonly link: Link
  /** Its addresses, those of its aliases among them. */
  readonly addresses: readonly Address[]
  /** Its aliases (`eth0:1`). */
  readonly aliases: readonly Alias[]
  /** The other end of a veth pair, or the lower link, where it is in another namespace. */
  readonly far?: FarEnd
  /** Name of the other end where it is in the same namespace. */
  readonly peer?: string
  /** Its ports. */
  readonly ports: readonly LinkNode[]
  /** The links made on it. */
  readonly children: readonly LinkNode[]
}

/** A link in another namespace. */
export interface FarEnd {
  /** The namespace; `undefined` when it does not take part. */
  readonly namespace?: string
  /** The link's name; `if5` where it is not known. */
  readonly name: string
}

/** A namespace in the tree. */
export interface NamespaceNode {
  /** How it is shown. */
  readonly name: string
  /** The links that are below no other. */
  readonly links: readonly LinkNode[]
}

/** Reads the namespaces. */
export async function readPlaces(places: readonly Place[]): Promise<readonly Reading[]> {
  const named = new Map(places.map(({ namespace }, at) => [namespace.name, at]))
  return Promise.all(
    places.map(async ({ namespace, name }): Promise<Reading> => {
      const [links, addresses, known] = await Promise.all([
        namespace.link.list(),
        namespace.address.list(),
        namespacesKnownTo(namespace),
      ])
      const numbers = new Map<number, number>()
      for (const { id, name: other } of known) {
        const at = named.get(other)
        if (id !== undefined && at !== undefined) numbers.set(id, at)
      }
      return { name, links, addresses, numbers }
    }),
  )
}

/** The numbers are those of the namespace that is asked, so each is asked for itself. */
async function namespacesKnownTo(namespace: Namespace): Promise<readonly NamespaceInfo[]> {
  const [result] = await namespace.execute([{ operation: 'namespace list', spec: {} }])
  // Without named namespaces the pairs of links still tell which namespaces belong together.
  return result.ok ? result.value : []
}

/** Puts what was read into a tree. */
export function treeOf(readings: readonly Reading[]): readonly NamespaceNode[] {
  const numbers = resolveNumbers(readings)
  return readings.map((reading, at) => ({ name: reading.name, links: roots(reading, at, readings, numbers) }))
}

function roots(
  reading: Reading,
  at: number,
  readings: readonly Reading[],
  numbers: readonly ReadonlyMap<number, number>[],
): readonly LinkNode[] {
  const byIndex = new Map(reading.links.map((link) => [link.index, link]))
  const above = (link: Link): number | undefined => {
    if (link.master !== undefined && byIndex.has(link.master)) return link.master
    return lowerOf(link, byIndex)?.index
  }
  const shown = new Set<number>()
  const node = (link: Link): LinkNode => {
    shown.add(link.index)
    const below = reading.links.filter((other) => above(other) === link.index && !shown.has(other.index))
    const far = farEnd(link, at, readings, numbers)
    const peer = peerOf(link, byIndex)
    const addresses = reading.addresses.filter((address) => address.link === link.index)
    return {
      link,
      addresses,
      aliases: addresses.flatMap((address) => aliasOf(address, link) ?? []),
      ...(far === undefined ? {} : { far }),
      ...(peer === undefined ? {} : { peer: peer.name }),
      ports: below.filter((other) => other.master === link.index).map(node),
      children: below.filter((other) => other.master !== link.index).map(node),
    }
  }
  const top = reading.links.filter((link) => above(link) === undefined).map(node)
  // A circle (which the kernel forbids, but a list read while it changes may show) has no top of its own.
  for (const link of reading.links) if (!shown.has(link.index)) top.push(node(link))
  return top
}

/** The lower link in the same namespace; the other end of a veth pair is none. */
function lowerOf(link: Link, byIndex: ReadonlyMap<number, Link>): Link | undefined {
  if (link.kind === 'veth' || link.parent === undefined || link.linkNamespaceId !== undefined) return undefined
  return link.parent === link.index ? undefined : byIndex.get(link.parent)
}

function peerOf(link: Link, byIndex: ReadonlyMap<number, Link>): Link | undefined {
  if (link.kind !== 'veth' || link.parent === undefined || link.linkNamespaceId !== undefined) return undefined
  return byIndex.get(link.parent)
}

function farEnd(
  link: Link,
  at: number,
  readings: readonly Reading[],
  numbers: readonly ReadonlyMap<number, number>[],
): FarEnd | undefined {
  const { parent, linkNamespaceId } = link
  if (parent === undefined || parent === 0 || linkNamespaceId === undefined) return undefined
  const other = readings[numbers[at]?.get(linkNamespaceId) ?? -1]
  const name = other?.links.find(({ index }) => index === parent)?.name ?? `if${parent}`
  return other === undefined ? { name } : { namespace: other.name, name }
}

/**
 * Which namespace each number means. A number means nothing but in the namespace that gave it, and the kernel tells it
 * only of namespaces with a name. For the others the veth pairs tell: both ends know each other's index, and all links
 * with the same number have their other ends in the same namespace.
 */
function resolveNumbers(readings: readonly Reading[]): readonly ReadonlyMap<number, number>[] {
  return readings.map((reading, at) => {
    const resolved = new Map(reading.numbers)
    const ids = new Set(reading.links.map(({ linkNamespaceId }) => linkNamespaceId))
    for (const id of ids) {
      if (id === undefined || resolved.has(id)) continue
      const pairs = reading.links.filter((link) => link.kind === 'veth' && link.linkNamespaceId === id)
      const fitting = readings.flatMap((other, place) => (place !== at && fits(pairs, other, at) ? [place] : []))
      if (pairs.length > 0 && fitting.length === 1) resolved.set(id, fitting[0] as number)
    }
    return resolved
  })
}

/** Whether a namespace has the other ends of all the pairs, and does not already know them to be elsewhere. */
function fits(pairs: readonly Link[], other: Reading, at: number): boolean {
  return pairs.every((link) =>
    other.links.some((end) => {
      if (end.index !== link.parent || end.parent !== link.index || end.linkNamespaceId === undefined) return false
      const known = other.numbers.get(end.linkNamespaceId)
      return end.kind === 'veth' && (known === undefined || known === at)
    }),
  )
}
