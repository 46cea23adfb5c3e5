/** What the kernel's packet scheduler says of its clock (`/proc/net/psched`). @module */
import { readFileSync } from 'node:fs'

let frequency: number | undefined

/**
 * How often a second the timer can let packets go: 10^9 with high-resolution timers, 100 to 1,000 without. Where the kernel
 * does not say, the slowest is taken: buckets are larger than needed then, never too small for their rate.
 */
export function timerFrequency(): number {
  frequency ??= frequencyIn(scheduler())
  return frequency
}

function frequencyIn(text: string): number {
  const [, , unit, resolution] = text
    .trim()
    .split(/\s+/)
    .map((word) => Number.parseInt(word, 16))
  // The third number is the unit of the fourth, a million to the second.
  return unit === 1_000_000 && resolution !== undefined && resolution > 0 ? resolution : 100
}

function scheduler(): string {
  try {
    return readFileSync('/proc/net/psched', 'latin1')
  } catch {
    return ''
  }
}
