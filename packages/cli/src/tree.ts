/** The links of several namespaces as one tree: ports below their master, upper links below their lower one. @module */
import { type Address, type Alias, aliasOf, type Link } from '@vnet/core'
import type { Reading } from '@vnet/explain'

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

/** Puts what was read into a tree. */
export function treeOf(readings: readonly Reading[]): readonly NamespaceNode[] {
  return readings.map((reading) => ({ name: reading.name, links: roots(reading, readings) }))
}

function roots(reading: Reading, readings: readonly Reading[]): readonly LinkNode[] {
  const byIndex = new Map(reading.links.map((link) => [link.index, link]))
  const above = (link: Link): number | undefined => {
    if (link.master !== undefined && byIndex.has(link.master)) return link.master
    return lowerOf(link, byIndex)?.index
  }
  const shown = new Set<number>()
  const node = (link: Link): LinkNode => {
    shown.add(link.index)
    const below = reading.links.filter((other) => above(other) === link.index && !shown.has(other.index))
    const far = farEnd(link, reading, readings)
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

function farEnd(link: Link, { numbers }: Reading, readings: readonly Reading[]): FarEnd | undefined {
  const { parent, linkNamespaceId } = link
  if (parent === undefined || parent === 0 || linkNamespaceId === undefined) return undefined
  const other = readings[numbers.get(linkNamespaceId) ?? -1]
  const name = other?.links.find(({ index }) => index === parent)?.name ?? `if${parent}`
  return other === undefined ? { name } : { namespace: other.name, name }
}
