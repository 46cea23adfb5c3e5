/** ICMP and ICMPv6 that come in: requests are answered, answers and errors go to who asked (`net/ipv4/icmp.c`, `net/ipv6/icmp.c`). @module */
import type { ErrorCode } from '@vnet/core'
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
} from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { echoMessage, pseudoSum } from './icmp-message.js'
import { receiveNd } from './nd.js'
import { send } from './output.js'

/** Octets of the header of a message. */
const header = 8

/** A packet for this host, without its link's header. */
export interface LocalPacket {
  readonly device: Device
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
}

/** ICMP of IPv4. */
export function receiveIcmp4(kernel: Kernel, packet: LocalPacket): void {
  const { octets, start, end, isUnicast, device, from } = packet
  if (end - start < header || checksumOf(octets, start, end) !== 0) return
  const type = octets[start]
  // Echo requests to all are not answered (`icmp_echo_ignore_broadcasts`).
  if (type === icmpTypes.echo) {
    if (isUnicast) answerEcho(kernel, packet, icmpTypes.echoReply, ipProtocols.icmp)
  } else if (type === icmpTypes.echoReply) {
    kernel.pings.answer(device.namespace, from, echoAt(octets, start), end - start, packet.hops)
  } else if (type === icmpTypes.unreachable || type === icmpTypes.timeExceeded) {
    const code =
      type === icmpTypes.timeExceeded ? 'EHOSTUNREACH' : (codes4[octets[start + 1] as number] ?? 'EHOSTUNREACH')
    const quoted = start + header
    const message = quoted + ipv4HeaderSizeAt(octets, quoted)
    if (message + header > end || octets[quoted + 9] !== ipProtocols.icmp || octets[message] !== icmpTypes.echo) return
    kernel.pings.fail(device.namespace, 4, echoAt(octets, message), code)
  }
}

/** Codes of "destination unreachable", and what a socket is told (`icmp_err_convert`). */
const codes4: readonly (ErrorCode | undefined)[] = [
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ENOPROTOOPT',
  'ECONNREFUSED',
  'EMSGSIZE',
]

/** ICMPv6. */
export function receiveIcmp6(kernel: Kernel, packet: LocalPacket): void {
  const { octets, start, end, from, to, device, hops } = packet
  const length = end - start
  if (length < header || checksumOf(octets, start, end, pseudoSum(from, to, length)) !== 0) return
  const type = octets[start] as number
  if (type === icmpv6Types.echo) answerEcho(kernel, packet, icmpv6Types.echoReply, ipProtocols.icmpv6)
  else if (type === icmpv6Types.echoReply) {
    kernel.pings.answer(device.namespace, from, echoAt(octets, start), length, hops)
  } else if (type === icmpv6Types.neighbourSolicitation || type === icmpv6Types.neighbourAdvertisement) {
    const icmp = read(octets, start, end)
    if (icmp !== undefined) receiveNd(kernel, device, octets, from, hops, icmp)
  } else if (type <= icmpv6Types.parameterProblem) {
    const quoted = start + header
    const message = quoted + ipv6HeaderSize
    if (message + header > end || octets[quoted + 6] !== ipProtocols.icmpv6 || octets[message] !== icmpv6Types.echo)
      return
    kernel.pings.fail(device.namespace, 16, echoAt(octets, message), codeOf6(type, octets[start + 1] as number))
  }
}

/** What a socket is told of an error (`icmpv6_err_convert`). */
function codeOf6(type: number, code: number): ErrorCode {
  if (type === icmpv6Types.packetTooBig) return 'EMSGSIZE'
  if (type !== icmpv6Types.unreachable) return type === icmpv6Types.timeExceeded ? 'EHOSTUNREACH' : 'EPROTO'
  return code === 0 ? 'ENETUNREACH' : code === 1 ? 'EACCES' : code === 4 ? 'ECONNREFUSED' : 'EHOSTUNREACH'
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

function answerEcho(kernel: Kernel, packet: LocalPacket, type: number, protocol: number): void {
  const { octets, start, end, from, to, isUnicast, device } = packet
  const data = octets.slice(start + header, end)
  const echo = { type, ...echoAt(octets, start), data, to: from }
  const own = isUnicast ? { from: to } : {}
  send(kernel, device.namespace, { to: from, protocol, ...own }, (source) => echoMessage({ ...echo, from: source }))
}
