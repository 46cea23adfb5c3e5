/** Being stopped is how some commands end: no failure. @module */

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
