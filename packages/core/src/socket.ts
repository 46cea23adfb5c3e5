/** Sockets inside a namespace: UDP, ICMP echo, raw IP and link-layer frames (udp(7), icmp(7), raw(7), packet(7)). Types only. @module */
import type { PacketType } from './capture-batch.js'
import type { LinkRef } from './link.js'

/** Sorts of sockets that carry datagrams. */
export type SocketKind =
  /** UDP over IPv4 (`AF_INET`, `SOCK_DGRAM`; RFC 768). */
  | 'udp4'
  /** UDP over IPv6, and over IPv4 to mapped addresses unless `ipv6Only` (RFC 3493 § 3.7). */
  | 'udp6'
  /** Echo requests and their answers, without CAP_NET_RAW where `net.ipv4.ping_group_range` allows (`SOCK_DGRAM`, `IPPROTO_ICMP`). */
  | 'icmp4'
  /** The same for ICMPv6. */
  | 'icmp6'
  /** Packets of one protocol of IPv4 (`SOCK_RAW`). What is received begins with the IP header. Needs CAP_NET_RAW. */
  | 'raw4'
  /** Packets of one protocol of IPv6; without their IP headers. Needs CAP_NET_RAW. */
  | 'raw6'
  /** Frames of a link or of all links (`AF_PACKET`, `SOCK_RAW`), from the Ethernet header on. Needs CAP_NET_RAW. */
  | 'packet'

/** What can be changed while a socket is open. */
export interface SocketSettings {
  /** May send to broadcast addresses of IPv4 (`SO_BROADCAST`). At first not: `EACCES`. */
  readonly broadcast?: boolean
  /** Hops of what is sent to one host, 1–255 (`IP_TTL`, `IPV6_UNICAST_HOPS`); 64 at first. */
  readonly hops?: number
  /** Hops of what is sent to groups, 0–255 (`IP_MULTICAST_TTL`, `IPV6_MULTICAST_HOPS`); 1 at first: no router passes it on. */
  readonly multicastHops?: number
  /** Whether members on this host hear what is sent to their group (`IP_MULTICAST_LOOP`, `IPV6_MULTICAST_LOOP`); at first they do. */
  readonly multicastLoop?: boolean
  /** The link that packets to groups leave by (`IP_MULTICAST_IF`, `IPV6_MULTICAST_IF`); chosen by the routes at first. */
  readonly multicastLink?: GroupLink
}

/** A link that groups are joined by: by name or index, or, over IPv4, by an address of it. */
export type GroupLink = LinkRef | { readonly address: string }

/** The same, as drivers receive it: the address in octets. */
export type CleanGroupLink = LinkRef | Uint8Array

/** What `openSocket` takes. */
export interface SocketOptions extends SocketSettings {
  /** Which sort. */
  readonly kind: SocketKind
  /** Protocol of a raw socket, 0–255 (`IPPROTO_*`), which it needs; EtherType of a packet socket, all when absent. */
  readonly protocol?: number
  /** Only through this link (`SO_BINDTODEVICE`); of a packet socket the link whose frames it has, all when absent. */
  readonly link?: LinkRef
  /** Shares address and port with others that say so too (`SO_REUSEADDR`). */
  readonly reuseAddress?: boolean
  /** Of `udp6`: leaves IPv4 alone (`IPV6_V6ONLY`). Default `false`. */
  readonly ipv6Only?: boolean
  /** Of `raw4`: what is sent begins with an IP header (`IP_HDRINCL`), whose length and checksum the kernel fills in. */
  readonly header?: boolean
  /** Octets that may wait unread, with what the kernel needs beside them (`SO_RCVBUF`, which the kernel doubles), 2048 to 2^30. */
  readonly receiveBuffer?: number
}

/** Where a socket is bound, whom it is connected to, whom it sends to. */
export interface SocketAddress {
  /** IP address as text; absent for any (bind), and for packet sockets. */
  readonly address?: string
  /** UDP port, 0–65535; 0 lets the kernel choose. The identifier of an echo socket. Raw sockets have none. Default 0. */
  readonly port?: number
  /** The link of a link-local address of IPv6 (`sin6_scope_id`). */
  readonly link?: LinkRef
}

/** An address as it is told. */
export interface NamedSocketAddress {
  /** IP address as text. */
  readonly address: string
  /** UDP port, or identifier of an echo socket; 0 for raw sockets. */
  readonly port: number
  /** Index of the link of a link-local address of IPv6. */
  readonly link?: number
}

/** A datagram that was received. */
export interface Datagram {
  /** Its payload, a copy of the receiver's: of raw4 from the IP header on, of packet from the link's header on. */
  readonly data: Uint8Array
  /** Who sent it; absent for packet sockets. */
  readonly from?: NamedSocketAddress
  /** The address that it was sent to (`IP_PKTINFO`, `IPV6_PKTINFO`); absent for packet sockets. */
  readonly to?: string
  /** Index of the link that it came in by (with packet sockets also: left by). */
  readonly link: number
  /** Hops that it had left (`IP_RECVTTL`, `IPV6_RECVHOPLIMIT`); absent for packet sockets. */
  readonly hops?: number
  /** For whom a frame was. Packet sockets only. */
  readonly packetType?: PacketType
  /** EtherType of a frame; of one with a VLAN tag, that behind the tag where the kernel takes it apart. Packet sockets only. */
  readonly protocol?: number
  /** MAC that a frame was sent from; absent where the link has none. Packet sockets only. */
  readonly mac?: string
}

