/** What tells the packets of one direction of a connection from others (`struct nf_conntrack_tuple`). @module */
import { portedProtocols } from '@vnet/core'
import {
  icmpTypes,
  icmpv6Types,
  ipProtocols,
  ipv4HeaderSize,
  ipv4HeaderSizeAt,
  ipv6HeaderSize,
  u16At,
} from '@vnet/wire'
import { keyOf } from '../bits.js'
import { extensionsOf } from '../stack/extension.js'
import { destinationAt, sourceAt } from '../stack/packet.js'

/** Addresses, protocol and ports of a packet. */
export interface Tuple {
  /** Number of the protocol over IP. */
  readonly protocol: number
  readonly from: Uint8Array
  readonly to: Uint8Array
  /** Source port, or the identifier of an ICMP query; 0 where the protocol has none. */
  readonly source: number
  /** Destination port, or type and code of an ICMP query; 0 where the protocol has none. */
  readonly destination: number
}

/** A tuple, and where what it was read of lies. */
export interface ReadTuple {
  readonly tuple: Tuple
  /** Where the header behind those of IP begins. */
  readonly start: number
}

/** Whether the headers of a protocol begin with two ports. */
export const hasPorts = (protocol: number): boolean => portedProtocols.includes(protocol)

/** Octets of a header that are needed: ICMP errors quote no more (RFC 792). */
const needed = 8

/** Queries of ICMP and their answers: echo, timestamp, information (15, 16), address mask (17, 18). */
const answers4 = new Map<number, number>([
  [icmpTypes.echo, icmpTypes.echoReply],
  [icmpTypes.timestamp, icmpTypes.timestampReply],
  [15, 16],
  [17, 18],
])
const questions4 = new Map([...answers4].map(([question, answer]) => [answer, question] as const))
/** Of ICMPv6 those of echo; node information (139, 140). */
const answers6 = new Map<number, number>([
  [icmpv6Types.echo, icmpv6Types.echoReply],
  [139, 140],
])
const questions6 = new Map([...answers6].map(([question, answer]) => [answer, question] as const))

const isIcmp = (protocol: number): boolean => protocol === ipProtocols.icmp || protocol === ipProtocols.icmpv6

/** Whether a message of ICMP or ICMPv6 is a query or an answer, with an identifier. */
export const isQueryType = (protocol: number, type: number): boolean => oppositeType(protocol, type) !== undefined

/** Whether a tuple is that of an ICMP query or of its answer. */
export const isQuery = ({ protocol }: Tuple): boolean => isIcmp(protocol)

/** Whether a connection can begin with it: of ICMP with questions only. */
export function mayBegin({ protocol, destination }: Tuple): boolean {
  if (!isIcmp(protocol)) return true
  return (protocol === ipProtocols.icmp ? answers4 : answers6).has(destination >> 8)
}

/** The header behind those of IP: its number, and where it begins; `undefined` in a later fragment. */
export function transportOf(
  octets: Uint8Array,
  ip: number,
  end: number,
): { protocol: number; start: number } | undefined {
  const version = (octets[ip] as number) >> 4
  if (version === 4) {
    const size = end - ip < ipv4HeaderSize ? 0 : ipv4HeaderSizeAt(octets, ip)
    if (size < ipv4HeaderSize || (u16At(octets, ip + 6) & 0x1fff) !== 0) return undefined
    return { protocol: octets[ip + 9] as number, start: ip + size }
  }
  if (version !== 6 || end - ip < ipv6HeaderSize) return undefined
  const { protocol, start } = extensionsOf(octets.subarray(ip, end))
  return protocol === ipProtocols.noNextHeader ? undefined : { protocol, start: ip + start }
}

/** The tuple of a packet, its IP header at `ip`; `undefined` where it is cut short, or is an ICMP message that is no query. */
export function tupleAt(octets: Uint8Array, ip: number, end: number): ReadTuple | undefined {
  const transport = transportOf(octets, ip, end)
  if (transport === undefined) return undefined
  const { protocol, start } = transport
  const [from, to] = [sourceAt(octets, ip), destinationAt(octets, ip)]
  if (hasPorts(protocol)) {
    if (start + needed > end) return undefined
    return { tuple: { protocol, from, to, source: u16At(octets, start), destination: u16At(octets, start + 2) }, start }
  }
  if (!isIcmp(protocol)) return { tuple: { protocol, from, to, source: 0, destination: 0 }, start }
  if (start + needed > end || !isQueryType(protocol, octets[start] as number)) return undefined
  return { tuple: { protocol, from, to, source: u16At(octets, start + 4), destination: u16At(octets, start) }, start }
}

function oppositeType(protocol: number, type: number): number | undefined {
  if (protocol === ipProtocols.icmp) return answers4.get(type) ?? questions4.get(type)
  return protocol === ipProtocols.icmpv6 ? (answers6.get(type) ?? questions6.get(type)) : undefined
}

/** The tuple of what goes the other way. */
export function inverse({ protocol, from, to, source, destination }: Tuple): Tuple {
  if (!isIcmp(protocol)) return { protocol, from: to, to: from, source: destination, destination: source }
  const type = oppositeType(protocol, destination >> 8) as number
  return { protocol, from: to, to: from, source, destination: (type << 8) | (destination & 0xff) }
}

/** A text that is the same for the same tuple only. */
export function tupleKey({ protocol, from, to, source, destination }: Tuple): string {
  const bits = from.length * 8
  return keyOf(from, bits) + keyOf(to, bits) + String.fromCharCode(protocol, source, destination)
}

/** The same of its source alone. */
export const sourceKey = ({ protocol, from, source }: Tuple): string =>
  keyOf(from, from.length * 8) + String.fromCharCode(protocol, source)
