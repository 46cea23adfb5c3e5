/** A rate, and the time that packets take at it (`struct psched_ratecfg`, `net/sched/sch_generic.c`). @module */
import { type LineOptions, lineOctets } from '@vnet/core'

/** A rate. */
export class Rate {
  readonly #perSecond: number
  readonly #options: LineOptions

  /** @param bits The rate, bit/s. */
  constructor(bits: number, options: LineOptions) {
    this.#perSecond = bits / 8
    this.#options = options
  }

  /** Nanoseconds that a packet of so many octets takes. */
  timeOf(octets: number): number {
    return Math.floor((lineOctets(octets, this.#options) * 1e9) / this.#perSecond)
  }
}
