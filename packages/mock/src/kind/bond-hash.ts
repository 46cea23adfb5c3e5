/** The number of a frame by which a bond spreads (`bond_xmit_hash`, `drivers/net/bonding/bond_main.c`). @module */
import {
  ethernetHeaderSize,
  etherTypeAt,
  etherTypes,
  icmpTypes,
  icmpv6Types,
  ipProtocols,
  ipv4HeaderSize,
  ipv4HeaderSizeAt,
  ipv6HeaderSize,
  isIpv4FragmentAt,
  isTaggedAt,
  u16At,
  u24At,
  vlanTagSize,
  vlanTciAt,
} from '@vnet/wire'
import { isErrorType } from '../stack/icmp-message.js'
import type { BondSettings } from './bond-data.js'

type Policy = BondSettings['xmitHashPolicy']

/** 32 bits as a little-endian processor reads them, on which most kernels run. */
const wordAt = (octets: Uint8Array, at: number): number =>
  ((octets[at] as number) |
    ((octets[at + 1] as number) << 8) |
    ((octets[at + 2] as number) << 16) |
    ((octets[at + 3] as number) << 24)) >>>
  0

/** What of an IP packet tells its flow. */
interface Flow {
  /** Source and destination, each as one word, combined. */
  readonly addresses: number
  /** Ports, or type, code and identifier of ICMP; 0 where there are none. */
  readonly ports: number
}

/** The number of a frame, 32 bits. */
export function bondHash(octets: Uint8Array, policy: Policy): number {
  const isTagged = isTaggedAt(octets, 0)
  const payload = ethernetHeaderSize + (isTagged ? vlanTagSize : 0)
  if (octets.length < payload) return 0
  if (policy === 'vlan+srcmac') {
    const source = u24At(octets, 6) ^ u24At(octets, 9)
    return ((isTagged ? vlanTciAt(octets, 0) : 0) ^ source) >>> 0
  }
  const type = etherTypeAt(octets, payload - ethernetHeaderSize)
  const macs = (octets[5] as number) ^ (octets[11] as number) ^ type
  const isInner = policy === 'encap2+3' || policy === 'encap3+4'
  const flow = policy === 'layer2' ? undefined : flowAt(octets, payload, type, isInner)
  if (flow === undefined) return macs
  const byPorts = policy === 'layer3+4' || policy === 'encap3+4'
  let hash = (byPorts ? flow.ports : macs) ^ flow.addresses
  hash ^= hash >>> 16
  hash ^= hash >>> 8
  // The lowest bit tells little: many programs take even ports.
  return byPorts ? hash >>> 1 : hash >>> 0
}

function flowAt(octets: Uint8Array, at: number, type: number, isInner: boolean): Flow | undefined {
  const isIpv4 = type === etherTypes.ipv4
  const least = isIpv4 ? ipv4HeaderSize : ipv6HeaderSize
  if ((!isIpv4 && type !== etherTypes.ipv6) || octets.length < at + least) return undefined
  const protocol = octets[at + (isIpv4 ? 9 : 6)] as number
  const start = at + (isIpv4 ? ipv4HeaderSizeAt(octets, at) : ipv6HeaderSize)
  const isFragment = isIpv4 && isIpv4FragmentAt(octets, at)
  const within = isFragment
    ? undefined
    : (quotedAt(octets, start, protocol, isIpv4) ?? (isInner ? tunnelAt(octets, start, protocol) : undefined))
  const deeper = within && flowAt(octets, within.at, within.type, isInner)
  if (deeper !== undefined) return deeper
  let addresses = 0
  for (let i = at + (isIpv4 ? 12 : 8); i < at + least; i += 4) addresses ^= wordAt(octets, i)
  return { addresses, ports: isFragment || octets.length < start + 8 ? 0 : portsAt(octets, start, protocol) }
}

const isIcmp = (protocol: number) => protocol === ipProtocols.icmp || protocol === ipProtocols.icmpv6

/** The packet that an ICMP error quotes: errors go the way of what they are about. */
function quotedAt(octets: Uint8Array, start: number, protocol: number, isIpv4: boolean) {
  if (!isIcmp(protocol) || octets.length < start + 8) return undefined
  const type = octets[start] as number
  return isErrorType(isIpv4, type) ? { at: start + 8, type: isIpv4 ? etherTypes.ipv4 : etherTypes.ipv6 } : undefined
}

/** The packet inside of a tunnel: IP in IP, or GRE. */
function tunnelAt(octets: Uint8Array, start: number, protocol: number) {
  if (protocol === ipProtocols.ipv4) return { at: start, type: etherTypes.ipv4 }
  if (protocol === ipProtocols.ipv6) return { at: start, type: etherTypes.ipv6 }
  if (protocol !== ipProtocols.gre || octets.length < start + 4) return undefined
  const flags = octets[start] as number
  // Checksum, key and number take four octets each.
  const options = [0x80, 0x20, 0x10].filter((bit) => (flags & bit) !== 0).length
  return { at: start + 4 + 4 * options, type: u16At(octets, start + 2) }
}

const [dccp, sctp, udpLite] = [33, 132, 136]
/** Protocols whose header begins with two ports. */
const withPorts: ReadonlySet<number> = new Set([ipProtocols.tcp, ipProtocols.udp, ipProtocols.esp, dccp, sctp, udpLite])

function portsAt(octets: Uint8Array, start: number, protocol: number): number {
  if (withPorts.has(protocol)) return wordAt(octets, start)
  if (!isIcmp(protocol)) return 0
  const type = octets[start] as number
  const isEcho =
    protocol === ipProtocols.icmp
      ? type === icmpTypes.echo || type === icmpTypes.echoReply
      : type === icmpv6Types.echo || type === icmpv6Types.echoReply
  // Only a question and its answer have an identifier; without one there is nothing to go by.
  if (!isEcho) return 0
  return (
    ((octets[start] as number) |
      ((octets[start + 1] as number) << 8) |
      ((octets[start + 4] as number) << 16) |
      ((octets[start + 5] as number) << 24)) >>>
    0
  )
}
