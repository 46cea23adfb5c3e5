/** Descriptions of the kernel's C structs: where each field lies and how wide it is, declared once, checked by machine. @module */
import type { Octets } from '../netlink/octets.js'
import type { MessageWriter } from '../netlink/writer.js'

/** Width and byte order of a struct's field; `bytes` are octets that are read by hand. */
export type FieldKind = 'u8' | 'u16' | 'u32' | 's32' | 'u64' | 'u16be' | 'u32be' | 'bytes'

/** One field of a struct. */
export interface StructField {
  /** The kernel's name, such as `ifi_index`. */
  readonly name: string
  /** Octets from the start of the struct. */
  readonly offset: number
  /** Width and byte order. */
  readonly kind: FieldKind
}

/** A C struct of the kernel's interface. */
export interface Struct<F extends Readonly<Record<string, StructField>> = Readonly<Record<string, StructField>>> {
  /** The kernel's name with the keyword: `struct ifinfomsg`. */
  readonly name: string
  /** `sizeof`, octets. */
  readonly size: number
  /** The fields by our name. Those that vnet never reads are left out. */
  readonly fields: F
}

/** A field of a struct. */
export const field = (name: string, offset: number, kind: FieldKind): StructField => ({ name, offset, kind })

/** Describes a struct. */
export function struct<const F extends Readonly<Record<string, StructField>>>(
  name: string,
  size: number,
  fields: F,
): Struct<F> {
  return { name, size, fields }
}

/** Appends a struct; fields that are not given are zero. */
export function writeStruct<F extends Readonly<Record<string, StructField>>>(
  to: MessageWriter,
  description: Struct<F>,
  values: { readonly [K in keyof F]?: number },
): void {
  const start = to.length
  const order = inOrder(description)
  // Counted: going through pairs with an iterator makes three objects a field.
  for (let i = 0; i < order.length; i++) {
    const { property, field } = order[i] as OrderedField
    to.zeros(start + field.offset - to.length)
    write(to, field.kind, (values as Readonly<Record<string, number | undefined>>)[property] ?? 0)
  }
  to.zeros(start + description.size - to.length)
}

/** Reads one field of a struct that starts at `start`; the caller knows that it is there. */
export function readField(from: Octets, start: number, { offset, kind }: StructField): number {
  const at = start + offset
  if (kind === 'u32') return from.u32(at)
  if (kind === 's32') return from.s32(at)
  if (kind === 'u64') return from.u64(at)
  if (kind === 'u16') return from.u16(at)
  if (kind === 'u16be') return from.u16be(at)
  if (kind === 'u32be') return from.u32be(at)
  return from.bytes[at] as number
}

/** Octets of a field; of `bytes` only the first is written by {@link writeStruct}. */
export function widthOf(kind: FieldKind): number {
  if (kind === 'u8' || kind === 'bytes') return 1
  if (kind === 'u16' || kind === 'u16be') return 2
  return kind === 'u64' ? 8 : 4
}

/** Reads the fields of a struct of which `end - start` octets are there: missing ones are zero, a tail is ignored. */
export function readStruct<F extends Readonly<Record<string, StructField>>>(
  from: Octets,
  description: Struct<F>,
  start: number,
  end: number,
): { -readonly [K in keyof F]: number } {
  const values: Record<string, number> = {}
  for (const { property, field } of inOrder(description)) {
    const there = start + field.offset + widthOf(field.kind) <= end
    values[property] = there ? readField(from, start, field) : 0
  }
  return values as { -readonly [K in keyof F]: number }
}

interface OrderedField {
  readonly property: string
  readonly field: StructField
}

const orders = new WeakMap<Struct, readonly OrderedField[]>()

function inOrder(description: Struct): readonly OrderedField[] {
  let order = orders.get(description)
  if (order === undefined) {
    const fields = Object.entries(description.fields).map(([property, field]) => ({ property, field }))
    order = fields.sort((a, b) => a.field.offset - b.field.offset)
    orders.set(description, order)
  }
  return order
}

function write(to: MessageWriter, kind: FieldKind, value: number): void {
  if (kind === 'u32' || kind === 's32') to.u32(value)
  else if (kind === 'u16') to.u16(value)
  else if (kind === 'u16be') to.u16be(value)
  else if (kind === 'u32be') to.u32be(value)
  else if (kind === 'u64') to.u64(value)
  else to.u8(value)
}
