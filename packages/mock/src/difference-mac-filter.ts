/** What differs in MAC filters between two saved states. @module */
import type { MacFilter } from '@vnet/core'
import { fieldChanges } from '@vnet/core'
import type { Namespace } from './namespace.js'
import { listMacFilters } from './object/mac-filter.js'

/** The MAC filter of a port that is in one of two states only, or has other lists. */
export interface MacFilterDifference {
  /** What became of it. */
  readonly kind: 'macFilter add' | 'macFilter set' | 'macFilter delete'
  /** Which sort of object. */
  readonly group: 'macFilter'
  /** As it is, or was. */
  readonly object: MacFilter
  /** Where it was set: as it was. */
  readonly before?: MacFilter
}

/** One, and how it is told behind the name of its namespace. */
export type MacFilterStateDifference = MacFilterDifference & { readonly text: string }

/** What differs; counters do not count. */
export function macFilterDifferences(was: Namespace, is: Namespace): readonly MacFilterStateDifference[] {
  const [were, are] = [was, is].map((one) => new Map(listMacFilters(one, {}).map((each) => [each.link, each])))
  const found: MacFilterStateDifference[] = []
  const group = 'macFilter'
  for (const [link, object] of were ?? []) {
    if (are?.has(link)) continue
    found.push({ kind: 'macFilter delete', group, object, text: `MAC filter of ${link} deleted` })
  }
  for (const [link, object] of are ?? []) {
    const before = were?.get(link)
    if (before === undefined) found.push({ kind: 'macFilter add', group, object, text: `MAC filter of ${link} added` })
    else {
      const changes = fieldChanges(listsOf(before), listsOf(object))
      if (changes.length === 0) continue
      const told = changes.map(({ path, before: from, after }) => `${path} ${word(from)} → ${word(after)}`)
      const text = `MAC filter of ${link} changed: ${told.join(', ')}`
      found.push({ kind: 'macFilter set', group, object, before, text })
    }
  }
  return found
}

const listsOf = ({ allow, deny }: MacFilter): object => ({ allow, deny })

/** A list, in a word: without one everybody is meant, or nobody. */
const word = (macs: unknown): string =>
  macs === undefined ? 'absent' : (macs as readonly string[]).join(' ') || 'empty'
