/** Which connection a packet belongs to (`nf_conntrack_in`). @module */
import {
  checksumOf,
  ipProtocols,
  pseudoSum4,
  pseudoSum6,
  tcpFlagsAt,
  u16At,
  udpHeaderSize,
  udpLengthAt,
} from '@vnet/wire'
import { sameOctets } from '../bits.js'
import { isErrorType } from '../stack/icmp-message.js'
import { destinationAt } from '../stack/packet.js'
import type { Sysctls } from '../sysctl/conf.js'
import { newConnection, type Tracked } from './connection.js'
import type { ConnectionTable } from './connection-table.js'
import { noteOn } from './lifetime.js'
import { beginsAnew } from './tcp-state.js'
import { inverse, transportOf, tupleAt } from './tuple.js'

/** A whole packet. */
export interface WholePacket {
  readonly octets: Uint8Array
  /** Where the IP header begins, and where the packet ends. */
  readonly ip: number
  readonly end: number
}

/** Octets of the header of an ICMP message. */
export const icmpHeader = 8

/** What packets are looked up in. */
export interface Tracking {
  readonly connections: ConnectionTable
  readonly sysctls: Sysctls
  /** Kernel time. */
  readonly now: number
}

/**
 * Finds the connection of a packet, or begins one; `undefined` where it has none: it is malformed, answers nothing, or is of
 * those that are not tracked, as neighbour discovery. Such packets pass, and are not translated.
 *
 * @param isFromOutside It came in by a link: its checksum is not trusted.
 */
export function track(tracking: Tracking, packet: WholePacket, isFromOutside: boolean): Tracked | undefined {
  const { octets, ip, end } = packet
  const { connections, sysctls, now } = tracking
  const transport = transportOf(octets, ip, end)
  if (transport === undefined || transport.start > end) return undefined
  const { protocol, start } = transport
  const isChecked = isFromOutside && sysctls.globals['netfilter.nf_conntrack_checksum'] !== 0
  if (!isIntact(packet, protocol, start, isChecked)) return undefined
  if (isError(protocol, octets[start] as number)) return trackError(tracking, packet, start)
  const read = tupleAt(octets, ip, end)
  if (read === undefined) return undefined
  const { tuple } = read
  let found = connections.find(tuple, now)
  if (found !== undefined && protocol === ipProtocols.tcp) {
    const { connection, direction } = found
    if (beginsAnew(connection.tcp, direction, tcpFlagsAt(octets, start))) {
      connections.remove(connection)
      found = undefined
    }
  }
  const { connection, direction } = found ?? { connection: newConnection(tuple), direction: 'original' as const }
  if (!noteOn(connection, { direction, octets, start, end, now }, sysctls)) return undefined
  if (found !== undefined) connections.follow(found)
  return { connection, direction, isRelated: false }
}

/** Whether an ICMP message is about a packet, which it quotes. */
function isError(protocol: number, type: number): boolean {
  const isIpv4 = protocol === ipProtocols.icmp
  return (isIpv4 || protocol === ipProtocols.icmpv6) && isErrorType(isIpv4, type)
}

/** The connection of the packet that an error quotes: as it was when it left here, or when it came. */
function trackError(
  { connections, now }: Tracking,
  { octets, ip, end }: WholePacket,
  start: number,
): Tracked | undefined {
  const quoted = start + icmpHeader
  if (quoted + 20 > end) return undefined
  const read = tupleAt(octets, quoted, end)
  if (read === undefined) return undefined
  const found = connections.find(inverse(read.tuple), now)
  if (found === undefined) return undefined
  const { connection, direction } = found
  // It must go to whom the packet came from.
  if (!sameOctets(destinationAt(octets, ip), connection[direction].to)) return undefined
  return { connection, direction, isRelated: true }
}

/** Whether the header behind those of IP is whole, and what it sums up. */
function isIntact({ octets, ip, end }: WholePacket, protocol: number, start: number, isChecked: boolean): boolean {
  const isIpv4 = (octets[ip] as number) >> 4 === 4
  const length = end - start
  const sums = (size: number) => {
    if (!isChecked) return true
    const pseudo = (isIpv4 ? pseudoSum4 : pseudoSum6)(octets, ip, protocol, size)
    return checksumOf(octets, start, start + size, pseudo) === 0
  }
  switch (protocol) {
    case ipProtocols.tcp:
      return length >= 20 && sums(length)
    case ipProtocols.udp: {
      if (length < udpHeaderSize) return false
      const size = udpLengthAt(octets, start)
      if (size < udpHeaderSize || size > length) return false
      return (isIpv4 && u16At(octets, start + 6) === 0) || sums(size)
    }
    case ipProtocols.icmp:
      return length >= icmpHeader && (!isChecked || checksumOf(octets, start, end) === 0)
    case ipProtocols.icmpv6:
      return length >= icmpHeader && sums(length)
    default:
      return true
  }
}
