/** Telling the caller what could not be done. @module */

/**
 * A function that tells `tell` and throws nothing: what `tell` itself throws is the program's own failure, which is thrown
 * where no one waits, as that of any listener, so that the steps behind it are done all the same.
 */
export function reporter(tell: ((error: unknown) => void) | undefined): (error: unknown) => void {
  return (error) => {
    try {
      tell?.(error)
    } catch (thrown) {
      queueMicrotask(() => {
        throw thrown
      })
    }
  }
}
