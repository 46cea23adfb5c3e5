/** Addresses, protocol, ports and more of a packet (`__skb_flow_dissect`, `net/core/flow_dissector.c`). @module */
import { behindPpp, isVlanProtocol } from '@vnet/core'
import { etherTypes, ipProtocols, ipv4HeaderSize, ipv6HeaderSize } from '@vnet/wire'
import type { Seen } from './seen.js'

/** A tag of a VLAN. */
export interface TagKeys {
  /** EtherType of the tag. */
  readonly type: number
  readonly id: number
  readonly priority: number
  /** EtherType behind it. */
  readonly next: number
}

/** An entry of a stack of labels of MPLS. */
export interface LabelKeys {
  readonly label: number
  readonly trafficClass: number
  readonly bottom: number
  readonly ttl: number
}

/** What a packet says of its flow; what it does not have is absent. */
export interface FlowKeys {
  /** Its tags, the outermost first. */
  readonly tags?: readonly TagKeys[]
  /** EtherType of what is behind tags and PPPoE. */
  readonly protocol?: number
  readonly pppoeSession?: number
  readonly pppProtocol?: number
  readonly labels?: readonly LabelKeys[]
  readonly l2tpSession?: number
  readonly spi?: number
  readonly cfmLevel?: number
  readonly cfmOpcode?: number
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
const [esp, ah, l2tp, sctp] = [50, 51, 115, 132]
/** Labels that are looked at (`FLOW_DIS_MPLS_MAX`). */
const mostLabels = 7
const [mplsUnicast, mplsMulticast, cfm] = [0x8847, 0x8848, 0x8902]
/** Protocols whose header begins with two ports. */
const ported: ReadonlySet<number> = new Set([ipProtocols.tcp, ipProtocols.udp, sctp])

/** Reads them, behind tags of VLANs and PPPoE, as far as the frame goes. */
export function flowKeysOf(seen: Seen): FlowKeys {
  const tags: TagKeys[] = []
  let protocol = seen.protocol
  let at = 0
  while (isVlanProtocol(protocol)) {
    // The first lies beside the frame.
    const isBeside = tags.length === 0 && seen.isTagged
    const word = isBeside ? undefined : seen.wordAt(at)
    if (!isBeside && word === undefined) return { tags, protocol }
    const next = word === undefined ? seen.innerProtocol : word & 0xffff
    const id = word === undefined ? seen.vlan : (word >>> 16) & 0xfff
    const priority = word === undefined ? seen.vlanPriority : word >>> 29
    tags.push({ type: protocol, id: id ?? 0, priority: priority ?? 0, next })
    protocol = next
    if (!isBeside) at += 4
  }
  const session = protocol === etherTypes.pppoeSession ? sessionAt(seen, at) : undefined
  if (session === undefined) return { tags, protocol, ...keysAt(seen, protocol, at) }
  const { pppoeSession, pppProtocol, behind } = session
  const carried = behindPpp[pppProtocol] ?? protocol
  return { tags, protocol: carried, pppoeSession, pppProtocol, ...keysAt(seen, carried, behind) }
}

/** The keys of a protocol whose header begins `at` octets behind the network header; none of what is not looked into. */
function keysAt(seen: Seen, protocol: number, at: number): FlowKeys {
  switch (protocol) {
    case etherTypes.ipv4:
      return keys4(seen, at)
    case etherTypes.ipv6:
      return keys6(seen, at)
    case etherTypes.arp:
      return keysOfArp(seen, at)
    case mplsUnicast:
    case mplsMulticast:
      return { labels: labelsAt(seen, at) }
    case cfm: {
      const word = seen.wordAt(at)
      return word === undefined ? {} : { cfmLevel: word >>> 29, cfmOpcode: (word >>> 16) & 0xff }
    }
    default:
      return {}
  }
}

/** The session that a frame of PPPoE belongs to (RFC 2516 § 4), and its protocol of PPP, of one octet or two (RFC 1661 § 2). */
function sessionAt(seen: Seen, at: number) {
  const [head, rest] = [seen.wordAt(at), seen.wordAt(at + 4)]
  if (head === undefined || rest === undefined || head >>> 16 !== 0x1100) return undefined
  const isShort = (rest & 0x100) !== 0
  const pppProtocol = isShort ? (rest & 0xffff) >>> 8 : rest & 0xffff
  // The last octet of a protocol is odd, the one before it even.
  if ((pppProtocol & 0x101) !== 1) return undefined
  return { pppoeSession: head & 0xffff, pppProtocol, behind: at + (isShort ? 7 : 8) }
}

/** A stack of labels, to its last entry (RFC 3032 § 2.1). */
function labelsAt(seen: Seen, at: number): LabelKeys[] {
  const labels: LabelKeys[] = []
  while (labels.length < mostLabels) {
    const word = seen.wordAt(at + labels.length * 4)
    if (word === undefined) break
    const bottom = (word >>> 8) & 1
    labels.push({ label: word >>> 12, trafficClass: (word >>> 9) & 7, bottom, ttl: word & 0xff })
    if (bottom === 1) break
  }
  return labels
}

function keys4(seen: Seen, at: number): FlowKeys {
  const octet = (offset: number) => seen.octetAt(at + offset) as number
  if (seen.octetAt(at + ipv4HeaderSize - 1) === undefined) return {}
  const ipProtocol = octet(9)
  const [from, to] = [octets(seen, at + 12, 4), octets(seen, at + 16, 4)]
  const common = { from, to, ipProtocol, tos: octet(1), ttl: octet(8) }
  const place = (octet(6) << 8) | octet(7)
  if ((place & 0x3fff) !== 0) return { ...common, fragment: true, firstFragment: (place & 0x1fff) === 0 }
  return { ...common, ...transportAt(seen, ipProtocol, at + (octet(0) & 0x0f) * 4) }
}

function keys6(seen: Seen, start: number): FlowKeys {
  if (seen.octetAt(start + ipv6HeaderSize - 1) === undefined) return {}
  const [from, to] = [octets(seen, start + 8, 16), octets(seen, start + 24, 16)]
  const tos = (((seen.octetAt(start) as number) << 4) | ((seen.octetAt(start + 1) as number) >> 4)) & 0xff
  let ipProtocol = seen.octetAt(start + 6) as number
  const common = { from, to, tos, ttl: seen.octetAt(start + 7) as number }
  let at = start + ipv6HeaderSize
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

/** Ports, flags of TCP, what an ICMP message is, or a session. */
function transportAt(seen: Seen, ipProtocol: number, at: number): FlowKeys {
  const first = seen.wordAt(at)
  if (first === undefined) return {}
  if (ipProtocol === l2tp) return { l2tpSession: first }
  // The headers are looked at whole: 8 octets and 12.
  if (ipProtocol === esp) return seen.wordAt(at + 4) === undefined ? {} : { spi: first }
  if (ipProtocol === ah && seen.wordAt(at + 8) !== undefined) return { spi: seen.wordAt(at + 4) as number }
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
function keysOfArp(seen: Seen, at: number): FlowKeys {
  const operation = seen.octetAt(at + 7)
  const isKnown =
    seen.wordAt(at) === 0x00010800 &&
    seen.octetAt(at + 4) === 6 &&
    seen.octetAt(at + 5) === 4 &&
    seen.octetAt(at + 6) === 0
  if (!isKnown || (operation !== 1 && operation !== 2) || seen.octetAt(at + 27) === undefined) return {}
  return {
    arpOperation: operation,
    arpSenderMac: octets(seen, at + 8, 6),
    arpSender: octets(seen, at + 14, 4),
    arpTargetMac: octets(seen, at + 18, 6),
    arpTarget: octets(seen, at + 24, 4),
  }
}

function octets(seen: Seen, at: number, count: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, i) => seen.octetAt(at + i) as number)
}
