/** The one list of operations. A request is data; its `operation` is also the error's, the trace's and the command's name. @module */
import type { Address, AddressFilter, CleanAddressKey, CleanAddressSpec } from './address.js'
import type { BridgeMst, BridgeMstChange, BridgeMstFilter } from './bridge-mst.js'
import type {
  BridgeVlan,
  BridgeVlanFilter,
  CleanBridgeVlanChange,
  CleanBridgeVlanKey,
  CleanBridgeVlanSpec,
} from './bridge-vlan.js'
import type { BridgeVlanGlobal, BridgeVlanGlobalFilter, CleanBridgeVlanGlobalChange } from './bridge-vlan-global.js'
import type { BridgeVni, BridgeVniFilter, CleanBridgeVniKey, CleanBridgeVniSpec } from './bridge-vni.js'
import type { CleanFdbFlush, CleanFdbKey, CleanFdbQuery, CleanFdbSpec, FdbEntry, FdbFilter } from './fdb.js'
import { formatIp, formatPrefix, type Prefix } from './ip.js'
import type { CleanLinkChange, CleanLinkSpec, Link, LinkFilter, LinkQuery, LinkRef } from './link.js'
import { formatMac } from './mac.js'
import type { CleanMacFilterSpec, MacFilter, MacFilterFilter, MacFilterKey } from './mac-filter.js'
import type {
  CleanMacsecSaSpec,
  MacsecDevice,
  MacsecQuery,
  MacsecSaChange,
  MacsecSaKey,
  MacsecScKey,
  MacsecScSpec,
} from './macsec.js'
import type {
  CleanMdbFilter,
  CleanMdbKey,
  CleanMdbSpec,
  MdbEntry,
  MdbFlush,
  MdbRouter,
  MdbRouterFilter,
} from './mdb.js'
import type { NamespaceInfo } from './namespace.js'
import type { CleanNatKey, CleanNatSpec, NatFilter, NatRule } from './nat.js'
import type { CleanNeighbourKey, CleanNeighbourSpec, Neighbour, NeighbourFilter } from './neighbour.js'
import type { Nic, NicFilter, NicQuery } from './nic.js'
import type { CleanPingSpec, PingReply } from './ping.js'
import type { CleanQdiscKey, CleanQdiscSpec, Qdisc, QdiscFilter } from './qdisc.js'
import type { CleanRouteFilter, CleanRouteKey, CleanRouteQuery, CleanRouteSpec, Route } from './route.js'
import type { CleanRuleSpec, Rule, RuleFilter } from './rule.js'
import type { SocketFilter, SocketState } from './socket-state.js'
import type { CleanSysctlChange, Sysctl, SysctlFilter, SysctlQuery } from './sysctl.js'
import type { TeamChange, TeamDevice, TeamQuery } from './team.js'
import type { CleanTokenSpec, Token, TokenFilter, TokenKey } from './token.js'
import type { Action } from './traffic/action.js'
import { formatHandle } from './traffic/handle.js'
import type { ActionFilter, ActionFlush, ActionKey, OwnActionSpec } from './traffic-action.js'
import type { ClassFilter, CleanClassKey, CleanClassSpec, TrafficClass } from './traffic-class.js'
import type { CleanFilterKey, CleanFilterQuery, CleanFilterSpec, TrafficFilter } from './traffic-filter.js'
import type { CleanWireguardChange, WireguardDevice, WireguardQuery } from './wireguard.js'

/**
 * Every operation: what a driver receives and what it returns. `add` fails with EEXIST where the object is there, `set`
 * of address, route, neighbour, FDB and MDB makes or replaces it (`ip … replace`), as that of traffic control does, which has
 * `change` besides for what is there; `set` of a link changes one that is there, `delete` fails where it is not there;
 * `get` returns `undefined` then. The kernel has it otherwise for the VLANs of a bridge: `add` of one that is there sets its
 * flags, `delete` of one that is not there succeeds; and for the identifiers of a VXLAN: `add` of one that is there changes it.
 */
