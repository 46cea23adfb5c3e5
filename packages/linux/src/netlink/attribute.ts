/** Attribute tables: number, width and byte order of each attribute, declared once beside the kernel's name. @module */
import { formatIp, formatMac, parseIp, parseMac, type RawAttribute } from '@vnet/core'
import { DecodeError } from './decode-error.js'
import type { Octets } from './octets.js'
import type { MessageWriter } from './writer.js'

/** How an attribute's value is laid out; checked against the kernel's headers and policies. */
export type Layout =
  | 'flag'
  | 'u8'
  | 'u16'
  | 'u32'
  | 's32'
  | 'u64'
  | 'u64be'
  | 'u16be'
  | 'u32be'
  | 'string'
  | 'bytes'
  | 'nested'
  | 'struct'

/** One attribute: its number, the kernel's name, its layout, and how a value is written and read. */
export interface Attribute<T> {
  /** The attribute's number. */
  readonly type: number
  /** The kernel's name of that number, such as `IFLA_MTU`. */
  readonly name: string
  /** Layout of the value. */
  readonly kind: Layout
  /** Least octets of the value. */
  readonly size: number
  /** Table of the attributes inside, for a nest. */
  readonly inner?: AttributeTable
  /** Appends the whole attribute. */
  write(to: MessageWriter, value: T): void
  /** Reads the value, `end - start` octets, at least `size`. */
  read(from: Octets, start: number, end: number): T
}

/** Attributes of one object by property name. */
// biome-ignore lint/suspicious/noExplicitAny: a table holds attributes of every type, and each checks its own
export type AttributeTable = { readonly [property: string]: Attribute<any> }

const define = <T>(
  type: number,
  name: string,
  kind: Layout,
  size: number,
  write: (to: MessageWriter, value: T) => void,
  read: (from: Octets, start: number, end: number) => T,
): Attribute<T> => ({ type, name, kind, size, write, read })

/** Present or not. */
export const flag = (type: number, name: string): Attribute<boolean> =>
  define(
    type,
    name,
    'flag',
    0,
    (to, value) => value && to.flagAttribute(type),
    () => true,
  )
/** 8 bits. */
export const u8 = (type: number, name: string): Attribute<number> =>
  define(
    type,
    name,
    'u8',
    1,
    (to, value) => to.u8Attribute(type, value),
    (from, at) => from.bytes[at] as number,
  )
/** 8 bits, 0 or 1. */
export const bool = (type: number, name: string): Attribute<boolean> =>
  define(
    type,
    name,
    'u8',
    1,
    (to, value) => to.u8Attribute(type, value ? 1 : 0),
    (from, at) => from.bytes[at] !== 0,
  )
/** 16 bits. */
export const u16 = (type: number, name: string): Attribute<number> =>
  define(
    type,
    name,
    'u16',
    2,
    (to, value) => to.u16Attribute(type, value),
    (from, at) => from.u16(at),
  )
/** 16 bits, network order. */
export const u16be = (type: number, name: string): Attribute<number> =>
  define(
    type,
    name,
    'u16be',
    2,
    (to, value) => to.u16beAttribute(type, value),
    (from, at) => from.u16be(at),
  )
/** 32 bits. */
export const u32 = (type: number, name: string): Attribute<number> =>
  define(
    type,
    name,
    'u32',
    4,
    (to, value) => to.u32Attribute(type, value),
    (from, at) => from.u32(at),
  )
/** 32 bits, 0 or 1. */
export const bool32 = (type: number, name: string): Attribute<boolean> =>
  define(
    type,
    name,
    'u32',
    4,
    (to, value) => to.u32Attribute(type, value ? 1 : 0),
    (from, at) => from.u32(at) !== 0,
  )
/** 32 bits with sign. */
export const s32 = (type: number, name: string): Attribute<number> =>
  define(
    type,
    name,
    's32',
    4,
    (to, value) => to.u32Attribute(type, value),
    (from, at) => from.s32(at),
  )
/** 32 bits, network order. */
export const u32be = (type: number, name: string): Attribute<number> =>
  define(
    type,
    name,
    'u32be',
    4,
    (to, value) => to.u32beAttribute(type, value),
    (from, at) => from.u32be(at),
  )
/** 64 bits, exact up to 2^53. */
export const u64 = (type: number, name: string): Attribute<number> =>
  define(
    type,
    name,
    'u64',
    8,
    (to, value) => to.u64Attribute(type, value),
    (from, at) => from.u64(at),
  )
