/** Addresses within prefixes. @module */
import { formatPrefix, networkOf, parseIp, parsePrefix } from '@vnet/core'

/** Whether an address lies in a prefix of its own version. */
export function isIn(address: string, net: string): boolean {
  const [octets, prefix] = [parseIp(address), parsePrefix(net)]
  if (octets === undefined || prefix === undefined || octets.length !== prefix.octets.length) return false
  const networks = [octets, prefix.octets].map((each) => formatPrefix(networkOf({ ...prefix, octets: each })))
  return networks[0] === networks[1]
}

/** Bits of the network part. */
export function lengthOf(net: string): number {
  return parsePrefix(net)?.length ?? 0
}
