/** An alarm that follows a machine's deadline. @module */
import type { DhcpClock } from './clock.js'

/** Rings when a time has come; set anew it forgets the earlier one. */
export class Alarm {
  readonly #clock: DhcpClock
  readonly #ring: () => void
  #cancel: (() => void) | undefined

  constructor(clock: DhcpClock, ring: () => void) {
    this.#clock = clock
    this.#ring = ring
  }

  /** @param at When to ring, seconds; `undefined` not at all. */
  set(at: number | undefined): void {
    this.#cancel?.()
    this.#cancel = at === undefined ? undefined : this.#clock.after(Math.max(0, at - this.#clock.now()), this.#ring)
  }
}