/** 32 bits of hundredths of a second, in seconds outside. */
export const centiseconds = (type: number, name: string): Attribute<number> =>
  define(
    type,
    name,
    'u32',
    4,
    (to, value) => to.u32Attribute(type, Math.round(value * 100)),
    (from, at) => from.u32(at) / 100,
  )
/** 64 bits of hundredths of a second, in seconds outside. */
export const centiseconds64 = (type: number, name: string): Attribute<number> =>
  define(
    type,
    name,
    'u64',
    8,
    (to, value) => to.u64Attribute(type, Math.round(value * 100)),
    (from, at) => from.u64(at) / 100,
  )
/** Text, NUL-terminated. */
export const text = (type: number, name: string): Attribute<string> =>
  define(
    type,
    name,
    'string',
    0,
    (to, value) => to.textAttribute(type, value),
    (from, start, end) => from.text(start, end),
  )
/** Text without the NUL behind it: link kinds and aliases, as `ip` sends them. */
export const bareText = (type: number, name: string): Attribute<string> =>
  define(
    type,
    name,
    'string',
    0,
    (to, value) => to.octetsAttribute(type, encoder.encode(value)),
    (from, start, end) => from.text(start, end),
  )
/** Octets as they are. */
export const octets = (type: number, name: string): Attribute<Uint8Array> =>
  define(
    type,
    name,
    'bytes',
    0,
    (to, value) => to.octetsAttribute(type, value),
    (from, start, end) => from.copy(start, end),
  )
/** A link-layer address: text outside; octets are taken too. */
export const mac = (type: number, name: string): Attribute<string> =>
  define<string>(
    type,
    name,
    'bytes',
    0,
    (to, value: string | Uint8Array) =>
      to.octetsAttribute(type, typeof value === 'string' ? (parseMac(value) as Uint8Array) : value),
    (from, start, end) => formatMac(from.bytes, start, end),
  )
/** An IP address of 4 or 16 octets: text outside; octets are taken too. */
export const ip = (type: number, name: string): Attribute<string> =>
  define<string>(
    type,
    name,
    'bytes',
    4,
    (to, value: string | Uint8Array) =>
      to.octetsAttribute(type, typeof value === 'string' ? (parseIp(value) as Uint8Array) : value),
    (from, start, end) => formatIp(from.bytes, start, end - start),
  )

/** An attribute whose value is a word outside and a number inside. Unknown numbers stay numbers in text: `7`. */
export function words<W extends string>(of: Attribute<number>, numbers: Readonly<Record<W, number>>): Attribute<W> {
  const byNumber = new Map(Object.entries<number>(numbers).map(([word, number]) => [number, word as W]))
  return {
    ...of,
    write: (to, value) => of.write(to, numbers[value]),
    read: (from, start, end) => {
      const number = of.read(from, start, end)
      return byNumber.get(number) ?? (String(number) as W)
    },
  }
}

/** An attribute with a layout of its own, such as a struct. */
export function custom<T>(
  type: number,
  name: string,
  kind: Layout,
  size: number,
  write: (to: MessageWriter, value: T) => void,
  read: (from: Octets, start: number, end: number) => T,
): Attribute<T> {
  return define(type, name, kind, size, write, read)
}

/** An attribute that holds the attributes of a table; unknown ones inside are dropped. */
export function nested<T extends object>(type: number, name: string, inner: AttributeTable): Attribute<T> {
  return {
    ...define<T>(
      type,
      name,
      'nested',
      0,
      (to, value) => {
        const at = to.nest(type)
        writeAttributes(to, inner, value)
        to.endNest(at)
      },
      (from, start, end) => readAttributes(inner, from, start, end, name).values as T,
    ),
    inner,
  }
}

/** Declares a table; its property names are the public ones. */
export function attributes<T extends AttributeTable>(table: T): T {
  return table
}

/** Appends an attribute for each property of `values` that the table names, in the table's order; `undefined` is skipped. */
export function writeAttributes(to: MessageWriter, table: AttributeTable, values: object): void {
  const source = values as { readonly [property: string]: unknown }
  for (const property of Object.keys(table)) {
    const value = source[property]
    if (value !== undefined) (table[property] as Attribute<unknown>).write(to, value)
  }
}

interface Entry {
  readonly property: string
  readonly field: Attribute<unknown>
}
const indexes = new WeakMap<AttributeTable, readonly (Entry | undefined)[]>()

/** The table's attributes by number, made once a table. */
export function byNumber(table: AttributeTable): readonly (Entry | undefined)[] {
  let index = indexes.get(table)
  if (index === undefined) {
    const list: (Entry | undefined)[] = []
    for (const [property, field] of Object.entries(table)) list[field.type] = { property, field }
    indexes.set(table, list)
    index = list
  }
  return index
}

