/** What a NAT box reads of an IPv4 packet (RFC 791, 768, 792, 9293). @module */
import {
  icmpTypeAt,
  icmpTypes,
  ipProtocols,
  ipVersionAt,
  ipv4DestinationAt,
  ipv4HeaderSize,
  ipv4HeaderSizeAt,
  ipv4LengthAt,
  ipv4ProtocolAt,
  ipv4SourceAt,
  tcpFlagsAt,
  u16At,
} from '@vnet/wire'
import type { Endpoint } from './endpoint.js'

/** Protocols that have mappings. */
export type NatProtocol = 'udp' | 'tcp' | 'icmp'

/** A packet, or the beginning of one in an ICMP error. */
export interface Packet {
  /** Offset of the IP header. */
  readonly start: number
  /** Offset of what follows it. */
  readonly body: number
  /** Offset behind the packet, as far as it is there. */
  readonly end: number
  /** The protocol; `error` for an ICMP error, `other` for what has no mappings. */
  readonly protocol: NatProtocol | 'error' | 'other'
  readonly source: Endpoint
  readonly destination: Endpoint
  /** Of TCP. */
  readonly flags: number
  /** Of an ICMP error: the packet that it is about. */
  readonly inner: Packet | undefined
}

/** ICMP messages that ask, and those that answer (RFC 792; RFC 5508 § 3). */
const questions: ReadonlySet<number> = new Set([icmpTypes.echo, icmpTypes.timestamp])
const answers: ReadonlySet<number> = new Set([icmpTypes.echoReply, icmpTypes.timestampReply])
const errors: ReadonlySet<number> = new Set([
  icmpTypes.unreachable,
  icmpTypes.sourceQuench,
  icmpTypes.timeExceeded,
  icmpTypes.parameterProblem,
])

/** Octets of an ICMP header, and the least that an ICMP error tells of a packet beyond its IP header. */
const icmpHeaderSize = 8
const leastTold = 8
const shortestTcp = 20

/** Reads a whole packet; `undefined` where it is malformed. */
export const readPacket = (bytes: Uint8Array): Packet | undefined => read(bytes, 0, bytes.length, false)

function read(bytes: Uint8Array, start: number, limit: number, isInner: boolean): Packet | undefined {
  if (start + ipv4HeaderSize > limit || ipVersionAt(bytes, start) !== 4) return undefined
  const body = start + ipv4HeaderSizeAt(bytes, start)
  const whole = start + ipv4LengthAt(bytes, start)
  if (body < start + ipv4HeaderSize || whole < body || (whole > limit && !isInner)) return undefined
  const end = Math.min(whole, limit)
  const number = ipv4ProtocolAt(bytes, start)
  const source = ipv4SourceAt(bytes, start)
  const destination = ipv4DestinationAt(bytes, start)
  const packet = { start, body, end, flags: 0, inner: undefined }
  const between = (sourcePort: number, destinationPort: number) => ({
    source: { address: source, port: sourcePort },
    destination: { address: destination, port: destinationPort },
  })
  if (number !== ipProtocols.udp && number !== ipProtocols.tcp && number !== ipProtocols.icmp)
    return { ...packet, protocol: 'other', ...between(0, 0) }
  const least = number === ipProtocols.tcp && !isInner ? shortestTcp : leastTold
  if (body + least > end) return undefined
  if (number !== ipProtocols.icmp) {
    const isTcp = number === ipProtocols.tcp
    const flags = isTcp && !isInner ? tcpFlagsAt(bytes, body) : 0
    return { ...packet, protocol: isTcp ? 'tcp' : 'udp', flags, ...between(u16At(bytes, body), u16At(bytes, body + 2)) }
  }
  const type = icmpTypeAt(bytes, body)
  if (questions.has(type)) return { ...packet, protocol: 'icmp', ...between(u16At(bytes, body + 4), 0) }
  if (answers.has(type)) return { ...packet, protocol: 'icmp', ...between(0, u16At(bytes, body + 4)) }
  // An error about an error there is none (RFC 1122 § 3.2.2).
  if (!errors.has(type) || isInner) return { ...packet, protocol: 'other', ...between(0, 0) }
  const inner = read(bytes, body + icmpHeaderSize, end, true)
  return inner === undefined ? undefined : { ...packet, protocol: 'error', inner, ...between(0, 0) }
}
