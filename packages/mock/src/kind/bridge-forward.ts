/** The path of a frame through a bridge (`net/bridge/br_input.c`, `br_forward.c`, `br_device.c`). @module */
import type { PortState } from '@vnet/core'
import { broadcastMac, isGroupMacAt, isLinkLocalMacAt, macAt } from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { countReceived, countSent } from '../stack/counters.js'
import { deliver } from '../stack/deliver.js'
import { isForwardable } from '../stack/forwardable.js'
import type { Frame } from '../stack/frame.js'
import { ownMac, type PacketTypeNumber, packetType } from '../stack/packet-type.js'
import { transmit } from '../stack/transmit.js'
import type { BridgeData, BridgePort } from './bridge-data.js'
import { admit, countVlan, leaving, mayLeave, type VlanFrame } from './bridge-frame.js'
import { findRecord, learn } from './bridge-learn.js'

/** Octets of an Ethernet header. */
const header = 14

/** A frame on its way through: how it came, and, where VLANs are told apart, in which one it is. */
interface Passage {
  readonly kernel: Kernel
  readonly bridge: Device
  readonly data: BridgeData
  /** Where it came in; `undefined` for what the bridge itself sends. */
  readonly from: Device | undefined
  readonly frame: Frame
  readonly inside: VlanFrame | undefined
}

/** A frame came in at a port (`br_handle_frame`); `false` leaves it to the port. */
export function takeFromPort(
  kernel: Kernel,
  bridge: Device,
  member: Device,
  frame: Frame,
  type: PacketTypeNumber,
): boolean {
  const data = bridge.bridge as BridgeData
  const port = member.port as BridgePort
  const { octets } = frame
  const source = macAt(octets, 6)
  if (isGroupMacAt(octets, 6) || source === 0) return true
  if (isLinkLocalMacAt(octets, 0)) {
    const group = (octets[5] as number) & 0x0f
    if (group === 1) return true
    if (!forwardsGroup(data, port, group)) {
      if (!data.options.noLinkLocalLearn) learnOnly(kernel, bridge, member, frame, source)
      return false
    }
  }
  const state = data.options.mstEnabled ? 'forwarding' : port.state
  if (state !== 'forwarding' && state !== 'learning') return true
  handle(kernel, bridge, member, frame, macAt(octets, 0) === ownMac(bridge) ? packetType.host : type, state)
  return true
}

/** Whether frames to `01:80:c2:00:00:0x` pass: those of the spanning tree where there is none, others where somebody says so. */
function forwardsGroup(data: BridgeData, port: BridgePort, group: number): boolean {
  if (group === 0 && !data.options.stp) return true
  return (((data.options.groupForwardMask ?? 0) | port.options.groupForwardMask) & (1 << group)) !== 0
}

/** What stays at the port tells where its sender is all the same (`__br_handle_local_finish`). */
function learnOnly(kernel: Kernel, bridge: Device, member: Device, frame: Frame, source: number): void {
  const data = bridge.bridge as BridgeData
  const port = member.port as BridgePort
  if (!port.options.learning || (port.state !== 'forwarding' && port.state !== 'learning')) return
  if (!data.options.vlanFiltering) {
    learn(kernel, bridge, member, source, 0)
    return
  }
  const admission = admit(data, port, frame, port.state)
  if (admission !== undefined) learn(kernel, bridge, member, source, admission.inside.vlan)
}

/** `br_handle_frame_finish`. */
function handle(
  kernel: Kernel,
  bridge: Device,
  member: Device,
  frame: Frame,
  type: PacketTypeNumber,
  portState: PortState,
): void {
  const data = bridge.bridge as BridgeData
  const port = member.port as BridgePort
  const admission = data.options.vlanFiltering ? admit(data, port, frame, portState) : undefined
  if (data.options.vlanFiltering && admission === undefined) return
  const inside = admission?.inside
  const vlan = inside?.vlan ?? 0
  if (inside !== undefined) countVlan(data, port, 'rx', inside)
  const source = macAt(frame.octets, 6)
  if (port.options.locked && !unlocked(kernel, bridge, member, source, vlan)) return
  if (port.options.learning) learn(kernel, bridge, member, source, vlan)
  if ((admission?.state ?? portState) === 'learning') return
  const passage: Passage = { kernel, bridge, data, from: member, frame, inside }
  let isForUs = bridge.promiscuity > 0
  if (isGroupMacAt(frame.octets, 0)) {
    isForUs = true
    if (macAt(frame.octets, 0) !== broadcastMac) bridge.counters.multicast++
    flood(passage)
  } else {
    const record = findRecord(bridge, macAt(frame.octets, 0), vlan)
    if (record === undefined) flood(passage)
    else if (record.local) {
      passUp(passage, type)
      return
    } else {
      record.used = kernel.now()
      forwardTo(passage, record.port)
    }
  }
  if (isForUs) passUp(passage, type)
}

