/** A frame leaves by a link (`dev_queue_xmit`, `net/core/dev.c`). @module */
import type { Kernel } from '../kernel.js'
import { sendLoopback } from '../kind/loopback.js'
import type { Device } from '../object/device.js'
import type { Frame } from './frame.js'
import { packetType } from './packet-type.js'

/** Links on top of links that a frame may leave through at a time (`XMIT_RECURSION_LIMIT`). */
const deepest = 8

/** Sends a frame; `false` where it was dropped on the spot. */
export function transmit(kernel: Kernel, device: Device, frame: Frame): boolean {
  // While it is down or without carrier its discipline is `noop`, which drops and counts nothing at the link.
  if (!device.up || !device.active) return false
  const send = device.loopback ? sendLoopback : device.kind?.transmit
  if (send === undefined || kernel.depth >= deepest) {
    device.counters.txDropped++
    return false
  }
  kernel.depth++
  try {
    if (device.namespace.taps.size > 0) {
      for (const tap of device.namespace.taps) tap.see(device, frame, packetType.outgoing)
    }
    return send(kernel, device, frame)
  } finally {
    kernel.depth--
  }
}
