/** What filters of kind `flower` match: fields of packets by name (`tc filter … flower`; `linux/pkt_cls.h`, `TCA_FLOWER_KEY_*`). @module */
import { bool, type Field, integer, since } from '../field.js'
import type { MacInput } from '../mac.js'
import type { FilterProtocol } from './filter-protocol.js'
import { connectionNumbers, type FlowerConnection, flowerConnectionFields } from './flower-connection.js'
import { type FlowerLabels, flowerLabelFields } from './flower-mpls.js'
import { type FlowerTags, flowerTagFields } from './flower-tag.js'
import { type FlowerTunnel, flowerTunnelFields, tunnelNumbers } from './flower-tunnel.js'

/**
 * Matches fields of packets by name (`flower`). Fields of IP need `protocol` `ip` or `ipv6`, those of ARP `arp`; behind tags of
 * VLANs and PPPoE, `vlanEtherType`, `innerVlanEtherType` and `pppProtocol` say it. A mask says which bits of its field count;
 * without it all do.
 */
export interface FlowerMatch<Address = string, Mac = MacInput, Protocol = FilterProtocol>
  extends FlowerTags<Protocol>,
    FlowerLabels,
    FlowerTunnel<Address>,
    FlowerConnection {
  /** The link that the packet came in by. */
  readonly inputLink?: string
  /** Source MAC. */
  readonly sourceMac?: Mac
  /** Which bits of it count, as a MAC. */
  readonly sourceMacMask?: Mac
  /** Destination MAC. */
  readonly destinationMac?: Mac
  /** Which bits of it count, as a MAC: `01:00:00:00:00:00` for groups. */
  readonly destinationMacMask?: Mac
  /** Protocol over IP, 1–255. */
  readonly ipProtocol?: number
  /** Prefix of the source address. */
  readonly from?: Address
  /** Prefix of the destination address. */
  readonly to?: Address
  /** Type of service or traffic class, 0–255: six bits of DSCP (RFC 2474), two of congestion (RFC 3168). */
  readonly tos?: number
  /** Which bits of it count; 0xfc for the DSCP alone. */
  readonly tosMask?: number
  /** Time to live or hop limit, 0–255. */
  readonly ttl?: number
  /** Which bits of it count. */
  readonly ttlMask?: number
  /** The packet is a fragment, or none. */
  readonly fragment?: boolean
  /** It is the first fragment, or none; the ports of no fragment are looked at. */
  readonly firstFragment?: boolean
  /** Source port, 1–65,535; needs `ipProtocol` 6 (TCP), 17 (UDP) or 132 (SCTP). */
  readonly sourcePort?: number
  /** Which bits of it count. */
  readonly sourcePortMask?: number
  /** The first and the last source port, in place of one. */
  readonly sourcePorts?: readonly [first: number, last: number]
  /** Destination port, as `sourcePort`. */
  readonly destinationPort?: number
  /** Which bits of it count. */
  readonly destinationPortMask?: number
  /** The first and the last destination port, in place of one. */
  readonly destinationPorts?: readonly [first: number, last: number]
  /** Flags of TCP, 0–0xfff: 1 FIN, 2 SYN, 4 RST, 8 PSH, 16 ACK, 32 URG (RFC 9293 § 3.1); needs `ipProtocol` 6. */
  readonly tcpFlags?: number
  /** Which of them count: `tcpFlags: 2, tcpFlagsMask: 18` is SYN without ACK. */
  readonly tcpFlagsMask?: number
  /** Type of an ICMP message, 0–255; needs `ipProtocol` 1 over IPv4 or 58 over IPv6. */
  readonly icmpType?: number
  /** Which bits of it count. */
  readonly icmpTypeMask?: number
  /** Code of an ICMP message, 0–255. */
  readonly icmpCode?: number
  /** Which bits of it count. */
  readonly icmpCodeMask?: number
  /** What an ARP message is: 1 a request, 2 a reply. */
  readonly arpOperation?: number
  /** Which bits of it count. */
  readonly arpOperationMask?: number
  /** Prefix of the address of who sends an ARP message. */
  readonly arpSender?: Address
  /** Prefix of the address that an ARP message is about. */
  readonly arpTarget?: Address
  /** MAC of who sends an ARP message. */
  readonly arpSenderMac?: Mac
  /** Which bits of it count, as a MAC. */
  readonly arpSenderMacMask?: Mac
  /** MAC that an ARP message is about. */
  readonly arpTargetMac?: Mac
  /** Which bits of it count, as a MAC. */
  readonly arpTargetMacMask?: Mac
  /** Session of L2TPv3 over IP (RFC 3931), 0–4,294,967,295; needs `ipProtocol` 115 (`l2tpv3_sid`). Linux 6.1. */
  readonly l2tpSession?: number
  /** Security parameters index of ESP or AH (RFC 4301), 1–4,294,967,295; needs `ipProtocol` 50 or 51 (`spi`). Linux 6.6. */
  readonly spi?: number
  /** Which bits of it count. */
  readonly spiMask?: number
  /** Level of a message of connectivity fault management (IEEE 802.1Q § 21), 0–7; needs `protocol` 0x8902. Linux 6.5. */
  readonly cfmLevel?: number
  /** What such a message is, 0–255: 1 a continuity check. */
  readonly cfmOpcode?: number
  /** A bridge did not know its destination, and floods it (`l2_miss`). Linux 6.5. */
  readonly l2Miss?: boolean
  /** A hash of the flow, as the driver or another filter put it beside the packet, 32 bits. Linux 5.9. */
  readonly hash?: number
  /** Which bits of it count. */
  readonly hashMask?: number
}

