/** A packet that a link has had is sent again by the routes of a namespace, as if a program there had made it (`ip_route_output_flow`, `ip_local_out`). @module */
import { ethernetHeaderSize, etherTypeAt, etherTypes, ipv4HeaderSize, ipv6HeaderSize } from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import type { Tracked } from '../nat/connection.js'
import type { Device } from '../object/device.js'
import { leave, sendOn, type Way, wayTo } from './output.js'

/**
 * The way of the IP packet in a frame.
 *
 * @param output The link, or the VRF, that it must leave by.
 */
export function wayOf(namespace: Namespace, frame: Uint8Array, output?: Device): Way | undefined {
  const type = etherTypeAt(frame, 0)
  const at = ethernetHeaderSize
  const [size, first, length] = type === etherTypes.ipv4 ? [ipv4HeaderSize, 12, 4] : [ipv6HeaderSize, 8, 16]
  if ((type !== etherTypes.ipv4 && type !== etherTypes.ipv6) || frame.length < at + size) return undefined
  const from = frame.slice(at + first, at + first + length)
  const to = frame.slice(at + first + length, at + first + 2 * length)
  const way = wayTo(namespace, to, from, output)
  return typeof way === 'string' ? undefined : way
}

/**
 * Sends the IP packet in a frame on its way by a link or a VRF; `false` where there is none.
 *
 * @param known What is known of its connection, where it was looked for already.
 */
export function reroute(
  kernel: Kernel,
  namespace: Namespace,
  frame: Uint8Array,
  output: Device,
  known?: Tracked,
): boolean {
  const way = wayOf(namespace, frame, output)
  if (way === undefined) {
    kernel.dropped(output, frame, 'no-route')
    return false
  }
  const octets = frame.slice()
  const left = leave(kernel, way, octets, { output, tracked: known })
  if (left === undefined) return false
  const { source: from, tracked } = left
  sendOn(kernel, left.way.device, left.way.nextHop, { octets, from, tracked })
  return true
}
