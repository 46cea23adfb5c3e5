/** Tunnels inside UDP: datagrams that leave, and those that come in for the ports of VXLAN and GENEVE (`udp_tunnel_xmit_skb`, `udp_queue_rcv_skb`). @module */
import { formatIp } from '@vnet/core'
import {
  checksumOf,
  encodeUdp,
  ipProtocols,
  pseudoSum4,
  pseudoSum6,
  u16At,
  udpHeaderSize,
  udpLengthAt,
} from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import type { LocalPacket } from '../stack/icmp.js'
import { geneveListeners, receiveGeneve } from './geneve-receive.js'
import { receiveVxlan, vxlanListeners } from './vxlan-receive.js'

/** What leaves: ports, whether it has a checksum, what is inside. */
export interface Datagram {
  readonly sourcePort: number
  readonly port: number
  readonly isSummed: boolean
  readonly payload: Uint8Array
}

/** The octets of a datagram between two addresses. */
export function datagramOf(
  { sourcePort, port, isSummed, payload }: Datagram,
  from: Uint8Array,
  to: Uint8Array,
): Uint8Array {
  const spec = { sourcePort, destinationPort: port, ...(isSummed ? {} : { checksum: 0 }) }
  return encodeUdp(spec, payload, { source: formatIp(from), destination: formatIp(to) })
}

/** Gives a datagram to the tunnels that listen to its port; `false` where none does. */
export function receiveUdpTunnel(kernel: Kernel, packet: LocalPacket): boolean {
  const { octets, start, end, from, device } = packet
  if (end - start < udpHeaderSize) return false
  const port = u16At(octets, start + 2)
  const over = from.length === 4 ? 4 : 6
  const vxlans = vxlanListeners(device.namespace, port, over)
  const geneves = vxlans.length > 0 ? [] : geneveListeners(device.namespace, port, over)
  if (vxlans.length === 0 && geneves.length === 0) return false
  const takesZero = [
    ...vxlans.map(({ vxlan }) => vxlan?.options),
    ...geneves.map(({ geneve }) => geneve?.options),
  ].some((options) => options?.udpZeroChecksum6Rx === true)
  const stop = start + udpLengthAt(octets, start)
  const isCut = stop > end
  if (isCut || !isSound(packet, stop, takesZero)) {
    kernel.dropped(device, octets, isCut ? 'malformed' : 'checksum')
    return true
  }
  const inside = { ...packet, start: start + udpHeaderSize, end: stop }
  if (vxlans.length > 0) receiveVxlan(kernel, inside, vxlans)
  else receiveGeneve(kernel, inside, geneves)
  return true
}

/** Whether the checksum is right, or there is none where that is allowed (RFC 768, RFC 6935). */
function isSound({ octets, ip, start, from }: LocalPacket, end: number, takesZero: boolean): boolean {
  if (u16At(octets, start + 6) === 0) return from.length === 4 || takesZero
  const pseudo = from.length === 4 ? pseudoSum4 : pseudoSum6
  return checksumOf(octets, start, end, pseudo(octets, ip, ipProtocols.udp, end - start)) === 0
}
