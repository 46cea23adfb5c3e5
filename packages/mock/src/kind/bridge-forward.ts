/** The path of a frame through a bridge (`net/bridge/br_input.c`, `br_forward.c`, `br_device.c`). @module */
import type { PortState } from '@vnet/core'
import {
  broadcastMac,
  ethernetHeaderSize,
  isGroupMacAt,
  isLinkLocalMacAt,
  isTaggedAt,
  macAt,
  macFromNumber,
  vlanTagSize,
} from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { countReceived, countSent } from '../stack/counters.js'
import { deliver } from '../stack/deliver.js'
import type { DropCause } from '../stack/drop.js'
import { isForwardable, unforwardable } from '../stack/forwardable.js'
import type { Frame } from '../stack/frame.js'
import { ownMac, type PacketTypeNumber, packetType } from '../stack/packet-type.js'
import { transmit } from '../stack/transmit.js'
import type { BridgeData, BridgePort } from './bridge-data.js'
import { admit, countVlan, leaving, mayLeave, type VlanFrame } from './bridge-frame.js'
import { findRecord, learn } from './bridge-learn.js'
import { type Wanted, wantedGroup, withMac } from './bridge-listeners.js'
import { letsIn } from './bridge-mac-filter.js'
import { isRouterItself, isRouterPort } from './bridge-router.js'
import { type Snooped, snoop } from './bridge-snoop.js'
import { answerFor, suppresses } from './bridge-suppress.js'
import { fromTunnel, leavingPort } from './bridge-tunnel.js'

const everybody = 'ff:ff:ff:ff:ff:ff'

/** A frame on its way through: how it came, and, where VLANs are told apart, in which one it is. */
interface Passage {
  readonly kernel: Kernel
  readonly bridge: Device
  readonly data: BridgeData
  /** Where it came in; `undefined` for what the bridge itself sends. */
  readonly from: Device | undefined
  readonly frame: Frame
  readonly inside: VlanFrame | undefined
  /** Ports that are spared questions for neighbours do not get it. */
  readonly isAnswered?: boolean
}

/** A frame came in at a port (`br_handle_frame`); `false` leaves it to the port. */
export function takeFromPort(
  kernel: Kernel,
  bridge: Device,
  member: Device,
  given: Frame,
  type: PacketTypeNumber,
): boolean {
  const data = bridge.bridge as BridgeData
  const port = member.port as BridgePort
  const frame = fromTunnel(data, port, given)
  const { octets } = frame
  const source = macAt(octets, 6)
  if (isGroupMacAt(octets, 6) || source === 0) {
    kernel.dropped(member, octets, 'invalid-source-mac')
    return true
  }
  if (isLinkLocalMacAt(octets, 0)) {
    const group = (octets[5] as number) & 0x0f
    if (group === 1) {
      kernel.dropped(member, octets, 'ignored')
      return true
    }
    if (!forwardsGroup(data, port, group)) {
      if (!data.options.noLinkLocalLearn) learnOnly(kernel, bridge, member, frame, source)
      return false
    }
  }
  const state = data.options.mstEnabled ? 'forwarding' : port.state
  if (state !== 'forwarding' && state !== 'learning') {
    kernel.dropped(member, octets, 'port-blocked')
    return true
  }
  if (!letsIn(member, octets)) {
    kernel.dropped(member, octets, 'mac-filtered')
    return true
  }
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
  if (data.options.vlanFiltering && admission === undefined) {
    kernel.dropped(member, frame.octets, 'vlan-filtered')
    return
  }
  const inside = admission?.inside
  const vlan = inside?.vlan ?? 0
  if (inside !== undefined) countVlan(data, port, 'rx', inside)
  const source = macAt(frame.octets, 6)
  if (port.options.locked && !unlocked(kernel, bridge, member, source, vlan)) {
    kernel.dropped(member, frame.octets, 'port-locked')
    return
  }
  if (port.options.learning) learn(kernel, bridge, member, source, vlan)
  const isGroup = isGroupMacAt(frame.octets, 0)
  const isBroadcast = isGroup && macAt(frame.octets, 0) === broadcastMac
  const snooped = isGroup && !isBroadcast ? snoop(kernel, bridge, member, frame.octets, vlan) : {}
  const isLearning = (admission?.state ?? portState) === 'learning'
  const cause = snooped.dropped ?? (isLearning ? 'port-blocked' : undefined)
  if (cause !== undefined) {
    kernel.dropped(member, frame.octets, cause)
    return
  }
  const isAnswered = answerFor(kernel, bridge, member, frame.octets, vlan)
  const passage: Passage = { kernel, bridge, data, from: member, frame, inside, isAnswered }
  let isForUs = bridge.promiscuity > 0
  if (isBroadcast) {
    isForUs = true
    flood(passage, true)
  } else if (isGroup) {
    const wanted = wantedBy(passage, snooped, vlan)
    if (wanted === undefined || wanted.record?.joined || isRouterItself(bridge)) {
      isForUs = true
      bridge.counters.multicast++
    }
    if (wanted === undefined) flood(passage, isForUs)
    else sendToMembers(passage, wanted, isForUs)
  } else {
    const record = findRecord(bridge, macAt(frame.octets, 0), vlan)
    if (record === undefined) flood(passage, isForUs)
    else if (record.local) {
      passUp(passage, type)
      return
    } else {
      record.used = kernel.now()
      forwardTo(passage, record.port, isForUs)
    }
  }
  if (isForUs) passUp(passage, type)
}