export interface Requests {
  'link add': { spec: CleanLinkSpec; result: Link }
  'link set': { spec: CleanLinkChange; result: undefined }
  'link delete': { spec: { readonly link: LinkRef }; result: undefined }
  'link get': { spec: LinkQuery; result: Link | undefined }
  'link list': { spec: LinkFilter; result: Link[] }
  'address add': { spec: CleanAddressSpec; result: undefined }
  'address set': { spec: CleanAddressSpec; result: undefined }
  'address delete': { spec: CleanAddressKey; result: undefined }
  'address list': { spec: AddressFilter; result: Address[] }
  'route add': { spec: CleanRouteSpec; result: undefined }
  'route set': { spec: CleanRouteSpec; result: undefined }
  'route delete': { spec: CleanRouteKey; result: undefined }
  'route get': { spec: CleanRouteQuery; result: Route | undefined }
  'route list': { spec: CleanRouteFilter; result: Route[] }
  'rule add': { spec: CleanRuleSpec; result: undefined }
  'rule delete': { spec: CleanRuleSpec; result: undefined }
  'rule list': { spec: RuleFilter; result: Rule[] }
  'neighbour add': { spec: CleanNeighbourSpec; result: undefined }
  'neighbour set': { spec: CleanNeighbourSpec; result: undefined }
  'neighbour delete': { spec: CleanNeighbourKey; result: undefined }
  'neighbour get': { spec: CleanNeighbourKey; result: Neighbour | undefined }
  'neighbour list': { spec: NeighbourFilter; result: Neighbour[] }
  'fdb add': { spec: CleanFdbSpec; result: undefined }
  'fdb set': { spec: CleanFdbSpec; result: undefined }
  'fdb delete': { spec: CleanFdbKey; result: undefined }
  'fdb get': { spec: CleanFdbQuery; result: FdbEntry | undefined }
  'fdb list': { spec: FdbFilter; result: FdbEntry[] }
  'fdb flush': { spec: CleanFdbFlush; result: undefined }
  'bridgeVlan add': { spec: CleanBridgeVlanSpec; result: undefined }
  'bridgeVlan set': { spec: CleanBridgeVlanChange; result: undefined }
  'bridgeVlan delete': { spec: CleanBridgeVlanKey; result: undefined }
  'bridgeVlan list': { spec: BridgeVlanFilter; result: BridgeVlan[] }
  'bridgeVlanGlobal set': { spec: CleanBridgeVlanGlobalChange; result: undefined }
  'bridgeVlanGlobal list': { spec: BridgeVlanGlobalFilter; result: BridgeVlanGlobal[] }
  'bridgeMst set': { spec: BridgeMstChange; result: undefined }
  'bridgeMst list': { spec: BridgeMstFilter; result: BridgeMst[] }
  'bridgeVni add': { spec: CleanBridgeVniSpec; result: undefined }
  'bridgeVni delete': { spec: CleanBridgeVniKey; result: undefined }
  'bridgeVni list': { spec: BridgeVniFilter; result: BridgeVni[] }
  'mdb add': { spec: CleanMdbSpec; result: undefined }
  'mdb set': { spec: CleanMdbSpec; result: undefined }
  'mdb delete': { spec: CleanMdbKey; result: undefined }
  'mdb list': { spec: CleanMdbFilter; result: MdbEntry[] }
  'mdb flush': { spec: MdbFlush; result: undefined }
  'mdbRouter list': { spec: MdbRouterFilter; result: MdbRouter[] }
  'qdisc add': { spec: CleanQdiscSpec; result: undefined }
  'qdisc set': { spec: CleanQdiscSpec; result: undefined }
  'qdisc change': { spec: CleanQdiscSpec; result: undefined }
  'qdisc delete': { spec: CleanQdiscKey; result: undefined }
  'qdisc list': { spec: QdiscFilter; result: Qdisc[] }
  'class add': { spec: CleanClassSpec; result: undefined }
  'class set': { spec: CleanClassSpec; result: undefined }
  'class change': { spec: CleanClassSpec; result: undefined }
  'class delete': { spec: CleanClassKey; result: undefined }
  'class list': { spec: ClassFilter; result: TrafficClass[] }
  'filter add': { spec: CleanFilterSpec; result: undefined }
  'filter set': { spec: CleanFilterSpec; result: undefined }
  'filter change': { spec: CleanFilterSpec; result: undefined }
  'filter delete': { spec: CleanFilterKey; result: undefined }
  'filter list': { spec: CleanFilterQuery; result: TrafficFilter[] }
  'action add': { spec: OwnActionSpec; result: Action }
  'action set': { spec: OwnActionSpec; result: Action }
  'action delete': { spec: ActionKey; result: undefined }
  'action get': { spec: ActionKey; result: Action | undefined }
  'action list': { spec: ActionFilter; result: Action[] }
  'action flush': { spec: ActionFlush; result: undefined }
  'wireguard get': { spec: WireguardQuery; result: WireguardDevice | undefined }
  'wireguard set': { spec: CleanWireguardChange; result: undefined }
  'team get': { spec: TeamQuery; result: TeamDevice | undefined }
  'team set': { spec: TeamChange; result: undefined }
  'macsec get': { spec: MacsecQuery; result: MacsecDevice | undefined }
  'macsecSc add': { spec: MacsecScSpec; result: undefined }
  'macsecSc set': { spec: MacsecScSpec; result: undefined }
  'macsecSc delete': { spec: MacsecScKey; result: undefined }
  'macsecSa add': { spec: CleanMacsecSaSpec; result: undefined }
  'macsecSa set': { spec: MacsecSaChange; result: undefined }
  'macsecSa delete': { spec: MacsecSaKey; result: undefined }
  'token set': { spec: CleanTokenSpec; result: undefined }
  'token delete': { spec: TokenKey; result: undefined }
  'token list': { spec: TokenFilter; result: Token[] }
  'nic get': { spec: NicQuery; result: Nic | undefined }
  'nic list': { spec: NicFilter; result: Nic[] }
  'sysctl get': { spec: SysctlQuery; result: string | undefined }
  'sysctl set': { spec: CleanSysctlChange; result: undefined }
  'sysctl list': { spec: SysctlFilter; result: Sysctl[] }
  'nat add': { spec: CleanNatSpec; result: NatRule }
  'nat delete': { spec: CleanNatKey; result: undefined }
  'nat list': { spec: NatFilter; result: NatRule[] }
  'nat flush': { spec: NatFilter; result: undefined }
  'macFilter set': { spec: CleanMacFilterSpec; result: undefined }
  'macFilter delete': { spec: MacFilterKey; result: undefined }
  'macFilter list': { spec: MacFilterFilter; result: MacFilter[] }
  'socket list': { spec: SocketFilter; result: SocketState[] }
  'namespace add': { spec: { readonly name: string }; result: undefined }
  'namespace delete': { spec: { readonly name: string }; result: undefined }
  'namespace list': { spec: Record<never, never>; result: NamespaceInfo[] }
  ping: { spec: CleanPingSpec; result: PingReply }
}

