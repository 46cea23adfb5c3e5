/** What is known of MAC addresses, by VLAN: a hash table on typed arrays, bounded, with the oldest entry at hand. @module */

/** Bits of an entry's flags. */
export const entryFlags = {
  /** Made by hand: stays where it is and does not age. */
  static: 1,
  /** Learned, ages, and stays at its port when the address shows up at another. */
  sticky: 2,
} as const

/** Numbers of an entry: upper half of the key, lower half, next entry of the bucket, port with flags above. */
const STRIDE = 4

/** Buckets for each entry: so few entries share one that looking at two of a bucket is nearly always enough. */
const BUCKETS = 4

/**
 * Entries by key. A key is two numbers: `high` holds the VLAN above the upper 16 bits of the MAC address, `low` its lower
 * 32 bits as a signed number; neither takes heap. Entries are numbers, good until the entry is deleted.
 */
export class MacTable {
  /** Most entries that age. Static ones are not counted. */
  readonly limit: number
  /** An entry that was seen again within this time keeps its place in the order of age, seconds. */
  readonly granularity: number
  /** Entries that age. */
  learned = 0
  /** All entries. */
  size = 0
  /** Called before an entry goes because it was too old (`aged`) or the oldest when another needed its place (`evicted`). */
  onLoss: ((entry: number, cause: 'aged' | 'evicted') => void) | undefined = undefined

  /** The entries, for look-ups in place: upper half of the key, lower half, next of the bucket, port with flags above. */
  cells = new Int32Array(16 * STRIDE)
  /** First entry of each bucket, -1 for none, for look-ups in place: see {@link MacTable.find}. */
  heads = new Int32Array(16 * BUCKETS).fill(-1)
  /** Bits of a hash that name no bucket. */
  shift = 32 - 6
  /** What the halves of the key are multiplied by; odd. */
  readonly highFactor: number
  /** See {@link MacTable.highFactor}. */
  readonly lowFactor: number
  /** When each entry was seen last, seconds; exact to {@link MacTable.granularity}. */
  times = new Float64Array(16)
  /** For each entry that ages the one before and the one behind it in order of age. */
  #order = new Int32Array(16 * 2)
  #oldest = -1
  #newest = -1
  /** Entries that were deleted, chained like a bucket. */
  #free = -1
  /** Entries that were ever used. */
  #used = 0

  /**
   * @param limit Most entries that age.
   * @param seed Any number: which addresses fall into one bucket depends on it, so that nobody can choose them to.
   * @param granularity See {@link MacTable.granularity}.
   */
  constructor(limit: number, seed = 0, granularity = 0.01) {
    this.limit = limit
    this.granularity = granularity
    // Odd factors, as multiply-shift hashing needs them (Dietzfelbinger et al. 1997).
    this.highFactor = (Math.imul(seed ^ 0x2545f491, 0x9e3779b1) ^ (seed >>> 15)) | 1
    this.lowFactor = (Math.imul(seed ^ 0x6c078965, 0x85ebca6b) ^ (seed >>> 13)) | 1
  }

  /** The entry of a key, -1 where there is none. */
  find(high: number, low: number): number {
    const cells = this.cells
    const bucket = (Math.imul(low, this.lowFactor) + Math.imul(high, this.highFactor)) >>> this.shift
    let entry = this.heads[bucket] as number
    while (entry >= 0) {
      const at = entry * STRIDE
      if (cells[at + 1] === low && cells[at] === high) return entry
      entry = cells[at + 2] as number
    }
    return -1
  }

  /** Port of an entry. */
  port(entry: number): number {
    return (cellsOf(this.cells, entry, 3) as number) & 0xffff
  }

  /** Flags of an entry, see {@link entryFlags}. */
  flags(entry: number): number {
    return (cellsOf(this.cells, entry, 3) as number) >>> 16
  }

  /** Upper half of an entry's key. */
  high(entry: number): number {
    return cellsOf(this.cells, entry, 0)
  }

  /** Lower half of an entry's key. */
  low(entry: number): number {
    return cellsOf(this.cells, entry, 1)
  }

  /** When an entry was learned or seen last, seconds. */
  seen(entry: number): number {
    return this.times[entry] as number
  }

