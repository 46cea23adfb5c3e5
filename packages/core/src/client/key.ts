/** What identifies an object of each group, so that two states can be compared. @module */
import type { EventGroup, EventObjects } from '../event.js'
import type { Route } from '../route.js'

/** A text that is equal for two descriptions of one object. */
export function keyOf<G extends EventGroup>(group: G, object: EventObjects[G]): string {
  return (keys[group] as (object: EventObjects[G]) => string)(object)
}

/** The same for a link of which only the index is known. */
export function linkKey(index: number): string {
  return String(index)
}

/** What a replacing route has in common with the one that it replaces. */
export function routeBase(route: Route): string {
  return `${route.family} ${route.table} ${route.destination} ${route.from ?? ''} ${route.tos} ${route.metric ?? 0}`
}

const keys: { readonly [G in EventGroup]: (object: EventObjects[G]) => string } = {
  link: (link) => linkKey(link.index),
  address: (address) => `${address.link} ${address.address}/${address.prefixLength} ${address.peer ?? ''}`,
  route: (route) => {
    const ways = route.nextHops.map((hop) => `${hop.via ?? ''}%${hop.link}`).join()
    return `${routeBase(route)} ${route.type} ${route.via ?? ''}%${route.link ?? ''} ${ways}`
  },
  rule: (rule) => JSON.stringify({ ...rule, flags: undefined, other: undefined }),
  neighbour: (neighbour) => `${neighbour.link} ${neighbour.address} ${neighbour.flags.includes('proxy')}`,
  bridgeVlan: (entry) => `${entry.link} ${entry.vlan}`,
  bridgeVni: (entry) => `${entry.link} ${entry.vni}`,
  mdb: ({ bridge, port, group, source, vlan }) => `${bridge} ${port} ${group} ${source ?? ''} ${vlan ?? ''}`,
  mdbRouter: ({ bridge, port, vlan }) => `${bridge} ${port} ${vlan ?? ''}`,
  // A handle stays when the kind or the options of its discipline change.
  qdisc: (qdisc) => `${qdisc.link} ${qdisc.handle}`,
  class: ({ link, classId }) => `${link} ${classId}`,
  filter: ({ link, parent, block, chain, priority, handle }) =>
    `${block === undefined ? `${link} ${parent}` : `block ${block}`} ${chain} ${priority} ${handle}`,
  action: ({ kind, index }) => `${kind} ${index}`,
  fdb: (entry) =>
    `${entry.link} ${entry.mac} ${entry.vlan ?? ''} ${entry.master ?? ''} ${entry.remote ?? ''} ${entry.port ?? ''} ${entry.vni ?? ''} ${entry.sourceVni ?? ''} ${entry.via ?? ''} ${entry.nexthop ?? ''}`,
}
