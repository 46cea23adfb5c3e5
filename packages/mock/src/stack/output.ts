/** A packet leaves by a link: cut to its MTU, with the MAC of its next hop (`ip_finish_output`, `ip6_finish_output`). @module */
import type { ErrorCode } from '@vnet/core'
import { ethernetHeaderSize, fragmentsOf } from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import { type Device, hasMac } from '../object/device.js'
import { lookupRoute } from '../object/lookup-route.js'
import { askFor, macOf, neighbourFor } from '../object/neighbour.js'
import { scopeNumber } from '../object/scope.js'
import { source4, source6 } from '../object/source-address.js'
import { next } from '../random.js'
import { Frame } from './frame.js'
import { type PacketHeader, packetOf } from './packet.js'
import { transmit } from './transmit.js'
import { sendTo } from './unresolved.js'

/** Index of `lo`. */
const loopback = 1

/** How a packet gets to its destination. */
export interface Way {
  readonly device: Device
  readonly nextHop: Uint8Array
  readonly source: Uint8Array
}

/** The way of a packet of this host, or why there is none. */
export function wayTo(namespace: Namespace, to: Uint8Array, from?: Uint8Array): Way | ErrorCode {
  const family = to.length === 4 ? 4 : 6
  const found = lookupRoute(namespace, family, { to, from })
  if ('error' in found) return found.error
  const { route, hop } = found
  const out = hop?.device
  const device = route.type === 'local' ? namespace.links.get(loopback) : out
  if (device === undefined) return 'ENETUNREACH'
  // A gateway that is an address of this host is none.
  const via = hop?.scope === scopeNumber('link') || family === 6 ? hop?.via : undefined
  const source =
    from ??
    route.source ??
    (family === 6 ? source6(namespace, to, out) : out && source4(out, hop?.via ?? to, route.scope))
  if (source === undefined) return 'EADDRNOTAVAIL'
  return { device, nextHop: route.type === 'local' ? to : (via ?? to), source }
}

/** Sends a packet of this host; its source is chosen where it has none. */
export function send(
  kernel: Kernel,
  namespace: Namespace,
  header: Omit<PacketHeader, 'from'> & { readonly from?: Uint8Array },
  payload: (from: Uint8Array) => Uint8Array,
  failed?: (code: ErrorCode) => void,
): void {
  const way = wayTo(namespace, header.to, header.from)
  if (typeof way === 'string') {
    failed?.(way)
    return
  }
  const { device, nextHop, source } = way
  const identification = next(kernel.random) & 0xffff
  const octets = packetOf({ ...header, from: source, identification }, payload(source))
  const isLong = octets.length - ethernetHeaderSize > device.mtu
  const pieces = isLong ? fragmentsOf(octets, device.mtu, next(kernel.random)) : [octets]
  for (const piece of pieces) sendOn(kernel, device, nextHop, source, piece, failed)
}

/** Sends a packet, behind room for its Ethernet header, to the next hop on a link. */
function sendOn(
  kernel: Kernel,
  device: Device,
  nextHop: Uint8Array,
  from: Uint8Array,
  octets: Uint8Array,
  failed: ((code: ErrorCode) => void) | undefined,
): void {
  if (!hasMac(device)) {
    if (!transmit(kernel, device, new Frame(octets.subarray(ethernetHeaderSize)))) failed?.('ENOBUFS')
    return
  }
  const entry = neighbourFor(device, nextHop)
  const mac = macOf(kernel, device, entry)
  if (mac !== undefined) sendTo(kernel, device, mac, octets, failed)
  else if (!device.up || !device.active) failed?.('ENOBUFS')
  else {
    kernel.unresolved.add(entry, { octets, from, failed })
    askFor(kernel, device, entry)
  }
}
