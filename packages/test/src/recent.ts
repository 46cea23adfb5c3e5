/** The last things of a kind, as many as there is room for. @module */

/** The last ones, in the order in which they came. */
export class Recent<T> {
  readonly #most: number
  readonly #mostSize: number
  readonly #sizeOf: (item: T) => number
  readonly #items: T[] = []
  #first = 0
  #size = 0
  #forgotten = 0

  /**
   * @param most Number of them, at most.
   * @param mostSize Sum of their sizes, at most.
   */
  constructor(most: number, mostSize = Number.POSITIVE_INFINITY, sizeOf: (item: T) => number = () => 0) {
    this.#most = most
    this.#mostSize = mostSize
    this.#sizeOf = sizeOf
  }

  /** How many were forgotten for want of room. */
  get forgotten(): number {
    return this.#forgotten
  }

  /** One more. */
  add(item: T): void {
    this.#items.push(item)
    this.#size += this.#sizeOf(item)
    while (this.#items.length - this.#first > this.#most || this.#size > this.#mostSize) {
      this.#size -= this.#sizeOf(this.#items[this.#first++] as T)
      this.#forgotten++
    }
    // Moving all of them for each that goes would be slow.
    if (this.#first <= this.#most) return
    this.#items.splice(0, this.#first)
    this.#first = 0
  }

  /** All that are kept. */
  list(): T[] {
    return this.#items.slice(this.#first)
  }
}
