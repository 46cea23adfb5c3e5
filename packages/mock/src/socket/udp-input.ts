/** UDP that comes in (`__udp4_lib_rcv`, `__udp6_lib_rcv`; RFC 768, RFC 8200 § 8.1). @module */
import { checksumOf, destinationPortAt, ipProtocols, sourcePortAt, u16At, udpHeaderSize, udpLengthAt } from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import type { LocalPacket } from '../stack/icmp.js'
import { pseudoSum } from '../stack/icmp-message.js'
import { arrivedBy, deliverTo } from './delivered.js'
import { hears, nearestOf } from './match.js'

/** Gives a datagram to its socket, or to all that hear a group; `false` where nobody listens, which the sender of one to this host alone is to be told. */
export function receiveUdp(kernel: Kernel, packet: LocalPacket): boolean {
  const { octets, start, from, to, device, isUnicast } = packet
  const length = lengthOf(packet)
  if (length === undefined || !isIntact(packet, length)) {
    kernel.dropped(device, octets, length === undefined ? 'malformed' : 'checksum')
    return true
  }
  const fromPort = sourcePortAt(octets, start)
  const sockets = device.namespace.sockets.udp.of(destinationPortAt(octets, start))
  const flow = { device: arrivedBy(packet), port: packet.port, from, to, fromPort }
  const nearest = isUnicast ? nearestOf(sockets, flow) : undefined
  if (isUnicast && nearest === undefined) return false
  const listeners = nearest === undefined ? sockets.filter((socket) => hears(socket, flow)) : [nearest]
  const data = () => octets.slice(start + udpHeaderSize, start + length)
  if (listeners.length === 0) return false
  const taken = listeners.map((socket) => deliverTo(socket, packet, data(), fromPort))
  if (!taken.includes(true)) kernel.dropped(device, octets, 'queue-full')
  return true
}

/** Octets of a datagram as its header says, or all of a jumbogram; `undefined` where that cannot be. */
function lengthOf({ octets, start, end, to }: LocalPacket): number | undefined {
  if (end - start < udpHeaderSize) return undefined
  const said = udpLengthAt(octets, start)
  const length = said === 0 && to.length === 16 ? end - start : said
  return length < udpHeaderSize || length > end - start ? undefined : length
}

/** Over IPv4 the checksum may be left out, over IPv6 not. */
function isIntact({ octets, start, from, to }: LocalPacket, length: number): boolean {
  if (u16At(octets, start + 6) === 0) return to.length === 4
  return checksumOf(octets, start, start + length, pseudoSum(from, to, length, ipProtocols.udp)) === 0
}
