/**
 * The loops that nearly every frame takes: from a known station to a known station. They call nothing, and say of every
 * number that it has 32 bits (`| 0`): else the compiler converts it, or looks out for an overflow, for each frame anew, which
 * costs as much as the work itself (tools/bench/switch.mjs).
 *
 * @module
 */
import type { FrameBatch } from '@vnet/core'
import type { Egress } from './egress.js'
import type { Lane } from './lane.js'
import type { MacTable } from './mac-table.js'

/** Bit of the first octet that marks a group, in a word of the destination's first four octets. */
const GROUP_FIRST = 0x0100_0000
/** The same of the source, in a word of the destination's last two octets and the source's first two. */
const GROUP_SECOND = 0x0100

/**
 * Forwards frames of `batch` from number `from` on until one needs more than a look at the table, and returns its number, or
 * that of the frames. Only for ports that are not careful.
 */
export function forwardKnown(
  batch: FrameBatch,
  view: DataView,
  from: number,
  lane: Lane,
  table: MacTable,
  egress: Egress,
  now: number,
): number {
  const { spans } = batch
  const { cells, heads, times } = table
  const { slots, counts, active } = egress
  const { reach } = lane
  const count = batch.count | 0
  const shift = table.shift | 0
  const highFactor = table.highFactor | 0
  const lowFactor = table.lowFactor | 0
  const capacity = egress.capacity | 0
  const number = lane.number | 0
  const fresh = now - table.granularity
  let activeCount = egress.activeCount | 0
  let octets = 0
  let i = from | 0
  for (; i < count; i = (i + 1) | 0) {
    const start = spans[i << 1] as number
    const length = spans[(i << 1) | 1] as number
    if (length < 14) break
    // Destination and source in three words.
    const first = view.getInt32(start)
    const second = view.getInt32((start + 4) | 0)
    const sourceLow = view.getInt32((start + 8) | 0)
    if (((first & GROUP_FIRST) | (second & GROUP_SECOND)) !== 0) break
    const sourceHigh = second & 0xffff
    // Of a bucket two entries are looked at; for the third the whole table is asked.
    let entry = heads[(Math.imul(sourceLow, lowFactor) + Math.imul(sourceHigh, highFactor)) >>> shift] as number
    if (entry < 0) break
    if (cells[(entry << 2) | 1] !== sourceLow || cells[entry << 2] !== sourceHigh) {
      entry = cells[(entry << 2) | 2] as number
      if (entry < 0) break
      if (cells[(entry << 2) | 1] !== sourceLow || cells[entry << 2] !== sourceHigh) break
    }
    if (((cells[(entry << 2) | 3] as number) & 0xffff) !== number) break
    if ((times[entry] as number) <= fresh) break
    const high = first >>> 16
    const low = (first << 16) | (second >>> 16)
    entry = heads[(Math.imul(low, lowFactor) + Math.imul(high, highFactor)) >>> shift] as number
    if (entry < 0) break
    if (cells[(entry << 2) | 1] !== low || cells[entry << 2] !== high) {
      entry = cells[(entry << 2) | 2] as number
      if (entry < 0) break
      if (cells[(entry << 2) | 1] !== low || cells[entry << 2] !== high) break
    }
    const to = (cells[(entry << 2) | 3] as number) & 0xffff
    if (reach[to] !== 1) break
    const before = counts[to] as number
    if (before === 0) {
      active[activeCount] = to
      activeCount = (activeCount + 1) | 0
    }
    slots[(Math.imul(to, capacity) + before) | 0] = i
    counts[to] = (before + 1) | 0
    octets += length
  }
  egress.activeCount = activeCount
  const { passed } = lane.counters
  passed[0] = (passed[0] as number) + (i - from)
  passed[1] = (passed[1] as number) + octets
  return i
}

/**
 * Brings the places of one port's frames into `out` and returns how many they are; -1, and nothing is counted, where one of
 * them is longer than the port sends.
 */
export function gatherShort(batch: FrameBatch, out: FrameBatch, lane: Lane, egress: Egress): number {
  const { spans } = batch
  const places = out.spans
  const { slots, counts } = egress
  const longest = lane.longest | 0
  const number = lane.number | 0
  const from = Math.imul(number, egress.capacity | 0)
  const count = counts[number] as number
  let octets = 0
  for (let i = 0; i < count; i = (i + 1) | 0) {
    const slot = slots[(from + i) | 0] as number
    const length = spans[(slot << 1) | 1] as number
    if (length > longest) return -1
    places[i << 1] = spans[slot << 1] as number
    places[(i << 1) | 1] = length
    octets += length
  }
  const { passed } = lane.counters
  passed[2] = (passed[2] as number) + count
  passed[3] = (passed[3] as number) + octets
  return count
}
