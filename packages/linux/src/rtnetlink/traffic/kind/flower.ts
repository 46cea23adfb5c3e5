/** Filters of kind `flower` (`linux/pkt_cls.h`, `TCA_FLOWER_*`; `net/sched/cls_flower.c`). @module */
import {
  type CleanFilterSpec,
  filterProtocols,
  flowerMacs,
  flowerNumbers,
  formatIp,
  formatMac,
  type Prefix,
} from '@vnet/core'
import { type Attribute, attributes, define, text, u8, u16be, u32, u32be } from '../../../netlink/attribute.js'
import { forEachAttribute, readValues } from '../../../netlink/attribute-run.js'
import type { Octets } from '../../../netlink/octets.js'
import type { MessageWriter } from '../../../netlink/writer.js'
import { actionList } from '../action.js'
import { TCA_FLOWER_KEY_FLAGS_FRAG_IS_FIRST, TCA_FLOWER_KEY_FLAGS_IS_FRAGMENT } from '../constants.js'
import { classOf, writeResult } from './filter-result.js'
import type { TrafficKind } from './kind.js'

const bytes = (type: number, name: string, size: number): Attribute<Uint8Array> =>
  define<Uint8Array>(
    type,
    name,
    'bytes',
    size,
    (to, value) => to.octetsAttribute(type, value),
    (from, start, end) => from.copy(start, end),
  )

