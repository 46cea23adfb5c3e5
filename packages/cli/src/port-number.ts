/** Ports of UDP and TCP as they are typed. @module */
import { numeric } from './parameter.js'
import { UsageError } from './usage.js'

/** The number of a port. */
export function portNumber(text: string): number {
  const port = numeric.test(text) ? Number(text) : Number.NaN
  if (!(port >= 0 && port <= 65_535))
    throw new UsageError(`a port is a number from 0 to 65535, not ${JSON.stringify(text)}`)
  return port
}
