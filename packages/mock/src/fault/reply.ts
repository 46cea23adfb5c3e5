/** Waiting for a late answer: on the mock's clock, and until somebody gives up. @module */
import type { Kernel } from '../kernel.js'

/** Holds answers back, in order. */
export class Replies {
  readonly #kernel: Kernel
  /** Kernel time before which no answer comes. */
  #due = 0
  readonly #waiting = new Set<() => void>()

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /** Waits until the answer may come that is `late` seconds late, behind those that are held back already. */
  async wait(late: number, signal: AbortSignal | undefined): Promise<void> {
    const now = this.#kernel.now()
    const due = Math.max(this.#due, now) + late
    // An answer that never comes is as good as lost: those behind it do not wait.
    if (due !== Number.POSITIVE_INFINITY) this.#due = due
    if (due <= now) return
    const { vigil, timers } = this.#kernel
    await new Promise<void>((resolve) => {
      const end = () => {
        if (!this.#waiting.delete(end)) return
        timers.cancel(timer)
        signal?.removeEventListener('abort', end)
        vigil.end()
        resolve()
      }
      const timer = timers.at(due, end)
      this.#waiting.add(end)
      signal?.addEventListener('abort', end, { once: true })
      vigil.begin()
    })
  }

  /** Ends every wait: nobody is there any more to answer. */
  release(): void {
    this.#due = 0
    for (const end of [...this.#waiting]) end()
  }
}
