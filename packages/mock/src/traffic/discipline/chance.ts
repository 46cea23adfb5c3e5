/** Chance with a memory, and delays around a mean (`get_crandom`, `tabledist`, `net/sched/sch_netem.c`). @module */
import { distributionTable, type NetemDistribution } from '@vnet/core'
import { next, type Random } from '../../random.js'

/** A deviation of one jitter in a table (`NETEM_DIST_SCALE`). */
const scale = 8192
const whole = 0x1_0000_0000

/** Numbers from 0 to 1, without 1, of which each depends on the one before. */
export class Chance {
  readonly #random: Random
  #correlation: number
  #last = 0

  constructor(random: Random, correlation = 0) {
    this.#random = random
    this.#correlation = correlation
  }

  /** How much a number depends on the one before, 0–1. */
  set correlation(correlation: number) {
    this.#correlation = correlation
    this.#last = 0
  }

  /** The next number. */
  next(): number {
    const number = next(this.#random) / whole
    if (this.#correlation === 0) return number
    this.#last = number * (1 - this.#correlation) + this.#last * this.#correlation
    return this.#last
  }

  /** Whether something of a likelihood happens. */
  hits(likelihood: number | undefined): boolean {
    return likelihood !== undefined && likelihood > 0 && this.next() < likelihood
  }
}

/** A time around a mean; `uniform` where no curve is given. */
export function timeAround(
  mean: number,
  jitter: number,
  chance: Chance,
  distribution: NetemDistribution | undefined,
): number {
  if (jitter === 0) return mean
  const number = chance.next()
  const table = distribution === undefined ? undefined : distributionTable(distribution)
  if (table === undefined) return mean - jitter + Math.floor(number * 2 * jitter)
  const deviation = table[Math.floor(number * whole) % table.length] as number
  return mean + Math.round((jitter * deviation) / scale)
}