/** Whether a locked port lets a source in: an entry there says so, and is no locked one itself, which is refreshed. */
function unlocked(kernel: Kernel, bridge: Device, member: Device, source: number, vlan: number): boolean {
  const record = findRecord(bridge, source, vlan)
  if (record === undefined) {
    if (member.port?.options.macAuthenticationBypass) learn(kernel, bridge, member, source, vlan, { locked: true })
    return false
  }
  // Known elsewhere: it does not move.
  if (record.port !== member || record.local) return false
  if (record.locked) learn(kernel, bridge, member, source, vlan)
  return !record.locked
}

/** The bridge itself sends a frame (`br_dev_xmit`). */
export function sendBridge(kernel: Kernel, bridge: Device, frame: Frame): boolean {
  const data = bridge.bridge as BridgeData
  countSent(bridge, frame.octets.length)
  const admission = data.options.vlanFiltering ? admit(data, data, frame, 'forwarding') : undefined
  if (data.options.vlanFiltering && admission === undefined) {
    kernel.dropped(bridge, frame.octets, 'vlan-filtered')
    return true
  }
  const vlan = admission?.inside.vlan ?? 0
  const isAnswered = answerFor(kernel, bridge, undefined, frame.octets, vlan)
  const passage: Passage = { kernel, bridge, data, from: undefined, frame, inside: admission?.inside, isAnswered }
  if (admission !== undefined) countVlan(data, data, 'rx', admission.inside)
  const isGroup = isGroupMacAt(frame.octets, 0)
  if (isGroup && macAt(frame.octets, 0) !== broadcastMac) {
    const snooped = snoop(kernel, bridge, undefined, frame.octets, vlan)
    if (snooped.dropped !== undefined) {
      kernel.dropped(bridge, frame.octets, snooped.dropped)
      return true
    }
    const wanted = wantedBy(passage, snooped, vlan)
    if (wanted === undefined) flood(passage, false)
    else sendToMembers(passage, wanted, false)
    return true
  }
  const record = isGroup ? undefined : findRecord(bridge, macAt(frame.octets, 0), vlan)
  if (record === undefined) flood(passage, false)
  else forwardTo(passage, record.port, false)
  return true
}

/** To one port, or to the one that stands in for it while it is down (`br_forward`). `isHad`: the bridge itself has it too. */
function forwardTo(passage: Passage, member: Device | undefined, isHad: boolean): void {
  const backup = member?.port?.backup
  const to = backup !== undefined && !(member?.carrier && member.up) ? backup : member
  const obstacle = to === undefined ? 'no-egress-port' : obstacleAt(passage, to)
  if (obstacle === undefined) send(passage, to as Device)
  else if (!isHad) passage.kernel.dropped(passage.from ?? passage.bridge, passage.frame.octets, obstacle)
}

