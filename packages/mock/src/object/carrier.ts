/** Carrier and operational state (`net/core/link_watch.c`; RFC 2863). @module */
import type { OperationalState } from '@vnet/core'
import type { Kernel } from '../kernel.js'
import type { Device } from './device.js'
import { linkedTo } from './link-description.js'

/** Switches the carrier; what follows is told by {@link runLinkwatch}. */
export function setCarrier(kernel: Kernel, device: Device, carrier: boolean): void {
  if (device.carrier === carrier) return
  device.carrier = carrier
  if (device.index !== 0) watchLink(kernel, device)
}

/** Has a link's state looked at soon. */
export function watchLink(kernel: Kernel, device: Device): void {
  if (device.removed) return
  device.watched = true
  kernel.linkwatch.add(device)
}

/** Takes over the carrier of the lower link (`netif_stacked_transfer_operstate`). */
export function followLower(kernel: Kernel, device: Device, lower: Device): void {
  setCarrier(kernel, device, lower.carrier)
}

/** The operational state that the carrier gives. */
export function refreshOperationalState(device: Device): void {
  device.operationalState = operationalState(device)
}

function operationalState(device: Device): OperationalState {
  if (device.carrier) return 'up'
  const linked = linkedTo(device)
  if (linked === undefined) return 'down'
  // The kernel looks the index up in the link's own namespace, also when the other end is elsewhere.
  const there = device.namespace.links.get(linked.index)
  if (there === undefined || there === device) return 'down'
  return there.carrier ? 'down' : 'lowerlayerdown'
}

/** What Linux does not put off: links that follow another one, and links that come up (`linkwatch_urgent_event`). */
function isUrgent(device: Device): boolean {
  if (!device.up) return false
  return linkedTo(device) !== undefined || (device.carrier && !device.active)
}

/** Tells of the changes of carrier since the last call, and of what those bring about; only of the urgent ones if wanted. */
export function runLinkwatch(kernel: Kernel, urgentOnly = false): void {
  // Two bridges could follow each other in a ring of ports; the bound ends what Linux would spread over seconds.
  for (let turns = 0; turns < 1_000_000; turns++) {
    const device = nextWatched(kernel, urgentOnly)
    if (device === undefined) return
    kernel.linkwatch.delete(device)
    device.watched = false
    if (device.removed) continue
    refreshOperationalState(device)
    if (!device.up) continue
    if (device.active && !device.carrier) device.traffic?.reset()
    device.active = device.carrier
    kernel.notify('change', device)
    kernel.tellLink(device)
  }
}

function nextWatched(kernel: Kernel, urgentOnly: boolean): Device | undefined {
  for (const device of kernel.linkwatch) if (!urgentOnly || isUrgent(device)) return device
  return undefined
}

/** Tells that a link changed in a way that has no message of its own (`netdev_state_change`). */
export function stateChange(kernel: Kernel, device: Device): void {
  if (!device.up) return
  kernel.notify('change', device)
  kernel.tellLink(device)
}
