/** Options of tunnels in filters of `flower` (`linux/pkt_cls.h`, `TCA_FLOWER_KEY_ENC_OPTS`; `fl_set_enc_opt`, `net/sched/cls_flower.c`). @module */
import {
  type ErspanMatch,
  type FlowerTunnelOptions,
  type GeneveMatch,
  type GtpMatch,
  type PfcpMatch,
  tunnelOptionBits,
  tunnelOptionsOf,
  type VxlanMatch,
} from '@vnet/core'
import {
  type AttributeTable,
  attributes,
  octets,
  u8,
  u16be,
  u32,
  u32be,
  writeAttributes,
} from '../../../netlink/attribute.js'
import { forEachAttribute, readValues } from '../../../netlink/attribute-run.js'
import type { Octets } from '../../../netlink/octets.js'
import { type Range, range } from '../../../netlink/range.js'
import type { MessageWriter } from '../../../netlink/writer.js'
import { hexText, octetsOf } from './hexadecimal.js'

/** Whose options they are. */
export const tunnelOptionAttributes = attributes({
  geneveOptions: range(1, 'TCA_FLOWER_KEY_ENC_OPTS_GENEVE', 'nested'),
  vxlanOptions: range(2, 'TCA_FLOWER_KEY_ENC_OPTS_VXLAN', 'nested'),
  erspanOptions: range(3, 'TCA_FLOWER_KEY_ENC_OPTS_ERSPAN', 'nested'),
  gtpOptions: range(4, 'TCA_FLOWER_KEY_ENC_OPTS_GTP', 'nested'),
  pfcpOptions: range(5, 'TCA_FLOWER_KEY_ENC_OPTS_PFCP', 'nested'),
})
/** An option of Geneve. */
export const geneveOptionAttributes = attributes({
  class: u16be(1, 'TCA_FLOWER_KEY_ENC_OPT_GENEVE_CLASS'),
  type: u8(2, 'TCA_FLOWER_KEY_ENC_OPT_GENEVE_TYPE'),
  data: octets(3, 'TCA_FLOWER_KEY_ENC_OPT_GENEVE_DATA'),
})
/** The option of VXLAN. */
export const vxlanOptionAttributes = attributes({ gbp: u32(1, 'TCA_FLOWER_KEY_ENC_OPT_VXLAN_GBP') })
/** The option of ERSPAN. */
export const erspanOptionAttributes = attributes({
  version: u8(1, 'TCA_FLOWER_KEY_ENC_OPT_ERSPAN_VER'),
  index: u32be(2, 'TCA_FLOWER_KEY_ENC_OPT_ERSPAN_INDEX'),
  dir: u8(3, 'TCA_FLOWER_KEY_ENC_OPT_ERSPAN_DIR'),
  hwid: u8(4, 'TCA_FLOWER_KEY_ENC_OPT_ERSPAN_HWID'),
})
/** The option of GTP. */
export const gtpOptionAttributes = attributes({
  pduType: u8(1, 'TCA_FLOWER_KEY_ENC_OPT_GTP_PDU_TYPE'),
  qfi: u8(2, 'TCA_FLOWER_KEY_ENC_OPT_GTP_QFI'),
})
/** The option of PFCP. */
export const pfcpOptionAttributes = attributes({
  type: u8(1, 'TCA_FLOWER_KEY_ENC_OPT_PFCP_TYPE'),
  seid: octets(2, 'TCA_FLOWER_KEY_ENC_OPT_PFCP_SEID'),
})

type Name = keyof FlowerTunnelOptions
/** What an attribute holds. */
type Part = number | Uint8Array
/** The attributes of one option: what they are to be, or which bits of them count. */
interface Parts {
  readonly [attribute: string]: Part | undefined
}
/** An option, and the mask of its bits. */
interface Masked {
  readonly value: Parts
  readonly mask: Parts
}