/** The name of an operation. */
export type Operation = keyof Requests

/** A request as data. */
export type Request = { [O in Operation]: { readonly operation: O; readonly spec: Requests[O]['spec'] } }[Operation]

/** What became of a request. */
export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: Error }

/** The result of each request of a list, in its order. */
export type ResultsOf<R extends readonly { readonly operation: Operation }[]> = {
  -readonly [I in keyof R]: Result<Requests[R[I]['operation']]['result']>
}

/** Every operation, for tables and tests. */
export const operations: readonly Operation[] = [
  'link add',
  'link set',
  'link delete',
  'link get',
  'link list',
  'address add',
  'address set',
  'address delete',
  'address list',
  'route add',
  'route set',
  'route delete',
  'route get',
  'route list',
  'rule add',
  'rule delete',
  'rule list',
  'neighbour add',
  'neighbour set',
  'neighbour delete',
  'neighbour get',
  'neighbour list',
  'fdb add',
  'fdb set',
  'fdb delete',
  'fdb get',
  'fdb list',
  'fdb flush',
  'bridgeVlan add',
  'bridgeVlan set',
  'bridgeVlan delete',
  'bridgeVlan list',
  'bridgeVlanGlobal set',
  'bridgeVlanGlobal list',
  'bridgeMst set',
  'bridgeMst list',
  'bridgeVni add',
  'bridgeVni delete',
  'bridgeVni list',
  'mdb add',
  'mdb set',
  'mdb delete',
  'mdb list',
  'mdb flush',
  'mdbRouter list',
  'qdisc add',
  'qdisc set',
  'qdisc change',
  'qdisc delete',
  'qdisc list',
  'class add',
  'class set',
  'class change',
  'class delete',
  'class list',
  'filter add',
  'filter set',
  'filter change',
  'filter delete',
  'filter list',
  'action add',
  'action set',
  'action delete',
  'action get',
  'action list',
  'action flush',
  'wireguard get',
  'wireguard set',
  'team get',
  'team set',
  'macsec get',
  'macsecSc add',
  'macsecSc set',
  'macsecSc delete',
  'macsecSa add',
  'macsecSa set',
  'macsecSa delete',
  'token set',
  'token delete',
  'token list',
  'nic get',
  'nic list',
  'sysctl get',
  'sysctl set',
  'sysctl list',
  'nat add',
  'nat delete',
  'nat list',
  'nat flush',
  'macFilter set',
  'macFilter delete',
  'macFilter list',
  'socket list',
  'namespace add',
  'namespace delete',
  'namespace list',
  'ping',
]

