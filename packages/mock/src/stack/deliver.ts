/** A frame that came in at a link (`__netif_receive_skb_core`, `net/core/dev.c`). @module */
import { isTaggedAt, vlanIdAt } from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import { type Device, hasMac } from '../object/device.js'
import type { Frame } from './frame.js'
import { type PacketTypeNumber, packetType } from './packet-type.js'
import { receivePacket } from './protocol.js'

/** Octets of an Ethernet header with a tag. */
const taggedHeader = 18

/** What becomes of it: taps see it, a VLAN on the link has it, a master or macvlan takes it, or it goes up to the protocols. */
export function deliver(kernel: Kernel, device: Device, frame: Frame, type: PacketTypeNumber): void {
  const { octets } = frame
  const tagged = hasMac(device) && isTaggedAt(octets, 0)
  if (tagged && octets.length < taggedHeader) return
  const { taps } = device.namespace
  if (taps.size > 0) for (const tap of taps) tap.see(device, frame, type)
  let met = type
  if (tagged) {
    for (const upper of device.uppers) {
      if (upper.vlan !== undefined && upper.kind?.takeFrom?.(kernel, upper, device, frame, type)) return
    }
  }
  const taker = takerOf(device)
  if (taker?.kind?.takeFrom?.(kernel, taker, device, frame, type)) return
  // Of a VLAN that nobody here has.
  if (tagged && vlanIdAt(octets, 0) !== 0) met = packetType.otherHost
  if (!receivePacket(kernel, device, frame, met) && taps.size === 0) device.counters.rxDropped++
}

/** Who takes the frames of a link (`rx_handler`): its master, or the first of the links on top of it that are no VLANs. */
function takerOf(device: Device): Device | undefined {
  if (device.master?.kind?.takeFrom !== undefined) return device.master
  if (device.uppers.size === 0) return undefined
  for (const upper of device.uppers) if (upper.vlan === undefined && upper.kind?.takeFrom !== undefined) return upper
  return undefined
}
