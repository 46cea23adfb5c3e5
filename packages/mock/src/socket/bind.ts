/** Addresses of sockets: binding, connecting, and the ports that the kernel chooses (`inet_bind`, `ip4_datagram_connect`). @module */
import type { CleanSocketAddress } from '@vnet/core'
import { isMulticastIp } from '@vnet/core'
import { isLinkLocal, isZero } from '../bits.js'
import type { Kernel } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import { addressType4, isLocal6 } from '../object/address-type.js'
import { next } from '../random.js'
import { refuse } from '../refusal.js'
import { anyAddress, type InetSocket } from './inet.js'
import { plain } from './mapped.js'
import { scopeOf } from './member.js'
import { destinationOf, socketWay } from './route.js'
import { ephemeral, type NumberTable } from './table.js'

/** The table of a socket's numbers; raw sockets have none. */
export const tableOf = (namespace: Namespace, { kind }: InetSocket): NumberTable | undefined =>
  kind.startsWith('udp') ? namespace.sockets.udp : kind.startsWith('icmp') ? namespace.sockets.echo : undefined

/** Binds to an address and a number. */
export function bindInet(kernel: Kernel, namespace: Namespace, socket: InetSocket, address: CleanSocketAddress): void {
  const octets = plain(address.octets)
  const table = tableOf(namespace, socket)
  if (table !== undefined && socket.port !== 0) refuse('EINVAL')
  const scope = isLinkLocal(octets) ? scopeOf(namespace, address.link) : undefined
  if (isLinkLocal(octets) && (scope ?? socket.device) === undefined) refuse('EINVAL')
  checkLocal(namespace, socket, octets)
  if (table !== undefined)
    enter(kernel, table, socket, address.port, isZero(octets) ? anyAddress(socket.family) : octets)
  socket.local = isZero(octets) ? anyAddress(socket.family) : octets
  socket.addressChosen = !isZero(octets)
  socket.portChosen = address.port !== 0
  if (scope !== undefined) socket.device ??= scope
}

/** Only an address of this host, or one that is for many, can be heard. */
function checkLocal(namespace: Namespace, socket: InetSocket, octets: Uint8Array): void {
  if (isZero(octets) || isMulticastIp(octets)) return
  if (octets.length === 16) {
    if (!isLocal6(namespace, octets)) refuse('EADDRNOTAVAIL')
    return
  }
  if (socket.family === 6 && socket.ipv6Only) refuse('EINVAL')
  const type = addressType4(namespace, octets)
  if (type !== 'local' && type !== 'broadcast') refuse('EADDRNOTAVAIL')
}

/** Gives a socket its number, chosen by the kernel where it is 0 (`udp_lib_get_port`). */
function enter(kernel: Kernel, table: NumberTable, socket: InetSocket, port: number, address: Uint8Array): void {
  if (port === 0) socket.port = freeNumber(kernel, table, socket, address)
  else if (table.isFree(socket, port, address)) socket.port = port
  else refuse('EADDRINUSE')
  table.enter(socket)
}

function freeNumber(kernel: Kernel, table: NumberTable, socket: InetSocket, address: Uint8Array): number {
  const count = ephemeral.last - ephemeral.first + 1
  const begin = next(kernel.random) % count
  for (let i = 0; i < count; i++) {
    const port = ephemeral.first + ((begin + i) % count)
    if (table.isFree(socket, port, address)) return port
  }
  refuse('EADDRINUSE')
}

/** Gives a socket a number of the kernel's choice, where it has none (`inet_autobind`). */
export function bindByItself(kernel: Kernel, namespace: Namespace, socket: InetSocket): void {
  const table = tableOf(namespace, socket)
  if (table !== undefined && socket.port === 0) enter(kernel, table, socket, 0, socket.local)
}

/** Fixes whom a socket speaks with. */
export function connectInet(kernel: Kernel, namespace: Namespace, socket: InetSocket, to: CleanSocketAddress): void {
  bindByItself(kernel, namespace, socket)
  const octets = destinationOf(plain(to.octets))
  if (octets.length === 4 && socket.family === 6 && socket.ipv6Only) refuse('ENETUNREACH')
  const scope = isLinkLocal(octets) ? scopeOf(namespace, to.link) : undefined
  if (isLinkLocal(octets) && (scope ?? socket.device) === undefined) refuse('EINVAL')
  const way = socketWay(namespace, socket, octets, scope)
  if (way.type === 'broadcast' && !socket.broadcast) refuse('EACCES')
  if (isZero(socket.local)) socket.local = way.source
  socket.remote = { octets, port: to.port }
  if (scope !== undefined) socket.device ??= scope
}

/** Ends that; what the kernel chose is given back (`__udp_disconnect`). */
export function disconnectInet(namespace: Namespace, socket: InetSocket): void {
  socket.remote = undefined
  if (!socket.deviceChosen) socket.device = undefined
  if (!socket.addressChosen) socket.local = anyAddress(socket.family)
  if (!socket.portChosen && socket.port !== 0) {
    tableOf(namespace, socket)?.remove(socket)
    socket.port = 0
  }
}
