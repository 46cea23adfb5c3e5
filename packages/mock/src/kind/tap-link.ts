/** Programs at a macvtap or ipvtap: what comes in there waits for them, what they write leaves by it (`drivers/net/tap.c`). @module */
import { type PortSpec, portRefusal, refuseForTapLink, refuseTapDevice } from '@vnet/core'
import { ethernetHeaderSize } from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { refuse } from '../refusal.js'
import { flowHash } from '../stack/flow-hash.js'
import { Frame } from '../stack/frame.js'
import { transmit } from '../stack/transmit.js'
import { type TunQueue, TunQueues } from './tun-queues.js'

/** Most programs of one link (`MAX_TAP_QUEUES`). */
const mostQueues = 256

/** Whether a link is one that has a character device. */
export const isTapLink = (device: Device | undefined): boolean => device?.kind?.hasTap === true

/** Refuses options that the link does not have: those of TUN and TAP links, or the device of another one. */
export function refuseForLink(spec: PortSpec, device: Device | undefined): void {
  if (device === undefined) return
  if (!isTapLink(device)) {
    refuseTapDevice(spec)
    return
  }
  refuseForTapLink(spec, device.kind?.name as string)
  const own = `/dev/tap${device.index}`
  if (spec.device === undefined || spec.device === own) return
  if (/^\/dev\/tap\d+$/.test(spec.device)) throw portRefusal(spec, 'ENODEV', 19, `the device of this link is ${own}`)
  throw portRefusal(spec, 'ENOENT', 2, `the mock has no files: the device of this link is called ${own}`)
}

/** A program opens the device once more (`tap_open`). */
export function attachToTapLink(device: Device, queue: TunQueue): void {
  device.tunQueues ??= new TunQueues()
  if (device.tunQueues.size >= mostQueues) refuse('EBUSY', undefined, { hint: 'all queues of the link are taken' })
  device.tunQueues.attached.push(queue)
}

/** A program closes it. */
export function detachFromTapLink(device: Device, queue: TunQueue): void {
  device.tunQueues?.remove(queue)
  if (device.tunQueues?.size === 0) device.tunQueues = undefined
}

/** Why a frame that a program wrote is refused (`tap_get_user`). */
export function refusedTapLink(device: Device, octets: Uint8Array): 'malformed' | undefined {
  if (octets.length >= ethernetHeaderSize) return undefined
  device.counters.txDropped++
  return 'malformed'
}

/** A frame that a program wrote leaves by the link; the program is not told where that is down. */
export function sendWritten(kernel: Kernel, device: Device, octets: Uint8Array): void {
  transmit(kernel, device, new Frame(octets))
}

/** The link is gone: its programs are told. */
export function endPrograms(device: Device): void {
  const { tunQueues } = device
  device.tunQueues = undefined
  for (const queue of tunQueues?.attached ?? []) queue.lose()
}

/** A frame that came in at the link: whether its programs take it, which they do as soon as there is one (`tap_handle_frame`). */
export function takeForPrograms(kernel: Kernel, device: Device, frame: Frame): boolean {
  const { tunQueues } = device
  if (tunQueues === undefined) return false
  const { attached } = tunQueues
  const chosen =
    attached.length === 1 ? 0 : Math.floor((flowHash(frame.octets, true) / 0x1_0000_0000) * attached.length)
  if (!attached[chosen]?.put(frame)) {
    device.counters.rxDropped++
    kernel.dropped(device, frame.octets, 'queue-full')
  }
  return true
}
