/** Who listens and who is connected: the sockets of a namespace as the kernel tells them (`linux/inet_diag.h`). @module */
import type { IpFamily } from './ip.js'

/** Protocols whose sockets are listed. */
export type SocketProtocol = 'tcp' | 'udp'

/** State of a socket, in the words of ss(8). One of UDP is `unconnected` or `established`. */
export type SocketPhase =
  | 'established'
  | 'syn-sent'
  | 'syn-recv'
  | 'fin-wait-1'
  | 'fin-wait-2'
  | 'time-wait'
  | 'unconnected'
  | 'close-wait'
  | 'last-ack'
  | 'listening'
  | 'closing'

/** Which sockets are listed; all when empty. */
export interface SocketFilter {
  /** Only those of this protocol. */
  readonly protocol?: SocketProtocol
  /** Only those of this version of IP; one of IPv6 may take packets of IPv4, too (see {@link SocketState.ipv6Only}). */
  readonly family?: IpFamily
  /** Only those with this port of their own, 1–65535. */
  readonly port?: number
  /** Only those that wait for whoever comes: TCP `listening`, UDP `unconnected` (`ss -l`); `false`: only the others. */
  readonly listening?: boolean
}

/** An end of a connection: an address as text (any is `0.0.0.0` or `::`) and a port. */
export interface SocketEnd {
  /** Address. */
  readonly address: string
  /** Port, 1–65535; 0 while it has none. */
  readonly port: number
}

/** A socket of a namespace. */
export interface SocketState {
  /** Its protocol. */
  readonly protocol: SocketProtocol
  /** Its version of IP. */
  readonly family: IpFamily
  /** What it does; a number where younger kernels have states without a word here. */
  readonly state: SocketPhase | number
  /** Its own end. */
  readonly local: SocketEnd
  /** The other end; absent where it has none. */
  readonly remote?: SocketEnd
  /** Index of the link that it is bound to (`SO_BINDTODEVICE`), or whose link-local address it has. */
  readonly link?: number
  /** Of IPv6, while it is not connected: whether packets of IPv4 are none of its own (`IPV6_V6ONLY`). */
  readonly ipv6Only?: boolean
  /** Octets that wait to be read; of TCP that listens, connections that wait to be taken. */
  readonly receiveQueue: number
  /** Octets that are sent and not yet acknowledged; of TCP that listens, the most connections that may wait. */
  readonly sendQueue: number
  /** User that it belongs to. */
  readonly uid: number
  /** Number of its inode, as `/proc/PID/fd` names it; 0 where no program has it any more, and on the mock. */
  readonly inode: number
}

/** Whether a socket is one of those that are wanted. */
export function isWantedSocket({ protocol, family, port, listening }: SocketFilter): (socket: SocketState) => boolean {
  return (socket) =>
    (protocol === undefined || socket.protocol === protocol) &&
    (family === undefined || socket.family === family) &&
    (port === undefined || socket.local.port === port) &&
    (listening === undefined || isListening(socket) === listening)
}

/** Whether a socket waits for whoever comes. */
export const isListening = ({ protocol, state }: SocketState): boolean =>
  state === (protocol === 'tcp' ? 'listening' : 'unconnected')

/** The order of lists, which the kernel keeps by hash. */
export function compareSockets(a: SocketState, b: SocketState): number {
  return (
    compare(a.protocol, b.protocol) ||
    a.family - b.family ||
    a.local.port - b.local.port ||
    compare(a.local.address, b.local.address) ||
    (a.remote?.port ?? 0) - (b.remote?.port ?? 0) ||
    compare(a.remote?.address ?? '', b.remote?.address ?? '') ||
    a.inode - b.inode
  )
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
