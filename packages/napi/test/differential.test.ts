/** The same random programs on the mock and on the kernel: what keeps the mock honest. `VNET_SEED` repeats one seed. */
import type { ProgramSubject } from '@vnet/conformance'
import { expect, it } from 'vitest'
import { agreement } from './agreement.js'
import { seedsOf, share } from './sides.js'

const { VNET_PROGRAMS, VNET_ROW, VNET_SUBJECT } = process.env
/** VNET_SUBJECT chooses one: `kinds`, every kind of link, has a test of its own. */
const chosen = VNET_SUBJECT as ProgramSubject | undefined
/**
 * By these a change is judged by itself, at every run; that of the day is for what no run has met yet. A few, each of which begins
 * empty: `npm run test:programs` runs them in numbers.
 */
const seeds = seedsOf(20_261_124)
const usual = [
  ...seeds.map(([words, seed], i) => ['network', share(i === 0 ? 200 : 50), words, seed] as const),
  ...seeds.map(([words, seed], i) => ['traffic', share(i === 0 ? 60 : 40), words, seed] as const),
]
const wanted = chosen === undefined ? usual : seeds.map(([words, seed]) => [chosen, 100, words, seed] as const)
const runs = wanted.map(
  ([subject, count, words, seed]) => [subject, Number(VNET_PROGRAMS ?? count), words, seed] as const,
)

/** Milliseconds: also where some differ, and are shortened, on a busy machine. */
const patience = 900_000 + 300 * Math.max(...runs.map(([, programs]) => programs))

it.for(runs)(
  'mock and kernel agree on programs about %s: %i of 20 requests, seed %s',
  // No second try, as CI has for others: what differs is run again by itself, and all of it would hide what comes now and then.
  { timeout: patience, retry: 0 },
  async ([subject, programs, , seed], { skip }) => {
    const { requests } = await agreement({ subject, programs, seed, row: Number(VNET_ROW ?? 1) }, skip)
    // Programs that only fail would prove little: nearly every operation must have succeeded now and then.
    const never = Object.entries(requests).filter(([, { ok }]) => ok === 0)
    if (programs >= 1000) expect(never.length, String(never.map(([operation]) => operation))).toBeLessThanOrEqual(3)
  },
)
