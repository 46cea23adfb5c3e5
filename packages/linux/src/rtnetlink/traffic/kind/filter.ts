/** Filters of kinds `u32`, `matchall` and `flower` (`linux/pkt_cls.h`). @module */
import {
  type Action,
  type ActionSpec,
  type CleanFilterSpec,
  filterProtocols,
  formatHandle,
  formatIp,
  formatMac,
  formatU32Handle,
  type Prefix,
  type U32Key,
} from '@vnet/core'
import { type Attribute, attributes, define, text, u8, u16be, u32 } from '../../../netlink/attribute.js'
import { readValues } from '../../../netlink/attribute-run.js'
import type { Octets } from '../../../netlink/octets.js'
import type { MessageWriter } from '../../../netlink/writer.js'
import type { EncodeContext } from '../../codec.js'
import { field, readStruct, struct, writeStruct } from '../../struct.js'
import { actionList, writeActions } from '../action.js'
import { TC_U32_TERMINAL } from '../constants.js'
import { type Range, range } from '../range.js'
import type { TrafficKind } from './kind.js'

/** What a filter of `u32` looks for: a head, and a key for each 32 bits. */
export const tc_u32_sel = struct('struct tc_u32_sel', 16, {
  flags: field('flags', 0, 'u8'),
  keys: field('nkeys', 2, 'u8'),
  hashOffset: field('hoff', 10, 'u16'),
  hashMask: field('hmask', 12, 'u32be'),
})
/** 32 bits. */
export const tc_u32_key = struct('struct tc_u32_key', 16, {
  mask: field('mask', 0, 'u32be'),
  value: field('val', 4, 'u32be'),
  offset: field('off', 8, 's32'),
})

/** Attributes, enum TCA_U32_*. */
export const u32Attributes = attributes({
  classId: u32(1, 'TCA_U32_CLASSID'),
  table: u32(2, 'TCA_U32_HASH'),
  nextTable: u32(3, 'TCA_U32_LINK'),
  divisor: u32(4, 'TCA_U32_DIVISOR'),
  keys: range(5, 'TCA_U32_SEL', 'struct', tc_u32_sel.size),
  actions: actionList(7, 'TCA_U32_ACT'),
})
/** Attributes, enum TCA_MATCHALL_*. */
export const matchallAttributes = attributes({
  classId: u32(1, 'TCA_MATCHALL_CLASSID'),
  actions: actionList(2, 'TCA_MATCHALL_ACT'),
})

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
  vlan: {
    ...u16be(23, 'TCA_FLOWER_KEY_VLAN_ID'),
    // The kernel's one field here that is not in network order.
    kind: 'u16' as const,
    write: (to: MessageWriter, value: number) => to.u16Attribute(23, value),
    read: (from: Octets, at: number) => from.u16(at),
  },
  vlanPriority: u8(24, 'TCA_FLOWER_KEY_VLAN_PRIO'),
})

type Rest = { readonly classId?: number; readonly actions?: readonly ActionSpec[] }

function writeRest(
  to: MessageWriter,
  table: { readonly classId: Attribute<number>; readonly actions: Attribute<readonly Action[]> },
  { classId, actions = [] }: Rest,
  context: EncodeContext,
): void {
  if (classId !== undefined) table.classId.write(to, classId)
  if (actions.length > 0) writeActions(to, table.actions.type, actions, context)
}

type Of<K extends CleanFilterSpec['kind']> = Extract<CleanFilterSpec, { readonly kind: K }>

const u32Filter: TrafficKind<Of<'u32'>> = {
  headerSize: 0,
  attributes: u32Attributes,
  encode(to, spec, context) {
    const a = u32Attributes
    if (spec.divisor !== undefined) {
      a.divisor.write(to, spec.divisor)
      return
    }
    if (spec.table !== undefined) a.table.write(to, spec.table)
    writeRest(to, a, spec, context)
    if (spec.nextTable !== undefined) a.nextTable.write(to, spec.nextTable)
    const { keys = [{ offset: 0, value: 0, mask: 0 }], hashKey = { offset: 0, mask: 0 } } = spec
    const at = to.nestPlain(a.keys.type)
    // What is found further down counts, unless the filter itself says what is to be done.
    const ends = spec.nextTable === undefined || spec.classId !== undefined || (spec.actions ?? []).length > 0
    writeStruct(to, tc_u32_sel, {
      flags: ends ? TC_U32_TERMINAL : 0,
      keys: keys.length,
      hashOffset: hashKey.offset,
      hashMask: hashKey.mask,
    })
    for (const { mask, value, offset } of keys) {
      to.u32be(mask)
      to.u32be(value)
      to.u32(offset)
      to.u32(0)
    }
    to.endNest(at)
  },
  decode(from, start, end) {
    const values = readValues(u32Attributes, from, start, end, 'filter.u32')
    const { keys, classId, table, nextTable, ...rest } = values as {
      keys?: Range
      classId?: number
      table?: number
      nextTable?: number
    }
    const { hashOffset, hashMask } = readStruct(from, tc_u32_sel, ...(keys ?? [0, 0]))
    return {
      ...rest,
      ...(keys === undefined ? {} : { keys: readKeys(from, keys) }),
      ...(table === undefined ? {} : { table: formatU32Handle(table) }),
      ...(nextTable === undefined || nextTable === 0 ? {} : { nextTable: formatU32Handle(nextTable) }),
      ...(hashMask === 0 ? {} : { hashKey: { offset: (hashOffset << 16) >> 16, mask: hashMask } }),
      ...classOf(classId),
    }
  },
}

