/** Packets that tunnels send: their way, and how they leave (`iptunnel_xmit`, `ip6tunnel_xmit`). @module */
import { isMulticastIp } from '@vnet/core'
import { ethernetHeaderSize, fragmentsOf } from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import { isLocal4 } from '../object/address-type.js'
import type { Device } from '../object/device.js'
import { type Found, lookupRoute } from '../object/lookup-route.js'
import { scopeNumber } from '../object/scope.js'
import { source4, source6 } from '../object/source-address.js'
import { next } from '../random.js'
import { countRare, countSent } from '../stack/counters.js'
import { pathHash } from '../stack/flow-hash.js'
import { hopsOf, leave, linkMtu, mtuOf, nextHopOf, sendOn, type Way } from '../stack/output.js'
import { type PacketHeader, packetOf } from '../stack/packet.js'
import { reportLost } from './report.js'

/** Index of `lo`. */
const loopback = 1
/** A route of fewer bits than those that all groups have in common was not made for groups. */
const groupBits = 4

/** Where an outer packet goes, and what the tunnel says of the way. */
export interface OuterFlow {
  readonly to: Uint8Array
  readonly from?: Uint8Array | undefined
  /** Link to go by. */
  readonly output?: Device | undefined
  readonly mark?: number | undefined
  /** Type of service that routes are chosen by. */
  readonly tos?: number | undefined
}

/** The way of an outer packet. */
export interface OuterWay extends Omit<Way, 'route'> {
  /** It leads to this host itself. */
  readonly isLocal: boolean
  /** Largest packet that fits it, as far as is known. */
  readonly mtu: number
  /** Hops of packets that have no others. */
  readonly hops: number
}

/** Finds the way of an outer packet; `undefined` where there is none (`ip_route_output_key`, `ip6_route_output`). */
export function outerWay(kernel: Kernel, home: Namespace, flow: OuterFlow): OuterWay | undefined {
  const { to, from, output } = flow
  const family = to.length === 4 ? 4 : 6
  // A source must be an address of this host.
  if (family === 4 && from !== undefined && !isLocal4(home, from)) return undefined
  const found = lookupRoute(home, family, { ...flow, tos: (flow.tos ?? 0) & 0x1c, hash: pathHash(from, to) })
  if ('error' in found) {
    // With a link but no route, the destination is taken to be on that link.
    if (family === 6 || output === undefined || found.error !== 'ENETUNREACH' || !output.up) return undefined
    const source = from ?? source4(output, undefined, scopeNumber('link'))
    if (source === undefined) return undefined
    const way = { device: output, nextHop: to, source, isLocal: false }
    return { ...way, mtu: linkMtu(output, 4), hops: hopsOf({ device: output, route: { family, metrics: undefined } }) }
  }
  const way = wayOf(home, flow, found)
  if (way === undefined) return undefined
  const isLocal = found.route.type === 'local'
  return { ...way, isLocal, mtu: mtuOf(kernel, way, to), hops: hopsOf(way) }
}

function wayOf(
  home: Namespace,
  { to, from }: OuterFlow,
  { route, hop }: Extract<Found, { readonly route: unknown }>,
): Way | undefined {
  const isLocal = route.type === 'local'
  const out = hop?.device
  const device = isLocal ? home.links.get(loopback) : out
  if (device === undefined) return undefined
  const isGroup = isMulticastIp(to) && route.length < groupBits
  const source =
    from ?? route.source ?? (to.length === 16 ? source6(home, to, out) : out && source4(out, hop?.via, route.scope))
  if (source === undefined) return undefined
  return { device, nextHop: isLocal || isGroup ? to : nextHopOf(hop, to), source, route }
}

/** Sends an outer packet; `false` where it was dropped on the spot. What is too long is cut where it may be. */
export function sendOuter(
  kernel: Kernel,
  way: OuterWay,
  header: Omit<PacketHeader, 'from' | 'identification'>,
  payload: Uint8Array,
): boolean {
  const { mtu } = way
  const octets = packetOf({ ...header, from: way.source, identification: next(kernel.random) & 0xffff }, payload)
  const left = leave(kernel, way, octets, {})
  if (left === undefined) return false
  const { source, tracked } = left
  const { device, nextHop } = left.way
  let pieces = [octets]
  if (octets.length - ethernetHeaderSize > mtu) {
    // An IPv6 packet that is no socket's is not cut, as a router would not cut it.
    if (header.to.length === 16 || header.isWhole === true) {
      kernel.dropped(device, octets, 'mtu')
      reportLost(kernel, device, octets.subarray(ethernetHeaderSize), { mtu })
      return false
    }
    pieces = fragmentsOf(octets, mtu, 0)
  }
  let isSent = true
  const failed = () => {
    isSent = false
  }
  for (const piece of pieces) sendOn(kernel, device, nextHop, { octets: piece, from: source, failed, tracked })
  return isSent
}

/** Counts what became of a packet of a tunnel (`iptunnel_xmit_stats`); over IPv6 what was dropped is an error. */
export function countOuter(device: Device, isSent: boolean, octets: number, version: 4 | 6): void {
  const { counters } = device
  if (isSent) countSent(device, octets)
  else if (version === 4) counters.txDropped++
  else {
    counters.txErrors++
    countRare(counters, 'txAbortedErrors')
  }
}
