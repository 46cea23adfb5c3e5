/** A fault that waits to strike. @module */

/** Something that was broken on purpose. */
export interface MockFault extends Disposable {
  /** Mends it. Idempotent; a fault that has struck as often as it was to is over by itself. */
  cancel(): void
}

/** A fault that counts how often it struck. */
export interface CountedFault extends MockFault {
  /** How often it struck. */
  readonly hits: number
}

/** A fault among others of its sort: counts what fits, and leaves when it has struck as often as it was to. */
export class PendingFault<Subject, Effect> implements CountedFault {
  hits = 0
  readonly effect: Effect
  readonly #others: Set<PendingFault<Subject, Effect>>
  readonly #fits: (subject: Subject) => boolean
  readonly #nth: number
  readonly #times: number
  #seen = 0

  /** Enters it among the others. */
  constructor(
    others: Set<PendingFault<Subject, Effect>>,
    fits: (subject: Subject) => boolean,
    { nth = 1, times = 1 }: { readonly nth?: number; readonly times?: number },
    effect: Effect,
  ) {
    this.#others = others
    this.#fits = fits
    this.#nth = nth
    this.#times = times
    this.effect = effect
    others.add(this)
  }

  /** Whether it strikes now. */
  strikes(subject: Subject): boolean {
    if (!this.#fits(subject) || ++this.#seen < this.#nth) return false
    if (++this.hits >= this.#times) this.cancel()
    return true
  }

  cancel(): void {
    this.#others.delete(this)
  }

  [Symbol.dispose](): void {
    this.cancel()
  }
}
