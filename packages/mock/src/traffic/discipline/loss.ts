/** Which frames are lost (`loss_event`, `loss_4state`, `loss_gilb_ell`, `net/sched/sch_netem.c`). @module */
import type { NetemGemodelLoss, NetemStateLoss } from '@vnet/core'
import { fraction, type Random } from '../../random.js'
import type { Chance } from './chance.js'

/** What is lost of it: by chance alone, or by one of two models. */
export interface LossOptions {
  readonly loss?: number
  readonly lossState?: Required<NetemStateLoss>
  readonly lossGemodel?: Required<NetemGemodelLoss>
}

/** States of both models: good; good within a burst, or bad; lost within a burst; lost alone. */
type State = 1 | 2 | 3 | 4

/** Loss. */
export class Loss {
  readonly #random: Random
  readonly #chance: Chance
  #state: State = 1

  constructor(random: Random, chance: Chance) {
    this.#random = random
    this.#chance = chance
  }

  /** Begins in the good state. */
  restart(): void {
    this.#state = 1
  }

  /** Whether the next frame is lost. */
  next({ loss, lossState, lossGemodel }: LossOptions): boolean {
    if (lossState !== undefined) return this.#nextOfFour(lossState)
    if (lossGemodel !== undefined) return this.#nextOfTwo(lossGemodel)
    return this.#chance.hits(loss)
  }

  #nextOfFour({ p13, p31, p32, p23, p14 }: Required<NetemStateLoss>): boolean {
    const number = fraction(this.#random)
    const before = this.#state
    if (before === 1) this.#state = number < p14 ? 4 : number < p14 + p13 ? 3 : 1
    else if (before === 2) this.#state = number < p23 ? 3 : 2
    else if (before === 3) this.#state = number < p32 ? 2 : number < p32 + p31 ? 1 : 3
    else this.#state = 1
    return this.#state === 3 || this.#state === 4
  }

  #nextOfTwo({ p, r, lossBad, lossGood }: Required<NetemGemodelLoss>): boolean {
    const before = this.#state
    if (fraction(this.#random) < (before === 1 ? p : r)) this.#state = before === 1 ? 2 : 1
    return fraction(this.#random) < (before === 1 ? lossGood : lossBad)
  }
}
