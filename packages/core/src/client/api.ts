/** What a program holds of a namespace: one object a noun, each with the verbs of `ip`. Types only. @module */
import type { Address, AddressFilter, AddressKey, AddressSpec } from '../address.js'
import type { Alias, AliasFilter, AliasKey, AliasSpec } from '../alias.js'
import type { Capabilities } from '../capability.js'
import type { Capture, CaptureOptions } from '../capture.js'
import type { CallOptions, Driver } from '../driver.js'
import type { EventGroup, NetworkEvent } from '../event.js'
import type { Link, LinkChange, LinkFilter, LinkRef, LinkSpec, OtherLinkSpec } from '../link.js'
import type { NamespaceInfo, NamespaceInput, NamespaceRef } from '../namespace.js'
import type { Neighbour, NeighbourFilter, NeighbourKey, NeighbourSpec } from '../neighbour.js'
import type { PingReply, PingSpec } from '../ping.js'
import type { TunPort, TunPortOptions } from '../port.js'
import type { PppoeChannel, PppoeOptions } from '../pppoe.js'
import type { Program, ProgramSpec } from '../program.js'
import type { Route, RouteFilter, RouteQuery, RouteSpec } from '../route.js'
import type { Rule, RuleFilter, RuleSpec } from '../rule.js'
import type { NetworkSocket, SocketOptions } from '../socket.js'
import type { TraceHop, TraceSpec } from '../trace.js'
import type {
  BridgeMstClient,
  BridgeVlanClient,
  BridgeVlanGlobalClient,
  BridgeVniClient,
  FdbClient,
  MdbClient,
  MdbRouterClient,
} from './api-bridge.js'
import type { BridgeClient } from './api-bridge-adopt.js'
import type { MacsecClient, MacsecSaClient, MacsecScClient, TeamClient, WireguardClient } from './api-device.js'
import type { MacFilterClient } from './api-mac-filter.js'
import type { NatClient } from './api-nat.js'
import type { NicClient } from './api-nic.js'
import type { SocketClient } from './api-socket.js'
import type { SysctlClient } from './api-sysctl.js'
import type { TokenClient } from './api-token.js'
import type { ActionClient, ClassClient, FilterClient, QdiscClient } from './api-traffic.js'
import type { LooseRequest, LooseResults } from './loose-request.js'

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
  /** The host's half of IPv6 addresses that routers give. */
  readonly token: TokenClient
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
  /** States of bridge ports in instances of the spanning tree. */
  readonly bridgeMst: BridgeMstClient
  /** Identifiers that external VXLANs receive. */
  readonly bridgeVni: BridgeVniClient
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
  /** Actions that filters share. */
  readonly action: ActionClient
  /** WireGuard devices. */
  readonly wireguard: WireguardClient
  /** Teams. */
  readonly team: TeamClient
  /** Settings of the kernel for the namespace. */
  readonly sysctl: SysctlClient
  /** Address translation. */
  readonly nat: NatClient
  /** MAC filters. */
  readonly macFilter: MacFilterClient
  /** NICs: drivers, speeds, features, and who named them. */
  readonly nic: NicClient
  /** Sockets that programs have open. */
  readonly socket: SocketClient
  /** Keys and peers of MACsec links. */
  readonly macsec: MacsecClient
  /** Receiving channels of MACsec links. */
  readonly macsecSc: MacsecScClient
  /** Associations of MACsec links. */
  readonly macsecSa: MacsecSaClient
}

/** A namespace that is open. Close it, or use `await using`. */
export interface Namespace extends NetworkObjects, AsyncDisposable {
  /** Bridges that take NICs over. */
  readonly bridge: BridgeClient
  /** What its backend can do. */
  readonly supports: Capabilities
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
   * The routers on the way to a host, one step after another, as `traceroute -I`: ends with the host, with an error other than
   * hops that ran out, or with the last hop asked for. Throws what `ping` throws where there is no way from here.
   */
  trace(spec: TraceSpec | string, options?: CallOptions): AsyncIterableIterator<TraceHop>
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
  /**
   * Opens a session of PPPoE in the kernel, as `pppd` with its plugin does: an `AF_PPPOX` socket and `/dev/ppp`. Discovery
   * comes before, and PPP's negotiation is the caller's: `connectPppoe` of `@vnet/pppoe` does both.
   *
   * Throws `EPERM` (needs CAP_NET_ADMIN), `ENODEV`, `ENETDOWN` (the link is down), `EALREADY` (the session is open already),
   * `EAFNOSUPPORT`, `ENOENT`, `ENXIO` (the kernel lacks PPPoE, or `/dev/ppp`), `VNET_UNSUPPORTED`. The session outlives this
   * object: close it.
   */
  openPppoe(options: PppoeOptions, call?: CallOptions): Promise<PppoeChannel>
  /**
   * Opens a socket inside: UDP, ICMP echo, raw IP, or frames. Made in the namespace, it stays there, wherever the program is.
   * `datagramModule` of this package makes one of `node:dgram`'s shape.
   *
   * Throws `EPERM` (raw and packet sockets need CAP_NET_RAW), `EACCES` (no echo sockets here), `ENODEV` (no such link),
   * `VNET_UNSUPPORTED`. The socket outlives this object: close it.
   *
   * @example
   * await using socket = await namespace.openSocket({ kind: 'udp4' })
   * socket.bind({ port: 5353 })
   * for await (const { data, from } of socket) await socket.send(data, from)
   */
  openSocket(options: SocketOptions, call?: CallOptions): Promise<NetworkSocket>
  /**
   * Waits until nothing is under way: what was asked before is answered. On the mock also: no frame waits, and everybody who
   * waited for one, or for a datagram, has had a turn and sent nothing more; but a ping that nobody answers is not waited for
   * there, for it ends by time, which may stand still.
   */
  settled(options?: CallOptions): Promise<void>
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
