/** A packet as a socket receives it. @module */
import { type Datagram, formatIp } from '@vnet/core'
import { isLinkLocal, isLoopback } from '../bits.js'
import type { Device } from '../object/device.js'
import type { LocalPacket } from '../stack/icmp.js'
import type { InetSocket } from './inet.js'
import { asFamily } from './mapped.js'

/** Puts octets of a packet into a socket's inbox; `false` where that has no room. */
export function deliverTo(socket: InetSocket, packet: LocalPacket, data: Uint8Array, port: number): boolean {
  const { from, to, hops } = packet
  const address = formatIp(asFamily(from, socket.family))
  const link = arrivedBy(packet).index
  const datagram: Datagram = {
    data,
    from: { address, port, ...(isLinkLocal(from) ? { link } : {}) },
    to: formatIp(asFamily(to, socket.family)),
    link,
    hops,
  }
  return socket.inbox.put(datagram)
}

/** The link that a packet counts as come in by: of one of this host to itself that of the address (`inet_iif`, `ip6_rcv`). */
export function arrivedBy({ device, to }: LocalPacket): Device {
  if (!device.loopback || isLoopback(to)) return device
  const { owners, links } = device.namespace
  return owners.first(to, links.values()) ?? device
}