const encoder = new TextEncoder()
const NLA_TYPE_MASK = 0x3fff

/**
 * Reads a run of attributes into an object; unknown ones are kept in `other`. A value may be longer than the table says
 * (newer kernels append), never shorter.
 *
 * @throws {@link DecodeError} a header that does not fit, or a value too short
 */
export function readAttributes(
  table: AttributeTable,
  from: Octets,
  start: number,
  end: number,
  path: string,
): { values: { [property: string]: unknown }; other: RawAttribute[] } {
  const index = byNumber(table)
  const values = { ...shapeOf(index, from, start, end, path).template }
  const other: RawAttribute[] = []
  // forEachAttribute without its callback: lists spend their time here.
  for (let at = start; end - at >= 4; ) {
    const length = from.u16(at)
    const type = from.u16(at + 2) & NLA_TYPE_MASK
    const entry = index[type]
    if (entry === undefined) other.push({ type, bytes: from.copy(at + 4, at + length) })
    else {
      if (length - 4 < entry.field.size)
        throw new DecodeError(`${path}.${entry.property}`, at + 4, `${length - 4} octets, needs ${entry.field.size}`)
      values[entry.property] = entry.field.read(from, at + 4, at + length)
    }
    at += (length + 3) & ~3
  }
  return { values, other }
}

/**
 * The properties of runs with the same attributes, as an object to copy. Forty properties added one by one end as a hash
 * table, ten times as large as an object that has them from the start, and five times as slow to make.
 */
interface Shape {
  readonly entries: readonly (Entry | undefined)[]
  readonly template: { readonly [property: string]: unknown }
}
const mostShapes = 8
const shapes = new WeakMap<readonly (Entry | undefined)[], Shape[]>()

/** The shape of a run, whose headers are checked on the way. */
function shapeOf(index: readonly (Entry | undefined)[], from: Octets, start: number, end: number, path: string): Shape {
  let known = shapes.get(index)
  if (known === undefined) {
    known = []
    shapes.set(index, known)
  }
  for (const shape of known) if (isOf(shape, index, from, start, end)) return shape
  const entries: (Entry | undefined)[] = []
  forEachAttribute(from, start, end, path, (type) => entries.push(index[type]))
  const properties = entries.filter((entry) => entry !== undefined).map(({ property }) => [property, null])
  const shape: Shape = { entries, template: Object.fromEntries(properties) }
  if (known.length === mostShapes) known.pop()
  known.unshift(shape)
  return shape
}

function isOf(
  { entries }: Shape,
  index: readonly (Entry | undefined)[],
  from: Octets,
  start: number,
  end: number,
): boolean {
  let count = 0
  for (let at = start; end - at >= 4; ) {
    const length = from.u16(at)
    if (length < 4 || at + length > end) return false
    if (count === entries.length || entries[count++] !== index[from.u16(at + 2) & NLA_TYPE_MASK]) return false
    at += (length + 3) & ~3
  }
  return count === entries.length
}

/**
 * Reads one attribute of a run; `undefined` when it is not there.
 *
 * @throws {@link DecodeError} a header that does not fit, or a value too short
 */
export function readAttribute<T>(
  wanted: Attribute<T>,
  from: Octets,
  start: number,
  end: number,
  path: string,
): T | undefined {
  for (let at = start; end - at >= 4; ) {
    const length = from.u16(at)
    if (length < 4 || at + length > end) throw new DecodeError(path, at, `attribute of ${length} octets in ${end - at}`)
    if ((from.u16(at + 2) & NLA_TYPE_MASK) === wanted.type) {
      if (length - 4 < wanted.size) throw new DecodeError(path, at, `${length - 4} octets, needs ${wanted.size}`)
      return wanted.read(from, at + 4, at + length)
    }
    at += (length + 3) & ~3
  }
  return undefined
}

/** Walks a run of attributes: `visit(type, start of the value, end of the value)`. */
export function forEachAttribute(
  from: Octets,
  start: number,
  end: number,
  path: string,
  visit: (type: number, start: number, end: number) => void,
): void {
  for (let at = start; end - at >= 4; ) {
    const length = from.u16(at)
    if (length < 4 || at + length > end) throw new DecodeError(path, at, `attribute of ${length} octets in ${end - at}`)
    visit(from.u16(at + 2) & NLA_TYPE_MASK, at + 4, at + length)
    at += (length + 3) & ~3
  }
}
