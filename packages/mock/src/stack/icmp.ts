/** ICMP and ICMPv6 that come in: requests are answered, answers and errors go to who asked (`net/ipv4/icmp.c`, `net/ipv6/icmp.c`). @module */
import { formatIp, type PingProblem } from '@vnet/core'
import {
  checksumOf,
  decodeIcmpv6,
  type Icmpv6,
  icmpTypes,
  icmpv6Types,
  ipProtocols,
  ipv4HeaderSizeAt,
  ipv6HeaderSize,
  isDecodeError,
  u16At,
  u32At,
} from '@vnet/wire'
import { isLinkLocal } from '../bits.js'
import type { Kernel } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import type { Tracked } from '../nat/connection.js'
import { isUsable6 } from '../object/address-type.js'
import type { Device } from '../object/device.js'
import { vrfOf } from '../object/vrf-table.js'
import { receiveEcho } from '../socket/echo-input.js'
import { reportError } from '../socket/error-input.js'
import { receiveTunnelError } from '../tunnel/error.js'
import { serviceOf } from '../tunnel/inner.js'
import { extensionsOf } from './extension.js'
import { receiveMld } from './group-query.js'
import { icmpErrno4, icmpErrno6 } from './icmp-errno.js'
import { echoMessage, pseudoSum } from './icmp-message.js'
import { receiveNd } from './nd.js'
import { mtuOf, send, wayTo } from './output.js'
import { learnPathMtu } from './path-mtu.js'
import { receiveRedirect4 } from './redirect-input.js'

/** Octets of the header of a message. */
const header = 8

/** A packet for this host, without its link's header. */
export interface LocalPacket {
  readonly device: Device
  /** The port by which it came to a VRF, where that is `device` (`inet_sdif`). */
  readonly port?: Device | undefined
  readonly from: Uint8Array
  readonly to: Uint8Array
  /** Whether it is for this host alone. */
  readonly isUnicast: boolean
  readonly hops: number
  /** The frame that it came in, or was put together to. */
  readonly octets: Uint8Array
  /** Where the IP header begins, where the payload does, and where it ends. */
  readonly ip: number
  readonly start: number
  readonly end: number
  /** A router was to look at it: what its option of RFC 2711 says. */
  readonly alert?: number | undefined
  /** What is known of its connection. */
  readonly tracked?: Tracked | undefined
}

/** ICMP of IPv4. */
export function receiveIcmp4(kernel: Kernel, packet: LocalPacket, isTaken: boolean): void {
  const { octets, start, end, isUnicast, device } = packet
  const isShort = end - start < header
  if (isShort || checksumOf(octets, start, end) !== 0) {
    kernel.dropped(device, octets, isShort ? 'malformed' : 'checksum')
    return
  }
  const type = octets[start]
  const { globals } = device.namespace.sysctls
  if (type === icmpTypes.echo) {
    const isIgnored = isUnicast ? 'ipv4.icmp_echo_ignore_all' : 'ipv4.icmp_echo_ignore_broadcasts'
    if (globals[isIgnored] === 0 && globals['ipv4.icmp_echo_ignore_all'] === 0)
      answerEcho(kernel, packet, icmpTypes.echoReply, ipProtocols.icmp)
    else kernel.dropped(device, octets, 'ignored')
  } else if (type === icmpTypes.echoReply) {
    receiveReply(kernel, packet, isTaken)
  } else if (type === icmpTypes.redirect) receiveRedirect4(kernel, packet)
  else if (type !== undefined && errors4.has(type)) {
    reportError(packet)
    const { code } = icmpErrno4(type, octets[start + 1] as number)
    const quoted = start + header
    const message = quoted + ipv4HeaderSizeAt(octets, quoted)
    if (message + header > end) {
      kernel.dropped(device, octets, 'malformed')
      return
    }
    if (code === 'EMSGSIZE') learn4(kernel, packet, octets.slice(quoted + 16, quoted + 20))
    if (receiveTunnelError(kernel, packet)) return
    if (octets[quoted + 9] !== ipProtocols.icmp || octets[message] !== icmpTypes.echo) return
    kernel.pings.fail(device.namespace, 4, echoAt(octets, message), code, reportOf(packet))
  } else if (!isTaken) kernel.dropped(device, octets, 'no-protocol')
}

/** An answer to an echo request: to the ping, or to the socket, that asked. */
function receiveReply(kernel: Kernel, packet: LocalPacket, isTaken: boolean): void {
  const { device, octets, start, end, from, hops } = packet
  if (kernel.pings.answer(device.namespace, from, echoAt(octets, start), end - start, hops)) return
  const outcome = receiveEcho(packet)
  if (outcome !== undefined && !isTaken) kernel.dropped(device, octets, outcome)
}

const errors4: ReadonlySet<number> = new Set([
  icmpTypes.unreachable,
  icmpTypes.timeExceeded,
  icmpTypes.parameterProblem,
])

/** A router tells what fits the way to a destination (`icmp_unreach`, `__ip_rt_update_pmtu`). */
function learn4(kernel: Kernel, { device, octets, start }: LocalPacket, to: Uint8Array): void {
  const { namespace } = device
  const mode = namespace.sysctls.globals['ipv4.ip_no_pmtu_disc']
  if (mode === 1 || mode === 2) return
  learn(kernel, namespace, to, u16At(octets, start + 6))
}

