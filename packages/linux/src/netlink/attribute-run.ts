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

/** What was found in a run, before it becomes an object. */
export interface Found {
  /** The value of a property; `undefined` when it is absent. */
  get(property: string): unknown
  /** Sets a property, or with `undefined` leaves it out: deleting it later would make a hash table of the whole object. */
  set(property: string, value: unknown): void
}

// What has been read of the run in hand, from `bottom` to `top`, and below it that of the runs which it is inside of. One
// pair of lists for all runs: lists of links spend their time here.
const properties: string[] = []
const values: unknown[] = []
let bottom = 0
let top = 0

const inHand: Found = {
  get(property) {
    for (let i = bottom; i < top; i++) if (properties[i] === property) return values[i]
    return undefined
  },
  set(property, value) {
    let i = bottom
    while (i < top && properties[i] !== property) i++
    if (i === top) properties[top++] = property
    values[i] = value
  },
}

/** An object as it was read. */
export interface Values {
  [property: string]: unknown
}

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
): { values: Values; other: RawAttribute[] } {
  const other: RawAttribute[] = []
  return { values: readRun(table, from, start, end, path, other), other }
}

/**
 * The same without those that are unknown.
 *
 * @param finish Changes what was found, before it becomes an object.
 */
export function readValues(
  table: AttributeTable,
  from: Octets,
  start: number,
  end: number,
  path: string,
  finish?: (found: Found) => void,
): Values {
  return readRun(table, from, start, end, path, undefined, finish)
}

function readRun(
  table: AttributeTable,
  from: Octets,
  start: number,
  end: number,
  path: string,
  other: RawAttribute[] | undefined,
  finish?: (found: Found) => void,
): Values {
  const index = byNumber(table)
  const outer = bottom
  bottom = top
  try {
    // forEachAttribute without its callback: see above.
    for (let at = start; end - at >= 4; ) {
      const length = from.u16(at)
      const type = from.u16(at + 2) & NLA_TYPE_MASK
      const stop = at + length
      if (length < 4 || stop > end) throw new DecodeError(path, at, `attribute of ${length} octets in ${end - at}`)
      const entry = index[type]
      if (entry === undefined) other?.push({ type, bytes: from.copy(at + 4, stop) })
      else {
        const { property, field } = entry
        if (length - 4 < field.size)
          throw new DecodeError(`${path}.${property}`, at + 4, `${length - 4} octets, needs ${field.size}`)
        const value = field.read(from, at + 4, stop)
        properties[top] = property
        values[top++] = value
      }
      at += (length + 3) & ~3
    }
    finish?.(inHand)
    return shaped()
  } finally {
    top = bottom
    bottom = outer
  }
}

/**
 * Objects with the same properties, as one to copy. Forty properties added one by one end as a hash table, ten times as
 * large as an object that has them from the start, and five times as slow to make. A dozen are faster one by one.
 */
interface Shape {
  readonly properties: readonly string[]
  readonly template: { readonly [property: string]: unknown }
}
const fewProperties = 12
const mostShapes = 16
/** The latest shapes, by their first property: `link` of a tunnel, `forwardDelay` of a bridge. */
const shapes = new Map<string, Shape[]>()

/** The run in hand as an object. */
function shaped(): Values {
  leaveOut()
  const object: Values = top - bottom <= fewProperties ? {} : { ...shapeOf().template }
  for (let i = bottom; i < top; i++) object[properties[i] as string] = values[i]
  return object
}

/** Closes the gaps of what is left out. */
function leaveOut(): void {
  let kept = bottom
  for (let i = bottom; i < top; i++) {
    if (values[i] === undefined) continue
    properties[kept] = properties[i] as string
    values[kept++] = values[i]
  }
  top = kept
}

function shapeOf(): Shape {
  const first = bottom === top ? '' : (properties[bottom] as string)
  let known = shapes.get(first)
  if (known === undefined) {
    known = []
    shapes.set(first, known)
  }
  for (const shape of known) if (isInHand(shape)) return shape
  const own = properties.slice(bottom, top)
  const shape: Shape = { properties: own, template: Object.fromEntries(own.map((property) => [property, null])) }
  if (known.length === mostShapes) known.pop()
  known.unshift(shape)
  return shape
}

function isInHand(shape: Shape): boolean {
  const own = shape.properties
  if (own.length !== top - bottom) return false
  for (let i = 0; i < own.length; i++) if (own[i] !== properties[bottom + i]) return false
  return true
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
