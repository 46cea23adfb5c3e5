/** Being stopped is how some commands end: no failure. @module */

/** The reason of an end by nobody reading the output any more: nothing is to be written there. */
export const readerGone = Symbol('reader gone')

/** What a broken pipe ends. */
let broken: (() => void) | undefined

/** Runs `body` with a signal that SIGINT, SIGTERM and SIGHUP abort; a second one ends the process as usual. */
export async function interruptible<T>(body: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const ending = new AbortController()
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  const stop = () => ending.abort()
  for (const name of signals) process.once(name, stop)
  try {
    return await body(ending.signal)
  } finally {
    for (const name of signals) process.off(name, stop)
  }
}

/** As {@link interruptible}, and a reader that goes away ends the body in good order too. */
export async function interruptibleByReader<T>(body: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const leaving = new AbortController()
  broken = () => leaving.abort(readerGone)
  try {
    return await interruptible((signal) => body(AbortSignal.any([signal, leaving.signal])))
  } finally {
    broken = undefined
  }
}

/** Nobody reads the output any more. Whether that ends something in good order; the process has to be ended else. */
export function endByReader(): boolean {
  broken?.()
  return broken !== undefined
}
