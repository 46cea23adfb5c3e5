/** Checksums of IP headers, and sums of pseudo headers of either version. @module */
import { checksumOf, foldSum, pseudoSum4, pseudoSum6 } from '../checksum.js'
import { setU16At } from '../octets.js'

/** The folded sum of the pseudo header: addresses of the IP header at `network`, protocol, and octets from the transport header on. */
export function pseudoSum(
  slab: Uint8Array,
  network: number,
  version: number,
  protocol: number,
  octets: number,
): number {
  const sum = version === 4 ? pseudoSum4 : pseudoSum6
  return foldSum(sum(slab, network, protocol, octets))
}

/** Writes the checksum of an IPv4 header. */
export function putIpv4Checksum(slab: Uint8Array, network: number): void {
  setU16At(slab, network + 10, 0)
  const octets = ((slab[network] as number) & 0x0f) * 4
  setU16At(slab, network + 10, checksumOf(slab, network, network + octets))
}
