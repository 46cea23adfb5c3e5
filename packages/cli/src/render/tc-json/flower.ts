/** What a filter of `flower` matches, in the shape of `tc -j filter show` (iproute2 6.1). @module */
import { flowerNumbers, parseMac, type TrafficFilter } from '@vnet/core'
import { hex, type JsonObject, ordered } from '../ip-json/object.js'

const protocols: { readonly [protocol: number]: string } = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmpv6', 132: 'sctp' }
const operations: { readonly [operation: number]: string } = { 1: 'request', 2: 'reply' }
const etherTypes: { readonly [word: string]: string } = { ip: 'ipv4', ipv6: 'ipv6', arp: 'arp' }

/** The keys of the filter. */
export function flowerKeys(filter: TrafficFilter): JsonObject {
  const { ipProtocol, protocol, fragment, firstFragment } = filter
  return ordered([
    ['vlan_id', filter.vlan],
    ['vlan_prio', filter.vlanPriority],
    ['dst_mac', macText(filter.destinationMac, filter.destinationMacMask)],
    ['src_mac', macText(filter.sourceMac, filter.sourceMacMask)],
    // Behind a tag the kernel tells of none.
    !['all', '802.1Q', '802.1ad'].includes(String(protocol)) && [
      'eth_type',
      etherTypes[protocol] ?? hex(Number(protocol))?.slice(2),
    ],
    ipProtocol !== undefined && ['ip_proto', protocols[ipProtocol] ?? ipProtocol.toString(16).padStart(2, '0')],
    ...masked('ip_tos', filter.tos, filter.tosMask),
    ...masked('ip_ttl', filter.ttl, filter.ttlMask),
    ['dst_ip', bare(filter.to)],
    ['src_ip', bare(filter.from)],
    ...masked('dst_port', filter.destinationPort, filter.destinationPortMask),
    ...masked('src_port', filter.sourcePort, filter.sourcePortMask),
    ['dst_port', rangeOf(filter.destinationPorts)],
    ['src_port', rangeOf(filter.sourcePorts)],
    filter.tcpFlags !== undefined && [
      'tcp_flags',
      `${hex(filter.tcpFlags)}/${(filter.tcpFlagsMask ?? flowerNumbers.tcpFlags).toString(16)}`,
    ],
    ['icmp_type', octetText(filter.icmpType, filter.icmpTypeMask)],
    ['icmp_code', octetText(filter.icmpCode, filter.icmpCodeMask)],
    ['arp_sip', bare(filter.arpSender)],
    ['arp_tip', bare(filter.arpTarget)],
    ['arp_op', octetText(filter.arpOperation, filter.arpOperationMask, operations)],
    ['arp_sha', macText(filter.arpSenderMac, filter.arpSenderMacMask)],
    ['arp_tha', macText(filter.arpTargetMac, filter.arpTargetMacMask)],
    (fragment !== undefined || firstFragment !== undefined) && [
      'ip_flags',
      ordered([
        ['frag', fragment],
        ['firstfrag', firstFragment],
      ]),
    ],
  ])
}

/** Without the length where it is that of an address. */
const bare = (prefix: string | undefined) => prefix?.replace(prefix.includes(':') ? /\/128$/ : /\/32$/, '')

const rangeOf = (ports: readonly [number, number] | undefined) => ports && { start: ports[0], end: ports[1] }

const masked = (name: string, value: number | undefined, mask: number | undefined) =>
  [
    [name, value],
    [`${name}_mask`, mask?.toString(16)],
  ] as const

function octetText(
  value: number | undefined,
  mask: number | undefined,
  words: { readonly [value: number]: string } = {},
): string | undefined {
  if (value === undefined) return undefined
  return mask === undefined ? (words[value] ?? String(value)) : `${value}/${mask}`
}

/** With the length of the mask where that is a prefix, as of an address. */
function macText(mac: string | undefined, mask: string | undefined): string | undefined {
  if (mac === undefined || mask === undefined) return mac
  const bits = [...(parseMac(mask) ?? [])].map((octet) => octet.toString(2).padStart(8, '0')).join('')
  const [, ones = ''] = /^(1*)0*$/.exec(bits) ?? []
  return `${mac}/${bits === ones.padEnd(bits.length, '0') ? ones.length : mask}`
}
