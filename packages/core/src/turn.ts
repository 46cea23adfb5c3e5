/** A turn of the event loop. @module */

declare const setImmediate: ((callback: () => void) => unknown) | undefined

/** A whole turn: everything else has had its own. A page has no `setImmediate`. */
export function eventLoopTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === 'function') setImmediate(resolve)
    else setTimeout(resolve, 0)
  })
}
