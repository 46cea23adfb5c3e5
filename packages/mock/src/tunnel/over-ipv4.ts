/** Packets that leave by a tunnel over IPv4 (`ip_tunnel_xmit`, `net/ipv4/ip_tunnel.c`). @module */
import { ethernetHeaderSize } from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import { tunnelTraits } from '../kind/tunnel-option.js'
import type { Device } from '../object/device.js'
import { countRare } from '../stack/counters.js'
import type { DropCause } from '../stack/drop.js'
import type { Frame } from '../stack/frame.js'
import { leastMtu6 } from '../stack/path-mtu.js'
import { encapsulated } from './encap.js'
import { chosenLink, endOf, numberOf, takeError, tunnelOf } from './end.js'
import { hopsOf, type Inner, mustNotFragment, serviceOf, withEcn } from './inner.js'
import { countOuter, type OuterWay, outerWay, sendOuter } from './outer.js'
import { reportLost } from './report.js'
import { sourcePort } from './source-port.js'

/** The bit of `tos` that says that the type of service is inherited. */
const inherits = 1

/** What a tunnel has to send: the frame or packet, what of it is IP, and that with what goes around it but the outer header. */
export interface Load {
  readonly frame: Frame
  readonly inner: Inner
  readonly payload: Uint8Array
  readonly protocol: number
}

/** Sends through a tunnel to its far end, or to `to`; `false` where it was dropped. Counts. */
export function sendOver4(kernel: Kernel, device: Device, load: Load, to?: Uint8Array): boolean {
  const data = tunnelOf(device)
  const { options, home } = data
  const { frame, inner } = load
  const { octets } = frame
  const destination = endOf(options, 'remote') ?? to ?? nextHop4(frame, octets, inner)
  if (destination === undefined) {
    if (frame.nextHop === undefined) countRare(device.counters, 'txFifoErrors')
    if (inner.version === 6) reportHost(kernel, device, load)
    return lose(kernel, device, load, 'no-far-end')
  }
  const given = numberOf(options, 'tos')
  const tos = (given & inherits) === 0 ? given : inner.version === undefined ? given & ~1 : serviceOf(octets, inner)
  const way = outerWay(kernel, home, {
    to: destination,
    from: endOf(options, 'local'),
    output: chosenLink(data),
    mark: numberOf(options, 'fwmark'),
    tos,
  })
  if (way === undefined) {
    countRare(device.counters, 'txCarrierErrors')
    return lose(kernel, device, load, 'no-route')
  }
  if (way.device === device) {
    countRare(device.counters, 'collisions')
    return lose(kernel, device, load, 'loop')
  }
  const isWhole = options.pmtudisc === true || (options.ignoreDf !== true && mustNotFragment(octets, inner))
  const mtu = tooLong(device, load, isWhole ? way : undefined)
  if (mtu !== undefined) {
    if (frame.nextHop !== undefined) reportLost(kernel, device, octets.subarray(inner.at), { mtu })
    return lose(kernel, device, load, 'mtu')
  }
  if (takeError(data, kernel.now())) reportHost(kernel, device, load)
  const wrapped = encapsulated(options, load.protocol, load.payload, {
    source: way.source,
    destination,
    port: () => sourcePort(octets, device.type === 'ether', [0, 0]),
  })
  const hops = numberOf(options, 'ttl') || (hopsOf(octets, inner) ?? way.hops)
  const header = {
    to: destination,
    protocol: wrapped.protocol,
    hops,
    tos: withEcn(tos, serviceOf(octets, inner)),
    isWhole,
  }
  const isSent = sendOuter(kernel, way, header, wrapped.payload)
  countOuter(device, isSent, innerOctets(device, octets), 4)
  return isSent
}

/** Octets that count: those of a frame without its Ethernet header. */
export const innerOctets = (device: Device, octets: Uint8Array): number =>
  octets.length - (device.type === 'ether' ? ethernetHeaderSize : 0)

/** Without a far end: the next hop of a packet of this host, or the IPv4 address in that of IPv6 (RFC 4291 § 2.5.5.1). */
function nextHop4(frame: Frame, octets: Uint8Array, inner: Inner): Uint8Array | undefined {
  const { nextHop } = frame
  if (nextHop === undefined) return undefined
  if (inner.version === 4) return nextHop.length === 4 ? nextHop : octets.slice(inner.at + 16, inner.at + 20)
  return inner.version === 6 ? compatible4(nextHop) : undefined
}

/** The IPv4 address in an IPv6 address that stands for one. */
export function compatible4(address: Uint8Array): Uint8Array | undefined {
  if (address.length !== 16 || address.subarray(0, 12).some((octet) => octet !== 0)) return undefined
  const last = address.slice(12)
  return last.subarray(0, 3).some((octet) => octet !== 0) || (last[3] as number) > 1 ? last : undefined
}

/** What fits, where a packet is longer and may not be cut (`tnl_update_pmtu`). */
function tooLong(device: Device, { frame, inner }: Load, way: OuterWay | undefined): number | undefined {
  const { octets } = frame
  const mtu = way === undefined ? device.mtu : way.mtu - 20 - headerOctets(device)
  if (mtu >= innerOctets(device, octets)) return undefined
  if (inner.version === 4) return mustNotFragment(octets, inner) ? mtu : undefined
  return inner.version === 6 && mtu >= leastMtu6 ? mtu : undefined
}

/** Octets of a tunnel's headers between the outer IP header and the packet, that of an Ethernet frame with them. */
export function headerOctets(device: Device): number {
  const traits = tunnelTraits.find(({ kind }) => kind === device.kind?.name)
  return traits?.header(tunnelOf(device).options) ?? 0
}

/** Tells who sent a packet through a tunnel that its far end is not there (`dst_link_failure`). */
export function reportHost(kernel: Kernel, device: Device, { frame, inner }: Load): void {
  if (frame.nextHop === undefined || inner.version === undefined) return
  reportLost(kernel, device, frame.octets.subarray(inner.at), 'host')
}

/** A packet that cannot be sent. */
export function lose(kernel: Kernel, device: Device, { frame }: Pick<Load, 'frame'>, cause: DropCause): false {
  kernel.dropped(device, frame.octets, cause)
  device.counters.txErrors++
  return false
}
