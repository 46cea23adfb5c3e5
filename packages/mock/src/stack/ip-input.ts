/** IP packets that come in: for this host, or for nobody here (`ip_rcv`, `ip6_rcv`). Nothing is forwarded: that is off in a new namespace, and nothing switches it on. @module */
import { isMulticastIp } from '@vnet/core'
import {
  checksumOf,
  ethernetHeaderSize,
  etherTypes,
  ipProtocols,
  ipv4HeaderSize,
  ipv4HeaderSizeAt,
  ipv4LengthAt,
  ipv6HeaderSize,
  ipv6PayloadLengthAt,
  isFragment,
  setEtherTypeAt,
} from '@vnet/wire'
import { isLoopback, isZero, sameOctets } from '../bits.js'
import type { Kernel } from '../kernel.js'
import { addressType4, isUsable6 } from '../object/address-type.js'
import type { Device } from '../object/device.js'
import { type LocalPacket, receiveIcmp4, receiveIcmp6 } from './icmp.js'
import { refusePacket } from './icmp-error.js'
import { type PacketTypeNumber, packetType } from './packet-type.js'
import { solicitedGroup } from './solicit.js'

/** A packet, its IP header at `ip`; with an Ethernet header or without. */
export function receiveIp(
  kernel: Kernel,
  device: Device,
  octets: Uint8Array,
  ip: number,
  type: PacketTypeNumber,
): void {
  if (type === packetType.otherHost) return
  const isIpv4 = (octets[ip] as number) >> 4 === 4
  const packet = isIpv4 ? read4(device, octets, ip) : read6(device, octets, ip)
  if (packet === undefined) return
  const framed = ip === ethernetHeaderSize ? octets : withHeader(octets.subarray(ip), isIpv4)
  if (!isFragment(framed)) {
    local(kernel, packet)
    return
  }
  const whole = device.namespace.reassembly.add(framed)?.frame
  if (whole === undefined) return
  const again = isIpv4 ? read4(device, whole, ethernetHeaderSize) : read6(device, whole, ethernetHeaderSize)
  if (again !== undefined) local(kernel, again)
}

function withHeader(packet: Uint8Array, isIpv4: boolean): Uint8Array {
  const octets = new Uint8Array(ethernetHeaderSize + packet.length)
  setEtherTypeAt(octets, 0, isIpv4 ? etherTypes.ipv4 : etherTypes.ipv6)
  octets.set(packet, ethernetHeaderSize)
  return octets
}

function read4(device: Device, octets: Uint8Array, ip: number): LocalPacket | undefined {
  if (octets.length < ip + ipv4HeaderSize || (octets[ip] as number) >> 4 !== 4) return undefined
  const size = ipv4HeaderSizeAt(octets, ip)
  const length = ipv4LengthAt(octets, ip)
  if (size < ipv4HeaderSize || length < size || ip + length > octets.length) return undefined
  if (checksumOf(octets, ip, ip + size) !== 0) return undefined
  const from = octets.slice(ip + 12, ip + 16)
  const to = octets.slice(ip + 16, ip + 20)
  const type = addressType4(device.namespace, to)
  if (type !== 'local' && type !== 'broadcast' && type !== 'multicast') return undefined
  if (!device.loopback && isMartian(device, from, to)) return undefined
  return {
    device,
    from,
    to,
    isUnicast: type === 'local',
    hops: octets[ip + 8] as number,
    octets,
    ip,
    start: ip + size,
    end: ip + length,
  }
}

/** Addresses that cannot come from outside (`ip_route_input_slow`): of groups, of loopback, of this host itself. */
function isMartian(device: Device, from: Uint8Array, to: Uint8Array): boolean {
  if (isMulticastIp(from) || isLoopback(from) || isLoopback(to)) return true
  if (isZero(from)) return !to.every((octet) => octet === 255)
  return addressType4(device.namespace, from) !== 'unicast'
}

function read6(device: Device, octets: Uint8Array, ip: number): LocalPacket | undefined {
  if (octets.length < ip + ipv6HeaderSize || (octets[ip] as number) >> 4 !== 6 || device.inet6 === undefined)
    return undefined
  const end = ip + ipv6HeaderSize + ipv6PayloadLengthAt(octets, ip)
  if (end > octets.length) return undefined
  const from = octets.slice(ip + 8, ip + 24)
  const to = octets.slice(ip + 24, ip + 40)
  if (isMulticastIp(from) || (!device.loopback && (isLoopback(from) || isLoopback(to)))) return undefined
  const isUnicast = !isMulticastIp(to)
  if (isUnicast ? !isUsable6(device.namespace, to, device) : !isMember6(device, to)) return undefined
  const hops = octets[ip + 7] as number
  return { device, from, to, isUnicast, hops, octets, ip, start: ip + ipv6HeaderSize, end }
}

/** The groups of every host: all nodes, and the solicited-node groups of its addresses (RFC 4291 § 2.8). */
function isMember6(device: Device, group: Uint8Array): boolean {
  const isAllNodes = (group[1] === 1 || group[1] === 2) && group[15] === 1 && isZero(group.subarray(2, 15))
  if (isAllNodes) return true
  return device.inet6?.addresses.some(({ octets }) => sameOctets(solicitedGroup(octets), group)) ?? false
}

function local(kernel: Kernel, packet: LocalPacket): void {
  const { octets, ip, from } = packet
  const isIpv4 = from.length === 4
  const protocol = octets[ip + (isIpv4 ? 9 : 6)]
  if (isIpv4 && protocol === ipProtocols.icmp) receiveIcmp4(kernel, packet)
  else if (!isIpv4 && protocol === ipProtocols.icmpv6) receiveIcmp6(kernel, packet)
  else if (protocol === ipProtocols.udp) refusePacket(kernel, packet, 'port')
  else if (isIpv4 && protocol !== ipProtocols.tcp && protocol !== ipProtocols.igmp)
    refusePacket(kernel, packet, 'protocol')
}
