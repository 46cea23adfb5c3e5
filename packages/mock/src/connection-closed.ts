/** The error of everything that is closed. @module */
import { VnetError } from '@vnet/core'

/** For an operation on something that is closed. */
export function closed(operation: string, subject?: string): VnetError {
  return new VnetError({ code: 'VNET_CLOSED', operation, subject, hint: 'open another one' })
}
