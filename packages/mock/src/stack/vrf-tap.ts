/** Packets that pass by the ports of VRFs are seen at the VRF (`vrf_ip_rcv`, `vrf_ip_out`). @module */
import { isMulticastIp } from '@vnet/core'
import {
  ethernetHeaderSize,
  etherTypes,
  icmpv6Types,
  ipProtocols,
  ipv6HeaderSize,
  macToNumber,
  setEtherTypeAt,
  setMacAt,
} from '@vnet/wire'
import { isLinkLocal } from '../bits.js'
import type { Device } from '../object/device.js'
import { vrfOf } from '../object/vrf-table.js'
import { countReceived } from './counters.js'
import { Frame } from './frame.js'
import { packetType } from './packet-type.js'

/** The link that a packet which came in counts as having come by: the VRF, but for what is about one link alone. */
export function inputOf(device: Device, octets: Uint8Array, ip: number): Device {
  const vrf = vrfOf(device)
  if (vrf === undefined || vrf === device) return device
  const isIpv4 = (octets[ip] as number) >> 4 === 4
  if (!isIpv4 && isNeighbourDiscovery(octets, ip)) return device
  const addresses = isIpv4 ? [] : [octets.subarray(ip + 8, ip + 24), octets.subarray(ip + 24, ip + 40)]
  return addresses.some((address) => isMulticastIp(address) || isLinkLocal(address)) ? device : vrf
}

/** Messages of RFC 4861 and redirects, where no other header stands before them (`ipv6_ndisc_frame`). */
function isNeighbourDiscovery(octets: Uint8Array, ip: number): boolean {
  const type = octets[ip + ipv6HeaderSize] ?? 0
  return octets[ip + 6] === ipProtocols.icmpv6 && type >= icmpv6Types.routerSolicitation && type <= icmpv6Types.redirect
}

/** A packet came in by a port: the VRF counts it, and taps see it there. */
export function seenByVrf(vrf: Device, octets: Uint8Array, ip: number): void {
  countReceived(vrf, octets.length - ip)
  showAt(vrf, octets.subarray(ip))
}

/** A packet of this host leaves by a port of a VRF: taps see it there too. */
export function showAtVrf(device: Device, packet: Uint8Array): void {
  const vrf = vrfOf(device)
  if (vrf !== undefined && vrf !== device && !isMulticastIp(destinationOf(packet))) showAt(vrf, packet)
}

const destinationOf = (packet: Uint8Array): Uint8Array =>
  (packet[0] as number) >> 4 === 4 ? packet.subarray(16, 20) : packet.subarray(24, 40)

/** With a header that names nobody but the VRF. */
function showAt(vrf: Device, packet: Uint8Array): void {
  const { taps } = vrf.namespace
  if (taps.size === 0) return
  const octets = new Uint8Array(ethernetHeaderSize + packet.length)
  setMacAt(octets, 6, macToNumber(vrf.mac as string))
  setEtherTypeAt(octets, 0, (packet[0] as number) >> 4 === 4 ? etherTypes.ipv4 : etherTypes.ipv6)
  octets.set(packet, ethernetHeaderSize)
  const frame = new Frame(octets)
  for (const tap of taps) tap.see(vrf, frame, packetType.outgoing)
}