/** Fields that name what a request is about, the first that is there. A change is about the link, not its new name. */
const subjects: { readonly [object: string]: readonly string[] } = {
  link: ['link', 'name', 'kind'],
  address: ['address'],
  route: ['destination', 'to'],
  rule: ['from', 'to', 'priority'],
  neighbour: ['address'],
  fdb: ['mac'],
  bridgeVlanGlobal: ['bridge'],
  mdb: ['group', 'bridge'],
  mdbRouter: ['bridge'],
  qdisc: ['link'],
  class: ['classId'],
  filter: ['link', 'block'],
  action: ['kind'],
  wireguard: ['link'],
  team: ['link'],
  macsec: ['link'],
  macsecSc: ['link'],
  macsecSa: ['link'],
  nic: ['link'],
  sysctl: ['name', 'below'],
  nat: ['handle', 'kind'],
  macFilter: ['link'],
  socket: ['protocol'],
  namespace: ['name'],
  ping: ['address'],
}

/** What a request is about, in a word, for errors and traces: `br0`, `10.0.0.0/8`. */
export function subjectOf(request: Request): string | undefined {
  const spec = request.spec as { readonly [field: string]: unknown }
  const object = request.operation.split(' ')[0] as string
  const field = (subjects[object] ?? []).find((name) => spec[name] !== undefined)
  if (field === 'classId') return formatHandle(spec.classId as number)
  if (field === 'block') return `block ${spec.block}`
  const word = field === undefined ? undefined : wordOf(spec[field])
  return word ?? (spec.link === undefined ? undefined : wordOf(spec.link))
}

function wordOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return `#${value}`
  if (value instanceof Uint8Array) return value.length === 6 ? formatMac(value) : formatIp(value)
  if (typeof value === 'object' && value !== null && 'octets' in value) {
    const prefix = value as Prefix
    return prefix.length === 0 ? 'default' : formatPrefix(prefix)
  }
  return undefined
}