/** Attributes, enum TCA_FLOWER_*: of those with a mask, the mask beside it. */
export const flowerAttributes = attributes({
  classId: u32(1, 'TCA_FLOWER_CLASSID'),
  inputLink: text(2, 'TCA_FLOWER_INDEV'),
  actions: actionList(3, 'TCA_FLOWER_ACT'),
  destinationMac: bytes(4, 'TCA_FLOWER_KEY_ETH_DST', 6),
  destinationMacMask: bytes(5, 'TCA_FLOWER_KEY_ETH_DST_MASK', 6),
  sourceMac: bytes(6, 'TCA_FLOWER_KEY_ETH_SRC', 6),
  sourceMacMask: bytes(7, 'TCA_FLOWER_KEY_ETH_SRC_MASK', 6),
  etherType: u16be(8, 'TCA_FLOWER_KEY_ETH_TYPE'),
  ipProtocol: u8(9, 'TCA_FLOWER_KEY_IP_PROTO'),
  from4: bytes(10, 'TCA_FLOWER_KEY_IPV4_SRC', 4),
  from4Mask: bytes(11, 'TCA_FLOWER_KEY_IPV4_SRC_MASK', 4),
  to4: bytes(12, 'TCA_FLOWER_KEY_IPV4_DST', 4),
  to4Mask: bytes(13, 'TCA_FLOWER_KEY_IPV4_DST_MASK', 4),
  from6: bytes(14, 'TCA_FLOWER_KEY_IPV6_SRC', 16),
  from6Mask: bytes(15, 'TCA_FLOWER_KEY_IPV6_SRC_MASK', 16),
  to6: bytes(16, 'TCA_FLOWER_KEY_IPV6_DST', 16),
  to6Mask: bytes(17, 'TCA_FLOWER_KEY_IPV6_DST_MASK', 16),
  tcpSourcePort: u16be(18, 'TCA_FLOWER_KEY_TCP_SRC'),
  tcpDestinationPort: u16be(19, 'TCA_FLOWER_KEY_TCP_DST'),
  udpSourcePort: u16be(20, 'TCA_FLOWER_KEY_UDP_SRC'),
  udpDestinationPort: u16be(21, 'TCA_FLOWER_KEY_UDP_DST'),
  // What hardware does with it: told by the kernel of every filter.
  hardware: u32(22, 'TCA_FLOWER_FLAGS'),
  vlan: {
    ...u16be(23, 'TCA_FLOWER_KEY_VLAN_ID'),
    // The kernel's one field here that is not in network order.
    kind: 'u16' as const,
    write: (to: MessageWriter, value: number) => to.u16Attribute(23, value),
    read: (from: Octets, at: number) => from.u16(at),
  },
  vlanPriority: u8(24, 'TCA_FLOWER_KEY_VLAN_PRIO'),
  tcpSourcePortMask: u16be(35, 'TCA_FLOWER_KEY_TCP_SRC_MASK'),
  tcpDestinationPortMask: u16be(36, 'TCA_FLOWER_KEY_TCP_DST_MASK'),
  udpSourcePortMask: u16be(37, 'TCA_FLOWER_KEY_UDP_SRC_MASK'),
  udpDestinationPortMask: u16be(38, 'TCA_FLOWER_KEY_UDP_DST_MASK'),
  sctpSourcePortMask: u16be(39, 'TCA_FLOWER_KEY_SCTP_SRC_MASK'),
  sctpDestinationPortMask: u16be(40, 'TCA_FLOWER_KEY_SCTP_DST_MASK'),
  sctpSourcePort: u16be(41, 'TCA_FLOWER_KEY_SCTP_SRC'),
  sctpDestinationPort: u16be(42, 'TCA_FLOWER_KEY_SCTP_DST'),
  flags: u32be(47, 'TCA_FLOWER_KEY_FLAGS'),
  flagsMask: u32be(48, 'TCA_FLOWER_KEY_FLAGS_MASK'),
  icmp4Code: u8(49, 'TCA_FLOWER_KEY_ICMPV4_CODE'),
  icmp4CodeMask: u8(50, 'TCA_FLOWER_KEY_ICMPV4_CODE_MASK'),
  icmp4Type: u8(51, 'TCA_FLOWER_KEY_ICMPV4_TYPE'),
  icmp4TypeMask: u8(52, 'TCA_FLOWER_KEY_ICMPV4_TYPE_MASK'),
  icmp6Code: u8(53, 'TCA_FLOWER_KEY_ICMPV6_CODE'),
  icmp6CodeMask: u8(54, 'TCA_FLOWER_KEY_ICMPV6_CODE_MASK'),
  icmp6Type: u8(55, 'TCA_FLOWER_KEY_ICMPV6_TYPE'),
  icmp6TypeMask: u8(56, 'TCA_FLOWER_KEY_ICMPV6_TYPE_MASK'),
  arpSender: bytes(57, 'TCA_FLOWER_KEY_ARP_SIP', 4),
  arpSenderMask: bytes(58, 'TCA_FLOWER_KEY_ARP_SIP_MASK', 4),
  arpTarget: bytes(59, 'TCA_FLOWER_KEY_ARP_TIP', 4),
  arpTargetMask: bytes(60, 'TCA_FLOWER_KEY_ARP_TIP_MASK', 4),
  arpOperation: u8(61, 'TCA_FLOWER_KEY_ARP_OP'),
  arpOperationMask: u8(62, 'TCA_FLOWER_KEY_ARP_OP_MASK'),
  arpSenderMac: bytes(63, 'TCA_FLOWER_KEY_ARP_SHA', 6),
  arpSenderMacMask: bytes(64, 'TCA_FLOWER_KEY_ARP_SHA_MASK', 6),
  arpTargetMac: bytes(65, 'TCA_FLOWER_KEY_ARP_THA', 6),
  arpTargetMacMask: bytes(66, 'TCA_FLOWER_KEY_ARP_THA_MASK', 6),
  tcpFlags: u16be(71, 'TCA_FLOWER_KEY_TCP_FLAGS'),
  tcpFlagsMask: u16be(72, 'TCA_FLOWER_KEY_TCP_FLAGS_MASK'),
  tos: u8(73, 'TCA_FLOWER_KEY_IP_TOS'),
  tosMask: u8(74, 'TCA_FLOWER_KEY_IP_TOS_MASK'),
  ttl: u8(75, 'TCA_FLOWER_KEY_IP_TTL'),
  ttlMask: u8(76, 'TCA_FLOWER_KEY_IP_TTL_MASK'),
  hardwareCount: u32(86, 'TCA_FLOWER_IN_HW_COUNT'),
  firstSourcePort: u16be(87, 'TCA_FLOWER_KEY_PORT_SRC_MIN'),
  lastSourcePort: u16be(88, 'TCA_FLOWER_KEY_PORT_SRC_MAX'),
  firstDestinationPort: u16be(89, 'TCA_FLOWER_KEY_PORT_DST_MIN'),
  lastDestinationPort: u16be(90, 'TCA_FLOWER_KEY_PORT_DST_MAX'),
})

