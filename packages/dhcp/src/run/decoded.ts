/** Octets of others, which may be no messages. @module */
import { isDecodeError } from '@vnet/core'

/** What was read, or `undefined` where it could not be: what comes from a network is not worth a failure. */
export function readingOf<Value>(read: () => Value): Value | undefined {
  try {
    return read()
  } catch (error) {
    if (isDecodeError(error)) return undefined
    throw error
  }
}
