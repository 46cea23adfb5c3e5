/** The sockets of a namespace: by port, by identifier, by protocol. @module */
import { isZero, sameOctets } from '../bits.js'
import type { InetSocket } from './inet.js'

/** Ports that are chosen by the kernel (`net.ipv4.ip_local_port_range`). */
export const ephemeral = { first: 32_768, last: 60_999 } as const

/** Sockets with a number each: UDP ports, or identifiers of echo sockets. */
export class NumberTable {
  readonly #sockets = new Map<number, InetSocket[]>()

  /** Those with a number, the one that got it last first. */
  of(number: number): readonly InetSocket[] {
    return this.#sockets.get(number) ?? []
  }

  /** All of them. */
  *all(): Iterable<InetSocket> {
    for (const some of this.#sockets.values()) yield* some
  }

  /** Enters a socket by its port. */
  enter(socket: InetSocket): void {
    const there = this.#sockets.get(socket.port)
    if (there === undefined) this.#sockets.set(socket.port, [socket])
    else there.unshift(socket)
  }

  /** Takes it out. */
  remove(socket: InetSocket): void {
    const left = this.of(socket.port).filter((other) => other !== socket)
    if (left.length > 0) this.#sockets.set(socket.port, left)
    else this.#sockets.delete(socket.port)
  }

  /** Whether a socket may have a number at an address (`udp_lib_lport_inuse`). */
  isFree(socket: InetSocket, number: number, address: Uint8Array): boolean {
    return !this.of(number).some(
      (other) =>
        other !== socket &&
        !(other.reuseAddress && socket.reuseAddress) &&
        (other.device === undefined || socket.device === undefined || other.device === socket.device) &&
        overlap(socket, address, other),
    )
  }
}

/** Whether two sockets would hear the same (`inet_rcv_saddr_equal`). */
function overlap(socket: InetSocket, address: Uint8Array, other: InetSocket): boolean {
  const theirs = other.local
  if (address.length === theirs.length) return isZero(address) || isZero(theirs) || sameOctets(address, theirs)
  // Any address of IPv6 is any of IPv4 too, unless the socket leaves IPv4 alone.
  if (address.length === 16) return isZero(address) && !socket.ipv6Only
  return isZero(theirs) && !other.ipv6Only
}

/** All sockets of a namespace that carry datagrams of IP. */
export class SocketTable {
  readonly udp = new NumberTable()
  readonly echo = new NumberTable()
  readonly raw = new Set<InetSocket>()
}
