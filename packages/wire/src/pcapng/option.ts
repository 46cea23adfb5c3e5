/** Options of pcapng blocks: tables of the named ones, and reading and writing by them. @module */
import { DecodeError, formatMac, parseMac } from '@vnet/core'
import { copyOf, need } from '../bounds.js'
import type { BlockOption } from './block.js'

type Format = 'text' | 'mac' | 'u8' | 'u32' | 'u64' | 's64' | 'time' | 'filter'

/** Property, number and layout of the options of one block. */
export type OptionTable = readonly (readonly [property: string, code: number, format: Format])[]

/** Options of each block that has any. */
export const optionTables = {
  section: [
    ['hardware', 2, 'text'],
    ['os', 3, 'text'],
    ['application', 4, 'text'],
  ],
  interface: [
    ['name', 2, 'text'],
    ['description', 3, 'text'],
    ['mac', 6, 'mac'],
    ['speed', 8, 'u64'],
    ['timestampResolution', 9, 'u8'],
    ['filter', 11, 'filter'],
    ['os', 12, 'text'],
    ['timestampOffset', 14, 's64'],
    ['hardware', 15, 'text'],
  ],
  packet: [
    ['flags', 2, 'u32'],
    ['dropCount', 4, 'u64'],
    ['packetId', 5, 'u64'],
  ],
  statistics: [
    ['startTime', 2, 'time'],
    ['endTime', 3, 'time'],
    ['received', 4, 'u64'],
    ['dropped', 5, 'u64'],
    ['filterAccepted', 6, 'u64'],
    ['osDropped', 7, 'u64'],
    ['delivered', 8, 'u64'],
  ],
} as const satisfies Record<string, OptionTable>

const decoder = new TextDecoder('utf-8', { fatal: true })
const encoder = new TextEncoder()
const sizes: Readonly<Partial<Record<Format, number>>> = { mac: 6, u8: 1, u32: 4, u64: 8, s64: 8, time: 8 }

/** Reads options up to `end`, or up to the one that ends them. @throws DecodeError an option that leads out of the block */
export function readOptions(
  view: DataView,
  bytes: Uint8Array,
  start: number,
  end: number,
  table: OptionTable,
  little: boolean,
): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  const comments: string[] = []
  const other: BlockOption[] = []
  let at = start
  while (at < end) {
    need(bytes, at, end, 4, 'pcapng.options')
    const code = view.getUint16(at, little)
    const size = view.getUint16(at + 2, little)
    if (code === 0) break
    need(bytes, at, end, 4 + size, 'pcapng.options')
    const entry = table.find(([, number]) => number === code)
    const value = entry && readValue(entry[2], view, bytes, at + 4, size, little)
    const comment = code === 1 ? textOf(bytes, at + 4, at + 4 + size) : undefined
    if (comment !== undefined) comments.push(comment)
    // A second one of an option that may come once is kept as it stands.
    else if (entry === undefined || value === undefined || entry[0] in values) {
      other.push({ code, bytes: copyOf(bytes, at + 4, at + 4 + size) })
    } else values[entry[0]] = value
    at += 4 + ((size + 3) & ~3)
  }
  if (at > end) throw new DecodeError('pcapng.options', end, 'an option without its padding')
  if (comments.length > 0) values.comments = comments
  if (other.length > 0) values.other = other
  return values
}

/** Text, where it is UTF-8, which the format demands. */
function textOf(bytes: Uint8Array, start: number, end: number): string | undefined {
  try {
    const text = decoder.decode(copyOf(bytes, start, end))
    // A mark at the beginning is dropped by the decoder and would not come back.
    return bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf ? undefined : text
  } catch {
    return undefined
  }
}

/** The value; `undefined` where the octets are not of this layout. */
function readValue(
  format: Format,
  view: DataView,
  bytes: Uint8Array,
  at: number,
  size: number,
  little: boolean,
): unknown {
  if (sizes[format] !== undefined && sizes[format] !== size) return undefined
  switch (format) {
    case 'text':
      return textOf(bytes, at, at + size)
    case 'filter':
      // 0 says that the rest is text in the syntax of libpcap; others are programs.
      return size > 0 && bytes[at] === 0 ? textOf(bytes, at + 1, at + size) : undefined
    case 'mac':
      return formatMac(bytes, at, at + 6)
    case 'u8':
      return bytes[at]
    case 'u32':
      return view.getUint32(at, little)
    case 'u64':
      return view.getBigUint64(at, little)
    case 's64':
      return view.getBigInt64(at, little)
    case 'time':
      return (BigInt(view.getUint32(at, little)) << 32n) | BigInt(view.getUint32(at + 4, little))
  }
}

/** Options as octets, with number and length of each and the one that ends them; none where there are none. */
export function encodeOptions(
  values: Readonly<Record<string, unknown>>,
  table: OptionTable,
  little: boolean,
): Uint8Array {
  const options: BlockOption[] = []
  for (const comment of (values.comments as string[] | undefined) ?? []) {
    options.push({ code: 1, bytes: encoder.encode(comment) })
  }
  for (const [property, code, format] of table) {
    const value = values[property]
    if (value !== undefined) options.push({ code, bytes: encodeValue(format, value, property, little) })
  }
  options.push(...((values.other as BlockOption[] | undefined) ?? []))
  if (options.length === 0) return new Uint8Array(0)
  const size = options.reduce((sum, { bytes }) => sum + 4 + ((bytes.length + 3) & ~3), 4)
  const out = new Uint8Array(size)
  const view = new DataView(out.buffer)
  let at = 0
  for (const { code, bytes } of options) {
    if (code <= 0 || code > 0xffff) throw new RangeError(`pcapng.options.code: ${code} is not 1–65535`)
    if (bytes.length > 0xffff) throw new RangeError(`pcapng.options: ${bytes.length} octets, 65535 fit`)
    view.setUint16(at, code, little)
    view.setUint16(at + 2, bytes.length, little)
    out.set(bytes, at + 4)
    at += 4 + ((bytes.length + 3) & ~3)
  }
  return out
}

function encodeValue(format: Format, value: unknown, property: string, little: boolean): Uint8Array {
  if (format === 'text') return encoder.encode(value as string)
  if (format === 'filter') return encoder.encode(`\0${value as string}`)
  if (format === 'mac') {
    const octets = parseMac(value as string)
    if (octets === undefined) throw new TypeError(`pcapng.${property}: ${JSON.stringify(value)} is not a MAC address`)
    return octets
  }
  const bytes = new Uint8Array(sizes[format] as number)
  const view = new DataView(bytes.buffer)
  if (format === 'u8') view.setUint8(0, value as number)
  if (format === 'u32') view.setUint32(0, value as number, little)
  if (format === 'u64') view.setBigUint64(0, value as bigint, little)
  if (format === 's64') view.setBigInt64(0, value as bigint, little)
  if (format === 'time') {
    view.setUint32(0, Number((value as bigint) >> 32n), little)
    view.setUint32(4, Number((value as bigint) & 0xffffffffn), little)
  }
  return bytes
}
