/** The sockets of a namespace, as sock_diag(7) tells them (`udp_diag_dump`). @module */
import { compareSockets, formatIp, isWantedSocket, type SocketFilter, type SocketState } from '@vnet/core'
import { isZero } from '../bits.js'
import type { Namespace } from '../namespace.js'
import type { InetSocket } from './inet.js'
import { asFamily } from './mapped.js'

/** Those that match. There is no TCP, and nobody that sockets could belong to but the superuser. */
export function listSockets({ sockets }: Namespace, filter: SocketFilter): SocketState[] {
  return [...sockets.udp.all()].map(describe).filter(isWantedSocket(filter)).sort(compareSockets)
}

function describe({ family, local, port, remote, device, ipv6Only, inbox }: InetSocket): SocketState {
  const textOf = (octets: Uint8Array) => formatIp(asFamily(octets, family))
  return {
    protocol: 'udp',
    family,
    state: remote === undefined ? 'unconnected' : 'established',
    local: { address: textOf(local), port },
    ...(remote === undefined || (isZero(remote.octets) && remote.port === 0)
      ? {}
      : { remote: { address: textOf(remote.octets), port: remote.port } }),
    ...(device === undefined ? {} : { link: device.index }),
    ...(family === 6 && remote === undefined ? { ipv6Only } : {}),
    receiveQueue: inbox.used,
    sendQueue: 0,
    uid: 0,
    inode: 0,
  }
}
