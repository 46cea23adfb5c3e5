/** The sockets of a namespace, as a program asks for them. Types only. @module */
import type { CallOptions } from '../driver.js'
import type { SocketFilter, SocketState } from '../socket-state.js'

/** The sockets that programs have open in a namespace. To open one: `openSocket`. */
export interface SocketClient {
  /**
   * The sockets of TCP and UDP, whoever has them open, as `ss --tcp --udp --all --numeric`: TCP first, then by version of IP, port and
   * address. Needs no privileges. Throws `VNET_UNSUPPORTED` where the kernel tells of none (CONFIG_INET_DIAG, CONFIG_INET_UDP_DIAG).
   * The mock has no TCP.
   */
  list(filter?: SocketFilter, options?: CallOptions): Promise<SocketState[]>
}
