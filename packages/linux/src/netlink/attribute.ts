/** Attribute tables: number, width and byte order of each attribute, declared once beside the kernel's name. @module */
import { formatIp, formatMac, parseIp, parseMac } from '@vnet/core'
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

/** An attribute of any layout. */
export const define = <T>(
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
/** 64 bits, network order, exact up to 2^53. */
export const u64be = (type: number, name: string): Attribute<number> =>
  define(
    type,
    name,
    'u64be',
    8,
    (to, value) => {
      const bytes = new Uint8Array(8)
      new DataView(bytes.buffer).setBigUint64(0, BigInt(value), false)
      to.octetsAttribute(type, bytes)
    },
    (from, at) => Number(from.view.getBigUint64(at, false)),
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
    (to, value) => to.bareTextAttribute(type, value),
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

/**
 * An attribute whose value is a word outside and a number inside; words of a list are numbered from 0. Unknown numbers stay
 * numbers in text: `7`.
 */
export function words<W extends string>(
  of: Attribute<number>,
  known: Readonly<Record<W, number>> | readonly W[],
): Attribute<W> {
  const numbers = (
    Array.isArray(known) ? Object.fromEntries(known.map((word: W, number) => [word, number])) : known
  ) as Readonly<Record<W, number>>
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
