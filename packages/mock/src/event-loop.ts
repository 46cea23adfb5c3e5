/** The event loop of the program that the mock runs in: its turns, and what keeps it going. @module */

declare const setImmediate: ((callback: () => void) => unknown) | undefined

/** Calls `callback` once everything else had its turn. */
export function inTurn(callback: () => void): void {
  if (typeof setImmediate === 'function') setImmediate(callback)
  else setTimeout(callback, 0)
}

/** The longest period of a timer, milliseconds. */
const longest = 0x7fffffff

/** Keeps a Node process alive while somebody waits, as a descriptor that is polled does. */
export class Vigil {
  #waiting = 0
  #timer: { ref?(): void; unref?(): void } | undefined

  /** Somebody began to wait. */
  begin(): void {
    if (this.#waiting++ > 0) return
    if (this.#timer === undefined) this.#timer = setInterval(() => {}, longest) as unknown as { ref?(): void }
    else this.#timer.ref?.()
  }

  /** Somebody waits no more. */
  end(): void {
    if (--this.#waiting === 0) this.#timer?.unref?.()
  }
}
