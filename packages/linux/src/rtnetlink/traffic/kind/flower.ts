/** Filters of kind `flower` (`linux/pkt_cls.h`, `TCA_FLOWER_*`; `net/sched/cls_flower.c`). @module */
import {
  type CleanFilterSpec,
  connectionStates,
  everyLabelBit,
  type FlowerLabel,
  filterProtocolOf,
  filterProtocols,
  flowerMacs,
  flowerNumbers,
  flowerPrefixes,
  formatIp,
  formatMac,
  innermostProtocol,
  isFirstLabel,
  labelsInOrder,
  type Prefix,
  tunnelFlags,
} from '@vnet/core'
import type { Attribute } from '../../../netlink/attribute.js'
import { forEachAttribute, readValues } from '../../../netlink/attribute-run.js'
import type { Octets } from '../../../netlink/octets.js'
import type { Range } from '../../../netlink/range.js'
import type { MessageWriter } from '../../../netlink/writer.js'
import { TCA_FLOWER_KEY_FLAGS_FRAG_IS_FIRST, TCA_FLOWER_KEY_FLAGS_IS_FRAGMENT } from '../constants.js'
import { classOf, writeResult } from './filter-result.js'
import { flowerAttributes } from './flower-attributes.js'
import { readTunnelOptions, writeTunnelOptions } from './flower-tunnel-options.js'
import { hexText, octetsOf } from './hexadecimal.js'
import type { TrafficKind } from './kind.js'
import { readOffload, writeOffload } from './offload.js'

type Table = typeof flowerAttributes
type Spec = Extract<CleanFilterSpec, { readonly kind: 'flower' }>
type Numbered = keyof typeof flowerNumbers

const known: ReadonlySet<number> = new Set(Object.values(flowerAttributes).map(({ type }) => type))
const everyBit = new Uint8Array(6).fill(0xff)
const transports: { readonly [ipProtocol: number]: 'tcp' | 'udp' | 'sctp' } = { 6: 'tcp', 17: 'udp', 132: 'sctp' }
const numbers = Object.keys(flowerNumbers) as Numbered[]
const sides = ['Source', 'Destination'] as const
/** What is asked as yes or no: a bit of the value and of the mask. */
const fragments = {
  fragment: TCA_FLOWER_KEY_FLAGS_IS_FRAGMENT,
  firstFragment: TCA_FLOWER_KEY_FLAGS_FRAG_IS_FIRST,
} as const
/** What is a number without a mask, told as it was given. */
const plain = [
  ...(['vlan', 'vlanPriority', 'vlanCount', 'innerVlan', 'innerVlanPriority'] as const),
  ...(['pppoeSession', 'pppProtocol', 'l2tpSession', 'tunnelKey'] as const),
] as const
const etherTypes = ['vlanEtherType', 'innerVlanEtherType'] as const

/** The attributes of a number, by what the filter matches besides. */
function attributesOf(name: Numbered, spec: Spec) {
  const table: { readonly [entry: string]: Attribute<number> } = flowerAttributes as never
  const entry = (() => {
    if (name === 'sourcePort' || name === 'destinationPort')
      return `${transports[spec.ipProtocol ?? 0] ?? 'udp'}${name === 'sourcePort' ? 'SourcePort' : 'DestinationPort'}`
    if (name === 'icmpType' || name === 'icmpCode') {
      return `icmp${innermostProtocol(spec) === filterProtocols.ipv6 ? 6 : 4}${name === 'icmpType' ? 'Type' : 'Code'}`
    }
    return name
  })()
  return { value: table[entry] as Attribute<number>, mask: table[`${entry}Mask`] as Attribute<number> }
}

