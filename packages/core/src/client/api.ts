/** What a program holds of a namespace: one object a noun, each with the verbs of `ip`. Types only. @module */
import type { Address, AddressFilter, AddressKey, AddressSpec } from '../address.js'
import type { Alias, AliasFilter, AliasKey, AliasSpec } from '../alias.js'
import type { BridgeVlan, BridgeVlanChange, BridgeVlanFilter, BridgeVlanKey, BridgeVlanSpec } from '../bridge-vlan.js'
import type { BridgeVlanGlobal, BridgeVlanGlobalChange, BridgeVlanGlobalFilter } from '../bridge-vlan-global.js'
import type { Capabilities } from '../capability.js'
import type { Capture, CaptureOptions } from '../capture.js'
import type { CallOptions, Driver } from '../driver.js'
import type { EventGroup, NetworkEvent } from '../event.js'
import type { FdbEntry, FdbFilter, FdbFlush, FdbKey, FdbQuery, FdbSpec } from '../fdb.js'
import type { Link, LinkChange, LinkFilter, LinkRef, LinkSpec, OtherLinkSpec } from '../link.js'
import type {
  MacsecDevice,
  MacsecQuery,
  MacsecSaChange,
  MacsecSaKey,
  MacsecSaSpec,
  MacsecScKey,
  MacsecScSpec,
} from '../macsec.js'
import type { MdbEntry, MdbFilter, MdbFlush, MdbKey, MdbRouter, MdbRouterFilter, MdbSpec } from '../mdb.js'
import type { NamespaceInfo, NamespaceInput, NamespaceRef } from '../namespace.js'
import type { Neighbour, NeighbourFilter, NeighbourKey, NeighbourSpec } from '../neighbour.js'
import type { PingReply, PingSpec } from '../ping.js'
import type { TunPort, TunPortOptions } from '../port.js'
import type { Program, ProgramSpec } from '../program.js'
import type { OtherQdiscSpec, Qdisc, QdiscFilter, QdiscKey, QdiscSpec } from '../qdisc.js'
import type { Operation, Requests, Result } from '../request.js'
import type { Route, RouteFilter, RouteQuery, RouteSpec } from '../route.js'
import type { Rule, RuleFilter, RuleSpec } from '../rule.js'
import type { TeamChange, TeamDevice, TeamQuery } from '../team.js'
import type { ClassFilter, ClassKey, ClassSpec, OtherClassSpec, TrafficClass } from '../traffic-class.js'
import type { FilterKey, FilterQuery, FilterSpec, TrafficFilter } from '../traffic-filter.js'
import type { WireguardChange, WireguardDevice, WireguardQuery } from '../wireguard.js'

/** Links (`ip link`). */
export interface LinkClient {
  /** Makes a link, as `ip link add`. Throws `EEXIST` where the name is taken, `EOPNOTSUPP` for an unknown kind, `EPERM`. */
  add(spec: LinkSpec | OtherLinkSpec, options?: CallOptions): Promise<Link>
  /** Changes a link, as `ip link set`. Throws `ENODEV` where it is not there. */
  set(link: LinkRef, change: Omit<LinkChange, 'link'>, options?: CallOptions): Promise<void>
  /** Removes a link, as `ip link delete`. Throws `ENODEV`. */
  delete(link: LinkRef, options?: CallOptions): Promise<void>
  /** One link by name, index or alternative name, as `ip link show dev`; never by a dump. */
  get(link: LinkRef, options?: CallOptions & { readonly statistics?: boolean }): Promise<Link | undefined>
  /** All links that match, in order of index, as `ip link show`. */
  list(filter?: LinkFilter, options?: CallOptions): Promise<Link[]>
}

/** Addresses (`ip address`). */
export interface AddressClient {
  /** As `ip address add`. Throws `EEXIST`, `ENODEV`. */
  add(spec: AddressSpec, options?: CallOptions): Promise<void>
  /** Makes or changes it, as `ip address replace`. */
  set(spec: AddressSpec, options?: CallOptions): Promise<void>
  /** As `ip address delete`. Throws `EADDRNOTAVAIL` where it is not there. */
  delete(key: AddressKey, options?: CallOptions): Promise<void>
  /** As `ip address show`. */
  list(filter?: AddressFilter, options?: CallOptions): Promise<Address[]>
}

