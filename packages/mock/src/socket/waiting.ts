/** Waiting at a socket, and the errors that it gives. @module */
import { type SocketAction, socketHint, type VnetError } from '@vnet/core'
import type { Kernel } from '../kernel.js'
import { Refusal, refusedBy } from '../refusal.js'

/** The error of something that a socket was asked. */
export function socketError({ code, details }: Refusal, action: SocketAction, subject: string): VnetError {
  const hint = details.hint ?? socketHint(action, code)
  return refusedBy(new Refusal(code, { ...details, hint }), `socket ${action}`, subject)
}

/** Who waits for something to receive. */
export class Waiting {
  readonly #kernel: Kernel
  #wait: { readonly promise: Promise<void>; resolve(): void } | undefined
  readonly #wake = () => this.end()
  #keepsAlive = true

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /** Resolves when something has come; asked again, the same wait. */
  wait(): Promise<void> {
    if (this.#wait !== undefined) return this.#wait.promise
    let resolve = () => {}
    const promise = new Promise<void>((done) => {
      resolve = done
    })
    this.#wait = { promise, resolve }
    if (this.#keepsAlive) this.#kernel.vigil.begin()
    return promise
  }

  /** Whether a wait keeps the program alive. */
  keepAlive(keep: boolean): void {
    if (keep === this.#keepsAlive) return
    this.#keepsAlive = keep
    if (this.#wait === undefined) return
    if (keep) this.#kernel.vigil.begin()
    else this.#kernel.vigil.end()
  }

  /** Something is there for who waits, who is told when the kernel has looked at all frames. */
  arrived(): void {
    if (this.#wait !== undefined) this.#kernel.ready.add(this.#wake)
  }

  /** Ends the wait. */
  end(): void {
    const wait = this.#wait
    if (wait === undefined) return
    this.#wait = undefined
    if (this.#keepsAlive) this.#kernel.vigil.end()
    wait.resolve()
  }
}
