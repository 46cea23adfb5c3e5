/** Octets for the addresses of requests, many from one buffer. @module */

const SIZE = 8192
let pool = new ArrayBuffer(SIZE)
let used = 0

/**
 * Some octets of zero. An array with a buffer of its own costs a microsecond, five times as much as all else that is done
 * to read an address. For what stays inside only: whoever transfers one buffer away takes its neighbours along.
 *
 * @internal
 */
export function pooledOctets(count: number): Uint8Array {
  if (used + count > SIZE) {
    pool = new ArrayBuffer(SIZE)
    used = 0
  }
  const octets = new Uint8Array(pool, used, count)
  used += count
  return octets
}

/** Some octets of zero with a buffer of their own. */
export const ownOctets = (count: number): Uint8Array => new Uint8Array(count)

/** Where the octets of a parsed address come from. */
export type OctetSource = (count: number) => Uint8Array
