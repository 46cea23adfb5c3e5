/** What filters of `u32` match: from bucket to bucket of their hash tables (`u32_classify`, `net/sched/cls_u32.c`). @module */
import { parseU32Handle, type U32HashKey, type U32Key, type U32NextHeader } from '@vnet/core'
import type { FilterEntry } from '../entry.js'
import { bucketIndex, isRoot, isTable, tableOf } from '../u32.js'
import type { Match } from './match.js'
import type { Seen } from './seen.js'

/** Tables that a search may go down through (`TC_U32_MAXDEPTH`). */
const deepest = 8

/** A filter in its bucket. */
interface Node {
  readonly filter: FilterEntry
  readonly keys: readonly U32Key[]
  readonly next: Table | undefined
  readonly hashKey: U32HashKey | undefined
  readonly nextHeader: U32NextHeader | undefined
  /** Whether packets come by the link that it asks for. */
  readonly isOfLink: (seen: Seen) => boolean
  /** Whether a search ends at it: it names a class or does something. */
  readonly isLast: boolean
}

interface Table {
  readonly divisor: number
  readonly buckets: Node[][]
}

/**
 * The filters of a priority, with the tables of its place, which all priorities there share. `inputLink` is the name of the
 * link that frames come in by.
 */
export function matchU32(filters: readonly FilterEntry[], all: readonly FilterEntry[], inputLink: () => string): Match {
  const tables = new Map(
    all.filter(isTable).map(({ handle, options }): [number, Table] => {
      const divisor = Number(options.divisor)
      return [handle, { divisor, buckets: Array.from({ length: divisor }, () => []) }]
    }),
  )
  const nodes = all.filter((filter) => filter.kind === 'u32' && !isTable(filter)).sort((a, b) => a.handle - b.handle)
  for (const filter of nodes) {
    const { handle, options, classId, actions } = filter
    const table = tables.get(tableOf(handle))
    const next =
      options.nextTable === undefined ? undefined : tables.get(parseU32Handle(String(options.nextTable)) ?? -1)
    table?.buckets[bucketIndex(handle)]?.push({
      filter,
      keys: options.keys as readonly U32Key[],
      next,
      hashKey: options.hashKey as U32HashKey | undefined,
      nextHeader: options.nextHeader as U32NextHeader | undefined,
      isOfLink: ({ isIncoming }) =>
        options.inputLink === undefined || (isIncoming && inputLink() === options.inputLink),
      isLast: options.nextTable === undefined || classId !== undefined || actions.length > 0,
    })
  }
  const root = filters.find(isRoot)
  const first = root === undefined ? undefined : tables.get(root.handle)
  return (seen, perform) => {
    if (first === undefined) return -1
    const ended = new Search(seen, perform).in(first.buckets[0] ?? [], 0, 0)
    return typeof ended === 'number' ? ended : -1
  }
}

/** One search for one frame. */
class Search {
  readonly #seen: Seen
  readonly #perform: Parameters<Match>[1]
  /** Where the next header begins, behind the one from which offsets count. */
  #next = 0

  constructor(seen: Seen, perform: Parameters<Match>[1]) {
    this.#seen = seen
    this.#perform = perform
  }

  /**
   * What is said of a frame in a bucket: an outcome, `undefined` where nothing matched, `'end'` where the frame is too short.
   *
   * @param from Octets from the network header to where offsets count from.
   */
  in(bucket: readonly Node[], from: number, depth: number): number | 'end' | undefined {
    for (const node of bucket) {
      const { next, filter, isLast } = node
      const fits = this.#matches(node, from)
      if (fits === undefined) return 'end'
      if (!fits) continue
      if (next !== undefined) {
        const found = depth >= deepest ? 'end' : this.#below(node, next, from, depth)
        if (found !== undefined) return found
      }
      if (!isLast || !node.isOfLink(this.#seen)) continue
      filter.counts.matched++
      const control = this.#perform(filter, this.#seen)
      if (control >= 0) return control
    }
    return undefined
  }

  #matches({ keys, filter: { counts, options } }: Node, from: number): boolean | undefined {
    counts.tried++
    // No hardware looks instead; and nothing here marks packets, so that all have the mark 0.
    if (options.skipSoftware === true || (options.mark ?? 0) !== 0) return false
    if (options.mark === 0) counts.markMatched = (counts.markMatched ?? 0) + 1
    for (const [index, { offset, value, mask, fromNextHeader }] of keys.entries()) {
      const word = this.#seen.wordAt(from + offset + (fromNextHeader ? this.#next : 0))
      if (word === undefined) return undefined
      if (((word ^ value) & mask) !== 0) return false
      counts.keys[index] = (counts.keys[index] ?? 0) + 1
    }
    return true
  }

  /** Goes on in the next table, in the bucket that the frame chooses, from the next header where the filter says so. */
  #below({ hashKey, nextHeader }: Node, { divisor, buckets }: Table, from: number, depth: number) {
    let bucket = 0
    if (divisor > 1) {
      const { offset, mask } = hashKey ?? { offset: 0, mask: 0 }
      const word = this.#seen.wordAt(from + offset)
      if (word === undefined) return 'end'
      const shift = mask === 0 ? 0 : 31 - Math.clz32(mask & -mask)
      bucket = ((word & mask) >>> shift) & (divisor - 1)
    }
    let begin = from
    if (nextHeader !== undefined) {
      const { at = 0, mask, shift = 0, plus = 0, eat } = nextHeader
      if (mask !== undefined || plus !== 0) {
        const [high, low] =
          mask === undefined ? [0, 0] : [this.#seen.octetAt(from + at), this.#seen.octetAt(from + at + 1)]
        if (high === undefined || low === undefined) return 'end'
        const read = (((high << 8) | low) & (mask ?? 0)) >>> shift
        this.#next = (plus + 3 + read) & ~3
      }
      if (eat) {
        begin += this.#next
        this.#next = 0
      }
      if (this.#seen.octetAt(begin) === undefined) return undefined
    }
    return this.in(buckets[bucket] ?? [], begin, depth + 1)
  }
}
