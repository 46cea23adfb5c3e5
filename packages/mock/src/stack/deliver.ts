/** A frame that came in at a link (`__netif_receive_skb_core`, `net/core/dev.c`). @module */
import { ethernetHeaderSize, isTaggedAt, vlanIdAt, vlanTagSize } from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import { isTapLink, takeForPrograms } from '../kind/tap-link.js'
import { type Device, hasMac } from '../object/device.js'
import type { Frame } from './frame.js'
import { type PacketTypeNumber, packetType } from './packet-type.js'
import { receivePacket } from './protocol.js'

/** Octets of an Ethernet header with a tag. */
const taggedHeader = ethernetHeaderSize + vlanTagSize

/** A frame comes in at a link, as the first that has it (`netif_receive_skb`). */
export function deliver(kernel: Kernel, device: Device, frame: Frame, type: PacketTypeNumber): void {
  const before = kernel.origin
  kernel.origin = device
  deliverOn(kernel, device, frame, type)
  kernel.origin = before
}

/** The same past the taps and the filters at the gate, for a frame that has been there (`tc_skip_classify`). */
export function deliverPast(kernel: Kernel, device: Device, frame: Frame, type: PacketTypeNumber): void {
  const before = kernel.origin
  kernel.origin = device
  pastGate(kernel, device, frame, type)
  kernel.origin = before
}

/** What becomes of it: taps see it, a VLAN on the link has it, a master or macvlan takes it, or it goes up to the protocols. A link on top has it from the one below (`another_round`). */
export function deliverOn(kernel: Kernel, device: Device, frame: Frame, type: PacketTypeNumber): void {
  const { octets } = frame
  const tagged = hasMac(device) && isTaggedAt(octets, 0)
  if (tagged && octets.length < taggedHeader) {
    kernel.dropped(device, octets, 'malformed')
    return
  }
  const { taps } = device.namespace
  if (taps.size > 0) for (const tap of taps) tap.see(device, frame, type)
  if (device.traffic === undefined || device.traffic.admit(frame, type)) pastGate(kernel, device, frame, type)
}

function pastGate(kernel: Kernel, device: Device, frame: Frame, type: PacketTypeNumber): void {
  const { octets } = frame
  const tagged = hasMac(device) && isTaggedAt(octets, 0)
  const { taps } = device.namespace
  let met = type
  if (tagged) {
    for (const upper of device.uppers) {
      if (upper.vlan !== undefined && upper.kind?.takeFrom?.(kernel, upper, device, frame, type)) return
    }
  }
  if (isTapLink(device) && takeForPrograms(kernel, device, frame)) return
  const taker = takerOf(device)
  if (taker?.kind?.takeFrom?.(kernel, taker, device, frame, type)) return
  // Of a VLAN that nobody here has.
  const isForeign = tagged && vlanIdAt(octets, 0) !== 0
  if (isForeign) met = packetType.otherHost
  if (receivePacket(kernel, device, frame, met)) return
  kernel.dropped(device, octets, isForeign ? 'no-vlan' : 'no-protocol')
  if (taps.size === 0) device.counters.rxDropped++
}

/** Who takes the frames of a link (`rx_handler`): its master, or the first of the links on top of it that are no VLANs. */
function takerOf(device: Device): Device | undefined {
  if (device.master?.kind?.takeFrom !== undefined) return device.master
  if (device.uppers.size === 0) return undefined
  for (const upper of device.uppers) if (upper.vlan === undefined && upper.kind?.takeFrom !== undefined) return upper
  return undefined
}
