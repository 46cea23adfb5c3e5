/** What is read of several namespaces, and which namespace the other end of a link is in. @module */
import type { Address, Link, Namespace, NamespaceInfo } from '@vnet/core'

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

/** Reads links and addresses of the namespaces (`ip link`, `ip address`, `ip netns list-id`). Throws what the lists throw. */
export async function readPlaces(places: readonly Place[]): Promise<readonly Reading[]> {
  const named = new Map(places.map(({ namespace }, at) => [namespace.name, at]))
  const readings = await Promise.all(
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
  return resolveNumbers(readings)
}

/** The numbers are those of the namespace that is asked, so each is asked for itself. */
async function namespacesKnownTo(namespace: Namespace): Promise<readonly NamespaceInfo[]> {
  const [result] = await namespace.execute([{ operation: 'namespace list', spec: {} }])
  // Without named namespaces the pairs of links still tell which namespaces belong together.
  return result.ok ? result.value : []
}

/**
 * Which namespace each number means. A number means nothing but in the namespace that gave it, and the kernel tells it
 * only of namespaces with a name. For the others the veth pairs tell: both ends know each other's index, and all links
 * with the same number have their other ends in the same namespace.
 */
export function resolveNumbers(readings: readonly Reading[]): readonly Reading[] {
  return readings.map((reading, at) => {
    const numbers = new Map(reading.numbers)
    const ids = new Set(reading.links.map(({ linkNamespaceId }) => linkNamespaceId))
    for (const id of ids) {
      if (id === undefined || numbers.has(id)) continue
      const pairs = reading.links.filter((link) => link.kind === 'veth' && link.linkNamespaceId === id)
      const fitting = readings.flatMap((other, place) => (place !== at && fits(pairs, other, at) ? [place] : []))
      if (pairs.length > 0 && fitting.length === 1) numbers.set(id, fitting[0] as number)
    }
    return { ...reading, numbers }
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
