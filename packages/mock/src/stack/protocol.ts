/** The protocols that take what comes in at a link (`packet_type`, `net/core/dev.c`). @module */
import { ethernetHeaderSize, etherTypeAt, etherTypes, largestLength } from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import { type Device, hasMac } from '../object/device.js'
import { receiveArp } from './arp.js'
import type { Frame } from './frame.js'
import { receiveIp } from './ip-input.js'
import type { PacketTypeNumber } from './packet-type.js'

/** Gives a frame to its protocol; `false` where none is there for it. */
export function receivePacket(kernel: Kernel, device: Device, frame: Frame, type: PacketTypeNumber): boolean {
  const { octets } = frame
  if (!hasMac(device)) {
    receiveIp(kernel, device, octets, 0, type)
    return true
  }
  const protocol = etherTypeAt(octets, 0)
  // A length instead of a type: behind it lies LLC, whose one user here is the spanning tree.
  if (protocol <= largestLength)
    return device.master?.kind?.receiveBpdu?.(kernel, device.master, device, frame) ?? false
  if (protocol === etherTypes.arp) receiveArp(kernel, device, frame, type)
  else if (protocol === etherTypes.ipv4 || protocol === etherTypes.ipv6) {
    receiveIp(kernel, device, octets, ethernetHeaderSize, type)
  } else return false
  return true
}
