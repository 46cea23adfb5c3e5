/** Congestion told in the IP header instead of by a drop (`INET_ECN_set_ce`, `include/net/inet_ecn.h`; RFC 3168). @module */
import {
  ethernetHeaderSize,
  etherTypeAt,
  etherTypes,
  isTaggedAt,
  setU16At,
  u16At,
  updateChecksum,
  vlanTagSize,
} from '@vnet/wire'
import { Frame } from '../../stack/frame.js'

/** The two bits: the sender understands marks in two ways, and congestion was met. */
const congestion = 3

/** The frame with its mark; `undefined` where its sender does not understand it. */
export function marked(frame: Frame, isEthernet: boolean): Frame | undefined {
  const { octets } = frame
  const at = isEthernet ? networkOf(octets) : 0
  if (at === undefined || octets.length < at + 2) return undefined
  const version = (octets[at] as number) >> 4
  // Of IPv4 the bits are the last of the second octet; of IPv6 they lie across the nibbles of it.
  const [shift, mask] = version === 4 ? [0, congestion] : [4, congestion << 4]
  const before = u16At(octets, at)
  const bits = (before & mask) >> shift
  if (bits === 0) return undefined
  if (bits === congestion) return frame
  const copy = octets.slice()
  const after = before | mask
  setU16At(copy, at, after)
  if (version === 4) setU16At(copy, at + 10, updateChecksum(u16At(copy, at + 10), before, after))
  return new Frame(copy, frame.priority, frame.nextHop, frame.tracked, frame.tunnel)
}

/** The octet of an IP header that holds the two bits below its class of service; `undefined` of what is no IP. */
export function typeOfService({ octets }: Frame, isEthernet: boolean): number | undefined {
  const at = isEthernet ? networkOf(octets) : 0
  if (at === undefined || octets.length < at + 2) return undefined
  const version = (octets[at] as number) >> 4
  return version === 4 ? octets[at + 1] : (u16At(octets, at) >> 4) & 0xff
}

function networkOf(octets: Uint8Array): number | undefined {
  const at = isTaggedAt(octets, 0) ? vlanTagSize : 0
  const type = etherTypeAt(octets, at)
  return type === etherTypes.ipv4 || type === etherTypes.ipv6 ? at + ethernetHeaderSize : undefined
}
