/**
 * What a filter of `flower` matches, in the shape of `tc -j filter show`: iproute2 6.1, and what is younger as the first that has
 * it, `l2_miss` and `cfm` of 6.5, `spi` of 6.6, `enc_flags` of 6.11. None has masks of `spi`, nor a `hash`. @module
 */
import {
  type connectionStates,
  everyLabelBit,
  type FilterProtocol,
  filterProtocolOf,
  filterProtocols,
  flowerNumbers,
  innermostProtocol,
  isFirstLabel,
  parseMac,
  type TrafficFilter,
} from '@vnet/core'
import { hex, type JsonObject, ordered } from '../ip-json/object.js'
import { tunnelOptionEntries } from './flower-tunnel-options.js'
import { pppText, protocolText } from './protocol.js'

const protocols: { readonly [protocol: number]: string } = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmpv6', 132: 'sctp' }
const operations: { readonly [operation: number]: string } = { 1: 'request', 2: 'reply' }
const etherTypes: { readonly [word: string]: string } = { ip: 'ipv4', ipv6: 'ipv6', arp: 'arp' }

/** The keys of the filter. */
export function flowerKeys(filter: TrafficFilter): JsonObject {
  const { ipProtocol, cfmLevel, cfmOpcode } = filter
  const innermost = innermostOf(filter)
  return ordered([
    ['num_of_vlans', filter.vlanCount],
    ['vlan_id', filter.vlan],
    ['vlan_prio', filter.vlanPriority],
    ['vlan_ethtype', filter.vlanEtherType && protocolText(filter.vlanEtherType)],
    ['cvlan_id', filter.innerVlan],
    ['cvlan_prio', filter.innerVlanPriority],
    ['cvlan_ethtype', filter.innerVlanEtherType && protocolText(filter.innerVlanEtherType)],
    ['dst_mac', macText(filter.destinationMac, filter.destinationMacMask)],
    ['src_mac', macText(filter.sourceMac, filter.sourceMacMask)],
    innermost !== undefined && ['eth_type', etherTypes[innermost] ?? hex(numberOf(innermost))?.slice(2)],
    ipProtocol !== undefined && ['ip_proto', protocols[ipProtocol] ?? ipProtocol.toString(16).padStart(2, '0')],
    ...masked('ip_tos', filter.tos, filter.tosMask),
    ...masked('ip_ttl', filter.ttl, filter.ttlMask),
    ...labelEntries(filter),
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
    ['l2tpv3_sid', filter.l2tpSession],
    ['spi', filter.spi?.toString(16)],
    ['spi_mask', filter.spiMask?.toString(16)],
    ['arp_sip', bare(filter.arpSender)],
    ['arp_tip', bare(filter.arpTarget)],
    ['arp_op', octetText(filter.arpOperation, filter.arpOperationMask, operations)],
    ['arp_sha', macText(filter.arpSenderMac, filter.arpSenderMacMask)],
    ['arp_tha', macText(filter.arpTargetMac, filter.arpTargetMacMask)],
    ['pppoe_sid', filter.pppoeSession],
    ['ppp_proto', filter.pppProtocol && pppText(filter.pppProtocol)],
    ['enc_dst_ip', bare(filter.tunnelTo)],
    ['enc_src_ip', bare(filter.tunnelFrom)],
    ['enc_key_id', filter.tunnelKey],
    ...masked('enc_dst_port', filter.tunnelDestinationPort, filter.tunnelDestinationPortMask),
    ...masked('enc_tos', filter.tunnelTos, filter.tunnelTosMask),
    ...masked('enc_ttl', filter.tunnelTtl, filter.tunnelTtlMask),
    ...tunnelOptionEntries(filter),
    ['ip_flags', flagsOf(filter, ipFlags)],
    ['enc_flags', flagsOf(filter, encFlags)],
    ['l2_miss', filter.l2Miss === undefined ? undefined : Number(filter.l2Miss)],
    ['ct_state', stateText(filter)],
    ...masked('ct_zone', filter.connectionZone, filter.connectionZoneMask),
    ...masked('ct_mark', filter.connectionMark, filter.connectionMarkMask),
    ['ct_label', labelText(filter)],
    (cfmLevel ?? cfmOpcode) !== undefined && [
      'cfm',
      ordered([
        ['mdl', cfmLevel],
        ['op', cfmOpcode],
      ]),
    ],
    ...masked('hash', filter.hash, filter.hashMask),
  ])
}

const ipFlags = [
  ['frag', 'fragment'],
  ['firstfrag', 'firstFragment'],
] as const
const encFlags = [
  ['tuncsum', 'tunnelChecksum'],
  ['tundf', 'tunnelDontFragment'],
  ['tunoam', 'tunnelOam'],
  ['tuncrit', 'tunnelCritical'],
] as const

/** What is asked as yes or no. */
function flagsOf(
  filter: TrafficFilter,
  words: readonly (readonly [word: string, name: keyof TrafficFilter])[],
): JsonObject | undefined {
  const flags = ordered(words.map(([word, name]) => [word, filter[name]]))
  return Object.keys(flags).length === 0 ? undefined : flags
}

const numberOf = (protocol: FilterProtocol): number =>
  typeof protocol === 'number' ? protocol : filterProtocols[protocol]

/** The protocol behind tags and PPPoE; of any, and of tags alone, the kernel tells none. */
function innermostOf(filter: TrafficFilter): FilterProtocol | undefined {
  const { vlanEtherType, innerVlanEtherType, vlanCount, pppProtocol } = filter
  const type = innermostProtocol({
    protocol: numberOf(filter.protocol),
    ...(vlanEtherType === undefined ? {} : { vlanEtherType: numberOf(vlanEtherType) }),
    ...(innerVlanEtherType === undefined ? {} : { innerVlanEtherType: numberOf(innerVlanEtherType) }),
    ...(vlanCount === undefined ? {} : { vlanCount }),
    ...(pppProtocol === undefined ? {} : { pppProtocol }),
  })
  return type === undefined ? undefined : filterProtocolOf(type)
}

/** The first label by words of its own, a stack as a list. */
function labelEntries({ mpls }: TrafficFilter): readonly (readonly [string, unknown])[] {
  const [first] = mpls ?? []
  if (mpls === undefined || first === undefined) return []
  if (!isFirstLabel(mpls))
    return [
      [
        'mpls',
        mpls.map(({ depth, label, trafficClass: tc, bottom: bos, ttl }) =>
          ordered(Object.entries({ depth, label, tc, bos, ttl })),
        ),
      ],
    ]
  return [
    ['mpls_label', first.label],
    ['mpls_tc', octetText(first.trafficClass, undefined)],
    ['mpls_bos', octetText(first.bottom, undefined)],
    ['mpls_ttl', octetText(first.ttl, undefined)],
  ]
}

const states = [
  ['trk', 'connectionTracked'],
  ['new', 'connectionNew'],
  ['est', 'connectionEstablished'],
  ['rel', 'connectionRelated'],
  ['inv', 'connectionInvalid'],
  ['rpl', 'connectionReply'],
] as const satisfies readonly (readonly [string, keyof typeof connectionStates])[]

/** What a connection is and is not: `+trk-new`. */
function stateText(filter: TrafficFilter): string | undefined {
  const words = states.map(([word, name]) => (filter[name] === undefined ? '' : `${filter[name] ? '+' : '-'}${word}`))
  return words.join('') || undefined
}

function labelText({ connectionLabel: label, connectionLabelMask: mask }: TrafficFilter): string | undefined {
  return mask === undefined || mask === everyLabelBit ? label : `${label}/${mask}`
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