/** Alias sub-interfaces (`ifconfig eth0:1`): addresses of IPv4 that carry a name. */
export interface AliasClient {
  /**
   * Makes an alias, as `ip address add PREFIX dev eth0 label eth0:1`. Throws `ENODEV` where the link is not there, `EEXIST`
   * where an alias has this name or the link has this address, `EINVAL` where the name begins with an alternative name of
   * the link.
   */
  add(spec: AliasSpec, options?: CallOptions): Promise<void>
  /**
   * Removes an alias and nothing else, as `ifconfig eth0:1 down` does on a link with `promote_secondaries`: what the kernel
   * drops along with it is made again. Throws `ENODEV` where the link is not there, `EADDRNOTAVAIL` where the alias is not
   * there, `ENOTUNIQ` where several addresses carry the name and none is chosen.
   */
  delete(alias: string | AliasKey, options?: CallOptions): Promise<void>
  /** The aliases, those of a link together, links in order of index. Throws `ENODEV` where the link asked for is not there. */
  list(filter?: AliasFilter, options?: CallOptions): Promise<Alias[]>
}

/** Routes (`ip route`). */
export interface RouteClient {
  /** As `ip route add`. Throws `EEXIST`, `ENETUNREACH` for a gateway that no link reaches. */
  add(spec: RouteSpec, options?: CallOptions): Promise<void>
  /** Makes or replaces it, as `ip route replace`. */
  set(spec: RouteSpec, options?: CallOptions): Promise<void>
  /** As `ip route delete`; what is absent matches any. Throws `ESRCH` where there is none. */
  delete(spec: RouteSpec, options?: CallOptions): Promise<void>
  /** The way to an address, as `ip route get`. `undefined` when unreachable. */
  get(query: RouteQuery | string, options?: CallOptions): Promise<Route | undefined>
  /** As `ip route show`. */
  list(filter?: RouteFilter, options?: CallOptions): Promise<Route[]>
}

/** Rules of policy routing (`ip rule`). */
export interface RuleClient {
  /** As `ip rule add`. */
  add(spec: RuleSpec, options?: CallOptions): Promise<void>
  /** As `ip rule delete`; the first rule that matches all that is given. Throws `ENOENT`. */
  delete(spec: RuleSpec, options?: CallOptions): Promise<void>
  /** As `ip rule show`. */
  list(filter?: RuleFilter, options?: CallOptions): Promise<Rule[]>
}

/** Neighbours (`ip neighbour`). */
export interface NeighbourClient {
  /** As `ip neighbour add`. Throws `EEXIST`. */
  add(spec: NeighbourSpec, options?: CallOptions): Promise<void>
  /** Makes or replaces it, as `ip neighbour replace`. */
  set(spec: NeighbourSpec, options?: CallOptions): Promise<void>
  /** As `ip neighbour delete`. Throws `ENOENT`. */
  delete(key: NeighbourKey, options?: CallOptions): Promise<void>
  /** One neighbour, as `ip neighbour get`. */
  get(key: NeighbourKey, options?: CallOptions): Promise<Neighbour | undefined>
  /** As `ip neighbour show`. */
  list(filter?: NeighbourFilter, options?: CallOptions): Promise<Neighbour[]>
}

/** Forwarding database (`bridge fdb`). */
export interface FdbClient {
  /** As `bridge fdb add` (or `append`). Throws `EEXIST`. */
  add(spec: FdbSpec, options?: CallOptions): Promise<void>
  /** Makes or replaces it, as `bridge fdb replace`. */
  set(spec: FdbSpec, options?: CallOptions): Promise<void>
  /** As `bridge fdb delete`. Throws `ENOENT`. */
  delete(key: FdbKey, options?: CallOptions): Promise<void>
  /**
   * One entry, as `bridge fdb get` (Linux 5.0); of a VXLAN its first remote. Throws `EINVAL` with `master` where the link is no
   * port of a bridge, `EOPNOTSUPP` where the link keeps no entries that can be asked for.
   */
  get(query: FdbQuery, options?: CallOptions): Promise<FdbEntry | undefined>
  /** As `bridge fdb show`. */
  list(filter?: FdbFilter, options?: CallOptions): Promise<FdbEntry[]>
  /**
   * Removes all entries that match, in one go, as `bridge fdb flush` (Linux 5.19): also the bridge's own, unless told
   * otherwise (`permanent: false`). Throws `EOPNOTSUPP` where the link keeps none (before Linux 6.7: a VXLAN), `EINVAL` for a
   * port of another bridge, and for what a bridge or a VXLAN does not know of its entries.
   */
  flush(flush: FdbFlush, options?: CallOptions): Promise<void>
}

