/** The buckets of an action `police` (`tcf_police_act`, `net/sched/act_police.c`). @module */
import type { PoliceAction } from '@vnet/core'
import { Rate } from '../discipline/rate.js'

/** The buckets; tokens are nanoseconds. */
export class Police {
  readonly #rate: Rate
  readonly #bucket: number
  readonly #peak: Rate | undefined
  readonly #peakBucket: number
  readonly #largest: number
  #tokens: number
  #peakTokens: number
  #filled: number

  constructor({ rate, burst, peakRate, mtu, ...options }: Omit<PoliceAction, 'kind'>, now: number) {
    this.#rate = new Rate(rate, options)
    this.#bucket = (burst * 8e9) / rate
    this.#peak = peakRate === undefined ? undefined : new Rate(peakRate, options)
    this.#largest = mtu ?? Number.POSITIVE_INFINITY
    this.#peakBucket = this.#peak?.timeOf(this.#largest) ?? 0
    this.#tokens = this.#bucket
    this.#peakTokens = this.#peakBucket
    this.#filled = now
  }

  /** Whether a packet conforms; what does takes its tokens. */
  conforms(octets: number, now: number): boolean {
    if (octets > this.#largest) return false
    const gained = Math.min(now - this.#filled, this.#bucket)
    const tokens = Math.min(gained + this.#tokens, this.#bucket) - this.#rate.timeOf(octets)
    const peakTokens =
      this.#peak === undefined ? 0 : Math.min(gained + this.#peakTokens, this.#peakBucket) - this.#peak.timeOf(octets)
    if (tokens < 0 || peakTokens < 0) return false
    this.#filled = now
    this.#tokens = tokens
    this.#peakTokens = peakTokens
    return true
  }
}
