/** Attributes that are read where they lie, by who knows what is in them. @module */
import { type Attribute, custom, type Layout } from './attribute.js'

/** Where an attribute's value lies. */
export type Range = readonly [start: number, end: number]

/** An attribute that tells where its value lies; it is written by hand. */
export const range = (type: number, name: string, kind: Layout, size = 0): Attribute<Range> =>
  custom<Range>(
    type,
    name,
    kind,
    size,
    () => {},
    (_, start, end) => [start, end],
  )
