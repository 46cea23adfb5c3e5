/** Packets of VRFs: what leaves by one is routed by its table (`vrf_xmit`, `drivers/net/vrf.c`). @module */
import { ethernetHeaderSize } from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { countReceived, countSent } from '../stack/counters.js'
import type { Frame } from '../stack/frame.js'
import { reroute, wayOf } from '../stack/reroute.js'

/** A packet leaves by a VRF itself: to an address of its own it comes in again, else it goes by its table. */
export function sendVrf(kernel: Kernel, device: Device, frame: Frame): boolean {
  const { octets } = frame
  const way = wayOf(device.namespace, octets, device)
  let isSent = false
  if (way?.device === device) {
    isSent = kernel.backlog.add(device, frame)
    if (isSent) countReceived(device, octets.length - ethernetHeaderSize)
  } else isSent = reroute(kernel, device.namespace, octets, device, frame.tracked)
  if (isSent) countSent(device, octets.length)
  else device.counters.txDropped++
  return isSent
}
