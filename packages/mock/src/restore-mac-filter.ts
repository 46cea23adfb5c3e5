/** From a saved state to MAC filters. @module */
import type { MacFilterEntry } from './object/mac-filter.js'

/** Puts those of a namespace into a new one. Throws an `Error` where they are not whole. */
export function fillMacFilters(filters: Map<string, MacFilterEntry>, saved: unknown): void {
  if (!(saved instanceof Map)) throw new Error('a map is needed')
  for (const [link, entry] of saved as Map<string, MacFilterEntry>) {
    const { allow, deny, passed, dropped } = entry
    if (typeof link !== 'string') throw new Error('a filter names no link')
    for (const list of [allow, deny])
      if (list !== undefined && !(list instanceof Set && [...list].every(Number.isSafeInteger)))
        throw new Error('a MAC of a filter is no number')
    for (const { packets, bytes } of [passed, dropped])
      if (![packets, bytes].every(Number.isSafeInteger)) throw new Error('a counter of a filter is no number')
    filters.set(link, { allow, deny, passed: { ...passed }, dropped: { ...dropped } })
  }
}
