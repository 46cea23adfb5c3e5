/** What changes: events of links, addresses, routes, rules, neighbours, FDB entries, VLANs of bridges, identifiers of VXLANs, disciplines. @module */
import type { Address } from './address.js'
import type { BridgeVlan } from './bridge-vlan.js'
import type { BridgeVni } from './bridge-vni.js'
import type { FdbEntry } from './fdb.js'
import type { BridgePortState } from './kind/bridge-port.js'
import type { Link } from './link.js'
import type { MdbEntry, MdbRouter } from './mdb.js'
import type { Neighbour } from './neighbour.js'
import type { Qdisc } from './qdisc.js'
import type { Route } from './route.js'
import type { Rule } from './rule.js'
import type { Action } from './traffic/action.js'
import type { TrafficClass } from './traffic-class.js'
import type { TrafficFilter } from './traffic-filter.js'

/** What can be watched. */
export type EventGroup =
  | 'link'
  | 'address'
  | 'route'
  | 'rule'
  | 'neighbour'
  | 'fdb'
  | 'bridgeVlan'
  | 'bridgeVni'
  | 'mdb'
  | 'mdbRouter'
  | 'qdisc'
  | 'class'
  | 'filter'
  | 'action'

/** All groups, in the order of a snapshot. */
export const eventGroups: readonly EventGroup[] = [
  'link',
  'address',
  'route',
  'rule',
  'neighbour',
  'fdb',
  'bridgeVlan',
  'bridgeVni',
  'mdb',
  'mdbRouter',
  'qdisc',
  'class',
  'filter',
  'action',
]

/** An object of each group. */
export interface EventObjects {
  link: Link
  address: Address
  route: Route
  rule: Rule
  neighbour: Neighbour
  fdb: FdbEntry
  bridgeVlan: BridgeVlan
  bridgeVni: BridgeVni
  mdb: MdbEntry
  mdbRouter: MdbRouter
  /** Disciplines that somebody chose: those that the kernel puts where none is come and go untold. */
  qdisc: Qdisc
  class: TrafficClass
  filter: TrafficFilter
  /** Actions that somebody made by themselves: those that filters made come and go with them, untold. */
  action: Action
}

/** What a driver tells: `set` for new or changed (the kernel has one word for both), `delete` for gone. */
export type DriverEvent =
  | {
      [G in EventGroup]: {
        readonly kind: `${G} set` | `${G} delete`
        readonly group: G
        readonly object: EventObjects[G]
        /** A route that took the place of the one with the same destination, table, metric and tos (`ip route replace`). */
        readonly replaces?: true
      }
    }[EventGroup]
  /** The bridge's view of a port changed, such as its STP state, and the link itself did not. */
  | { readonly kind: 'port set'; readonly group: 'link'; readonly link: number; readonly port: BridgePortState }
  /** The actions of a kind were deleted, up to the first that a filter has (`tc actions flush`); which, is not told. */
  | {
      readonly kind: 'action flush'
      readonly group: 'action'
      readonly flushed: { readonly kind: string; readonly count: number }
    }
  /** Some events were dropped (ENOBUFS); the state must be read again. */
  | { readonly kind: 'lost' }

/** A change, as the client tells it: it knows what was there before. */
export type ChangeEvent = {
  [G in EventGroup]:
    | { readonly kind: `${G} add`; readonly group: G; readonly object: EventObjects[G] }
    | {
        readonly kind: `${G} set`
        readonly group: G
        readonly object: EventObjects[G]
        readonly before: EventObjects[G]
      }
    | { readonly kind: `${G} delete`; readonly group: G; readonly object: EventObjects[G] }
}[EventGroup]

/** What `watch` yields. */
export type NetworkEvent =
  | ChangeEvent
  /** The state at the start, when asked for; always the first event. */
  | { readonly kind: 'snapshot'; readonly state: Snapshot }
  /** Events were lost, the state was read again, and this is the difference. */
  | { readonly kind: 'resync'; readonly changes: readonly ChangeEvent[] }

/** The objects of the watched groups. */
export type Snapshot = { readonly [G in EventGroup]?: readonly EventObjects[G][] }
