/** Between which addresses a transport header goes: what its checksum covers beside itself. @module */
import { parseIp } from '@vnet/core'
import { sumOf } from './checksum.js'

/** The addresses of the packet around a transport header, both of one version. */
export interface AddressPair {
  /** Address that the packet comes from. */
  readonly source: string
  /** Address that the packet goes to in the end. */
  readonly destination: string
}

/**
 * The sum of the pseudo header (RFC 768, 9293 § 3.1, 8200 § 8.1), from addresses as text.
 *
 * @throws TypeError no addresses, or text that is none
 */
export function pseudoSum(pair: AddressPair | undefined, protocol: number, length: number, layer: string): number {
  if (pair === undefined) throw new TypeError(`${layer}.checksum: is computed only with the addresses of the packet`)
  const source = parseIp(pair.source)
  const destination = parseIp(pair.destination)
  if (source === undefined || destination?.length !== source.length) {
    throw new TypeError(`${layer}: ${pair.source} and ${pair.destination} are not two addresses of one version`)
  }
  return sumOf(source, 0, source.length) + sumOf(destination, 0, source.length) + protocol + length
}