/** Clean settings, as drivers receive them. */
export interface CleanSocketSettings extends Omit<SocketSettings, 'multicastLink'> {
  /** See {@link SocketSettings.multicastLink}. */
  readonly multicastLink?: CleanGroupLink
}

/** Clean options, as drivers receive them. */
export interface SocketSpec extends Omit<SocketOptions, 'multicastLink'>, CleanSocketSettings {}

/** A clean address, as drivers receive it. */
export interface CleanSocketAddress {
  /** Octets of the IP address: 4 or 16, as the kind of the socket has them. */
  readonly octets: Uint8Array
  /** Port or identifier. */
  readonly port: number
  /** Scope. */
  readonly link?: LinkRef
}

/**
 * A socket as drivers have it. All but {@link DriverSocket.readable} and {@link DriverSocket.writable} are done at once, and
 * throw a `VnetError` whose operation is `socket bind` and the like. Nobody calls anything after `close`.
 */
export interface DriverSocket {
  /** `bind(2)`. */
  bind(address: CleanSocketAddress): void
  /** `connect(2)`; without an address the connection ends (`AF_UNSPEC`). */
  connect(address: CleanSocketAddress | undefined): void
  /** `getsockname(2)`. */
  address(): NamedSocketAddress
  /** Changes settings; what stands before one that is refused stays. */
  set(change: CleanSocketSettings): void
  /** Becomes a member of a group (`IP_ADD_MEMBERSHIP`, `IPV6_JOIN_GROUP`), or ceases to be. */
  join(group: Uint8Array, link: CleanGroupLink | undefined, member: boolean): void
  /** Sends; `false` where there is no room: wait for `writable`. `to` is a link for packet sockets. */
  send(data: Uint8Array, to: CleanSocketAddress | LinkRef | undefined): boolean
  /** The next datagram; `undefined` where none is there. Throws an error that came back, such as `ECONNREFUSED`, once. */
  take(): Datagram | undefined
  /** Resolves when `take` gives or throws something, or the socket is closed. One wait at a time. */
  readable(): Promise<void>
  /** Resolves when something can be sent, or the socket is closed. */
  writable(): Promise<void>
  /** Whether waiting at it keeps the program alive, as it does at first. */
  keepAlive(keep: boolean): void
  /** Closes it. Idempotent. */
  close(): void
}

/** An open socket. Close it, or use `await using`; iterate over it, or {@link NetworkSocket.receive}. */
export interface NetworkSocket extends AsyncDisposable, AsyncIterable<Datagram> {
  /** Its sort. */
  readonly kind: SocketKind
  /**
   * Binds to an address and port of the namespace (`bind(2)`). Throws `EADDRINUSE` taken, `EADDRNOTAVAIL` no address of this
   * namespace, `EINVAL` bound already, or a link-local address without its link, `EACCES` a port below 1024 without
   * CAP_NET_BIND_SERVICE.
   */
  bind(address?: SocketAddress): void
  /**
   * Fixes whom it sends to and hears (`connect(2)`), and whose ICMP errors it is told of. Throws `ENETUNREACH`, `EACCES` a
   * broadcast, `EINVAL`.
   */
  connect(to: SocketAddress): void
  /** Ends that. */
  disconnect(): void
  /** Where it is bound: `0.0.0.0` or `::` and 0 before. Not for packet sockets. */
  readonly address: NamedSocketAddress
  /** Whom it is connected to. */
  readonly remote: NamedSocketAddress | undefined
  /** Changes settings. */
  set(change: SocketSettings): void
  /**
   * Becomes a member of a group (`IP_ADD_MEMBERSHIP`, RFC 1112; `IPV6_JOIN_GROUP`, RFC 3493 § 5.2): on a link, or where the
   * routes lead. Throws `EADDRINUSE` is one already, `ENODEV` no such link, `EINVAL` no group.
   */
  join(group: string, link?: GroupLink): void
  /** Ceases to be one. Throws `EADDRNOTAVAIL` where it was none. */
  leave(group: string, link?: GroupLink): void
  /**
   * Sends a datagram: to whom it is connected, or to an address; with a packet socket a whole frame out of a link. Resolves
   * once the kernel has taken it, which says nothing of its arrival.
   *
   * @throws {@link VnetError} `EDESTADDRREQ` to nobody · `EMSGSIZE` too long · `ENETUNREACH`, `EHOSTUNREACH` no way ·
   * `EACCES` a broadcast without permission · `ECONNREFUSED` nobody listened to the datagram before (connected only) ·
   * `ENETDOWN`, `ENXIO` the link of a packet socket is down, or not there · `VNET_CLOSED`
   */
  send(data: Uint8Array, to?: SocketAddress): Promise<void>
  /**
   * The next datagram. One receive may be pending.
   *
   * @throws {@link VnetError} `ECONNREFUSED` and the like: ICMP errors that came back to a connected socket, each once; the
   * socket stays open · `ENETDOWN` the link of a packet socket went down · `EBUSY` a receive is pending · `VNET_CLOSED`
   */
  receive(options?: { readonly signal?: AbortSignal }): Promise<Datagram>
  /** The next datagram, if one is there. */
  take(): Datagram | undefined
  /** Whether waiting at it keeps the program alive, as it does at first. */
  keepAlive(keep: boolean): void
  /** Closes it; a pending receive rejects with `VNET_CLOSED`, a loop over it ends. Idempotent. */
  close(): Promise<void>
}
