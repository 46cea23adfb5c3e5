/** A frame leaves by a link (`dev_queue_xmit`, `net/core/dev.c`). @module */
import type { ErrorCode } from '@vnet/core'
import { isTaggedAt, vlanTagSize } from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import { sendLoopback } from '../kind/loopback.js'
import { type Device, hasMac } from '../object/device.js'
import { countPacket, newTally, type Tally } from '../traffic/tally.js'
import type { Frame } from './frame.js'
import { packetType } from './packet-type.js'

/** Links on top of links that a frame may leave through at a time: as many as `XMIT_RECURSION_LIMIT` on top of the first. */
const deepest = 9

/** Sends a frame; `false` where it was dropped on the spot. */
export function transmit(kernel: Kernel, device: Device, frame: Frame): boolean {
  if (!isOpen(kernel, device, frame)) return false
  return device.traffic === undefined ? pass(kernel, device, frame) : device.traffic.send(frame)
}

/** While a link is down or without carrier its discipline is `noop`, which drops and counts nothing at the link. */
function isOpen(kernel: Kernel, device: Device, frame: Frame): boolean {
  if (device.up && device.active) return true
  kernel.dropped(device, frame.octets, 'link-down')
  return false
}

/**
 * Sends a packet of this host. Who sent it is told what the driver drops, but not what filters and queues do, `noop` among
 * them (`net_xmit_errno`).
 */
export function sendPacket(
  kernel: Kernel,
  device: Device,
  frame: Frame,
  failed: ((code: ErrorCode) => void) | undefined,
  code: ErrorCode = 'ENOBUFS',
): void {
  const tells = device.up && device.active && device.traffic === undefined
  if (!transmit(kernel, device, frame) && tells) failed?.(code)
}

/** Sends a frame that the filters at the gate are not asked about (`tc_skip_classify`). */
export function transmitPast(kernel: Kernel, device: Device, frame: Frame): boolean {
  if (!isOpen(kernel, device, frame)) return false
  return device.traffic === undefined ? pass(kernel, device, frame) : device.traffic.enqueue(frame)
}

/** Sends a frame through the discipline of the kernel's choice, in which none waits: no driver here is ever busy. */
export function pass(kernel: Kernel, device: Device, frame: Frame): boolean {
  if (device.qdisc !== 'noqueue') {
    const queue = device.txQueues > 1 ? (device.kind?.queueOf?.(kernel, device, frame) ?? 0) : 0
    countPacket(device.queueTallies[queue] ?? addTally(device, queue), queuedLength(device, frame))
  }
  return handOver(kernel, device, frame)
}

/** A queue counts from its first frame on. */
function addTally(device: Device, queue: number): Tally {
  const { queueTallies } = device
  const tally = newTally()
  const length = Math.max(queueTallies.length, queue + 1)
  device.queueTallies = Array.from({ length }, (_, at) => (at === queue ? tally : queueTallies[at]))
  return tally
}

/** Octets that a frame counts as in a queue: the kernel keeps its tag beside it. */
export function queuedLength(device: Device, { octets }: Frame): number {
  return hasMac(device) && isTaggedAt(octets, 0) ? octets.length - vlanTagSize : octets.length
}

/** Gives a frame to the driver; `false` where that drops it. */
export function handOver(kernel: Kernel, device: Device, frame: Frame): boolean {
  return drive(kernel, device, frame, true)
}

/** The same without a word to those who capture: another driver sends by this one (`netdev_start_xmit`). */
export function handOverUnseen(kernel: Kernel, device: Device, frame: Frame): boolean {
  return drive(kernel, device, frame, false)
}

function drive(kernel: Kernel, device: Device, frame: Frame, isSeen: boolean): boolean {
  const send = device.loopback ? sendLoopback : device.kind?.transmit
  if (send === undefined || kernel.depth >= deepest) {
    device.counters.txDropped++
    kernel.dropped(device, frame.octets, send === undefined ? 'not-carried' : 'loop')
    return false
  }
  kernel.depth++
  try {
    if (isSeen && device.namespace.taps.size > 0) {
      for (const tap of device.namespace.taps) tap.see(device, frame, packetType.outgoing)
    }
    return send(kernel, device, frame)
  } finally {
    kernel.depth--
  }
}
