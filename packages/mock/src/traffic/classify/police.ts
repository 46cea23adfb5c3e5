/** The buckets of an action `police` (`tcf_police_act`, `net/sched/act_police.c`). @module */
import type { PoliceAction } from '@vnet/core'
import { Rate } from '../discipline/rate.js'

/** A bucket, in nanoseconds. */
class Bucket {
  readonly #size: number
  #tokens: number
  /** What the bucket would hold. */
  #left = 0

  constructor(size: number, tokens: number = size) {
    this.#size = size
    this.#tokens = tokens
  }

  /** Whether it has the price of a packet after it was filled for a time. */
  affords(gained: number, price: number): boolean {
    this.#left = Math.min(gained + this.#tokens, this.#size) - price
    return this.#left >= 0
  }

  /** The packet has paid. */
  pay(): void {
    this.#tokens = this.#left
  }
}

/** A bucket with what packets pay. */
interface Limit {
  readonly bucket: Bucket
  readonly priceOf: (octets: number) => number
}

/** The buckets. */
export class Police {
  readonly #limits: readonly Limit[]
  readonly #largest: number
  /** Longest time that counts. */
  readonly #longest: number
  #filled: number

  /** @param made When the action was made, nanoseconds. */
  constructor({ rate, burst = 0, packetRate, packetBurst = 0, peakRate, mtu, ...line }: PoliceAction, made: number) {
    this.#largest = mtu ?? Number.POSITIVE_INFINITY
    const limits: Limit[] = []
    this.#longest = packetRate === undefined ? (burst * 8e9) / (rate ?? 1) : (packetBurst * 1e9) / packetRate
    // Linux begins with no packets, while it begins with all octets.
    if (packetRate !== undefined)
      limits.push({ bucket: new Bucket(this.#longest, 0), priceOf: () => Math.floor(1e9 / packetRate) })
    if (rate !== undefined) limits.push(byOctets(new Rate(rate, line), this.#longest))
    if (peakRate !== undefined) {
      const peak = new Rate(peakRate, line)
      limits.push(byOctets(peak, peak.timeOf(this.#largest)))
    }
    this.#limits = limits
    this.#filled = made
  }

  /** Whether a packet conforms; what does takes its tokens. `whole` is with its link-layer header (`tcf_police_mtu_check`). */
  conforms(octets: number, whole: number, now: number): boolean {
    if (whole > this.#largest) return false
    const gained = Math.min(now - this.#filled, this.#longest)
    if (!this.#limits.every(({ bucket, priceOf }) => bucket.affords(gained, priceOf(octets)))) return false
    this.#filled = now
    for (const { bucket } of this.#limits) bucket.pay()
    return true
  }
}

const byOctets = (rate: Rate, size: number): Limit => ({
  bucket: new Bucket(size),
  priceOf: (octets) => rate.timeOf(octets),
})
