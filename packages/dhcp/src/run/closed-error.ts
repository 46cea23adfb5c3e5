/** What is told to those who wait for something that has been closed. @module */
import { VnetError } from '@vnet/core'

/** The error of a client or server that was closed. */
export function closedError(operation: string, link: string): VnetError {
  return new VnetError({ code: 'VNET_CLOSED', operation, subject: link, hint: 'start another one' })
}
