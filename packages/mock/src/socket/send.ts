/** What sockets of IP send (`udp_sendmsg`, `raw_sendmsg`, `ping_v4_sendmsg` and those of IPv6). @module */
import { type CleanSocketAddress, isMulticastIp } from '@vnet/core'
import {
  checksumOf,
  ethernetHeaderSize,
  etherTypes,
  icmpTypes,
  icmpv6Types,
  ipProtocols,
  ipv4HeaderSize,
  ipv4HeaderSizeAt,
  setEtherTypeAt,
  setU16At,
  u16At,
  udpHeaderSize,
} from '@vnet/wire'
import { isLinkLocal, isZero } from '../bits.js'
import type { Kernel } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import type { Device } from '../object/device.js'
import { isMember } from '../object/membership.js'
import { next } from '../random.js'
import { refuse } from '../refusal.js'
import { pseudoSum } from '../stack/icmp-message.js'
import { receiveLooped } from '../stack/ip-input.js'
import { hopsOf, sendBy, sendMade, type Way } from '../stack/output.js'
import { packetOf } from '../stack/packet.js'
import { bindByItself } from './bind.js'
import type { InetSocket } from './inet.js'
import { plain } from './mapped.js'
import { scopeOf } from './member.js'
import { destinationOf, type SocketWay, socketWay } from './route.js'

/** Octets of the longest packet, with its header over IPv4 and without over IPv6. */
const longest = 65_535
/** Octets of the header of an ICMP message. */
const icmpHeader = 8

/** Sends a datagram to whom it is connected, or to somebody. */
export function sendInet(
  kernel: Kernel,
  namespace: Namespace,
  socket: InetSocket,
  data: Uint8Array,
  to: CleanSocketAddress | undefined,
): void {
  bindByItself(kernel, namespace, socket)
  const target = to ?? socket.remote ?? refuse('EDESTADDRREQ')
  if (socket.kind.startsWith('udp') && target.port === 0) refuse('EINVAL')
  if (data.length > longest) refuse('EMSGSIZE')
  const octets = destinationOf(plain(target.octets))
  if (octets.length === 4 && socket.family === 6 && socket.ipv6Only) refuse('ENETUNREACH')
  const scope = to !== undefined && isLinkLocal(octets) ? scopeOf(namespace, to.link) : undefined
  if (socket.kind.startsWith('icmp')) checkEcho(socket, data)
  const way = socketWay(namespace, socket, octets, scope)
  if (way.type === 'broadcast' && !socket.broadcast) refuse('EACCES')
  if (socket.header) {
    const packet = withOwnHeader(kernel, data, way)
    if (packet.length - ethernetHeaderSize > way.device.mtu) refuse('EMSGSIZE')
    sendOut(socket, way, octets, packet[ethernetHeaderSize + 8] as number, {
      out: () => sendMade(kernel, way, packet.slice(), { output: socket.device }),
      back: () => receiveLooped(kernel, way.device, packet),
    })
    return
  }
  const content = payloadOf(socket, data, way.source, octets, target.port)
  if (content.length + (octets.length === 4 ? ipv4HeaderSize : 0) > longest) refuse('EMSGSIZE')
  const hops = isMulticastIp(octets) ? socket.multicastHops : socket.hops
  const header = { to: octets, protocol: socket.protocol, ...(hops === undefined ? {} : { hops }) }
  const own = { ...header, from: way.source, hops: hops ?? hopsOf(way) }
  sendOut(socket, way, octets, own.hops, {
    out: () => sendBy(kernel, way, { ...header, discovers: true, output: socket.device }, () => content),
    back: () => receiveLooped(kernel, way.device, packetOf(own, content)),
  })
}

function payloadOf(socket: InetSocket, data: Uint8Array, from: Uint8Array, to: Uint8Array, port: number): Uint8Array {
  if (socket.kind.startsWith('udp')) return datagramOf(socket.port, port, data, from, to)
  if (socket.kind.startsWith('icmp')) return echoOf(socket, data, from, to)
  // Over IPv6 the kernel fills in the checksum of ICMPv6 (RFC 3542 § 3.1).
  if (socket.family === 6 && socket.protocol === ipProtocols.icmpv6 && data.length >= 4) {
    const octets = data.slice()
    setU16At(octets, 2, 0)
    setU16At(octets, 2, checksumOf(octets, 0, octets.length, pseudoSum(from, to, octets.length)))
    return octets
  }
  return data
}

