/** A collection that is usually small: a list, which takes a third of the memory of a set, until it grows. @module */

/** Entries, each of them once, in the order in which they came. */
export type Few<T> = readonly T[] | ReadonlySet<T>

/** As many a list has. */
const most = 8

/** The collection with an entry more, which is not in it yet. The list is left as it is. */
export function withOne<T>(few: Few<T>, entry: T): Few<T> {
  // A list that grows by itself reserves room for sixteen more.
  if (Array.isArray(few)) return few.length < most ? few.concat([entry]) : new Set(few).add(entry)
  return (few as Set<T>).add(entry)
}

/** The collection without an entry. */
export function withoutOne<T>(few: Few<T>, entry: T): Few<T> {
  if (Array.isArray(few)) return few.filter((other) => other !== entry)
  ;(few as Set<T>).delete(entry)
  return few
}

/** How many it has. */
export const sizeOf = (few: Few<unknown>): number =>
  Array.isArray(few) ? few.length : (few as ReadonlySet<unknown>).size
