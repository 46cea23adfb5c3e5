/** `lo`: the loopback link that every namespace has. @module */
import type { Kernel } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import { Device } from '../object/device.js'
import { register } from '../object/registration.js'
import { countReceived, countSent } from '../stack/counters.js'
import type { Frame } from '../stack/frame.js'

/** Gives a namespace its loopback link: index 1, down. */
export function addLoopback(kernel: Kernel, namespace: Namespace): void {
  const device = new Device(namespace, undefined)
  device.name = 'lo'
  device.type = 'loopback'
  device.mac = '00:00:00:00:00:00'
  device.broadcast = '00:00:00:00:00:00'
  device.loopback = true
  device.mtu = 65536
  device.minMtu = 0
  device.maxMtu = 0
  device.noQueue = true
  register(kernel, device)
}

/** What leaves by `lo` comes in again (`loopback_xmit`). */
export function sendLoopback(kernel: Kernel, device: Device, frame: Frame): boolean {
  if (!kernel.backlog.add(device, frame)) return false
  countSent(device, frame.octets.length)
  countReceived(device, frame.octets.length)
  return true
}
