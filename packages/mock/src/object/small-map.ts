/** A map that is usually small: up to eight entries lie in a list, which takes half the memory of a `Map`. @module */

/** As many entries the list has. */
const most = 8

/** A map in the order in which the entries came. Entries that are added while it is read through are left out then. */
export class SmallMap<K, V> implements ReadonlyMap<K, V> {
  /** Key, value, key, value; replaced, never changed. */
  #held: readonly (K | V)[] | Map<K, V>

  constructor(key: K, value: V) {
    this.#held = [key, value]
  }

  get size(): number {
    return this.#held instanceof Map ? this.#held.size : this.#held.length / 2
  }

  get(key: K): V | undefined {
    const held = this.#held
    if (held instanceof Map) return held.get(key)
    const at = placeOf(held, key)
    return at === -1 ? undefined : (held[at + 1] as V)
  }

  has(key: K): boolean {
    return this.#held instanceof Map ? this.#held.has(key) : placeOf(this.#held, key) !== -1
  }

  set(key: K, value: V): this {
    const held = this.#held
    if (held instanceof Map) {
      held.set(key, value)
      return this
    }
    const at = placeOf(held, key)
    if (at !== -1) this.#held = held.with(at + 1, value)
    // A list that grows by itself reserves room.
    else if (held.length < 2 * most) this.#held = held.concat([key, value])
    else this.#held = new Map(this.entries()).set(key, value)
    return this
  }

  delete(key: K): boolean {
    const held = this.#held
    if (held instanceof Map) return held.delete(key)
    const at = placeOf(held, key)
    if (at !== -1) this.#held = held.toSpliced(at, 2)
    return at !== -1
  }

  forEach(action: (value: V, key: K, map: ReadonlyMap<K, V>) => void): void {
    for (const [key, value] of this) action(value, key, this)
  }

  *entries(): MapIterator<[K, V]> {
    const held = this.#held
    if (held instanceof Map) {
      yield* held
      return
    }
    for (let at = 0; at < held.length; at += 2) {
      const key = held[at] as K
      if (this.#held === held) yield [key, held[at + 1] as V]
      else if (this.has(key)) yield [key, this.get(key) as V]
    }
  }

  *keys(): MapIterator<K> {
    for (const [key] of this.entries()) yield key
  }

  *values(): MapIterator<V> {
    for (const [, value] of this.entries()) yield value
  }

  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.entries()
  }
}

function placeOf(held: readonly unknown[], key: unknown): number {
  for (let at = 0; at < held.length; at += 2) if (held[at] === key) return at
  return -1
}
