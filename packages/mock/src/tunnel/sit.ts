/** IPv6 in IPv4: where a sit sends to, with 6to4, 6rd and ISATAP (`ipip6_tunnel_xmit`, `net/ipv6/sit.c`; RFC 4213, 5969, 5214). @module */
import { parseIp } from '@vnet/core'
import { ipProtocols } from '@vnet/wire'
import { sameOctets, samePrefix } from '../bits.js'
import type { Kernel } from '../kernel.js'
import type { TunnelSettings } from '../kind/tunnel-option.js'
import type { Device } from '../object/device.js'
import { countRare } from '../stack/counters.js'
import type { Frame } from '../stack/frame.js'
import { leastMtu6 } from '../stack/path-mtu.js'
import { encapsulated } from './encap.js'
import { chosenLink, endOf, numberOf, takeError, tunnelOf } from './end.js'
import { hopsOf, type Inner, serviceOf, withEcn } from './inner.js'
import { countOuter, outerWay, sendOuter } from './outer.js'
import { compatible4, headerOctets, type Load, lose, reportHost } from './over-ipv4.js'
import { reportLost } from './report.js'
import { sourcePort } from './source-port.js'

/** The least MTU of IPv4 (RFC 791). */
const least4 = 68

/** Sends an IPv6 packet through a sit; `false` where it was dropped. Counts. */
export function sendSit(kernel: Kernel, device: Device, frame: Frame, inner: Inner): boolean {
  const data = tunnelOf(device)
  const { options, home } = data
  const { octets } = frame
  const { counters } = device
  const load: Load = { frame, inner, payload: octets, protocol: ipProtocols.ipv6 }
  const to = farEnd(options, frame, octets.slice(24, 40))
  if (to === undefined) return lose(kernel, device, load, 'no-far-end')
  const given = numberOf(options, 'tos')
  const tos = given === 1 ? serviceOf(octets, inner) : given
  const way = outerWay(kernel, home, {
    to,
    from: endOf(options, 'local'),
    output: chosenLink(data),
    mark: numberOf(options, 'fwmark'),
    tos,
  })
  if (way === undefined) {
    countRare(counters, 'txCarrierErrors')
    reportHost(kernel, device, load)
    return lose(kernel, device, load, 'no-route')
  }
  if (way.device === device) {
    countRare(counters, 'collisions')
    return lose(kernel, device, load, 'loop')
  }
  // A tunnel with a number of hops never fragments.
  let isWhole = options.pmtudisc === true || numberOf(options, 'ttl') > 0
  if (isWhole) {
    const mtu = way.mtu - 20 - headerOctets(device)
    if (mtu < least4) {
      countRare(counters, 'collisions')
      return lose(kernel, device, load, 'mtu')
    }
    isWhole = mtu >= leastMtu6
    const most = Math.max(mtu, leastMtu6)
    if (octets.length > most) {
      if (frame.nextHop !== undefined) reportLost(kernel, device, octets, { mtu: most })
      return lose(kernel, device, load, 'mtu')
    }
  }
  if (takeError(data, kernel.now())) reportHost(kernel, device, load)
  const { protocol, payload } = encapsulated(options, ipProtocols.ipv6, octets, {
    source: way.source,
    destination: to,
    port: () => sourcePort(octets, false, [0, 0]),
  })
  const hops = numberOf(options, 'ttl') || (hopsOf(octets, inner) as number)
  const outside = withEcn(tos, serviceOf(octets, inner))
  const isSent = sendOuter(kernel, way, { to, protocol, hops, tos: outside, isWhole }, payload)
  countOuter(device, isSent, octets.length, 4)
  return isSent
}

/** The far end: the tunnel's, or the IPv4 address that the destination or the next hop has in it. */
function farEnd(options: TunnelSettings, { nextHop }: Frame, destination: Uint8Array): Uint8Array | undefined {
  if (options.isatap === true) return nextHop === undefined ? undefined : isatap(nextHop)
  return (
    endOf(options, 'remote') ??
    embedded(options, destination) ??
    (nextHop === undefined ? undefined : compatible4(nextHop))
  )
}

/** The IPv4 address in an identifier of ISATAP (RFC 5214 § 6.1). */
function isatap(address: Uint8Array): Uint8Array | undefined {
  const [universal, ...mark] = address.subarray(8, 12)
  const isOne = ((universal as number) & 0xfd) === 0 && sameOctets(Uint8Array.from(mark), Uint8Array.of(0, 0x5e, 0xfe))
  return isOne ? address.slice(12) : undefined
}

/** The IPv4 address in an address of the provider's network (RFC 5969 § 4), or of 6to4 (RFC 3056 § 2). */
function embedded(options: TunnelSettings, address: Uint8Array): Uint8Array | undefined {
  const length = numberOf(options, 'sixrdPrefixLength')
  const relayLength = numberOf(options, 'sixrdRelayPrefixLength')
  const network = parseIp((options.sixrdPrefix as string | undefined) ?? '2002::') as Uint8Array
  if (!samePrefix(network, address, length)) return undefined
  const result = (parseIp((options.sixrdRelayPrefix as string | undefined) ?? '0.0.0.0') as Uint8Array).slice()
  for (let bit = relayLength; bit < 32; bit++) {
    const place = length + bit - relayLength
    if (((address[place >> 3] as number) & (0x80 >> (place & 7))) === 0) continue
    result[bit >> 3] = (result[bit >> 3] as number) | (0x80 >> (bit & 7))
  }
  return result.every((octet) => octet === 0) ? undefined : result
}

/** Whether the addresses inside contradict those outside: a packet that somebody made up (`packet_is_spoofed`). */
export function isSpoofed(device: Device, octets: Uint8Array, from: Uint8Array, to: Uint8Array): boolean {
  const { options } = tunnelOf(device)
  const [inside, target] = [octets.slice(8, 24), octets.slice(24, 40)]
  if (options.isatap === true) {
    const meant = isatap(inside)
    return meant === undefined || !sameOctets(meant, from)
  }
  if (device.pointToPoint) return false
  const contradicts = (inner: Uint8Array, outer: Uint8Array) => {
    const meant = embedded(options, inner)
    return meant !== undefined && !sameOctets(meant, outer)
  }
  return contradicts(inside, from) || contradicts(target, to)
}
