/** The protocols that take what comes in at a link (`packet_type`, `net/core/dev.c`). @module */
import { etherTypeAt, largestLength } from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import { type Device, hasMac } from '../object/device.js'
import type { Frame } from './frame.js'
import type { PacketTypeNumber } from './packet-type.js'

/** Gives a frame to its protocol; `false` where none is there for it. */
export function receivePacket(kernel: Kernel, device: Device, frame: Frame, _type: PacketTypeNumber): boolean {
  if (!hasMac(device)) return false
  // A length instead of a type: behind it lies LLC, whose one user here is the spanning tree.
  if (etherTypeAt(frame.octets, 0) > largestLength) return false
  return device.master?.kind?.receiveBpdu?.(kernel, device.master, device, frame) ?? false
}