type Table = typeof flowerAttributes
type Spec = Extract<CleanFilterSpec, { readonly kind: 'flower' }>
type Numbered = keyof typeof flowerNumbers

const known: ReadonlySet<number> = new Set(Object.values(flowerAttributes).map(({ type }) => type))
const everyBit = new Uint8Array(6).fill(0xff)
const transports: { readonly [ipProtocol: number]: 'tcp' | 'udp' | 'sctp' } = { 6: 'tcp', 17: 'udp', 132: 'sctp' }
const numbers = Object.keys(flowerNumbers) as Numbered[]
const prefixes = ['from', 'to', 'arpSender', 'arpTarget'] as const
const sides = ['Source', 'Destination'] as const
const fragments = [
  ['fragment', TCA_FLOWER_KEY_FLAGS_IS_FRAGMENT],
  ['firstFragment', TCA_FLOWER_KEY_FLAGS_FRAG_IS_FIRST],
] as const

/** The attributes of a number, by what the filter matches besides. */
function attributesOf(name: Numbered, spec: { readonly protocol?: number; readonly ipProtocol?: number }) {
  const table: { readonly [entry: string]: Attribute<number> } = flowerAttributes as never
  const entry = (() => {
    if (name === 'sourcePort' || name === 'destinationPort')
      return `${transports[spec.ipProtocol ?? 0] ?? 'udp'}${name === 'sourcePort' ? 'SourcePort' : 'DestinationPort'}`
    if (name === 'icmpType' || name === 'icmpCode') {
      return `icmp${spec.protocol === filterProtocols.ipv6 ? 6 : 4}${name === 'icmpType' ? 'Type' : 'Code'}`
    }
    return name
  })()
  return { value: table[entry] as Attribute<number>, mask: table[`${entry}Mask`] as Attribute<number> }
}

/** The entries of the table that a field is told by, where they have another name. */
const paths = Object.fromEntries([
  ...[4, 6].flatMap((version) => ['from', 'to'].map((name) => [`${name}${version}`, name])),
  ...['tcp', 'udp', 'sctp'].flatMap((name) => sides.map((side) => [`${name}${side}Port`, `${side.toLowerCase()}Port`])),
  ...[4, 6].flatMap((version) => ['Type', 'Code'].map((name) => [`icmp${version}${name}`, `icmp${name}`])),
  ...['first', 'last'].flatMap((name) => sides.map((side) => [`${name}${side}Port`, `${side.toLowerCase()}Ports`])),
  ['etherType', 'protocol'],
  ['flags', 'fragment'],
])

