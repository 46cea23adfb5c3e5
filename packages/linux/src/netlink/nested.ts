/** Attributes that hold attributes. @module */
import { type Attribute, type AttributeTable, custom, define, writeAttributes } from './attribute.js'
import { readValues } from './attribute-run.js'

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
      (from, start, end) => readValues(inner, from, start, end, name) as T,
    ),
    inner,
  }
}

/** A nest of counters, which are read only, without the padding of those that have 64 bits. */
export const counters = <T extends object>(type: number, name: string, inner: AttributeTable): Attribute<T> =>
  custom<T>(
    type,
    name,
    'nested',
    0,
    () => {},
    (from, start, end) => {
      const { pad: _, ...counted } = readValues(inner, from, start, end, name)
      return counted as T
    },
  )
