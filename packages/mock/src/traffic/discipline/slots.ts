/** Frames that are held back and let go together (`get_slot_next`, `net/sched/sch_netem.c`). @module */
import type { NetemDistribution, NetemSlot } from '@vnet/core'
import type { Random } from '../../random.js'
import { Chance, timeAround } from './chance.js'
import type { QueuedFrame } from './queue.js'

/** Milliseconds as nanoseconds. */
export const nanoseconds = (milliseconds: number | undefined): number => Math.round((milliseconds ?? 0) * 1e6)

/** The slots of a `netem`; always open where it has none. */
export class Slots {
  readonly #chance: Chance
  #slot: NetemSlot | undefined
  #distribution: NetemDistribution | undefined
  #opens = 0
  #packets = 0
  #octets = 0

  constructor(random: Random) {
    this.#chance = new Chance(random)
  }

  /** Other slots, or none; the first opens at once. */
  change(slot: NetemSlot | undefined, distribution: NetemDistribution | undefined, now: number): void {
    this.#slot = slot
    this.#distribution = distribution
    this.#opens = now
    this.#renew()
  }

  #renew(): void {
    this.#packets = this.#slot?.packets || Number.POSITIVE_INFINITY
    this.#octets = this.#slot?.bytes || Number.POSITIVE_INFINITY
  }

  #next(now: number): void {
    const { minDelay, maxDelay = minDelay, delay, jitter } = this.#slot as NetemSlot
    const [least, most] = [nanoseconds(minDelay), nanoseconds(maxDelay)]
    const isCurve = this.#distribution !== undefined && this.#distribution !== 'uniform'
    const wait = isCurve
      ? timeAround(nanoseconds(delay), nanoseconds(jitter), this.#chance, this.#distribution)
      : least + Math.floor(this.#chance.next() * (most - least))
    this.#opens = now + wait
    this.#renew()
  }

  /** When a frame that may go at a time finds a slot open. */
  opensFor(time: number, now: number): number {
    if (this.#slot === undefined) return 0
    if (this.#opens < time) this.#next(now)
    return this.#opens
  }

  /** A frame goes; the slot ends with the last one that fits. */
  count({ length }: QueuedFrame, now: number): void {
    if (this.#slot === undefined) return
    this.#packets--
    this.#octets -= length
    if (this.#packets <= 0 || this.#octets <= 0) this.#next(now)
  }
}
