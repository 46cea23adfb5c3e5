/** Whether requests go on: the caller may give up, the connection may be closed. @module */
import { closed } from './error.js'

/** A signal that fires with the first of two. `AbortSignal.any` would stay with the longer-lived one for good (Node 20, 22). */
export function eitherOf(
  a: AbortSignal | undefined,
  b: AbortSignal,
): { readonly signal: AbortSignal; release(): void } {
  if (a === undefined) return { signal: b, release: () => {} }
  const either = new AbortController()
  const sources = [a, b]
  const end = () => either.abort(sources.find((source) => source.aborted)?.reason)
  for (const source of sources) source.addEventListener('abort', end, { once: true })
  if (a.aborted || b.aborted) end()
  return {
    signal: either.signal,
    release: () => {
      for (const source of sources) source.removeEventListener('abort', end)
    },
  }
}

/** Whether a list of requests goes on. */
export class Gate {
  private signal: AbortSignal | undefined
  private readonly closing: AbortSignal
  private readonly isClosed: () => boolean

  constructor(signal: AbortSignal | undefined, closing: AbortSignal, isClosed: () => boolean) {
    this.signal = signal
    this.closing = closing
    this.isClosed = isClosed
  }

  /** Throws when the caller gave up or the connection was closed. */
  check(): void {
    this.signal?.throwIfAborted()
    if (this.isClosed()) throw closed('execute')
  }

  /** Runs what waits for something else than the kernel, with a signal that ends the wait. */
  async waiting<T>(body: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const either = eitherOf(this.signal, this.closing)
    try {
      either.signal.throwIfAborted()
      return await body(either.signal)
    } finally {
      either.release()
    }
  }

  /** Carries out to its end what must not stop halfway: reading what was just made, or taking it back. */
  async calmly<T>(body: () => Promise<T>): Promise<T> {
    const { signal } = this
    this.signal = undefined
    try {
      return await body()
    } finally {
      this.signal = signal
    }
  }
}