/** VLANs of bridges and their ports (`bridge vlan`); Linux 5.6, with the bridge's `vlanFiltering` on to take effect. */
export interface BridgeVlanClient {
  /**
   * As `bridge vlan add`; of a VLAN that is there it sets the flags. Throws `ENODEV`, `EOPNOTSUPP` where the link is no port
   * (or, with `self`, no bridge), and for a kernel without VLAN filtering.
   */
  add(spec: BridgeVlanSpec, options?: CallOptions): Promise<void>
  /** Changes options of VLANs that are there, as `bridge vlan set`. Throws `ENOENT`, `EINVAL` where the link is no port. */
  set(change: BridgeVlanChange, options?: CallOptions): Promise<void>
  /** As `bridge vlan delete`; the kernel says nothing where there is none. Throws `ENODEV`, `EOPNOTSUPP`. */
  delete(key: BridgeVlanKey, options?: CallOptions): Promise<void>
  /** Each VLAN of each port and bridge, as `bridge -d vlan show`; empty on a kernel that has none. */
  list(filter?: BridgeVlanFilter, options?: CallOptions): Promise<BridgeVlan[]>
}

/** Options of VLANs of bridges as a whole (`bridge vlan global`; Linux 5.15). They are not watched. */
export interface BridgeVlanGlobalClient {
  /**
   * Changes options of VLANs that are there, as `bridge vlan global set`. Throws `ENOENT` where the bridge and its ports have no
   * such VLAN, `EINVAL` where the link is no bridge, or for an option that the kernel does not know.
   */
  set(change: BridgeVlanGlobalChange, options?: CallOptions): Promise<void>
  /** Each VLAN that a bridge or a port of it has, as `bridge -d vlan global show`; empty on a kernel that has none. */
  list(filter?: BridgeVlanGlobalFilter, options?: CallOptions): Promise<BridgeVlanGlobal[]>
}

/** Multicast databases of bridges (`bridge mdb`), while the bridge is up and its `multicastSnooping` on. */
export interface MdbClient {
  /**
   * As `bridge mdb add`. Throws `EEXIST`, `ENODEV`, `EOPNOTSUPP` where the link is no bridge, `EINVAL` where it is down or does
   * not snoop, or the port is not its; and for what the kernel does not know (`supports['mdb sources']`).
   */
  add(spec: MdbSpec, options?: CallOptions): Promise<void>
  /** Makes or replaces it, as `bridge mdb replace`; before Linux 6.2 it throws `EEXIST` for one that is there. */
  set(spec: MdbSpec, options?: CallOptions): Promise<void>
  /** As `bridge mdb del`. Throws `EINVAL` where it is not there, `ENODEV`. */
  delete(key: MdbKey, options?: CallOptions): Promise<void>
  /** As `bridge -d -s mdb show`; empty on a kernel without snooping. */
  list(filter?: MdbFilter, options?: CallOptions): Promise<MdbEntry[]>
  /**
   * Removes all entries that match, in one go, as `bridge mdb flush` (Linux 6.8, `supports['mdb flush']`). Throws
   * `EOPNOTSUPP` on older kernels and for what is no bridge; a port of another bridge has no entries here.
   */
  flush(flush: MdbFlush, options?: CallOptions): Promise<void>
}

/** Ports of bridges with a multicast router behind them; a port's `multicastRouter` decides. */
export interface MdbRouterClient {
  /** The router ports of `bridge -d -s mdb show`; empty on a kernel without snooping. */
  list(filter?: MdbRouterFilter, options?: CallOptions): Promise<MdbRouter[]>
}

