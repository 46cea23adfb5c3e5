/** Frames of ipvlans: all have the MAC of the parent, and are told apart by their addresses (`drivers/net/ipvlan/ipvlan_core.c`). @module */
import {
  arpSize,
  ethernetHeaderSize,
  etherTypeAt,
  etherTypes,
  icmpv6Types,
  ipProtocols,
  ipv4HeaderSize,
  ipv6HeaderSize,
  isGroupMacAt,
  macAt,
} from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { listensTo } from '../object/filter.js'
import { holderOf, sharersOf } from '../object/ipvlan-address.js'
import { countReceived, countSent } from '../stack/counters.js'
import { deliverOn } from '../stack/deliver.js'
import { isForwardable, unforwardable } from '../stack/forwardable.js'
import type { Frame } from '../stack/frame.js'
import { ownMac, type PacketTypeNumber } from '../stack/packet-type.js'
import { reroute } from '../stack/reroute.js'
import { transmit } from '../stack/transmit.js'

/** A frame leaves by an ipvlan. */
export function sendIpvlan(kernel: Kernel, device: Device, frame: Frame): boolean {
  const mode = device.lower?.ipvlanPort?.mode
  const isSent = mode === 'l2' ? sendL2(kernel, device, frame) : sendL3(kernel, device, frame)
  if (isSent) countSent(device, frame.octets.length)
  else device.counters.txDropped++
  return isSent
}

/** Mode l2: what is for the MAC that all share goes to a sibling, the rest leaves by the parent (`ipvlan_xmit_mode_l2`). */
function sendL2(kernel: Kernel, device: Device, frame: Frame): boolean {
  const lower = device.lower as Device
  const { octets } = frame
  const isOwn = macAt(octets, 0) === macAt(octets, 6)
  if (isOwn && lower.ipvlanPort?.modeFlag !== 'vepa') {
    const sibling = ownerOf(lower, octets, 'to')
    if (sibling !== undefined) return handOver(kernel, lower, sibling, frame)
    receiveAt(kernel, lower, frame)
    return true
  }
  if (isGroupMacAt(octets, 0)) {
    distribute(kernel, lower, frame, device)
    transmit(kernel, lower, frame)
    return true
  }
  return transmit(kernel, lower, frame)
}

/** Modes l3 and l3s: to a sibling, or by the routes of the parent's namespace (`ipvlan_xmit_mode_l3`). */
function sendL3(kernel: Kernel, device: Device, frame: Frame): boolean {
  const lower = device.lower as Device
  const { octets } = frame
  const sibling = lower.ipvlanPort?.modeFlag === 'vepa' ? undefined : ownerOf(lower, octets, 'to')
  if (sibling !== undefined) return handOver(kernel, lower, sibling, frame)
  if (!isGroupMacAt(octets, 0)) return reroute(kernel, lower.namespace, octets, lower)
  kernel.dropped(device, octets, 'not-carried')
  return false
}

/** Flag private: siblings do not talk to each other. */
function handOver(kernel: Kernel, lower: Device, sibling: Device, frame: Frame): boolean {
  if (lower.ipvlanPort?.modeFlag === 'private') {
    kernel.dropped(lower, frame.octets, 'isolated')
    return false
  }
  const isReceived = receiveAt(kernel, sibling, frame)
  // Linux adds the size of the header to a frame that has it.
  if (isReceived) countReceived(sibling, frame.octets.length + ethernetHeaderSize)
  return true
}

/** As if the frame came in there (`dev_forward_skb`). */
function receiveAt(kernel: Kernel, device: Device, frame: Frame): boolean {
  if (isForwardable(device, frame.octets.length)) return kernel.backlog.add(device, frame)
  device.counters.rxDropped++
  kernel.dropped(device, frame.octets, unforwardable(device))
  return false
}

/** A frame came in at the parent: whether it is for an ipvlan alone, where it keeps its type (`ipvlan_handle_frame`). */
export function takeForIpvlan(kernel: Kernel, lower: Device, frame: Frame, type: PacketTypeNumber): boolean {
  const mode = lower.ipvlanPort?.mode
  const { octets } = frame
  // Mode l3s looks at packets later, when they have been routed.
  if (mode === 'l3s') return false
  if (mode === 'l2' && isGroupMacAt(octets, 0)) {
    const isReturned = macAt(octets, 6) === ownMac(lower) && ownerOf(lower, octets, 'from') !== undefined
    if (!isReturned) distribute(kernel, lower, frame, undefined)
    return false
  }
  const device = ownerOf(lower, octets, 'to')
  if (device === undefined) return false
  countReceived(device, octets.length)
  deliverOn(kernel, device, frame, type)
  return true
}

/** A frame of all or of a group goes to those that listen, but for the one that sent it (`ipvlan_process_multicast`). */
function distribute(kernel: Kernel, lower: Device, frame: Frame, sender: Device | undefined): void {
  const { octets } = frame
  const group = macAt(octets, 0)
  for (const device of sharersOf(lower)) {
    if (device === sender || !device.up || !listensTo(device, group)) continue
    if (!(sender === undefined ? kernel.backlog.add(device, frame) : receiveAt(kernel, device, frame))) continue
    countReceived(device, octets.length)
    device.counters.multicast++
  }
}

/** The ipvlan that is up and has the address that a frame is for, or from (`ipvlan_addr_lookup`). */
function ownerOf(lower: Device, octets: Uint8Array, side: 'from' | 'to'): Device | undefined {
  const address = addressIn(octets, side)
  return address === undefined ? undefined : holderOf(lower, address)
}

/** The address in a frame: of IP, of ARP, or the one that a solicitation asks for (`ipvlan_get_L3_hdr`). */
function addressIn(octets: Uint8Array, side: 'from' | 'to'): Uint8Array | undefined {
  const at = ethernetHeaderSize
  const type = etherTypeAt(octets, 0)
  const isTo = side === 'to'
  const cut = (from: number, size: number) => octets.slice(at + from, at + from + size)
  if (type === etherTypes.arp && octets.length >= at + arpSize) return cut(isTo ? 24 : 14, 4)
  if (type === etherTypes.ipv4 && octets.length >= at + ipv4HeaderSize) return cut(isTo ? 16 : 12, 4)
  if (type !== etherTypes.ipv6 || octets.length < at + ipv6HeaderSize) return undefined
  const isQuestion =
    octets[at + 6] === ipProtocols.icmpv6 && octets[at + ipv6HeaderSize] === icmpv6Types.neighbourSolicitation
  if (isQuestion && octets.length >= at + ipv6HeaderSize + 24) return cut(ipv6HeaderSize + 8, 16)
  return cut(isTo ? 24 : 8, 16)
}
