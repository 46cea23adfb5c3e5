/** Things that are done one after another, in the order in which they were asked for. @module */

/** A line of tasks. */
export class Sequence {
  #last: Promise<void> = Promise.resolve()
  readonly #fail: (error: unknown) => void

  /** @param fail Is told what a task threw; those behind it are done all the same. It throws nothing. */
  constructor(fail: (error: unknown) => void) {
    this.#fail = fail
  }

  /** Adds a task. */
  add(task: () => Promise<void>): void {
    this.#last = this.#last.then(task).catch(this.#fail)
  }

  /** Resolves when all that was added so far is done. */
  get done(): Promise<void> {
    return this.#last
  }
}
