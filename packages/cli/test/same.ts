/** Comparing what two programs tell of a kernel that goes on while they are asked. @module */
import { expect } from 'vitest'

/** Counted down or up while the two are read: they may differ by the time that the reading takes. */
const timers = new Set([
  ...['hello_timer', 'tcn_timer', 'topology_change_timer', 'gc_timer', 'hold_timer', 'message_age_timer'],
  ...['forward_delay_timer', 'valid_life_time', 'preferred_life_time', 'expires', 'used', 'updated'],
  ...['installed', 'last_used', 'first_used'],
])
const slack = 30

/** What was found is what another program told, before or after; the order of the keys too. */
export function same(found: unknown, others: readonly unknown[]): void {
  const [first, second] = others
  // The kernel may have moved on between the two answers of the other side.
  const wanted = sameText(settled(found, second), second) ? second : first
  expect(settled(found, wanted)).toEqual(wanted)
  expect(JSON.stringify(settled(found, wanted))).toBe(JSON.stringify(wanted))
}

/** The other side's time stands for one that is nearly the same. */
function settled(mine: unknown, peer: unknown): unknown {
  if (Array.isArray(mine) && Array.isArray(peer)) return mine.map((one, at) => settled(one, peer[at]))
  if (typeof mine !== 'object' || typeof peer !== 'object' || mine === null || peer === null) return mine
  const other = peer as Record<string, unknown>
  return Object.fromEntries(
    Object.entries(mine).map(([key, value]) => {
      const near = timers.has(key) && Math.abs(Number(value) - Number(other[key])) <= slack
      return [key, near ? other[key] : settled(value, other[key])]
    }),
  )
}

function sameText(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
