/** Reading runs of attributes, by a table or one at a time. @module */
import type { RawAttribute } from '@vnet/core'
import { DecodeError } from '@vnet/core'
import type { Attribute, AttributeTable } from './attribute.js'
import type { Octets } from './octets.js'

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