/** Queueing disciplines (`tc qdisc`). */
export interface QdiscClient {
  /**
   * As `tc qdisc add`. Throws `EEXIST` where one was chosen for that place, `ENOENT` for a parent that is not there or a kind
   * that the kernel lacks, `ENODEV`, `EINVAL`. Give a handle: without one, Linux from 6.6 on lets a discipline of another
   * kind take the place of the one that is there.
   */
  add(spec: QdiscSpec | OtherQdiscSpec, options?: CallOptions): Promise<void>
  /** Makes, replaces or changes it, as `tc qdisc replace`. Throws `EINVAL` where it is there and its kind cannot be changed (`htb`). */
  set(spec: QdiscSpec | OtherQdiscSpec, options?: CallOptions): Promise<void>
  /** Changes one that is there, as `tc qdisc change`. Throws `ENOENT` where it is not, `EINVAL` for another kind. */
  change(spec: QdiscSpec | OtherQdiscSpec, options?: CallOptions): Promise<void>
  /** As `tc qdisc delete`: its classes, filters and inner disciplines vanish with it. Throws `ENOENT` where none was chosen. */
  delete(key: QdiscKey, options?: CallOptions): Promise<void>
  /** As `tc -s qdisc show`. */
  list(filter?: QdiscFilter, options?: CallOptions): Promise<Qdisc[]>
}

/** Classes of disciplines (`tc class`). */
export interface ClassClient {
  /**
   * As `tc class add`. Throws `EEXIST`, `ENOENT` where the discipline is not there, `EINVAL` where it has no classes or the
   * number is that of another discipline's class.
   */
  add(spec: ClassSpec | OtherClassSpec, options?: CallOptions): Promise<void>
  /** Makes or changes it, as `tc class replace`. */
  set(spec: ClassSpec | OtherClassSpec, options?: CallOptions): Promise<void>
  /** Changes one that is there, as `tc class change`. Throws `ENOENT`. */
  change(spec: ClassSpec | OtherClassSpec, options?: CallOptions): Promise<void>
  /** As `tc class delete`. Throws `ENOENT`, `EBUSY` where it has branches or filters lead to it. */
  delete(key: ClassKey, options?: CallOptions): Promise<void>
  /** As `tc -s class show dev LINK`. */
  list(filter: ClassFilter, options?: CallOptions): Promise<TrafficClass[]>
}

/** Filters (`tc filter`). */
export interface FilterClient {
  /**
   * As `tc filter add`. Throws `EEXIST`, `EINVAL` where the parent is not there, has no classes, or the priority is of another
   * protocol or kind, `ENOENT` for a kind of filter or action that the kernel lacks, `ENODEV`.
   */
  add(spec: FilterSpec, options?: CallOptions): Promise<void>
  /** Makes or changes it, as `tc filter replace`; give priority and handle, or another one is made. */
  set(spec: FilterSpec, options?: CallOptions): Promise<void>
  /** Changes one that is there, as `tc filter change`. Throws `ENOENT`. */
  change(spec: FilterSpec, options?: CallOptions): Promise<void>
  /** As `tc filter delete`: one by its handle, all of a priority, or all of the parent. Throws `ENOENT`. */
  delete(key: FilterKey, options?: CallOptions): Promise<void>
  /** As `tc -s filter show dev LINK parent PARENT`. */
  list(query: FilterQuery, options?: CallOptions): Promise<TrafficFilter[]>
}

/** Devices of links of kind `wireguard` (`wg`), through generic netlink. */
export interface WireguardClient {
  /**
   * The device with its peers, as `wg show LINK`; `undefined` where there is no such link. Private and preshared keys only
   * with `secrets`. Throws `EOPNOTSUPP` for a link of another kind, `EPERM`.
   */
  get(link: LinkRef, options?: CallOptions & Pick<WireguardQuery, 'secrets'>): Promise<WireguardDevice | undefined>
  /**
   * Changes the device and its peers, as `wg set LINK …`. Throws `ENODEV`, `EOPNOTSUPP` for a link of another kind,
   * `EADDRINUSE` for a port that is taken while the link is up, `EPERM`. Peers beyond about a thousand are more than one
   * message: when a later one fails, those before it stay, and the hint tells how many.
   */
  set(link: LinkRef, change: Omit<WireguardChange, 'link'>, options?: CallOptions): Promise<void>
}

