/** What waits for its time: a heap, of which only what is due is looked at. @module */

/** Something that waits. */
export interface Waiting {
  /** Kernel time when it is due, seconds. Fixed while it waits. */
  readonly at: number
  /** How many came before it. */
  readonly order: number
}

/** Entries in order of time; equal times in order of arrival. */
export class TimeQueue<Entry extends Waiting> {
  readonly #heap: Entry[] = []

  /** How many wait. */
  get size(): number {
    return this.#heap.length
  }

  /** What is due first. */
  get first(): Entry | undefined {
    return this.#heap[0]
  }

  /** Adds an entry. */
  add(entry: Entry): void {
    const heap = this.#heap
    let child = heap.push(entry) - 1
    while (child > 0) {
      const parent = (child - 1) >> 1
      if (!this.#before(child, parent)) break
      this.#swap(child, parent)
      child = parent
    }
  }

  /** Takes out what is due first. */
  take(): Entry | undefined {
    const heap = this.#heap
    const [first] = heap
    const last = heap.pop()
    if (heap.length === 0 || last === undefined) return first
    heap[0] = last
    let parent = 0
    for (;;) {
      const left = parent * 2 + 1
      if (left >= heap.length) break
      const least = left + 1 < heap.length && this.#before(left + 1, left) ? left + 1 : left
      if (!this.#before(least, parent)) break
      this.#swap(least, parent)
      parent = least
    }
    return first
  }

  /** Takes out all. */
  clear(): void {
    this.#heap.length = 0
  }

  #before(a: number, b: number): boolean {
    const left = this.#heap[a] as Entry
    const right = this.#heap[b] as Entry
    return left.at === right.at ? left.order < right.order : left.at < right.at
  }

  #swap(a: number, b: number): void {
    const heap = this.#heap
    const held = heap[a] as Entry
    heap[a] = heap[b] as Entry
    heap[b] = held
  }
}
