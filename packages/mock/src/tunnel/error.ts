/**
 * ICMP errors about packets of tunnels: told to who sends through them, at once or with the next packet (`ipgre_err`,
 * `ipip_err`, `ipip6_err`, `ip4ip6_err`, `ip6ip6_err`, `ip6gre_err`).
 * @module
 */
import { isMulticastIp } from '@vnet/core'
import { icmpTypes, icmpv6Types, ipProtocols, ipv4HeaderSizeAt, ipv6HeaderSize, u32At } from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import type { LocalPacket } from '../stack/icmp.js'
import { leastMtu6 } from '../stack/path-mtu.js'
import { endOf, noteError, numberOf, tunnelOf } from './end.js'
import { findTunnel } from './find.js'
import { readGre } from './gre-header.js'
import { limitAt } from './over-ipv6.js'
import { type Loss, reportLost } from './report.js'

/** Octets of an ICMP header, in front of what it quotes. */
const header = 8
/** Code of ICMP and ICMPv6. */
const portUnreachable = { 4: 3, 6: 4 } as const
const fragmentationNeeded = 4
const sourceRouteFailed = 5

/** An error that came in quotes a packet. Whether a tunnel had sent it. */
export function receiveTunnelError(kernel: Kernel, packet: LocalPacket): boolean {
  const { start, end, from } = packet
  const quoted = start + header
  if (from.length === 4) return error4(kernel, packet, quoted)
  return end - quoted >= ipv6HeaderSize && error6(kernel, packet, quoted)
}

function error4(kernel: Kernel, { octets, start, end, device }: LocalPacket, at: number): boolean {
  const [type, code] = [octets[start] as number, octets[start + 1] as number]
  const payload = at + ipv4HeaderSizeAt(octets, at)
  if (payload + header > end) return false
  const protocol = octets[at + 9] as number
  const arrival = { remote: octets.slice(at + 16, at + 20), local: octets.slice(at + 12, at + 16), link: device.index }
  const home = device.namespace
  let tunnel: Device | undefined
  let inner = payload
  if (protocol === ipProtocols.gre) {
    const gre = readGre(octets, payload, end, true)
    if (gre === undefined) return false
    inner += gre.size
    tunnel =
      findTunnel(home, ['gre'], { ...arrival, key: gre.key }) ??
      findTunnel(home, ['gretap', 'erspan'], { ...arrival, key: gre.key })
  } else if (protocol === ipProtocols.ipv4)
    tunnel = findTunnel(home, ['ipip'], arrival) ?? findTunnel(home, ['sit'], arrival)
  else if (protocol === ipProtocols.ipv6) tunnel = findTunnel(home, ['sit'], arrival)
  if (tunnel === undefined) return false
  // Of what cannot be, and of what only concerns the length, there is nothing to tell.
  const isUnreachable = type === icmpTypes.unreachable
  if (isUnreachable && (code === portUnreachable[4] || code === sourceRouteFailed || code === fragmentationNeeded))
    return true
  if (!isUnreachable && !(type === icmpTypes.timeExceeded && code === 0)) return true
  const data = tunnelOf(tunnel)
  const remote = endOf(data.options, 'remote')
  if (remote === undefined || isMulticastIp(remote)) return true
  // What is quoted of a packet of IPv6 is enough to tell its sender at once.
  const isPacket6 =
    tunnel.type !== 'ether' && end - inner >= ipv6HeaderSize + header && (octets[inner] as number) >> 4 === 6
  if (isPacket6) {
    reportLost(kernel, tunnel, octets.slice(inner, end), 'host')
    return true
  }
  if (type === icmpTypes.timeExceeded && numberOf(data.options, 'ttl') === 0) return true
  noteError(data, kernel.now())
  return true
}

function error6(kernel: Kernel, { octets, start, end, device }: LocalPacket, at: number): boolean {
  const [type, code] = [octets[start] as number, octets[start + 1] as number]
  const arrival = { remote: octets.slice(at + 24, at + 40), local: octets.slice(at + 8, at + 24), link: device.index }
  const { protocol, place } = behind(octets, at, end)
  const home = device.namespace
  if (protocol === ipProtocols.gre) {
    const gre = readGre(octets, place, end, true)
    if (gre === undefined) return false
    const tunnel = findTunnel(home, ['ip6gre', 'ip6gretap', 'ip6erspan'], { ...arrival, key: gre.key })
    if (tunnel === undefined) return false
    const isTold =
      type === icmpv6Types.unreachable ? code !== portUnreachable[6] : type === icmpv6Types.timeExceeded && code === 0
    if (isTold) noteError(tunnelOf(tunnel), kernel.now())
    return true
  }
  if (protocol !== ipProtocols.ipv4 && protocol !== ipProtocols.ipv6) return false
  const tunnel = findTunnel(home, ['ip6tnl'], arrival)
  if (tunnel === undefined) return false
  const inner = octets.slice(place, end)
  const loss = lossOf(octets, start, at, place, inner.length)
  if (loss !== undefined && inner.length >= (protocol === ipProtocols.ipv4 ? 20 : ipv6HeaderSize))
    reportLost(kernel, tunnel, inner, loss)
  return true
}

/** What an ICMPv6 error about a packet of an ip6tnl means for the packet inside (`ip6_tnl_err`). */
function lossOf(octets: Uint8Array, start: number, at: number, place: number, length: number): Loss | undefined {
  const [type, code] = [octets[start] as number, octets[start + 1] as number]
  const parameter = u32At(octets, start + 4)
  switch (type) {
    case icmpv6Types.unreachable:
      return 'host'
    case icmpv6Types.timeExceeded:
      return code === 0 ? 'host' : undefined
    case icmpv6Types.parameterProblem:
      return code === 0 && limitAt(octets, at) === at + parameter && octets[at + parameter] === 0 ? 'host' : undefined
    case icmpv6Types.packetTooBig: {
      const mtu = Math.max(leastMtu6, parameter - (place - at))
      return length > mtu ? { mtu } : undefined
    }
    default:
      return undefined
  }
}

/** The protocol behind the extension headers of a packet, and where it begins. */
function behind(octets: Uint8Array, at: number, end: number): { readonly protocol: number; readonly place: number } {
  let protocol = octets[at + 6] as number
  let place = at + ipv6HeaderSize
  while (protocol === ipProtocols.destinationOptions && place + 8 <= end) {
    protocol = octets[place] as number
    place += 8 + 8 * (octets[place + 1] as number)
  }
  return { protocol, place }
}
