/** IPv4 routes: entering and removing them, and what links do to them (`net/ipv4/fib_trie.c`, `fib_semantics.c`). @module */
import type { DriverEvent } from '@vnet/core'
import { sameOctets } from '../bits.js'
import type { Kernel } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import { refuse } from '../refusal.js'
import type { Device } from './device.js'
import { isOperational } from './device.js'
import { compareRanks } from './many-routes.js'
import { describeRoute, type Hop, type RouteEntry } from './route-entry.js'

/** Tells that a route is there or gone. */
export function tellRoute(
  kernel: Kernel,
  namespace: Namespace,
  route: RouteEntry,
  kind: 'route set' | 'route delete',
  replaces = false,
): void {
  namespace.tell('route', () => {
    const object = describeRoute(route, kernel.now())
    return { kind, group: 'route', object, ...(replaces ? { replaces } : {}) } as DriverEvent
  })
}

/** Whether two routes are the same in all that the kernel compares of an alias. */
function sameRoute(a: RouteEntry, b: RouteEntry): boolean {
  return (
    a.type === b.type &&
    a.scope === b.scope &&
    a.protocol === b.protocol &&
    sameOctets(a.source, b.source) &&
    JSON.stringify(a.metrics ?? null) === JSON.stringify(b.metrics ?? null) &&
    a.hops.length === b.hops.length &&
    a.hops.every((hop, index) => sameHop(hop, b.hops[index] as Hop))
  )
}

function sameHop(a: Hop, b: Hop): boolean {
  return a.device === b.device && sameOctets(a.via, b.via) && a.weight === b.weight && a.onLink === b.onLink
}

/** Enters a route: `add` refuses where one of its key is there, `replace` takes the first one's place, `append` comes behind. */
export function insert4(
  kernel: Kernel,
  namespace: Namespace,
  route: RouteEntry,
  how: 'add' | 'replace' | 'append',
): void {
  const table = namespace.routes[4].make(route.table)
  const [first] = table.alike(route)
  if (first !== undefined) {
    if (how === 'add') {
      refuse('EEXIST', undefined, {
        attribute: 'spec.destination',
        hint: 'there is a route to this destination with this metric in this table',
      })
    }
    const rivals = table.by(route.hops[0]?.device, route.key, route.length)
    const same = rivals.find((other) => compareRanks(other, route) === 0 && sameRoute(other, route))
    if (how === 'replace') {
      if (same !== undefined && same !== first) refuse('EEXIST', undefined, { attribute: 'spec.destination' })
      if (same !== undefined) return
      table.replace(first, route)
      tellRoute(kernel, namespace, route, 'route set', true)
      return
    }
    if (same !== undefined) refuse('EEXIST', undefined, { attribute: 'spec.destination' })
  }
  table.insert(route)
  tellRoute(kernel, namespace, route, 'route set')
}

/** Removes a route and tells of it. */
export function remove4(kernel: Kernel, namespace: Namespace, route: RouteEntry): void {
  namespace.routes[4].get(route.table)?.remove(route)
  tellRoute(kernel, namespace, route, 'route delete')
}

/**
 * A link went down (`down`), is taken from IPv4 altogether (`force`), or lost its carrier. Routes without a living way
 * vanish, and the kernel says nothing of it.
 */
export function syncDown(device: Device, event: 'down' | 'change' | 'unregister', force: boolean): void {
  for (const route of [...device.routes]) {
    if (route.family !== 4) continue
    let gone = 0
    for (const hop of route.hops) {
      if (hop.dead) gone++
      // An address of this host is reached however its link fares.
      else if (hop.device === device && (hop.scope !== nowhere || force)) {
        if (event !== 'change') hop.dead = true
        hop.linkDown = true
        gone++
      }
      // With a link that vanishes, all ways of the route go.
      if (event === 'unregister' && hop.device === device) gone = route.hops.length
    }
    if (gone < route.hops.length) continue
    route.allDown = true
    if (event !== 'change') device.namespace.routes[4].get(route.table)?.remove(route)
  }
}

const nowhere = 255

/** A link is up again, or has carrier again. */
export function syncUp(device: Device, revive: boolean): void {
  if (!device.up) return
  const carrier = device.carrier || isOperational(device)
  for (const route of device.routes) {
    if (route.family !== 4) continue
    for (const hop of route.hops) {
      if (hop.device !== device) continue
      if (revive) hop.dead = false
      if (carrier) hop.linkDown = false
    }
    if (carrier) route.allDown = false
  }
}

/** Routes with a source address that is no longer there vanish, without a word. */
export function dropSource(namespace: Namespace, text: string): void {
  for (const route of [...(namespace.routes[4].bySource.get(text) ?? [])]) {
    namespace.routes[4].get(route.table)?.remove(route)
  }
}