/** To all ports that want it (`br_flood`). `isHad`: the bridge itself has it too. */
function flood(passage: Passage, isHad: boolean): void {
  const { bridge, data, from, frame } = passage
  const isGroup = isGroupMacAt(frame.octets, 0)
  const wanted = !isGroup
    ? 'flood'
    : macAt(frame.octets, 0) === broadcastMac
      ? ('broadcastFlood' as const)
      : ('multicastFlood' as const)
  let isSent = isHad
  for (const member of data.ports) {
    const { options } = member.port as BridgePort
    // What the bridge itself sends to a group goes everywhere.
    if (!options[wanted] && !(isGroup && from === undefined)) continue
    if (options.proxyArp) continue
    if (passage.isAnswered && (options.proxyArpWifi || suppresses(member.port, passage.inside?.vlan ?? 0))) continue
    if (member.master !== bridge || obstacleAt(passage, member) !== undefined) continue
    isSent = true
    send(passage, member)
  }
  if (!isSent) passage.kernel.dropped(from ?? bridge, frame.octets, 'no-egress-port')
}

/** Who wants a frame to a group; `undefined` where it is flooded. */
const wantedBy = ({ kernel, bridge, frame }: Passage, snooped: Snooped, vlan: number): Wanted | undefined =>
  wantedGroup(bridge, frame.octets, vlan, snooped, kernel.now())

/** To the ports that want a group, and to those of routers (`br_multicast_flood`). `isHad`: the bridge itself has it too. */
function sendToMembers(passage: Passage, { record, family, wholeIncludes }: Wanted, isHad: boolean): void {
  const { kernel, bridge, data, from, frame } = passage
  const source = macFromNumber(macAt(frame.octets, 6))
  let isSent = isHad
  const pass = (port: Device, way: Passage) => {
    isSent = true
    send(way, port)
  }
  for (const port of data.ports) {
    if (obstacleAt(passage, port) !== undefined) continue
    const members = record?.members.filter((one) => one.port === port) ?? []
    if (isRouterPort(port, family)) pass(port, passage)
    else if (port.port?.options.multicastToUnicast) {
      // Nobody hears himself, also where frames turn round.
      for (const { mac = everybody } of members) {
        if (port !== from || mac !== source) pass(port, { ...passage, ...withMac(passage, mac) })
      }
    } else if (members.some((one) => !one.blocked && (wholeIncludes || one.filterMode === 'exclude')))
      pass(port, passage)
  }
  if (!isSent) kernel.dropped(from ?? bridge, frame.octets, 'no-egress-port')
}

/** Why a frame may not leave there (`should_deliver`). */
function obstacleAt({ data, from, inside }: Passage, member: Device): DropCause | undefined {
  const port = member.port as BridgePort
  if (member === from && !port.options.hairpin) return 'no-egress-port'
  if (port.state !== 'forwarding' && !data.options.mstEnabled) return 'port-blocked'
  if (inside !== undefined && !mayLeave(port, inside.vlan)) return 'vlan-filtered'
  return port.options.isolated && from?.port?.options.isolated ? 'no-egress-port' : undefined
}

function send({ kernel, data, frame, inside }: Passage, member: Device): void {
  const out = inside === undefined ? frame : leavingPort(data, member.port as BridgePort, inside)
  if (out === undefined) kernel.dropped(member, frame.octets, 'vlan-filtered')
  else if (isForwardable(member, lengthBesideTag(out.octets))) transmit(kernel, member, out)
  else kernel.dropped(member, out.octets, unforwardable(member))
}

/** Octets of a frame as Linux has it: the outermost VLAN tag lies beside it, and does not count. */
const lengthBesideTag = (octets: Uint8Array): number => octets.length - (isTaggedAt(octets, 0) ? vlanTagSize : 0)

/** To the bridge's own stack (`br_pass_frame_up`). */
function passUp({ kernel, bridge, data, frame, inside }: Passage, type: PacketTypeNumber): void {
  countReceived(bridge, frame.octets.length - ethernetHeaderSize)
  if (inside === undefined) {
    deliver(kernel, bridge, frame, type)
    return
  }
  const isPromiscuous = bridge.promiscuity > 0
  const isLet = isPromiscuous || mayLeave(data, inside.vlan)
  const up = isLet ? (leaving(data, data, inside) ?? (isPromiscuous ? inside.tagged : undefined)) : undefined
  if (up === undefined) kernel.dropped(bridge, frame.octets, 'vlan-filtered')
  else deliver(kernel, bridge, up, type)
}