function readKeys(from: Octets, [start, end]: Range): U32Key[] {
  const keys: U32Key[] = []
  const { size } = tc_u32_key
  for (let at = start + tc_u32_sel.size; at + size <= end; at += size)
    keys.push({ offset: from.s32(at + 8), value: from.u32be(at + 4), mask: from.u32be(at) })
  return keys
}

const matchall: TrafficKind<Of<'matchall'>> = {
  headerSize: 0,
  always: true,
  attributes: matchallAttributes,
  encode: (to, spec, context) => writeRest(to, matchallAttributes, spec, context),
  decode(from, start, end) {
    const { classId, ...rest } = readValues(matchallAttributes, from, start, end, 'filter.matchall')
    return { ...rest, ...classOf(classId as number | undefined) }
  },
}

const macMask = new Uint8Array(6).fill(0xff)

const flower: TrafficKind<Of<'flower'>> = {
  headerSize: 0,
  always: true,
  attributes: flowerAttributes,
  paths: {
    from4: 'from',
    from6: 'from',
    to4: 'to',
    to6: 'to',
    etherType: 'protocol',
    tcpSourcePort: 'sourcePort',
    udpSourcePort: 'sourcePort',
    tcpDestinationPort: 'destinationPort',
    udpDestinationPort: 'destinationPort',
  },
  encode(to, spec, context) {
    const a = flowerAttributes
    writeRest(to, a, spec, context)
    if (spec.inputLink !== undefined) a.inputLink.write(to, spec.inputLink)
    for (const name of ['sourceMac', 'destinationMac'] as const) {
      const mac = spec[name]
      if (mac === undefined) continue
      a[name].write(to, mac)
      a[`${name}Mask`].write(to, macMask)
    }
    if (spec.protocol !== filterProtocols.all) a.etherType.write(to, spec.protocol)
    if (spec.ipProtocol !== undefined) a.ipProtocol.write(to, spec.ipProtocol)
    for (const name of ['from', 'to'] as const) {
      const prefix = spec[name]
      if (prefix === undefined) continue
      const version = prefix.octets.length === 4 ? 4 : 6
      a[`${name}${version}`].write(to, prefix.octets)
      a[`${name}${version}Mask`].write(to, maskOf(prefix))
    }
    const transport = spec.ipProtocol === 6 ? 'tcp' : 'udp'
    if (spec.sourcePort !== undefined) a[`${transport}SourcePort`].write(to, spec.sourcePort)
    if (spec.destinationPort !== undefined) a[`${transport}DestinationPort`].write(to, spec.destinationPort)
    if (spec.vlan !== undefined) a.vlan.write(to, spec.vlan)
    if (spec.vlanPriority !== undefined) a.vlanPriority.write(to, spec.vlanPriority)
  },
  decode(from, start, end) {
    const values = readValues(flowerAttributes, from, start, end, 'filter.flower')
    const v = values as { readonly [name: string]: never } & { readonly [name: string]: Uint8Array | undefined }
    const some = (name: string, value: unknown) => (value === undefined ? {} : { [name]: value })
    const mac = (value: Uint8Array | undefined) => (value === undefined ? undefined : formatMac(value))
    return {
      ...some('inputLink', v.inputLink),
      ...some('sourceMac', mac(v.sourceMac)),
      ...some('destinationMac', mac(v.destinationMac)),
      ...some('ipProtocol', v.ipProtocol),
      ...some('from', prefixText(v.from4 ?? v.from6, v.from4Mask ?? v.from6Mask)),
      ...some('to', prefixText(v.to4 ?? v.to6, v.to4Mask ?? v.to6Mask)),
      ...some('sourcePort', v.tcpSourcePort ?? v.udpSourcePort),
      ...some('destinationPort', v.tcpDestinationPort ?? v.udpDestinationPort),
      ...some('vlan', v.vlan),
      ...some('vlanPriority', v.vlanPriority),
      ...some('actions', v.actions),
      ...classOf(v.classId),
    }
  },
}

const classOf = (classId: number | undefined) => (classId === undefined ? {} : { classId: formatHandle(classId) })

function maskOf({ octets, length }: Prefix): Uint8Array {
  return octets.map((_, index) => (0xff00 >> Math.max(0, Math.min(8, length - 8 * index))) & 0xff)
}

function prefixText(octets: Uint8Array | undefined, mask: Uint8Array | undefined): string | undefined {
  if (octets === undefined) return undefined
  const bits = [...(mask ?? [])].reduce((sum, octet) => sum + octet.toString(2).replaceAll('0', '').length, 0)
  return `${formatIp(octets, 0, octets.length)}/${mask === undefined ? octets.length * 8 : bits}`
}

const filters: { readonly [K in CleanFilterSpec['kind']]: TrafficKind<never> } = {
  flower,
  matchall,
  u32: u32Filter,
}

/** The filter of a kind; `undefined` where vnet has no name for it. */
export function filterOf(kind: string): TrafficKind<never> | undefined {
  return Object.hasOwn(filters, kind) ? filters[kind as CleanFilterSpec['kind']] : undefined
}