/** Filters of `flower`. */
export const flower: TrafficKind<Spec> = {
  headerSize: 0,
  always: true,
  attributes: flowerAttributes,
  paths,
  encode(to, spec, context) {
    const a: Table = flowerAttributes
    writeResult(to, a, spec, context)
    if (spec.inputLink !== undefined) a.inputLink.write(to, spec.inputLink)
    for (const name of flowerMacs) {
      const mac = spec[name]
      if (mac === undefined) continue
      a[name].write(to, mac)
      a[`${name}Mask`].write(to, spec[`${name}Mask`] ?? everyBit)
    }
    if (spec.protocol !== filterProtocols.all) a.etherType.write(to, spec.protocol)
    if (spec.ipProtocol !== undefined) a.ipProtocol.write(to, spec.ipProtocol)
    for (const name of prefixes) {
      const prefix = spec[name]
      if (prefix === undefined) continue
      const entry = name.startsWith('arp')
        ? (name as 'arpSender' | 'arpTarget')
        : (`${name}${prefix.octets.length === 4 ? 4 : 6}` as 'from4' | 'from6' | 'to4' | 'to6')
      a[entry].write(to, prefix.octets)
      a[`${entry}Mask`].write(to, maskOf(prefix))
    }
    for (const name of numbers) {
      const value = spec[name]
      if (value === undefined) continue
      const { value: attribute, mask } = attributesOf(name, spec)
      attribute.write(to, value)
      // As `tc` has it: a port has a mask only where one is given.
      const bits = spec[`${name}Mask`] ?? (name.endsWith('Port') ? undefined : flowerNumbers[name])
      if (bits !== undefined) mask.write(to, bits)
    }
    for (const side of sides) {
      const range = spec[side === 'Source' ? 'sourcePorts' : 'destinationPorts']
      if (range === undefined) continue
      a[`first${side}Port`].write(to, range[0])
      a[`last${side}Port`].write(to, range[1])
    }
    writeFragments(to, spec)
    if (spec.vlan !== undefined) a.vlan.write(to, spec.vlan)
    if (spec.vlanPriority !== undefined) a.vlanPriority.write(to, spec.vlanPriority)
  },
  decode(from, start, end) {
    const values = readValues(flowerAttributes, from, start, end, 'filter.flower')
    const octets = values as { readonly [entry: string]: Uint8Array | undefined }
    const found: Record<string, unknown> = { ...classOf((values as { classId?: number }).classId) }
    const some = (name: string, value: unknown) => {
      if (value !== undefined) found[name] = value
    }
    for (const name of ['inputLink', 'ipProtocol', 'vlan', 'vlanPriority', 'actions'] as const) some(name, values[name])
    for (const name of flowerMacs) {
      const [mac, mask] = [octets[name], octets[`${name}Mask`]]
      some(name, mac && formatMac(mac))
      if (mask?.some((octet) => octet !== 0xff)) some(`${name}Mask`, formatMac(mask))
    }
    const { from4, from6, to4, to6 } = octets
    some('from', prefixText(from4 ?? from6, octets.from4Mask ?? octets.from6Mask))
    some('to', prefixText(to4 ?? to6, octets.to4Mask ?? octets.to6Mask))
    for (const name of ['arpSender', 'arpTarget']) some(name, prefixText(octets[name], octets[`${name}Mask`]))
    Object.assign(found, readNumbers(values as { readonly [name: string]: number | undefined }))
    if (holdsUnknown(from, start, end)) found.data = from.copy(start, end)
    return found
  },
}

function writeFragments(to: MessageWriter, spec: Spec): void {
  let [value, mask] = [0, 0]
  for (const [name, bit] of fragments) {
    if (spec[name] === undefined) continue
    mask |= bit
    if (spec[name]) value |= bit
  }
  if (mask === 0) return
  flowerAttributes.flags.write(to, value)
  flowerAttributes.flagsMask.write(to, mask)
}

/** Numbers, with those masks that leave bits out. */
function readNumbers(values: { readonly [entry: string]: number | undefined }): Record<string, unknown> {
  const found: Record<string, unknown> = {}
  for (const [entry, value] of Object.entries(values)) {
    const name = (paths[entry] ?? entry) as Numbered
    const every = flowerNumbers[name]
    if (every === undefined || value === undefined) continue
    found[name] = value
    const mask = values[`${entry}Mask`] ?? every
    if ((mask & every) !== every) found[`${name}Mask`] = mask
  }
  for (const side of sides) {
    const [first, last] = [values[`first${side}Port`], values[`last${side}Port`]]
    if (first !== undefined && last !== undefined) found[`${side.toLowerCase()}Ports`] = [first, last]
  }
  const { flags = 0, flagsMask = 0 } = values
  for (const [name, bit] of fragments) if ((flagsMask & bit) !== 0) found[name] = (flags & bit) !== 0
  return found
}

/** Whether it matches something that has no name here: then it is more than what is told of it. */
function holdsUnknown(from: Octets, start: number, end: number): boolean {
  let found = false
  forEachAttribute(from, start, end, 'filter.flower', (type) => {
    found ||= !known.has(type)
  })
  return found
}

function maskOf({ octets, length }: Prefix): Uint8Array {
  return octets.map((_, index) => (0xff00 >> Math.max(0, Math.min(8, length - 8 * index))) & 0xff)
}

function prefixText(octets: Uint8Array | undefined, mask: Uint8Array | undefined): string | undefined {
  if (octets === undefined) return undefined
  const bits = [...(mask ?? [])].reduce((sum, octet) => sum + octet.toString(2).replaceAll('0', '').length, 0)
  return `${formatIp(octets, 0, octets.length)}/${mask === undefined ? octets.length * 8 : bits}`
}
