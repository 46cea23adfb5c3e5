/** Frames of macvlans: sorted by MAC on the way up, handed to siblings on the way down (`drivers/net/macvlan.c`). @module */
import type { MacvlanMode } from '@vnet/core'
import { isGroupMacAt, macAt, macFromNumber } from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { listensTo } from '../object/filter.js'
import { countReceived, countSent } from '../stack/counters.js'
import { deliverOn } from '../stack/deliver.js'
import { isForwardable, unforwardable } from '../stack/forwardable.js'
import type { Frame } from '../stack/frame.js'
import { ownMac, packetType } from '../stack/packet-type.js'
import { transmit } from '../stack/transmit.js'

/** A frame leaves by a macvlan: to a sibling in mode bridge, else by the parent (`macvlan_queue_xmit`). */
export function sendMacvlan(kernel: Kernel, device: Device, frame: Frame): boolean {
  const sent = queue(kernel, device, frame)
  if (sent) countSent(device, frame.octets.length)
  else device.counters.txDropped++
  return sent
}

function queue(kernel: Kernel, device: Device, frame: Frame): boolean {
  const lower = device.lower as Device
  const { octets } = frame
  if (device.macvlan?.mode === 'bridge') {
    if (isGroupMacAt(octets, 0)) broadcast(kernel, lower, device, frame, ['bridge'])
    else if (siblingAt(lower, macAt(octets, 0))?.macvlan?.mode === 'bridge') {
      // By way of the parent, whose taps see it.
      if (isForwardable(lower, octets.length)) kernel.backlog.add(lower, frame)
      else {
        lower.counters.rxDropped++
        kernel.dropped(lower, octets, unforwardable(lower))
      }
      return true
    }
  }
  return transmit(kernel, lower, frame)
}

/** A frame came in at the parent: whether a macvlan takes it (`macvlan_handle_frame`). */
export function takeForMacvlan(kernel: Kernel, lower: Device, frame: Frame): boolean {
  const { octets } = frame
  if (isGroupMacAt(octets, 0)) return takeGroup(kernel, lower, frame)
  const source = macFromNumber(macAt(octets, 6))
  for (const device of lower.uppers) {
    if (device.up && device.macvlan?.mode === 'source' && device.macvlan.macs.includes(source)) {
      countReceived(device, octets.length)
      kernel.backlog.add(device, frame)
    }
  }
  const device = passthruOf(lower) ?? siblingAt(lower, macAt(octets, 0))
  if (device?.macvlan === undefined || device.macvlan.mode === 'source') return false
  if (!device.up) {
    kernel.dropped(device, octets, 'link-down')
    return true
  }
  countReceived(device, octets.length)
  deliverOn(kernel, device, frame, packetType.host)
  return true
}

/** A group's frame goes to the macvlans that listen, and stays for the parent as well. */
function takeGroup(kernel: Kernel, lower: Device, frame: Frame): boolean {
  const source = siblingAt(lower, macAt(frame.octets, 6))
  const mode = source?.macvlan?.mode
  if (source !== undefined && mode !== 'vepa' && mode !== 'bridge') {
    // Its own frame, which came back.
    receive(kernel, source, frame)
    return true
  }
  if (mode === undefined) broadcast(kernel, lower, undefined, frame, ['private', 'vepa', 'passthru', 'bridge'])
  // Those in mode bridge saw it on its way out.
  else broadcast(kernel, lower, source, frame, mode === 'vepa' ? ['vepa', 'bridge'] : ['vepa'])
  return false
}

function broadcast(
  kernel: Kernel,
  lower: Device,
  except: Device | undefined,
  frame: Frame,
  modes: readonly MacvlanMode[],
): void {
  for (const device of lower.uppers) {
    if (device === except || device.macvlan === undefined || !modes.includes(device.macvlan.mode)) continue
    if (device.up && listensTo(device, macAt(frame.octets, 0))) receive(kernel, device, frame)
  }
}

function receive(kernel: Kernel, device: Device, frame: Frame): void {
  if (!kernel.backlog.add(device, frame)) return
  countReceived(device, frame.octets.length)
  device.counters.multicast++
}

function passthruOf(lower: Device): Device | undefined {
  for (const device of lower.uppers) if (device.macvlan?.mode === 'passthru') return device
  return undefined
}

function siblingAt(lower: Device, mac: number): Device | undefined {
  for (const device of lower.uppers)
    if (device.macvlan !== undefined && device.up && ownMac(device) === mac) return device
  return undefined
}
