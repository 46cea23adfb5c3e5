/** Empty collections. Links share them until they have an entry: most collections of most links never have one. @module */
import { SmallMap } from './small-map.js'

/** The empty set. */
export const emptySet: ReadonlySet<never> = new Set<never>()
/** The empty map. */
export const emptyMap: ReadonlyMap<never, never> = new Map<never, never>()
/** The empty list. */
export const emptyList: readonly never[] = Object.freeze([])

/** The set with an entry more; the empty one is left as it is. */
export function withEntry<T>(set: ReadonlySet<T>, entry: T): ReadonlySet<T> {
  return set === emptySet ? new Set([entry]) : (set as Set<T>).add(entry)
}

/** Takes an entry out of a set; whether it was there. */
export function dropEntry<T>(set: ReadonlySet<T>, entry: T): boolean {
  return (set as Set<T>).delete(entry)
}

/** The map with an entry set; the empty one is left as it is. */
export function withValue<K, V>(map: ReadonlyMap<K, V>, key: K, value: V): ReadonlyMap<K, V> {
  return map === emptyMap ? new SmallMap(key, value) : (map as SmallMap<K, V> | Map<K, V>).set(key, value)
}

/** Takes what a key has out of a map; whether it was there. */
export function dropValue<K, V>(map: ReadonlyMap<K, V>, key: K): boolean {
  return (map as SmallMap<K, V> | Map<K, V>).delete(key)
}
