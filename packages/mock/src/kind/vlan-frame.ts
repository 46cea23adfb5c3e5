/** Frames of VLAN links: a tag is put in on the way down, and taken out on the way up (`vlan_dev.c`, `vlan_core.c`). @module */
import type { VlanOptions } from '@vnet/core'
import {
  ethernetHeaderSize,
  etherTypeAt,
  etherTypes,
  macAt,
  popVlan,
  pushVlan,
  vlanIdAt,
  vlanPriorityAt,
  vlanTagSize,
  vlanTci,
} from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { countReceived, countSent } from '../stack/counters.js'
import { deliverOn } from '../stack/deliver.js'
import { Frame } from '../stack/frame.js'
import { ownMac, type PacketTypeNumber, packetType } from '../stack/packet-type.js'
import { transmit } from '../stack/transmit.js'

/** EtherType of a VLAN's tags. */
export const tagTypeOf = (protocol: VlanOptions['protocol']): number =>
  protocol === '802.1ad' ? etherTypes.serviceVlan : etherTypes.vlan

/** The frame with a tag in front of its EtherType. */
export function withTag(frame: Frame, tci: number, tagType: number): Frame {
  const octets = new Uint8Array(frame.octets.length + vlanTagSize)
  octets.set(frame.octets, vlanTagSize)
  pushVlan(octets, vlanTagSize, tci, tagType)
  return new Frame(octets, frame.priority, undefined, undefined, frame.tunnel)
}

/** The frame without its outermost tag. */
export function withoutTag(frame: Frame, priority = frame.priority): Frame {
  const octets = frame.octets.slice()
  return new Frame(octets.subarray(popVlan(octets, 0)), priority, undefined, undefined, frame.tunnel)
}

/** A frame leaves by a VLAN: with its tag, by the parent. */
export function sendVlan(kernel: Kernel, device: Device, frame: Frame): boolean {
  const { id, protocol, reorderHeader, egressQos } = device.vlan as VlanOptions
  const tagType = tagTypeOf(protocol)
  // Without reordering the tag is part of the header that the sender wrote.
  const isTagged = !reorderHeader && etherTypeAt(frame.octets, 0) === tagType
  const tagged = isTagged ? frame : withTag(frame, vlanTci(id, egressQos?.[frame.priority] ?? 0), tagType)
  if (!transmit(kernel, device.lower as Device, tagged)) {
    device.counters.txDropped++
    return false
  }
  countSent(device, frame.octets.length)
  return true
}

/** A tagged frame came in at the parent: whether it is of this VLAN (`vlan_do_receive`). */
export function takeTagged(kernel: Kernel, device: Device, frame: Frame, type: PacketTypeNumber): boolean {
  const { id, protocol, reorderHeader, ingressQos } = device.vlan as VlanOptions
  const { octets } = frame
  if (etherTypeAt(octets, 0) !== tagTypeOf(protocol) || vlanIdAt(octets, 0) !== id) return false
  if (!device.up) {
    kernel.dropped(device, octets, 'link-down')
    return true
  }
  const priority = ingressQos?.[vlanPriorityAt(octets, 0)] ?? 0
  const plain = withoutTag(frame, priority)
  const isOwn = type === packetType.otherHost && macAt(octets, 0) === ownMac(device)
  countReceived(device, plain.octets.length - ethernetHeaderSize)
  if (type === packetType.multicast) device.counters.multicast++
  const keepsTag = !reorderHeader && device.port === undefined && !hasMacvlan(device)
  const up = keepsTag ? new Frame(octets, priority, undefined, undefined, frame.tunnel) : plain
  deliverOn(kernel, device, up, isOwn ? packetType.host : type)
  return true
}

function hasMacvlan(device: Device): boolean {
  for (const upper of device.uppers) if (upper.macvlan !== undefined) return true
  return false
}
