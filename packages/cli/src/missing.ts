/** The error for an object that was asked for and is not there; `get` itself gives `undefined`. @module */
import { type ErrorCode, VnetError } from '@vnet/core'

/** As the backend itself would refuse an operation on it. */
export function missing(operation: string, code: ErrorCode, subject: string | number, hint?: string): VnetError {
  return new VnetError({ code, operation, subject: typeof subject === 'number' ? `#${subject}` : subject, hint })
}
