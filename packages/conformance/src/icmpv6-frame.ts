/** ICMPv6 in frames that tests write and read: neighbour discovery (RFC 4861) and MLD (RFC 2710, RFC 3810). @module */
import { formatIp } from '@vnet/core'
import { ethernet, groupMac, ip6, ipv6, joined, macOctets, put16, sum, u16 } from './frame.js'

const ICMPV6 = 58
const IPV6 = 0x86dd

/** A message with its checksum, in a packet in a frame; `to` a group goes to the group's MAC. */
export function icmpv6(spec: {
  readonly mac: string
  readonly from: string
  readonly to: string
  readonly toMac?: string
  readonly message: Uint8Array
  readonly hops?: number
  /** With the hop-by-hop header that MLD has: a router alert. */
  readonly alert?: boolean
}): Uint8Array {
  const { mac, from, to, message, hops = 255, alert = false } = spec
  const [source, group] = [ip6(from), ip6(to)]
  const body = message.slice()
  put16(body, 2, 0)
  const pseudo = joined(source, group, Uint8Array.of(0, 0, 0, body.length, 0, 0, 0, ICMPV6), body)
  put16(body, 2, ~sum(pseudo) & 0xffff)
  const payload = alert ? joined(Uint8Array.of(ICMPV6, 0, 5, 2, 0, 0, 1, 0), body) : body
  return ethernet(spec.toMac ?? groupMac(group), mac, IPV6, ipv6(source, group, alert ? 0 : ICMPV6, payload, hops))
}

/** What a frame says: addresses, hop limit, and the message; `undefined` where it is no ICMPv6. */
export function icmpv6In(frame: Uint8Array) {
  if (u16(frame, 12) !== IPV6) return undefined
  const alert = frame[20] === 0
  const at = alert ? 62 : 54
  if ((alert ? frame[54] : frame[20]) !== ICMPV6 || frame.length <= at) return undefined
  const message = frame.subarray(at, 54 + u16(frame, 18))
  return {
    type: message[0] as number,
    message,
    alert,
    hops: frame[21] as number,
    from: formatIp(frame.slice(22, 38)),
    to: formatIp(frame.slice(38, 54)),
  }
}

/** An option with a MAC: 1 of the sender, 2 of the target. */
export const macOption = (type: 1 | 2, mac: string): Uint8Array => joined(Uint8Array.of(type, 1), macOctets(mac))
