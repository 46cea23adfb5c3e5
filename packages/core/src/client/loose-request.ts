/** Requests before they are checked: what the client's methods take, as data. Types only. @module */
import type { AddressFilter, AddressKey, AddressSpec } from '../address.js'
import type { BridgeMstChange, BridgeMstFilter } from '../bridge-mst.js'
import type { BridgeVlanChange, BridgeVlanFilter, BridgeVlanKey, BridgeVlanSpec } from '../bridge-vlan.js'
import type { BridgeVlanGlobalChange, BridgeVlanGlobalFilter } from '../bridge-vlan-global.js'
import type { BridgeVniFilter, BridgeVniKey, BridgeVniSpec } from '../bridge-vni.js'
import type { FdbFilter, FdbFlush, FdbKey, FdbQuery, FdbSpec } from '../fdb.js'
import type { LinkChange, LinkFilter, LinkRef, LinkSpec, OtherLinkSpec } from '../link.js'
import type { MacFilterFilter, MacFilterKey, MacFilterSpec } from '../mac-filter.js'
import type { MacsecQuery, MacsecSaChange, MacsecSaKey, MacsecSaSpec, MacsecScKey, MacsecScSpec } from '../macsec.js'
import type { MdbFilter, MdbFlush, MdbKey, MdbRouterFilter, MdbSpec } from '../mdb.js'
import type { NatFilter, NatKey, NatSpec } from '../nat.js'
import type { NeighbourFilter, NeighbourKey, NeighbourSpec } from '../neighbour.js'
import type { NicFilter, NicQuery } from '../nic.js'
import type { PingSpec } from '../ping.js'
import type { OtherQdiscSpec, QdiscFilter, QdiscKey, QdiscSpec } from '../qdisc.js'
import type { Operation, Requests, Result } from '../request.js'
import type { RouteFilter, RouteQuery, RouteSpec } from '../route.js'
import type { RuleFilter, RuleSpec } from '../rule.js'
import type { SocketFilter } from '../socket-state.js'
import type { SysctlChange, SysctlFilter, SysctlQuery } from '../sysctl.js'
import type { TeamChange, TeamQuery } from '../team.js'
import type { TokenFilter, TokenKey, TokenSpec } from '../token.js'
import type { ActionFilter, ActionFlush, ActionKey, OwnActionSpec } from '../traffic-action.js'
import type { ClassFilter, ClassKey, ClassSpec, OtherClassSpec } from '../traffic-class.js'
import type { FilterKey, FilterQuery, FilterSpec } from '../traffic-filter.js'
import type { WireguardChange, WireguardQuery } from '../wireguard.js'

/** What a request looks like before it is checked: the operation and what the client's method of that name takes. */
export interface LooseRequests {
  'link add': LinkSpec | OtherLinkSpec
  'link set': LinkChange
  'link delete': { readonly link: LinkRef }
  'link get': { readonly link: LinkRef; readonly statistics?: boolean }
  'link list': LinkFilter
  'address add': AddressSpec
  'address set': AddressSpec
  'address delete': AddressKey
  'address list': AddressFilter
  'route add': RouteSpec
  'route set': RouteSpec
  'route delete': RouteSpec
  'route get': RouteQuery
  'route list': RouteFilter
  'rule add': RuleSpec
  'rule delete': RuleSpec
  'rule list': RuleFilter
  'neighbour add': NeighbourSpec
  'neighbour set': NeighbourSpec
  'neighbour delete': NeighbourKey
  'neighbour get': NeighbourKey
  'neighbour list': NeighbourFilter
  'fdb add': FdbSpec
  'fdb set': FdbSpec
  'fdb delete': FdbKey
  'fdb get': FdbQuery
  'fdb list': FdbFilter
  'fdb flush': FdbFlush
  'bridgeVlan add': BridgeVlanSpec
  'bridgeVlan set': BridgeVlanChange
  'bridgeVlan delete': BridgeVlanKey
  'bridgeVlan list': BridgeVlanFilter
  'bridgeVlanGlobal set': BridgeVlanGlobalChange
  'bridgeVlanGlobal list': BridgeVlanGlobalFilter
  'bridgeMst set': BridgeMstChange
  'bridgeMst list': BridgeMstFilter
  'token set': TokenSpec
  'token delete': TokenKey
  'token list': TokenFilter
  'bridgeVni add': BridgeVniSpec
  'bridgeVni delete': BridgeVniKey
  'bridgeVni list': BridgeVniFilter
  'mdb add': MdbSpec
  'mdb set': MdbSpec
  'mdb delete': MdbKey
  'mdb list': MdbFilter
  'mdb flush': MdbFlush
  'mdbRouter list': MdbRouterFilter
  'qdisc add': QdiscSpec | OtherQdiscSpec
  'qdisc set': QdiscSpec | OtherQdiscSpec
  'qdisc change': QdiscSpec | OtherQdiscSpec
  'qdisc delete': QdiscKey
  'qdisc list': QdiscFilter
  'class add': ClassSpec | OtherClassSpec
  'class set': ClassSpec | OtherClassSpec
  'class change': ClassSpec | OtherClassSpec
  'class delete': ClassKey
  'class list': ClassFilter
  'filter add': FilterSpec
  'filter set': FilterSpec
  'filter change': FilterSpec
  'filter delete': FilterKey
  'filter list': FilterQuery
  'action add': OwnActionSpec
  'action set': OwnActionSpec
  'action delete': ActionKey
  'action get': ActionKey
  'action list': ActionFilter
  'action flush': ActionFlush
  'wireguard get': WireguardQuery
  'wireguard set': WireguardChange
  'team get': TeamQuery
  'team set': TeamChange
  'macsec get': MacsecQuery
  'macsecSc add': MacsecScSpec
  'macsecSc set': MacsecScSpec
  'macsecSc delete': MacsecScKey
  'macsecSa add': MacsecSaSpec
  'macsecSa set': MacsecSaChange
  'macsecSa delete': MacsecSaKey
  'nic get': NicQuery
  'nic list': NicFilter
  'sysctl get': SysctlQuery
  'sysctl set': SysctlChange
  'sysctl list': SysctlFilter
  'nat add': NatSpec
  'nat delete': NatKey
  'nat list': NatFilter
  'nat flush': NatFilter
  'macFilter set': MacFilterSpec
  'macFilter delete': MacFilterKey
  'macFilter list': MacFilterFilter
  'socket list': SocketFilter
  'namespace add': { readonly name: string }
  'namespace delete': { readonly name: string }
  'namespace list': Record<never, never>
  ping: PingSpec
}

/** A request as a user writes it: `{ operation: 'link add', spec: { … } }`. */
export type LooseRequest = { [O in Operation]: { readonly operation: O; readonly spec: LooseRequests[O] } }[Operation]

/** The result of each request, in order. */
export type LooseResults<R extends readonly { readonly operation: Operation }[]> = {
  -readonly [I in keyof R]: Result<Requests[R[I]['operation']]['result']>
}