function learn(kernel: Kernel, namespace: Namespace, to: Uint8Array, told: number): void {
  const way = wayTo(namespace, to)
  if (typeof way === 'string' || way.route.metrics?.lock?.includes('mtu')) return
  learnPathMtu(namespace.pathMtus, namespace.sysctls, to, told, mtuOf(kernel, way, to), kernel.now())
}

/** ICMPv6. */
export function receiveIcmp6(kernel: Kernel, packet: LocalPacket, isTaken: boolean): void {
  const { octets, start, end, from, to, device } = packet
  const length = end - start
  const isShort = length < header
  if (isShort || checksumOf(octets, start, end, pseudoSum(from, to, length)) !== 0) {
    kernel.dropped(device, octets, isShort ? 'malformed' : 'checksum')
    return
  }
  const type = octets[start] as number
  const { globals } = device.namespace.sysctls
  if (type === icmpv6Types.echo) {
    const isIgnored = !packet.isUnicast && globals['ipv6.icmp.echo_ignore_multicast'] !== 0
    if (isIgnored || globals['ipv6.icmp.echo_ignore_all'] !== 0) kernel.dropped(device, octets, 'ignored')
    else answerEcho(kernel, packet, icmpv6Types.echoReply, ipProtocols.icmpv6)
  } else if (type === icmpv6Types.echoReply) {
    receiveReply(kernel, packet, isTaken)
  } else if (type >= icmpv6Types.routerAdvertisement && type <= icmpv6Types.redirect) {
    const icmp = read(octets, start, end)
    if (icmp === undefined) kernel.dropped(device, octets, 'malformed')
    else receiveNd(kernel, packet, icmp)
  } else if (type === icmpv6Types.mldQuery || type === icmpv6Types.mldReport1) {
    const icmp = read(octets, start, end)
    if (icmp === undefined) kernel.dropped(device, octets, 'malformed')
    else receiveMld(kernel, packet, icmp)
  } else if (type <= icmpv6Types.parameterProblem) {
    reportError(packet)
    const quoted = start + header
    if (quoted + ipv6HeaderSize > end) {
      kernel.dropped(device, octets, 'malformed')
      return
    }
    const quotation = octets.subarray(quoted, end)
    if (type === icmpv6Types.packetTooBig) {
      learn(kernel, device.namespace, quotation.slice(24, 40), u32At(octets, start + 4))
    }
    if (receiveTunnelError(kernel, packet)) return
    const { protocol, start: message } = extensionsOf(quotation)
    if (protocol !== ipProtocols.icmpv6 || message + header > quotation.length) return
    if (quotation[message] !== icmpv6Types.echo) return
    const { code } = icmpErrno6(type, octets[start + 1] as number)
    kernel.pings.fail(device.namespace, 16, echoAt(quotation, message), code, reportOf(packet))
  } else if (!isTaken && !heeded6.has(type)) kernel.dropped(device, octets, 'no-protocol')
}

/** Heard by routers and by those who listen to groups, which have nothing to say to them. */
const heeded6: ReadonlySet<number> = new Set([
  icmpv6Types.routerSolicitation,
  icmpv6Types.mldReport2,
  icmpv6Types.mldDone,
])

/** Who sent an error, and what it says. */
function reportOf({ from, octets, start }: LocalPacket): Omit<PingProblem, 'time'> {
  const [type, code] = [octets[start] as number, octets[start + 1] as number]
  const told =
    from.length === 16
      ? type === icmpv6Types.packetTooBig && u32At(octets, start + 4)
      : type === icmpTypes.unreachable && code === 4 && u16At(octets, start + 6)
  return { from: formatIp(from), type, code, ...(told === false ? {} : { mtu: told }) }
}

function read(octets: Uint8Array, start: number, end: number): Icmpv6 | undefined {
  try {
    return decodeIcmpv6(octets, start, end)
  } catch (error) {
    if (isDecodeError(error)) return undefined
    throw error
  }
}

const echoAt = (octets: Uint8Array, at: number) => ({
  identifier: u16At(octets, at + 4),
  sequence: u16At(octets, at + 6),
})

/** An answer leaves by the VRF that the question came in by, and to a link-local address by the same link. */
const outputFor = (device: Device, to: Uint8Array): Device | undefined => (isLinkLocal(to) ? device : vrfOf(device))

function answerEcho(kernel: Kernel, packet: LocalPacket, type: number, protocol: number): void {
  const { octets, start, end, from, to, isUnicast, device } = packet
  const data = octets.slice(start + header, end)
  const echo = { type, ...echoAt(octets, start), data, to: from }
  // Of an anycast address nobody is the one that answers.
  const mayBeOwn = to.length === 4 || isUsable6(device.namespace, to, device)
  const isOwn = mayBeOwn || device.namespace.sysctls.globals['ipv6.anycast_src_echo_reply'] !== 0
  const own = isUnicast && isOwn ? { from: to } : {}
  // The answer has the class of the question.
  const tos = serviceOf(octets, { version: to.length === 4 ? 4 : 6, at: packet.ip })
  send(kernel, device.namespace, { to: from, protocol, tos, output: outputFor(device, from), ...own }, (source) =>
    echoMessage({ ...echo, from: source }),
  )
}