/** Modes, options and ports of links of kind `team` (`teamnl`), through generic netlink. */
export interface TeamClient {
  /**
   * The team with its options and ports, as `teamnl TEAM options` and `teamnl TEAM ports`; `undefined` where there is no
   * such link. Throws `EINVAL` for a link of another kind, `EPERM` also in user namespaces.
   */
  get(link: LinkRef, options?: CallOptions): Promise<TeamDevice | undefined>
  /**
   * Changes the team and its ports, as `teamnl TEAM setoption …`: one option after another, so that what stands before one
   * that is refused stays. Throws `ENODEV`, `EBUSY` for a mode while there are ports, `ENOENT` for a link that is no port of
   * the team, `EINVAL` for a mode that it has already or the kernel lacks, a queue that is not there, or a link of another
   * kind, `EPERM` also in user namespaces.
   */
  set(link: LinkRef, change: Omit<TeamChange, 'link'>, options?: CallOptions): Promise<void>
}

/** Keys and peers of links of kind `macsec` (`ip macsec`), through generic netlink. */
export interface MacsecClient {
  /** The link with its channels and associations, as `ip macsec show LINK`; `undefined` where there is no such MACsec link. */
  get(link: LinkRef, options?: CallOptions & Pick<MacsecQuery, 'statistics'>): Promise<MacsecDevice | undefined>
}

/** Receiving channels of MACsec links: one for each peer. All throw `ENODEV` for a link that is no MACsec link. */
export interface MacsecScClient {
  /** As `ip macsec add LINK rx sci SCI`. Throws `EEXIST` where a MACsec link of the same parent has it. */
  add(spec: MacsecScSpec, options?: CallOptions): Promise<void>
  /** As `ip macsec set LINK rx sci SCI on|off`. Throws `ENODEV` where it is not there. */
  set(spec: MacsecScSpec, options?: CallOptions): Promise<void>
  /** As `ip macsec del LINK rx sci SCI`, with its associations. Throws `ENODEV` where it is not there. */
  delete(key: MacsecScKey, options?: CallOptions): Promise<void>
}

/** Associations of MACsec links: keys, up to four a channel. All throw `ENODEV` where link or channel is not there. */
export interface MacsecSaClient {
  /**
   * As `ip macsec add LINK tx sa N pn 1 on key ID KEY`; with `sci` as `ip macsec add LINK rx sci SCI sa N …`. Throws `EBUSY`
   * where it is there, `EINVAL` for a key that the cipher of the link does not take, or ssci and salt that it does not have.
   */
  add(spec: MacsecSaSpec, options?: CallOptions): Promise<void>
  /** As `ip macsec set`. Throws `ENODEV` where it is not there. */
  set(change: MacsecSaChange, options?: CallOptions): Promise<void>
  /** As `ip macsec del`. Throws `EBUSY` while it is active, `ENODEV` where it is not there. */
  delete(key: MacsecSaKey, options?: CallOptions): Promise<void>
}

/** What `watch` takes. */
export interface WatchOptions extends CallOptions {
  /** What to watch; everything when absent. */
  readonly groups?: readonly EventGroup[]
  /** Begin with a `snapshot` event that holds the state. */
  readonly snapshot?: boolean
}

/** The objects of a namespace, through which it is changed and read. */
export interface NetworkObjects {
  /** Links. */
  readonly link: LinkClient
  /** IP addresses. */
  readonly address: AddressClient
  /** Alias sub-interfaces. */
  readonly alias: AliasClient
  /** Routes. */
  readonly route: RouteClient
  /** Rules of policy routing. */
  readonly rule: RuleClient
  /** Neighbours. */
  readonly neighbour: NeighbourClient
  /** Forwarding database. */
  readonly fdb: FdbClient
  /** VLANs of bridges and their ports. */
  readonly bridgeVlan: BridgeVlanClient
  /** Options of VLANs of bridges as a whole. */
  readonly bridgeVlanGlobal: BridgeVlanGlobalClient
  /** Multicast databases of bridges. */
  readonly mdb: MdbClient
  /** Ports with a multicast router. */
  readonly mdbRouter: MdbRouterClient
  /** Queueing disciplines. */
  readonly qdisc: QdiscClient
  /** Classes of disciplines. */
  readonly class: ClassClient
  /** Filters. */
  readonly filter: FilterClient
  /** WireGuard devices. */
  readonly wireguard: WireguardClient
  /** Teams. */
  readonly team: TeamClient
  /** Keys and peers of MACsec links. */
  readonly macsec: MacsecClient
  /** Receiving channels of MACsec links. */
  readonly macsecSc: MacsecScClient
  /** Associations of MACsec links. */
  readonly macsecSa: MacsecSaClient
}

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