const tables: Readonly<Record<Name, AttributeTable>> = {
  geneveOptions: geneveOptionAttributes,
  vxlanOptions: vxlanOptionAttributes,
  erspanOptions: erspanOptionAttributes,
  gtpOptions: gtpOptionAttributes,
  pfcpOptions: pfcpOptionAttributes,
}
/** Geneve's nests came before the flag that says that they are some. */
const isPlain = (name: Name): boolean => name === 'geneveOptions'
const sides = ['value', 'mask'] as const

/** Writes the options of a filter, and which bits of them count, behind the numbers of these attributes. */
export function writeTunnelOptions(to: MessageWriter, match: FlowerTunnelOptions, types: readonly [number, number]) {
  const name = tunnelOptionsOf(match)
  if (name === undefined) return
  const options = masked(match)
  const begin = (type: number) => (isPlain(name) ? to.nestPlain(type) : to.nest(type))
  for (const [at, side] of sides.entries()) {
    const list = begin(types[at] as number)
    for (const option of options) {
      const nest = begin(tunnelOptionAttributes[name].type)
      writeAttributes(to, tables[name], option[side])
      to.endNest(nest)
    }
    to.endNest(list)
  }
}

/** The options as the kernel is told: what may be anything is 0, and so are the bits of it that count. */
function masked(match: FlowerTunnelOptions): readonly Masked[] {
  const { geneveOptions, vxlanOptions, erspanOptions, gtpOptions, pfcpOptions } = match
  if (geneveOptions !== undefined) return geneveOptions.map(maskedGeneve)
  if (vxlanOptions !== undefined) return [maskedVxlan(vxlanOptions)]
  if (erspanOptions !== undefined) return [maskedErspan(erspanOptions)]
  if (gtpOptions !== undefined) return [maskedGtp(gtpOptions)]
  return pfcpOptions === undefined ? [] : [maskedPfcp(pfcpOptions)]
}

function maskedGeneve(option: GeneveMatch): Masked {
  const { class: owner = 0, type = 0, data, dataMask = 'f'.repeat(data.length) } = option
  const every = tunnelOptionBits.geneveOptions
  return {
    value: { class: owner, type, data: octetsOf(data) },
    mask: {
      class: bits(option.class, option.classMask, every.class),
      type: bits(option.type, option.typeMask, every.type),
      data: octetsOf(dataMask),
    },
  }
}

/** As `tc` does it without a mask: the kernel keeps those bits that there are. */
const maskedVxlan = ({ gbp, gbpMask = 0xffffffff }: VxlanMatch): Masked => ({ value: { gbp }, mask: { gbp: gbpMask } })

function maskedErspan({ version, index, indexMask, dir, hwid, hwidMask }: ErspanMatch): Masked {
  // What a version does not have, `tc` sends as 0 of which all bits count; the kernel passes over it.
  const mask = (own: number, value: unknown, given: number | undefined, every: number) =>
    version === own ? bits(value, given, every) : every
  return {
    value: { version, index: index ?? 0, dir: dir === 'egress' ? 1 : 0, hwid: hwid ?? 0 },
    mask: {
      version,
      index: mask(1, index, indexMask, tunnelOptionBits.erspanOptions.index),
      dir: mask(2, dir, undefined, 0xff),
      hwid: mask(2, hwid, hwidMask, 0xff),
    },
  }
}

function maskedGtp({ pduType, pduTypeMask, qfi, qfiMask }: GtpMatch): Masked {
  const every = tunnelOptionBits.gtpOptions
  return {
    value: { pduType: pduType ?? 0, qfi: qfi ?? 0 },
    mask: { pduType: bits(pduType, pduTypeMask, every.pduType), qfi: bits(qfi, qfiMask, every.qfi) },
  }
}

function maskedPfcp({ type, typeMask, seid, seidMask = 'f'.repeat(16) }: PfcpMatch): Masked {
  const none = '0'.repeat(16)
  return {
    value: { type: type ?? 0, seid: octetsOf(seid ?? none) },
    mask: {
      type: bits(type, typeMask, tunnelOptionBits.pfcpOptions.type),
      seid: octetsOf(seid === undefined ? none : seidMask),
    },
  }
}

