/** Wrong arguments of the mock's own functions, in the form of those that the client refuses. @module */
import type { ArgumentError, ArgumentFault } from '@vnet/core'

/** A `TypeError` (`VNET_TYPE`) or `RangeError` (`VNET_RANGE`) that names the value by its path and says what to do. */
export function wrongArgument(
  code: ArgumentFault['code'],
  operation: string,
  attribute: string,
  problem: string,
  hint: string,
): ArgumentError {
  const message = `${operation}: ${attribute}: ${problem}`
  const error = code === 'VNET_TYPE' ? new TypeError(message) : new RangeError(message)
  return Object.assign(error, { code, operation, attribute, hint } satisfies ArgumentFault)
}
