/** Checks of what is traced. @module */
import { formatIp } from '../ip.js'
import type { TraceSpec } from '../trace.js'
import { objectOf } from './object.js'
import { duration, ipAddress, wholeNumber } from './scalar.js'

const spec = objectOf(
  {
    address: ipAddress,
    maxHops: wholeNumber(1, 255, 'hops'),
    probes: wholeNumber(1, 10),
    size: wholeNumber(0, 65_507, 'octets'),
    timeout: duration(0.001, 3600),
  },
  ['address'],
)

/** `trace`: with what is not said filled in. */
export function traceSpec(value: unknown, path: string): Required<TraceSpec> & { readonly address: string } {
  const clean = spec(value, path) as { readonly address: Uint8Array }
  return { maxHops: 30, probes: 3, size: 32, timeout: 1, ...clean, address: formatIp(clean.address) }
}