/** The numbers that may have a mask, and all their bits. */
export const flowerNumbers = {
  tos: 0xff,
  ttl: 0xff,
  sourcePort: 0xffff,
  destinationPort: 0xffff,
  tcpFlags: 0xfff,
  icmpType: 0xff,
  icmpCode: 0xff,
  arpOperation: 0xff,
  spi: 0xffffffff,
  hash: 0xffffffff,
  ...tunnelNumbers,
  ...connectionNumbers,
} as const satisfies { readonly [name in keyof FlowerMatch]?: number }

/** The MACs, which may have a mask. */
export const flowerMacs = ['sourceMac', 'destinationMac', 'arpSenderMac', 'arpTargetMac'] as const

/** The prefixes of addresses; those of a packet, of ARP, and of the tunnel that it came by. */
export const flowerPrefixes = ['from', 'to', 'arpSender', 'arpTarget', 'tunnelFrom', 'tunnelTo'] as const

/** A field, and the mask of its bits. */
const numbers = (name: keyof typeof flowerNumbers, least: number, about: string, kernel?: string) => {
  const of = (field: Field) => (kernel === undefined ? field : since(kernel, field))
  return {
    [name]: of(integer(least, flowerNumbers[name], about)),
    [`${name}Mask`]: of(integer(1, flowerNumbers[name], `which bits of ${name} count`)),
  }
}
const macs = (name: (typeof flowerMacs)[number], about: string): Readonly<Record<string, Field>> => ({
  [name]: { type: 'mac', about },
  [`${name}Mask`]: { type: 'mac', about: `which bits of ${name} count` },
})
const ports = (about: string): Field => ({ type: 'range', min: 1, max: 65_535, about })
const prefix = (about: string): Field => ({ type: 'text', octets: 64, about })

/** What each field of `flower` takes. */
export const flowerFields: Readonly<Record<string, Field>> = {
  inputLink: { type: 'text', octets: 15, about: 'the link that the packet came in by' },
  ...macs('sourceMac', 'source MAC'),
  ...macs('destinationMac', 'destination MAC'),
  ipProtocol: integer(1, 255, 'protocol over IP'),
  from: prefix('prefix of the source address'),
  to: prefix('prefix of the destination address'),
  ...numbers('tos', 0, 'type of service or traffic class'),
  ...numbers('ttl', 0, 'time to live or hop limit'),
  fragment: bool('it is a fragment'),
  firstFragment: bool('it is the first fragment'),
  ...numbers('sourcePort', 1, 'source port'),
  sourcePorts: ports('first and last source port'),
  ...numbers('destinationPort', 1, 'destination port'),
  destinationPorts: ports('first and last destination port'),
  ...numbers('tcpFlags', 0, 'flags of TCP: 1 FIN, 2 SYN, 4 RST, 8 PSH, 16 ACK, 32 URG'),
  ...numbers('icmpType', 0, 'type of an ICMP message'),
  ...numbers('icmpCode', 0, 'code of an ICMP message'),
  ...numbers('arpOperation', 1, 'what an ARP message is: 1 a request, 2 a reply'),
  arpSender: prefix('prefix of the address of who sends an ARP message'),
  arpTarget: prefix('prefix of the address that an ARP message is about'),
  ...macs('arpSenderMac', 'MAC of who sends an ARP message'),
  ...macs('arpTargetMac', 'MAC that an ARP message is about'),
  ...flowerTagFields,
  ...flowerLabelFields,
  ...flowerTunnelFields,
  ...numbers('tunnelSourcePort', 1, "source port of the tunnel's UDP"),
  ...numbers('tunnelDestinationPort', 1, "destination port of the tunnel's UDP"),
  ...numbers('tunnelTos', 0, 'type of service or traffic class of the outer packet'),
  ...numbers('tunnelTtl', 0, 'time to live or hop limit of the outer packet'),
  ...flowerConnectionFields,
  ...numbers('connectionZone', 0, 'zone of connection tracking', 'Linux 5.3'),
  ...numbers('connectionMark', 0, 'mark of the connection', 'Linux 5.3'),
  l2tpSession: since('Linux 6.1', integer(0, 0xffffffff, 'session of L2TPv3 over IP')),
  ...numbers('spi', 1, 'security parameters index of ESP or AH', 'Linux 6.6'),
  cfmLevel: since('Linux 6.5', integer(0, 7, 'level of a message of fault management')),
  cfmOpcode: since('Linux 6.5', integer(0, 255, 'what a message of fault management is')),
  l2Miss: since('Linux 6.5', bool('a bridge did not know its destination')),
  ...numbers('hash', 0, 'a hash of the flow', 'Linux 5.9'),
}
