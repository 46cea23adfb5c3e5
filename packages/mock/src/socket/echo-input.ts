/** Answers that come back to echo sockets (`ping_rcv`). @module */
import { u16At } from '@vnet/wire'
import type { DropCause } from '../stack/drop.js'
import type { LocalPacket } from '../stack/icmp.js'
import { arrivedBy, deliverTo } from './delivered.js'
import { nearestOf } from './match.js'

/** Gives an echo reply to the socket that has its identifier; why it ends where none has it. */
export function receiveEcho(packet: LocalPacket): DropCause | undefined {
  const { octets, start, end, from, to, device } = packet
  const sockets = device.namespace.sockets.echo.of(u16At(octets, start + 4))
  const socket = nearestOf(sockets, { device: arrivedBy(packet), port: packet.port, from, to, fromPort: 0 })
  if (socket === undefined) return 'no-listener'
  return deliverTo(socket, packet, octets.slice(start, end), 0) ? undefined : 'queue-full'
}
