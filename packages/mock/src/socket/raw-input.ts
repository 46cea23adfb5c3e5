/** Packets that raw sockets have, besides those that they are for (`raw_local_deliver`, `ipv6_raw_deliver`). @module */
import { checksumOf, ipProtocols } from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import type { LocalPacket } from '../stack/icmp.js'
import { pseudoSum } from '../stack/icmp-message.js'
import { arrivedBy, deliverTo } from './delivered.js'
import { hears } from './match.js'

/** Gives a copy to each raw socket of the protocol; whether there was one. A copy that finds no room is told of. */
export function receiveRaw(kernel: Kernel, packet: LocalPacket, protocol: number): boolean {
  const { octets, ip, start, end, from, to, device } = packet
  const { raw } = device.namespace.sockets
  if (raw.size === 0) return false
  let isTaken = false
  const flow = { device: arrivedBy(packet), port: packet.port, from, to, fromPort: 0 }
  const isIpv4 = to.length === 4
  for (const socket of raw) {
    if (socket.protocol !== protocol || (socket.family === 4) !== isIpv4 || !hears(socket, flow)) continue
    isTaken = true
    if (!isIpv4 && !isIntact(packet, protocol)) continue
    const data = octets.slice(isIpv4 ? ip : start, end)
    if (!deliverTo(socket, packet, data, 0)) kernel.dropped(device, octets, 'queue-full')
  }
  return isTaken
}

/** Over IPv6 the kernel knows where ICMPv6 has its checksum, and looks at it. */
function isIntact({ octets, start, end, from, to }: LocalPacket, protocol: number): boolean {
  return protocol !== ipProtocols.icmpv6 || checksumOf(octets, start, end, pseudoSum(from, to, end - start)) === 0
}
