/** Frames into a TUN or TAP from its programs, and out to them (`tun_get_user`, `tun_net_xmit`, `drivers/net/tun.c`). @module */
import { ethernetHeaderSize } from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { countReceived } from '../stack/counters.js'
import type { DropCause } from '../stack/drop.js'
import { flowHash } from '../stack/flow-hash.js'
import type { Frame } from '../stack/frame.js'
import type { TunQueue } from './tun-queues.js'

/** A frame leaves by the link: into the queue of its flow, until a program reads it. */
export function sendTun(kernel: Kernel, device: Device, frame: Frame): boolean {
  const { tunQueues } = device
  const { octets } = frame
  const isTap = device.type === 'ether'
  let cause: DropCause = tunQueues === undefined || tunQueues.attached.length === 0 ? 'no-reader' : 'not-wanted'
  if (tunQueues !== undefined && (!isTap || tunQueues.wants(octets))) {
    const queue =
      tunQueues.attached.length < 2 ? tunQueues.attached[0] : tunQueues.queueOf(flowHash(octets, isTap), kernel.now())
    if (queue?.put(frame)) return true
    if (queue !== undefined) cause = 'queue-full'
  }
  device.counters.txDropped++
  kernel.dropped(device, octets, cause)
  return false
}

/** The number of the queue that a frame leaves by. */
export function queueOfTun(kernel: Kernel, { tunQueues, type }: Device, { octets }: Frame): number {
  if (tunQueues === undefined || tunQueues.attached.length < 2) return 0
  const queue = tunQueues.queueOf(flowHash(octets, type === 'ether'), kernel.now())
  return queue === undefined ? 0 : tunQueues.attached.indexOf(queue)
}

/** Why a written frame was refused: it is none of this sort (`EINVAL`), or the link is down (`EIO`). */
export type WriteRefusal = 'malformed' | 'linkDown'

/** Whether a frame that a program wrote may come in. `isMarked`: its packet information says what it is. */
export function refusedTun(device: Device, octets: Uint8Array, isMarked: boolean): WriteRefusal | undefined {
  const version = octets.length === 0 ? 0 : (octets[0] as number) >> 4
  const isWrong =
    device.type === 'ether' ? octets.length < ethernetHeaderSize : !isMarked && version !== 4 && version !== 6
  if (!isWrong && device.up) return undefined
  // What is too short for an Ethernet header is not looked at far enough to be counted.
  if (!isWrong || device.type !== 'ether') device.counters.rxDropped++
  return isWrong ? 'malformed' : 'linkDown'
}

/** A frame that a program wrote comes in. */
export function receiveTun(kernel: Kernel, device: Device, queue: TunQueue, frame: Frame): void {
  noteReceived(kernel, device, queue, frame.octets)
  kernel.backlog.add(device, frame)
}

/** Counts a frame that a program wrote, and remembers the queue of its flow. */
export function noteReceived(kernel: Kernel, device: Device, queue: TunQueue, octets: Uint8Array): void {
  countReceived(device, octets.length)
  const { tunQueues } = device
  if (tunQueues !== undefined && tunQueues.attached.length > 1) {
    tunQueues.remember(flowHash(octets, device.type === 'ether'), queue, kernel.now())
  }
}