/** The entries of the table that a field is told by, where they have another name. */
const paths = Object.fromEntries([
  ...[4, 6].flatMap((version) => ['from', 'to', 'tunnelFrom', 'tunnelTo'].map((name) => [`${name}${version}`, name])),
  ...['tcp', 'udp', 'sctp'].flatMap((name) => sides.map((side) => [`${name}${side}Port`, `${side.toLowerCase()}Port`])),
  ...[4, 6].flatMap((version) => ['Type', 'Code'].map((name) => [`icmp${version}${name}`, `icmp${name}`])),
  ...['first', 'last'].flatMap((name) => sides.map((side) => [`${name}${side}Port`, `${side.toLowerCase()}Ports`])),
  ['etherType', 'protocol'],
  ['flags', 'fragment'],
  ['connectionState', 'connectionTracked'],
  ['hardware', 'skipSoftware'],
  ['tunnelFlags', 'tunnelChecksum'],
  ...['tunnelOptions', 'tunnelOptionsMask'].map((name) => [name, '']),
  ['faultManagement', 'cfmLevel'],
  ...['label', 'labelTrafficClass', 'labelBottom', 'labelTtl', 'labels'].map((name) => [name, 'mpls']),
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
    for (const name of flowerPrefixes) {
      const prefix = spec[name]
      if (prefix === undefined) continue
      const version = prefix.octets.length === 4 ? 4 : 6
      const entry = name === 'arpSender' || name === 'arpTarget' ? name : (`${name}${version}` as const)
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
    for (const name of [...plain, ...etherTypes]) if (spec[name] !== undefined) a[name].write(to, spec[name])
    writeBits(to, spec, fragments, a.flags, a.flagsMask)
    writeBits(to, spec, connectionStates, a.connectionState, a.connectionStateMask)
    writeBits(to, spec, tunnelFlags, a.tunnelFlags, a.tunnelFlagsMask)
    writeTunnelOptions(to, spec, [a.tunnelOptions.type, a.tunnelOptionsMask.type])
    writeLabels(to, spec)
    const { cfmLevel, cfmOpcode } = spec
    if ((cfmLevel ?? cfmOpcode) !== undefined) a.faultManagement.write(to, spec)
    if (spec.l2Miss !== undefined) a.l2Miss.write(to, spec.l2Miss)
    const { connectionLabel, connectionLabelMask = everyLabelBit } = spec
    if (connectionLabel !== undefined) {
      a.connectionLabel.write(to, octetsOf(connectionLabel))
      a.connectionLabelMask.write(to, octetsOf(connectionLabelMask))
    }
    writeOffload(to, a.hardware, spec)
  },
  decode(from, start, end) {
    const values = readValues(flowerAttributes, from, start, end, 'filter.flower')
    const octets = values as { readonly [entry: string]: Uint8Array | undefined }
    const found: Record<string, unknown> = { ...classOf((values as { classId?: number }).classId) }
    const some = (name: string, value: unknown) => {
      if (value !== undefined) found[name] = value
    }
    for (const name of ['inputLink', 'ipProtocol', 'l2Miss', 'actions', ...plain] as const) some(name, values[name])
    for (const name of flowerMacs) {
      const [mac, mask] = [octets[name], octets[`${name}Mask`]]
      some(name, mac && formatMac(within(mac, mask)))
      if (mask?.some((octet) => octet !== 0xff)) some(`${name}Mask`, formatMac(mask))
    }
    let isMore = false
    for (const name of flowerPrefixes)
      for (const entry of [name, `${name}4`, `${name}6`]) {
        const [address, mask] = [octets[entry], octets[`${entry}Mask`]]
        const text = prefixText(address, mask)
        some(name, text)
        isMore ||= address !== undefined && text === undefined
      }
    const numbers = values as { readonly [name: string]: number | undefined }
    for (const name of etherTypes) if (numbers[name] !== undefined) found[name] = filterProtocolOf(numbers[name])
    Object.assign(found, readNumbers(numbers))
    readBits(found, fragments, numbers.flags, numbers.flagsMask)
    readBits(found, connectionStates, numbers.connectionState, numbers.connectionStateMask)
    readBits(found, tunnelFlags, numbers.tunnelFlags, numbers.tunnelFlagsMask)
    Object.assign(found, values.faultManagement)
    some('mpls', values.labels ?? firstLabel(numbers))
    const { connectionLabel, connectionLabelMask: labelMask } = octets
    some('connectionLabel', connectionLabel && hexText(within(connectionLabel, labelMask)))
    if (labelMask?.some((octet) => octet !== 0xff)) some('connectionLabelMask', hexText(labelMask))
    Object.assign(found, readOffload(numbers.hardware))
    const { tunnelOptions, tunnelOptionsMask } = values as { [name: string]: Range | undefined }
    const options = tunnelOptions && readTunnelOptions(from, tunnelOptions, tunnelOptionsMask ?? [0, 0])
    Object.assign(found, options)
    isMore ||= tunnelOptions !== undefined && options === undefined
    if (isMore || holdsUnknown(from, start, end)) found.data = from.copy(start, end)
    return found
  },
}

type Bits = Readonly<Partial<Record<keyof Spec, number>>>

/** What is asked as yes or no; what is not asked is in no mask. */
function writeBits(to: MessageWriter, spec: Spec, bits: Bits, all: Attribute<number>, asked: Attribute<number>): void {
  let [value, mask] = [0, 0]
  for (const [name, bit] of Object.entries(bits)) {
    const answer = spec[name as keyof Spec]
    if (answer === undefined) continue
    mask |= bit
    if (answer) value |= bit
  }
  if (mask === 0) return
  all.write(to, value)
  asked.write(to, mask)
}

function readBits(found: Record<string, unknown>, bits: Bits, value = 0, mask = 0): void {
  for (const [name, bit] of Object.entries(bits)) if ((mask & bit) !== 0) found[name] = (value & bit) !== 0
}

/** Labels; of the first entry alone by its own attributes, which all kernels have. */
function writeLabels(to: MessageWriter, { mpls }: Spec): void {
  if (mpls === undefined) return
  const a: Table = flowerAttributes
  const [first] = mpls
  if (first === undefined || !isFirstLabel(mpls)) {
    a.labels.write(to, labelsInOrder(mpls))
    return
  }
  const { label, trafficClass, bottom, ttl } = first
  if (label !== undefined) a.label.write(to, label)
  if (trafficClass !== undefined) a.labelTrafficClass.write(to, trafficClass)
  if (bottom !== undefined) a.labelBottom.write(to, bottom)
  if (ttl !== undefined) a.labelTtl.write(to, ttl)
}

function firstLabel(values: { readonly [entry: string]: number | undefined }): readonly FlowerLabel[] | undefined {
  const { label, labelTrafficClass: trafficClass, labelBottom: bottom, labelTtl: ttl } = values
  const found = Object.entries({ label, trafficClass, bottom, ttl }).filter(([, value]) => value !== undefined)
  return found.length === 0 ? undefined : [{ depth: 1, ...Object.fromEntries(found) }]
}

/** Numbers, with those masks that leave bits out. */
function readNumbers(values: { readonly [entry: string]: number | undefined }): Record<string, unknown> {
  const found: Record<string, unknown> = {}
  for (const [entry, value] of Object.entries(values)) {
    const name = (paths[entry] ?? entry) as Numbered
    const every = flowerNumbers[name]
    if (every === undefined || value === undefined) continue
    const mask = values[`${entry}Mask`] ?? every
    found[name] = (value & mask) >>> 0
    if ((mask & every) >>> 0 !== every) found[`${name}Mask`] = mask
  }
  for (const side of sides) {
    const [first, last] = [values[`first${side}Port`], values[`last${side}Port`]]
    if (first !== undefined && last !== undefined) found[`${side.toLowerCase()}Ports`] = [first, last]
  }
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

/** `undefined` where the mask is none of a prefix. */
function prefixText(octets: Uint8Array | undefined, mask: Uint8Array | undefined): string | undefined {
  if (octets === undefined) return undefined
  const bits = [...(mask ?? octets.map(() => 0xff))].map((octet) => octet.toString(2).padStart(8, '0')).join('')
  const length = bits.lastIndexOf('1') + 1
  if (bits.slice(0, length).includes('0')) return undefined
  return `${formatIp(within(octets, mask), 0, octets.length)}/${length}`
}

/** A value without the bits that its mask leaves out: the kernel tells it as it was given, and matches without them. */
const within = (value: Uint8Array, mask: Uint8Array | undefined): Uint8Array =>
  mask === undefined ? value : value.map((octet, at) => octet & (mask[at] ?? 0))