/** A namespace that is open. Close it, or use `await using`. */
export interface Namespace extends NetworkObjects, AsyncDisposable {
  /** How to refer to it in a spec (`namespace: blue`, or `blue.ref`); `undefined` for the host's own. */
  readonly ref: NamespaceRef | undefined
  /** Its name, where it has one. */
  readonly name: string | undefined
  /**
   * Carries out a list of requests, pipelined; one typed result each; not a transaction. Rejects before anything is sent
   * when one is malformed. Leave the list as it is until the promise settles. Of a list of more than 16,384, requests of
   * other calls may be carried out in between.
   */
  execute<const R extends readonly LooseRequest[]>(requests: R, options?: CallOptions): Promise<LooseResults<R>>
  /** Runs `body`; when it throws, undoes what was done through its argument, in reverse, and throws `VNET_TRANSACTION`. */
  transaction<T>(body: (transaction: Transaction) => Promise<T>, options?: CallOptions): Promise<T>
  /** Changes as they happen. Ends by `signal`, `break`, or closing the namespace. */
  watch(options?: WatchOptions): AsyncIterableIterator<NetworkEvent>
  /** One echo request, as `ping -c 1`. Throws `ETIMEDOUT`, `EHOSTUNREACH`, `ENETUNREACH`. */
  ping(spec: PingSpec | string, options?: CallOptions): Promise<PingReply>
  /**
   * Opens a TUN: IP packets that the kernel routes to it are read, what is written arrives in the kernel. Makes the link or
   * attaches to it (`TUNSETIFF` on `/dev/net/tun`, as `ip tuntap add mode tun` and a program on it).
   *
   * Throws `EPERM`, `EEXIST`, `ENODEV`, `EBUSY` (attached already), `EINVAL` (another mode), `ENOENT` (no `/dev/net/tun`),
   * `VNET_UNSUPPORTED` for what the backend or the kernel lacks. The port outlives this object: close it.
   */
  openTun(options?: TunPortOptions, call?: CallOptions): Promise<TunPort>
  /** Opens a TAP: Ethernet frames; otherwise as {@link Namespace.openTun}. */
  openTap(options?: TunPortOptions, call?: CallOptions): Promise<TunPort>
  /**
   * Captures the frames that pass a link, or all links, as `tcpdump -i LINK` does: a packet socket (packet(7)) with a ring of
   * the kernel's. VLAN tags that the kernel has put aside are put back.
   *
   * Throws `EPERM` (needs CAP_NET_RAW), `ENODEV`, `ENETDOWN` (the link is down), `EINVAL` (a filter that libpcap refuses, with
   * its words in `detail`), `VNET_PROGRAM_MISSING` (a filter without `tcpdump`), `VNET_UNSUPPORTED`. The capture outlives this
   * object: close it.
   */
  openCapture(options?: CaptureOptions, call?: CallOptions): Promise<Capture>
  /** Starts a program inside, as `ip netns exec`. */
  run(program: ProgramSpec, options?: CallOptions): Promise<Program>
  /** Lets go. An unnamed namespace vanishes with its last user. Idempotent. */
  close(): Promise<void>
}

/** Namespaces (`ip netns`). */
export interface NamespaceClient {
  /** Makes a namespace: named as `ip netns add NAME`, or, without a name, living as long as the returned object. */
  add(name?: string, options?: CallOptions): Promise<Namespace>
  /** Opens one: by name, path, `{ pid }`, `{ fd }`. Throws `ENOENT`, `ESRCH`, `EBADF`. */
  open(namespace: NamespaceInput, options?: CallOptions): Promise<Namespace>
  /** Removes the name, as `ip netns delete`. Throws `ENOENT`. */
  delete(name: string, options?: CallOptions): Promise<void>
  /** The named ones, by name, as `ip netns list`. */
  list(options?: CallOptions): Promise<NamespaceInfo[]>
}

/** The namespace of the process, and the way to the others. */
export interface Host extends Namespace {
  /** The backend. */
  readonly driver: Driver
  /** What it can do. */
  readonly supports: Capabilities
  /** Namespaces. */
  readonly namespace: NamespaceClient
}

/** What a transaction's body works with: every change made through it is undone when the body throws. */
export interface Transaction extends NetworkObjects {
  /** The same, in another namespace. */
  in(namespace: Namespace): Transaction
  /** Makes a named namespace; undone by deleting it. */
  addNamespace(name: string): Promise<Namespace>
}
