/** Which times come next: a heap whose entries may be out of date. @module */

/** An entry, of whatever has a time. */
interface Entry<Value> {
  readonly at: number
  readonly value: Value
}

/** How many entries there are before it is looked which are out of date. */
const few = 64

/** Times, the next first. */
export class Expiries<Value> {
  #heap: Entry<Value>[] = []
  #most = few
  readonly #isCurrent: (value: Value, at: number) => boolean

  /** @param isCurrent Whether a value still has this time; if not, its entry is forgotten when it comes up. */
  constructor(isCurrent: (value: Value, at: number) => boolean) {
    this.#isCurrent = isCurrent
  }

  /** Adds a value; those that never end are not kept. */
  add(at: number, value: Value): void {
    if (at === Number.POSITIVE_INFINITY) return
    if (this.#heap.length >= this.#most) this.#tidy()
    const heap = this.#heap
    let i = heap.push({ at, value }) - 1
    while (i > 0) {
      const parent = (i - 1) >> 1
      if ((heap[parent] as Entry<Value>).at <= at) break
      this.#swap(i, parent)
      i = parent
    }
  }

  /** How many entries are kept, with those that are out of date. */
  get size(): number {
    return this.#heap.length
  }

  /** The next time. */
  get next(): number | undefined {
    for (;;) {
      const first = this.#heap[0]
      if (first === undefined || this.#isCurrent(first.value, first.at)) return first?.at
      this.#shift()
    }
  }

  /** Takes the next value whose time has come. */
  due(now: number): Value | undefined {
    const next = this.next
    return next === undefined || next > now ? undefined : this.#shift()
  }

  /** Forgets what is out of date: who asks again and again adds an entry each time. What is in order is a heap. */
  #tidy(): void {
    const seen = new Set<Value>()
    const current = this.#heap.filter(({ value, at }) => {
      if (seen.has(value) || !this.#isCurrent(value, at)) return false
      seen.add(value)
      return true
    })
    this.#heap = current.sort((a, b) => a.at - b.at)
    this.#most = Math.max(few, 2 * current.length)
  }

  #shift(): Value {
    const heap = this.#heap
    const [first] = heap as [Entry<Value>]
    const last = heap.pop() as Entry<Value>
    if (heap.length > 0) {
      heap[0] = last
      this.#sink()
    }
    return first.value
  }

  #sink(): void {
    const heap = this.#heap
    for (let i = 0; ; ) {
      const [left, right] = [2 * i + 1, 2 * i + 2]
      let least = i
      if (left < heap.length && (heap[left] as Entry<Value>).at < (heap[least] as Entry<Value>).at) least = left
      if (right < heap.length && (heap[right] as Entry<Value>).at < (heap[least] as Entry<Value>).at) least = right
      if (least === i) return
      this.#swap(i, least)
      i = least
    }
  }

  #swap(a: number, b: number): void {
    const heap = this.#heap
    const kept = heap[a] as Entry<Value>
    heap[a] = heap[b] as Entry<Value>
    heap[b] = kept
  }
}
