/** Redirects of IPv6: a neighbour is told who is nearer to a destination (`ndisc_send_redirect`; RFC 4861 § 8.2). @module */
import { formatIp } from '@vnet/core'
import { encodeFrame, icmpv6Types } from '@vnet/wire'
import { isLinkLocal, sameOctets } from '../bits.js'
import type { Kernel } from '../kernel.js'
import { type Device, hasMac } from '../object/device.js'
import { findNeighbour, isValid } from '../object/neighbour.js'
import type { Passing } from './forward.js'
import { linkLocalOf } from './group-report.js'
import { peerOf } from './icmp-error.js'
import { neighbourHops } from './nd-send.js'
import { sendOn, wayTo } from './output.js'
import { noMac } from './own-frame.js'

/** Number of the option that quotes the packet (RFC 4861 § 4.6.3). */
const redirectedHeader = 4
/** Seconds between two redirects about a destination, and to a host. */
const interval = 1
/** Octets of a packet of neighbour discovery, at most: what every link carries. */
const largest = 1280
/** Octets in front of the quotation: IPv6 and ICMPv6 headers, target, destination, and the head of its option. */
const headers = 40 + 40 + 8

/** Tells the sender that it should go to `target` by itself. */
export function redirect6(kernel: Kernel, { device, packet, from, to }: Passing, target: Uint8Array): void {
  const { peers } = device.namespace
  if (!peers.allow(peerOf(device, to), kernel.now(), interval)) return
  const source = linkLocalOf(device)
  if (source === undefined) return
  if (!sameOctets(to, target) && !isLinkLocal(target)) return
  const way = wayTo(device.namespace, from, source.octets, device)
  // Only neighbours are told, and each not too often.
  if (typeof way === 'string' || !sameOctets(way.nextHop, from) || way.device !== device) return
  if (!peers.allow(peerOf(device, from), kernel.now(), interval)) return
  const octets = encodeFrame([
    { layer: 'ethernet', destination: noMac, source: noMac },
    { layer: 'ipv6', source: formatIp(source.octets), destination: formatIp(from), hopLimit: neighbourHops },
    {
      layer: 'icmpv6',
      kind: 'redirect',
      type: icmpv6Types.redirect,
      target: formatIp(target),
      destination: formatIp(to),
      options: [...macOf(device, target), { kind: 'other', type: redirectedHeader, bytes: quotation(packet) }],
    },
  ])
  sendOn(kernel, device, from, { octets, from: source.octets })
}

/** The MAC of the target, where it is known and the link has such. */
function macOf(device: Device, target: Uint8Array) {
  if (!hasMac(device)) return []
  const entry = findNeighbour(device, target)
  return entry?.mac === undefined || !isValid(entry) ? [] : [{ kind: 'target-mac' as const, mac: entry.mac }]
}

/** As much as fits, behind six octets that are kept free. */
function quotation(packet: Uint8Array): Uint8Array {
  const size = Math.min(packet.length, largest - headers - 8) & ~7
  const octets = new Uint8Array(6 + size)
  octets.set(packet.subarray(0, size), 6)
  return octets
}