/** A UDP datagram; a checksum of zero is written as all ones, for zero means none. */
function datagramOf(from: number, port: number, data: Uint8Array, source: Uint8Array, to: Uint8Array): Uint8Array {
  const octets = new Uint8Array(udpHeaderSize + data.length)
  setU16At(octets, 0, from)
  setU16At(octets, 2, port)
  // A jumbogram would say 0; there are none here.
  setU16At(octets, 4, octets.length)
  octets.set(data, udpHeaderSize)
  const sum = checksumOf(octets, 0, octets.length, pseudoSum(source, to, octets.length, ipProtocols.udp))
  setU16At(octets, 6, sum === 0 ? 0xffff : sum)
  return octets
}

/** An echo socket sends echo requests only (`ping_supported`). */
function checkEcho({ family }: InetSocket, data: Uint8Array): void {
  const type = family === 4 ? icmpTypes.echo : icmpv6Types.echo
  if (data.length < icmpHeader || data[0] !== type || data[1] !== 0) refuse('EINVAL')
}

/** With the socket's identifier, and its checksum. */
function echoOf({ port, family }: InetSocket, data: Uint8Array, from: Uint8Array, to: Uint8Array): Uint8Array {
  const octets = data.slice()
  setU16At(octets, 2, 0)
  setU16At(octets, 4, port)
  setU16At(octets, 2, checksumOf(octets, 0, octets.length, family === 4 ? 0 : pseudoSum(from, to, octets.length)))
  return octets
}

/** A packet that brings its header: source and identification where they are zero, length and checksum always (`raw_send_hdrinc`). */
function withOwnHeader(kernel: Kernel, data: Uint8Array, { source }: Way): Uint8Array {
  const size = data.length < ipv4HeaderSize ? 0 : ipv4HeaderSizeAt(data, 0)
  if (size < ipv4HeaderSize || size > data.length) refuse('EINVAL')
  const octets = new Uint8Array(ethernetHeaderSize + data.length)
  const ip = ethernetHeaderSize
  setEtherTypeAt(octets, 0, etherTypes.ipv4)
  octets.set(data, ip)
  if (isZero(octets.subarray(ip + 12, ip + 16))) octets.set(source, ip + 12)
  setU16At(octets, ip + 2, data.length)
  if (u16At(octets, ip + 4) === 0) setU16At(octets, ip + 4, next(kernel.random) & 0xffff)
  setU16At(octets, ip + 10, 0)
  setU16At(octets, ip + 10, checksumOf(octets, ip, ip + size))
  return octets
}

/** How a packet goes out, and how it comes back to this host. */
interface Directions {
  out(): void
  back(): void
}

/** Sends it, and a copy to this host where what is for many is for it too (`ip_mc_output`, `ip6_finish_output2`). */
function sendOut(socket: InetSocket, way: SocketWay, to: Uint8Array, hops: number, { out, back }: Directions): void {
  const { device } = way
  const isGroup = isMulticastIp(to)
  const isHeard =
    !device.loopback && (isGroup ? socket.multicastLoop && isMember(device, to) : way.type === 'broadcast')
  if (!isGroup || mayLeave(device, to, hops, isHeard)) out()
  if (isHeard) back()
}

/**
 * What is for this node only (RFC 4291 § 2.7) stays here; what has no hops too, but that is looked at only where somebody
 * here is a member; over IPv6, where it is heard.
 */
function mayLeave(device: Device, to: Uint8Array, hops: number, isHeard: boolean): boolean {
  if (device.loopback) return true
  if (to.length === 4) return hops > 0 || !isMember(device, to)
  return ((to[1] as number) & 15) !== 1 && (hops > 0 || !isHeard)
}
