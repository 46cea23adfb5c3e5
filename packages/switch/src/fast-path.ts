/**
 * The loops that nearly every frame takes: from a known station to a known station. They call nothing: after a call the
 * compiler has to look at every array anew, which costs as much as the work itself (tools/bench/switch.mjs).
 *
 * @module
 */
import type { FrameBatch } from '@vnet/core'
import type { Egress } from './egress.js'
import type { Lane } from './lane.js'
import { GRANULARITY, type MacTable } from './mac-table.js'

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
  const { spans, count } = batch
  const { cells, heads, shift, times, highFactor, lowFactor } = table
  const { slots, counts, active, capacity } = egress
  const { reach, number } = lane
  const fresh = now - GRANULARITY
  let activeCount = egress.activeCount
  let octets = 0
  let i = from
  for (; i < count; i++) {
    const start = spans[2 * i] as number
    const length = spans[2 * i + 1] as number
    if (length < 14) break
    // Destination and source in three words.
    const first = view.getInt32(start)
    const second = view.getInt32(start + 4)
    const sourceLow = view.getInt32(start + 8)
    if (((first & GROUP_FIRST) | (second & GROUP_SECOND)) !== 0) break
    const sourceHigh = second & 0xffff
    let entry = heads[(Math.imul(sourceLow, lowFactor) + Math.imul(sourceHigh, highFactor)) >>> shift] as number
    while (entry >= 0 && (cells[4 * entry + 1] !== sourceLow || cells[4 * entry] !== sourceHigh)) {
      entry = cells[4 * entry + 2] as number
    }
    if (entry < 0 || ((cells[4 * entry + 3] as number) & 0xffff) !== number) break
    if ((times[entry] as number) <= fresh) break
    const high = first >>> 16
    const low = (first << 16) | (second >>> 16)
    entry = heads[(Math.imul(low, lowFactor) + Math.imul(high, highFactor)) >>> shift] as number
    while (entry >= 0 && (cells[4 * entry + 1] !== low || cells[4 * entry] !== high)) {
      entry = cells[4 * entry + 2] as number
    }
    if (entry < 0) break
    const to = (cells[4 * entry + 3] as number) & 0xffff
    if (reach[to] !== 1) break
    const before = counts[to] as number
    if (before === 0) active[activeCount++] = to
    slots[to * capacity + before] = i
    counts[to] = before + 1
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
  const { slots, counts, capacity } = egress
  const { longest, number } = lane
  const from = number * capacity
  const count = counts[number] as number
  let octets = 0
  for (let i = 0; i < count; i++) {
    const slot = slots[from + i] as number
    const length = spans[2 * slot + 1] as number
    if (length > longest) return -1
    places[2 * i] = spans[2 * slot] as number
    places[2 * i + 1] = length
    octets += length
  }
  const { passed } = lane.counters
  passed[2] = (passed[2] as number) + count
  passed[3] = (passed[3] as number) + octets
  return count
}
