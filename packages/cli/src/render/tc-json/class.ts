/**
 * Classes as JSON. `tc -j class show` of iproute2 6.1 writes lines that are no JSON; this has the keys that later versions
 * (6.14) write.
 *
 * @module
 */
import type { TrafficClass } from '@vnet/core'
import { type JsonObject, ordered } from '../ip-json/object.js'
import { octetsPerSecond, statisticsEntries, TICK, type TrafficDetail } from './quantity.js'

/** A class. */
export function classJson(found: TrafficClass, detail: TrafficDetail = {}): JsonObject {
  const { kind, classId, parent, leaf, rate, ceil, level } = found
  const isLeaf = level === 0
  return ordered([
    ['class', kind],
    ['handle', classId],
    parent === 'root' ? ['root', true] : ['parent', parent],
    ['leaf', leaf],
    isLeaf && ['prio', found.priority],
    isLeaf && detail.details === true && ['quantum', found.quantum],
    ['rate', rate === undefined ? undefined : octetsPerSecond(rate)],
    ['overhead', found.overhead],
    ['ceil', ceil === undefined ? undefined : octetsPerSecond(ceil)],
    detail.details === true && ['linklayer', found.linkLayer],
    ['burst', found.burst],
    detail.details === true && rate !== undefined && ['mpu_rate', found.leastPacket ?? 0],
    ['cburst', found.ceilBurst],
    detail.details === true && ceil !== undefined && ['mpu_ceil', found.leastPacket ?? 0],
    detail.details === true && ['level', level],
    ...(detail.statistics ? countersOf(found) : []),
  ])
}

function countersOf(found: TrafficClass): readonly (readonly [string, unknown])[] {
  const { lends, borrows, giants, tokens, ceilTokens } = found.statistics ?? {}
  const ticks = (milliseconds: number | undefined) =>
    milliseconds === undefined ? undefined : Math.round((milliseconds * 1e6) / TICK)
  return [
    // `rate` is what the class may have; what it has been measured to have gets the kernel's word.
    ...statisticsEntries(found.statistics).map(
      ([name, value]) => [name === 'rate' ? 'rate_est' : name, value] as const,
    ),
    ['lended', lends],
    ['borrowed', borrows],
    ['giants', giants],
    ['tokens', ticks(tokens)],
    ['ctokens', ticks(ceilTokens)],
  ]
}
