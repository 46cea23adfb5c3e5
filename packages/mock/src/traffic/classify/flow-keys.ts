/** Addresses, protocol, ports and more of a packet (`__skb_flow_dissect`, `net/core/flow_dissector.c`). @module */
import { etherTypes, ipProtocols, ipv4HeaderSize, ipv6HeaderSize } from '@vnet/wire'
import type { Seen } from './seen.js'

/** What a packet says of its flow; what it does not have is absent. */
export interface FlowKeys {
  readonly from?: Uint8Array
  readonly to?: Uint8Array
  readonly ipProtocol?: number
  readonly tos?: number
  readonly ttl?: number
  readonly fragment?: boolean
  readonly firstFragment?: boolean
  readonly sourcePort?: number
  readonly destinationPort?: number
  readonly tcpFlags?: number
  readonly icmpType?: number
  readonly icmpCode?: number
  readonly arpOperation?: number
  readonly arpSender?: Uint8Array
  readonly arpTarget?: Uint8Array
  readonly arpSenderMac?: Uint8Array
  readonly arpTargetMac?: Uint8Array
}

/** Extension headers of IPv6 that a length and the next header begin (RFC 8200 § 4): hop-by-hop, routing, destination. */
const extensions: ReadonlySet<number> = new Set([
  ipProtocols.hopByHop,
  ipProtocols.routing,
  ipProtocols.destinationOptions,
])
const sctp = 132
/** Protocols whose header begins with two ports. */
const ported: ReadonlySet<number> = new Set([ipProtocols.tcp, ipProtocols.udp, sctp])

/** Reads them; empty for what is neither IP nor ARP. */
export function flowKeysOf(seen: Seen): FlowKeys {
  switch (seen.innerProtocol) {
    case etherTypes.ipv4:
      return keys4(seen)
    case etherTypes.ipv6:
      return keys6(seen)
    case etherTypes.arp:
      return keysOfArp(seen)
    default:
      return {}
  }
}

function keys4(seen: Seen): FlowKeys {
  if (seen.octetAt(ipv4HeaderSize - 1) === undefined) return {}
  const ipProtocol = seen.octetAt(9) as number
  const [from, to] = [octets(seen, 12, 4), octets(seen, 16, 4)]
  const common = { from, to, ipProtocol, tos: seen.octetAt(1) as number, ttl: seen.octetAt(8) as number }
  const place = ((seen.octetAt(6) as number) << 8) | (seen.octetAt(7) as number)
  if ((place & 0x3fff) !== 0) return { ...common, fragment: true, firstFragment: (place & 0x1fff) === 0 }
  const header = ((seen.octetAt(0) as number) & 0x0f) * 4
  return { ...common, ...transportAt(seen, ipProtocol, header) }
}

function keys6(seen: Seen): FlowKeys {
  if (seen.octetAt(ipv6HeaderSize - 1) === undefined) return {}
  const [from, to] = [octets(seen, 8, 16), octets(seen, 24, 16)]
  const tos = (((seen.octetAt(0) as number) << 4) | ((seen.octetAt(1) as number) >> 4)) & 0xff
  let ipProtocol = seen.octetAt(6) as number
  const common = { from, to, tos, ttl: seen.octetAt(7) as number }
  let at = ipv6HeaderSize
  while (extensions.has(ipProtocol)) {
    const [next, length] = [seen.octetAt(at), seen.octetAt(at + 1)]
    if (next === undefined || length === undefined) return { ...common, ipProtocol }
    ipProtocol = next
    at += 8 + length * 8
  }
  if (ipProtocol !== ipProtocols.fragment) return { ...common, ipProtocol, ...transportAt(seen, ipProtocol, at) }
  const place = seen.wordAt(at)
  if (place === undefined) return { ...common, ipProtocol }
  return { ...common, ipProtocol: place >>> 24, fragment: true, firstFragment: (place & 0xfff8) === 0 }
}

/** Ports, flags of TCP, or what an ICMP message is. */
function transportAt(seen: Seen, ipProtocol: number, at: number): FlowKeys {
  const first = seen.wordAt(at)
  if (first === undefined) return {}
  if (ported.has(ipProtocol)) {
    const flags =
      ipProtocol === ipProtocols.tcp && seen.octetAt(at + 19) !== undefined ? seen.wordAt(at + 12) : undefined
    return {
      sourcePort: first >>> 16,
      destinationPort: first & 0xffff,
      ...(flags === undefined ? {} : { tcpFlags: (flags >>> 16) & 0x0fff }),
    }
  }
  if (ipProtocol !== ipProtocols.icmp && ipProtocol !== ipProtocols.icmpv6) return {}
  return seen.octetAt(at + 7) === undefined ? {} : { icmpType: first >>> 24, icmpCode: (first >>> 16) & 0xff }
}

/** Requests and replies of Ethernet about IPv4 (RFC 826); of others nothing is known. */
function keysOfArp(seen: Seen): FlowKeys {
  const operation = seen.octetAt(7)
  const isKnown =
    seen.wordAt(0) === 0x00010800 && seen.octetAt(4) === 6 && seen.octetAt(5) === 4 && seen.octetAt(6) === 0
  if (!isKnown || (operation !== 1 && operation !== 2) || seen.octetAt(27) === undefined) return {}
  return {
    arpOperation: operation,
    arpSenderMac: octets(seen, 8, 6),
    arpSender: octets(seen, 14, 4),
    arpTargetMac: octets(seen, 18, 6),
    arpTarget: octets(seen, 24, 4),
  }
}

function octets(seen: Seen, at: number, count: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, i) => seen.octetAt(at + i) as number)
}
