/** Up and down, and the flags that are asked for (`dev_change_flags`). @module */
import type { Kernel } from '../kernel.js'
import type { Device } from './device.js'
import { syncUnicast } from './unicast.js'

/** What flags are asked for; absent ones stay. */
export interface FlagChange {
  readonly up?: boolean | undefined
  readonly promiscuous?: boolean | undefined
  readonly allMulticast?: boolean | undefined
  readonly arp?: boolean | undefined
  readonly multicast?: boolean | undefined
}

/** Changes flags, opening or closing the link; `announce` tells of it even when nothing changed (a new link). */
export function changeFlags(kernel: Kernel, device: Device, change: FlagChange, announce = false): void {
  const wasUp = device.up
  const before = bitsOf(device)
  if (change.arp !== undefined) device.noArp = !change.arp
  if (change.multicast !== undefined) device.multicast = change.multicast
  const quiet = device.noArp !== before.noArp || device.multicast !== before.multicast
  if (change.up !== undefined && change.up !== wasUp) {
    if (change.up) open(kernel, device)
    else close(kernel, device)
  }
  if (change.promiscuous !== undefined && change.promiscuous !== device.promiscuous) {
    device.promiscuous = change.promiscuous
    count(kernel, device, 'promiscuity', change.promiscuous ? 1 : -1)
  }
  if (change.allMulticast !== undefined && change.allMulticast !== device.allMulticast) {
    device.allMulticast = change.allMulticast
    count(kernel, device, 'allMulti', change.allMulticast ? 1 : -1)
  }
  const changed =
    quiet ||
    device.up !== wasUp ||
    device.promiscuous !== before.promiscuous ||
    device.allMulticast !== before.allMulticast
  device.unheard = false
  if (announce || changed) kernel.tellLink(device)
  if (device.up !== wasUp) kernel.notify(device.up ? 'up' : 'down', device)
  if (!device.up || !quiet) return
  kernel.notify('change', device)
  if (device.noArp !== before.noArp) kernel.notify('arp', device)
}

function bitsOf(device: Device) {
  const { noArp, multicast, promiscuous, allMulticast } = device
  return { noArp, multicast, promiscuous, allMulticast }
}

/** Counts who asks for promiscuous mode, as a bridge does of its ports. */
export function setPromiscuity(kernel: Kernel, device: Device, by: 1 | -1): void {
  count(kernel, device, 'promiscuity', by)
  kernel.tellLink(device)
}

/** Counts who asks for all groups. */
export function setAllMulti(kernel: Kernel, device: Device, by: 1 | -1): void {
  count(kernel, device, 'allMulti', by)
}

function count(kernel: Kernel, device: Device, what: 'promiscuity' | 'allMulti', by: 1 | -1): void {
  const was = device[what] > 0
  device[what] += by
  const is = device[what] > 0
  if (was !== is) device.kind?.receiveChanged?.(kernel, device, what, is)
}

function open(kernel: Kernel, device: Device): void {
  device.kind?.open?.(kernel, device)
  device.up = true
  syncUnicast(device)
  device.active = device.carrier
  if (device.qdisc === 'noop') device.qdisc = defaultQdisc(device)
}

/** The discipline that the kernel puts at the root of a link that is up (`attach_default_qdiscs`). */
export function defaultQdisc(device: Device): string {
  // A queue of no length cannot be made.
  if (device.noQueue || device.txQueueLength === 0) return 'noqueue'
  return device.txQueues > 1 ? 'mq' : 'pfifo_fast'
}

function close(kernel: Kernel, device: Device): void {
  kernel.notify('goingDown', device)
  device.kind?.stop?.(kernel, device)
  device.traffic?.reset()
  device.up = false
  device.active = false
}

/** Closes a link that is to vanish or to move (`dev_close`). */
export function shut(kernel: Kernel, device: Device): void {
  if (!device.up) return
  close(kernel, device)
  kernel.tellLink(device)
  kernel.notify('down', device)
}