  /** Says that an entry was seen; it becomes the newest. */
  refresh(entry: number, now: number): void {
    if (now - (this.times[entry] as number) < this.granularity) return
    this.times[entry] = now
    if (entry === this.#newest || this.flags(entry) & entryFlags.static) return
    this.#unlink(entry)
    this.#append(entry)
  }

  /** Gives an entry another port. */
  move(entry: number, port: number, now: number): void {
    const at = entry * STRIDE + 3
    this.cells[at] = ((this.cells[at] as number) & ~0xffff) | port
    this.refresh(entry, now)
  }

  /** Makes an entry; the key must not be there. Where the table is full the oldest one goes. Returns -1 for a limit of 0. */
  add(high: number, low: number, port: number, flags: number, now: number): number {
    const ages = (flags & entryFlags.static) === 0
    if (ages && this.learned >= this.limit) {
      if (this.#oldest < 0) return -1
      this.onLoss?.(this.#oldest, 'evicted')
      this.delete(this.#oldest)
    }
    const entry = this.#take()
    const cells = this.cells
    const at = entry * STRIDE
    const bucket = this.#bucket(high, low)
    cells[at] = high
    cells[at + 1] = low
    cells[at + 2] = this.heads[bucket] as number
    cells[at + 3] = port | (flags << 16)
    this.heads[bucket] = entry
    this.times[entry] = now
    this.size++
    if (ages) {
      this.learned++
      this.#append(entry)
    }
    return entry
  }

  /** Removes an entry. */
  delete(entry: number): void {
    const cells = this.cells
    const at = entry * STRIDE
    const bucket = this.#bucket(cells[at] as number, cells[at + 1] as number)
    const next = cells[at + 2] as number
    let before = this.heads[bucket] as number
    if (before === entry) this.heads[bucket] = next
    else {
      while (cells[before * STRIDE + 2] !== entry) before = cells[before * STRIDE + 2] as number
      cells[before * STRIDE + 2] = next
    }
    if ((this.flags(entry) & entryFlags.static) === 0) {
      this.#unlink(entry)
      this.learned--
    }
    this.size--
    cells[at + 3] = -1
    cells[at + 2] = this.#free
    this.#free = entry
  }

  /** Removes what was not seen since `before`, seconds, oldest first. */
  expire(before: number): void {
    while (this.#oldest >= 0 && (this.times[this.#oldest] as number) <= before) {
      const entry = this.#oldest
      this.onLoss?.(entry, 'aged')
      this.delete(entry)
    }
  }

  /** When the oldest entry that ages was seen, seconds; `Infinity` where there is none. */
  get oldestSeen(): number {
    return this.#oldest < 0 ? Number.POSITIVE_INFINITY : (this.times[this.#oldest] as number)
  }

  /** The entries, in no order. An entry may be deleted while it is visited. */
  *entries(): IterableIterator<number> {
    for (let entry = 0; entry < this.#used; entry++) if (this.cells[entry * STRIDE + 3] !== -1) yield entry
  }

  #bucket(high: number, low: number): number {
    return (Math.imul(low, this.lowFactor) + Math.imul(high, this.highFactor)) >>> this.shift
  }

  #take(): number {
    const free = this.#free
    if (free >= 0) {
      this.#free = this.cells[free * STRIDE + 2] as number
      return free
    }
    if (this.#used === this.times.length) this.#grow()
    return this.#used++
  }

  /** Twice as many entries, and buckets for them. */
  #grow(): void {
    const size = this.times.length * 2
    const larger = <T extends Int32Array | Float64Array>(to: T, from: T): T => {
      to.set(from)
      return to
    }
    const cells = larger(new Int32Array(size * STRIDE), this.cells)
    this.cells = cells
    this.times = larger(new Float64Array(size), this.times)
    this.#order = larger(new Int32Array(size * 2), this.#order)
    this.heads = new Int32Array(size * BUCKETS).fill(-1)
    this.shift--
    // Nothing is free when the table grows, so every entry that was used is in it.
    for (let entry = 0; entry < this.#used; entry++) {
      const at = entry * STRIDE
      const bucket = this.#bucket(cells[at] as number, cells[at + 1] as number)
      cells[at + 2] = this.heads[bucket] as number
      this.heads[bucket] = entry
    }
  }

  #append(entry: number): void {
    const order = this.#order
    order[2 * entry] = this.#newest
    order[2 * entry + 1] = -1
    if (this.#newest >= 0) order[2 * this.#newest + 1] = entry
    else this.#oldest = entry
    this.#newest = entry
  }

  #unlink(entry: number): void {
    const order = this.#order
    const before = order[2 * entry] as number
    const behind = order[2 * entry + 1] as number
    if (before >= 0) order[2 * before + 1] = behind
    else this.#oldest = behind
    if (behind >= 0) order[2 * behind] = before
    else this.#newest = before
  }
}

function cellsOf(cells: Int32Array, entry: number, field: number): number {
  return cells[entry * STRIDE + field] as number
}
