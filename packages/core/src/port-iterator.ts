/** A port as a sequence of batches. @module */
import type { FrameBatch } from './batch.js'
import { isVnetError } from './error.js'
import type { Port } from './port.js'

/**
 * The batches of a port, one after another, each filled into `batch`, which is valid until the next step. Ends when the port is closed, and rejects
 * when it fails. Leaving the loop leaves the port open.
 *
 * @example
 * for await (const batch of batchesOf(port, new FrameBatch())) for (const frame of batch) console.log(frame.length)
 */
export function batchesOf(port: Port, batch: FrameBatch): AsyncIterableIterator<FrameBatch> {
  let over = false
  const end = { done: true, value: undefined } as const
  const found = () => ({ done: false, value: batch }) as const
  const failed = (error: unknown) => {
    over = true
    if (isVnetError(error) && error.code === 'VNET_CLOSED') return end
    throw error
  }
  const iterator: AsyncIterableIterator<FrameBatch> = {
    // Not an async function: that would be one more turn of the microtask queue for each batch.
    next: () => (over ? Promise.resolve(end) : port.read(batch).then(found, failed)),
    async return() {
      over = true
      return end
    },
    [Symbol.asyncIterator]: () => iterator,
  }
  return iterator
}