const bits = (value: unknown, mask: number | undefined, every: number): number =>
  value === undefined ? 0 : (mask ?? every)

/** The options of a filter that the kernel tells; `undefined` where they are of a kind that has no name here. */
export function readTunnelOptions(from: Octets, at: Range, maskAt: Range): FlowerTunnelOptions | undefined {
  const [values, masks] = [readSide(from, at), readSide(from, maskAt)]
  if (values === undefined || values.name !== masks?.name || values.options.length !== masks.options.length)
    return undefined
  const { name } = values
  const options = values.options.map((value, index) => named(name, { value, mask: masks.options[index] as Parts }))
  if (options.length === 0 || options.includes(undefined)) return undefined
  return { [name]: name === 'geneveOptions' ? options : options[0] }
}

/** The options of one side; the kernel tells those of Geneve one after the other in one nest. */
function readSide(from: Octets, [start, end]: Range): { name: Name; options: readonly Parts[] } | undefined {
  const path = 'filter.flower.tunnelOptions'
  const found = readValues(tunnelOptionAttributes, from, start, end, path) as { readonly [name in Name]?: Range }
  const [name, ...others] = Object.keys(found) as Name[]
  if (name === undefined || others.length > 0) return undefined
  const [first, stop] = found[name] as Range
  const known = Object.values(tables[name]).map(({ type }) => type)
  const starts: number[] = []
  let isKnown = true
  forEachAttribute(from, first, stop, path, (type, at) => {
    // Each option begins with its first attribute.
    if (type === known[0]) starts.push(at - 4)
    isKnown &&= known.includes(type)
  })
  if (!isKnown) return undefined
  return {
    name,
    options: starts.map((at, index) => readValues(tables[name], from, at, starts[index + 1] ?? stop, path) as Parts),
  }
}

/** An option by its names; `undefined` where it asks for more than has one. */
function named(name: Name, { value, mask }: Masked): object | undefined {
  if (name === 'erspanOptions') return namedErspan(value, mask)
  const found = Object.entries(tunnelOptionBits[name]).map(([field, every]) => number(field, value, mask, every))
  if (name === 'geneveOptions') found.push(digits('data', value, mask, true))
  if (name === 'pfcpOptions') found.push(digits('seid', value, mask, false))
  const option = Object.assign({}, ...found)
  return Object.keys(option).length === 0 ? undefined : option
}

function namedErspan(value: Parts, mask: Parts): ErspanMatch | undefined {
  const { version, dir } = value
  // The two versions keep what they have in the same place.
  if (version !== mask.version) return undefined
  const { index, hwid } = tunnelOptionBits.erspanOptions
  if (version === 1) return { version, ...number('index', value, mask, index) }
  const way = mask.dir === 0 ? {} : { dir: dir === 1 ? 'egress' : 'ingress' }
  return { version: version as number, ...way, ...number('hwid', value, mask, hwid) } as ErspanMatch
}

/** A number, without the bits that do not count, and its mask where there are such; nothing where it may be any. */
function number(name: string, value: Parts, mask: Parts, every: number): object {
  const counting = (((mask[name] as number | undefined) ?? 0) & every) >>> 0
  if (counting === 0) return {}
  const of = (((value[name] as number | undefined) ?? 0) & counting) >>> 0
  return { [name]: of, ...(counting === every ? {} : { [`${name}Mask`]: counting }) }
}

/** The same of octets in hexadecimal. */
function digits(name: string, value: Parts, mask: Parts, always: boolean): object {
  const [of, counting] = [value[name], mask[name]] as (Uint8Array | undefined)[]
  if (of === undefined || (!always && (counting === undefined || counting.every((octet) => octet === 0)))) return {}
  if (counting === undefined) return { [name]: hexText(of) }
  const leavesOut = counting.some((octet) => octet !== 0xff)
  const within = of.map((octet, at) => octet & (counting[at] ?? 0))
  return { [name]: hexText(within), ...(leavesOut ? { [`${name}Mask`]: hexText(counting) } : {}) }
}