/** Whether a locked port lets a source in: an entry there says so, and is no locked one itself. */
function unlocked(kernel: Kernel, bridge: Device, member: Device, source: number, vlan: number): boolean {
  const record = findRecord(bridge, source, vlan)
  const authenticates = member.port?.options.macAuthenticationBypass
  if (record !== undefined && !record.locked) return record.port === member && !record.local
  if (authenticates) {
    learn(kernel, bridge, member, source, vlan)
    const made = findRecord(bridge, source, vlan)
    if (made !== undefined && record === undefined) made.locked = true
  }
  return false
}

/** The bridge itself sends a frame (`br_dev_xmit`). */
export function sendBridge(kernel: Kernel, bridge: Device, frame: Frame): boolean {
  const data = bridge.bridge as BridgeData
  countSent(bridge, frame.octets.length)
  const admission = data.options.vlanFiltering ? admit(data, data, frame, 'forwarding') : undefined
  if (data.options.vlanFiltering && admission === undefined) return true
  const passage: Passage = { kernel, bridge, data, from: undefined, frame, inside: admission?.inside }
  if (admission !== undefined) countVlan(data, data, 'rx', admission.inside)
  const record = isGroupMacAt(frame.octets, 0)
    ? undefined
    : findRecord(bridge, macAt(frame.octets, 0), admission?.inside.vlan ?? 0)
  if (record === undefined) flood(passage)
  else forwardTo(passage, record.port)
  return true
}

/** To one port, or to the one that stands in for it while it is down (`br_forward`). */
function forwardTo(passage: Passage, member: Device | undefined): void {
  const backup = member?.port?.backup
  const to = backup !== undefined && !(member?.carrier && member.up) ? backup : member
  if (to !== undefined && mayPass(passage, to)) send(passage, to)
}

/** To all ports that want it (`br_flood`). */
function flood(passage: Passage): void {
  const { bridge, data, from, frame } = passage
  const isGroup = isGroupMacAt(frame.octets, 0)
  const wanted = !isGroup
    ? 'flood'
    : macAt(frame.octets, 0) === broadcastMac
      ? ('broadcastFlood' as const)
      : ('multicastFlood' as const)
  for (const member of data.ports) {
    const { options } = member.port as BridgePort
    // What the bridge itself sends to a group goes everywhere.
    if (!options[wanted] && !(isGroup && from === undefined)) continue
    if (options.proxyArp) continue
    if (member.master === bridge && mayPass(passage, member)) send(passage, member)
  }
}

/** `should_deliver`. */
function mayPass({ data, from, inside }: Passage, member: Device): boolean {
  const port = member.port as BridgePort
  if (member === from && !port.options.hairpin) return false
  if (port.state !== 'forwarding' && !data.options.mstEnabled) return false
  if (inside !== undefined && !mayLeave(port, inside.vlan)) return false
  return !(port.options.isolated && from?.port?.options.isolated)
}

function send({ kernel, data, frame, inside }: Passage, member: Device): void {
  const out = inside === undefined ? frame : leaving(data, member.port as BridgePort, inside)
  if (out !== undefined && isForwardable(member, out.octets.length)) transmit(kernel, member, out)
}

/** To the bridge's own stack (`br_pass_frame_up`). */
function passUp({ kernel, bridge, data, frame, inside }: Passage, type: PacketTypeNumber): void {
  countReceived(bridge, frame.octets.length - header)
  if (inside === undefined) {
    deliver(kernel, bridge, frame, type)
    return
  }
  const isPromiscuous = bridge.promiscuity > 0
  if (!isPromiscuous && !mayLeave(data, inside.vlan)) return
  const up = leaving(data, data, inside) ?? (isPromiscuous ? inside.tagged : undefined)
  if (up !== undefined) deliver(kernel, bridge, up, type)
}
