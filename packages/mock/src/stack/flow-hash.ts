/** A number that both directions of a flow have in common (`__skb_get_hash_symmetric`). @module */
import { etherTypeAt, etherTypes, isTaggedAt, u16At, u32At } from '@vnet/wire'

const tcp = 6
const udp = 17
const headerSize4 = 20
const headerSize6 = 40

/** The hash of a frame, 32 bits, by addresses, protocol and ports; by MACs where it is no IP. */
export function flowHash(octets: Uint8Array, isEthernet: boolean): number {
  if (!isEthernet) return ipHash(octets, 0)
  let at = 12
  while (isTaggedAt(octets, at - 12) && octets.length >= at + 6) at += 4
  const type = etherTypeAt(octets, at - 12)
  if (type === etherTypes.ipv4 || type === etherTypes.ipv6) return ipHash(octets, at + 2)
  return mixed((u32At(octets, 2) ^ u32At(octets, 8)) + u16At(octets, 0) + u16At(octets, 6) + type)
}

function ipHash(octets: Uint8Array, at: number): number {
  const version = (octets[at] as number) >> 4
  const size = version === 4 ? headerSize4 : headerSize6
  if (octets.length < at + size) return mixed(version)
  const protocol = octets[at + (version === 4 ? 9 : 6)] as number
  let sum = protocol
  const [from, end] = version === 4 ? [at + 12, at + 20] : [at + 8, at + 40]
  for (let i = from; i < end; i += 4) sum ^= u32At(octets, i)
  const header = version === 4 ? ((octets[at] as number) & 0x0f) * 4 : size
  const isFragment = version === 4 && (u16At(octets, at + 6) & 0x3fff) !== 0
  const hasPorts = (protocol === tcp || protocol === udp) && !isFragment && octets.length >= at + header + 4
  return mixed(hasPorts ? sum ^ (u16At(octets, at + header) + u16At(octets, at + header + 2)) : sum)
}

/** Spreads the bits (the finaliser of MurmurHash3, by A. Appleby). */
function mixed(value: number): number {
  let hash = value >>> 0
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** What packets between two addresses have in common, 31 bits: it chooses among several ways (`fib_multipath_hash`). */
export function pathHash(from: Uint8Array | undefined, to: Uint8Array): number {
  let sum = 0
  for (const address of [from, to]) {
    for (let i = 0; address !== undefined && i < address.length; i += 4) sum = mixed(sum ^ u32At(address, i))
  }
  return sum >>> 1
}
