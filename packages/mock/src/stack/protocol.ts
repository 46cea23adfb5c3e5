/** The protocols that take what comes in at a link (`packet_type`, `net/core/dev.c`). @module */
import { ethernetHeaderSize, etherTypeAt, etherTypes, largestLength } from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import { type Device, hasMac } from '../object/device.js'
import { receiveArp } from './arp.js'
import { countRare } from './counters.js'
import type { Frame } from './frame.js'
import { receiveIp } from './ip-input.js'
import type { PacketTypeNumber } from './packet-type.js'

/** A master takes a frame no further: only sockets that asked for its port have it (`RX_HANDLER_EXACT`). */
export function receiveAtPort(kernel: Kernel, port: Device, { octets }: Frame, type: PacketTypeNumber): void {
  if (isHeard(kernel, port, octets, type, true)) return
  if (port.namespace.taps.size === 0) countRare(port.counters, 'rxNoHandler')
  kernel.dropped(port, octets, 'port-not-in-use')
}

/** Gives a frame to the sockets that asked for its protocol; whether there are such. */
function isHeard(
  kernel: Kernel,
  device: Device,
  octets: Uint8Array,
  type: PacketTypeNumber,
  isExact: boolean,
): boolean {
  let isOne = false
  for (const tap of device.namespace.taps) isOne = tap.receive?.(device, octets, type, isExact, kernel.origin) || isOne
  return isOne
}

/** Gives a frame to its protocol, and to sockets that asked for it; `false` where none is there for it. */
export function receivePacket(kernel: Kernel, device: Device, frame: Frame, type: PacketTypeNumber): boolean {
  const { octets } = frame
  const isTaken = isHeard(kernel, device, octets, type, false)
  if (!hasMac(device)) {
    receiveIp(kernel, device, frame, 0, type)
    return true
  }
  const protocol = etherTypeAt(octets, 0)
  // A length instead of a type: behind it lies LLC, whose one user here is the spanning tree.
  if (protocol <= largestLength)
    return device.master?.kind?.receiveBpdu?.(kernel, device.master, device, frame) || isTaken
  if (protocol === etherTypes.arp) receiveArp(kernel, device, frame, type)
  else if (protocol === etherTypes.ipv4 || protocol === etherTypes.ipv6) {
    receiveIp(kernel, device, frame, ethernetHeaderSize, type)
  } else return isTaken
  return true
}
