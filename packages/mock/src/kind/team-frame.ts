/** Frames of teams: by the port that the mode chooses on the way down, gathered on the way up (`drivers/net/team/team.c`, `team_mode_*.c`). @module */
import { ethernetHeaderSize, etherTypeAt, innerEtherTypeAt, isLinkLocalMacAt, isTaggedAt } from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import { type Device, isOperational } from '../object/device.js'
import { fraction } from '../random.js'
import { countRare, countReceived, countSent } from '../stack/counters.js'
import { deliverOn } from '../stack/deliver.js'
import type { Frame } from '../stack/frame.js'
import { type PacketTypeNumber, packetType } from '../stack/packet-type.js'
import { receiveAtPort } from '../stack/protocol.js'
import { queuedLength, transmit } from '../stack/transmit.js'
import { slowProtocols } from './bond-lacp-frame.js'
import type { TeamData, TeamPort } from './team.js'
import { hashOf } from './team-balancing.js'
import { countBalanced } from './team-statistics.js'

/** Whether the link of a port says that it works. */
export const isWorking = (port: Device): boolean => port.up && port.carrier && isOperational(port)

/** Whether a port works: what the user says counts, where it does (`team_refresh_port_linkup`). */
export function isUp(port: Device): boolean {
  const { userLinkupEnabled, userLinkup } = port.teamPort as TeamPort
  return userLinkupEnabled ? userLinkup : isWorking(port)
}

/** Whether a team sends by a port (`team_port_txable`). */
export const isUsable = (port: Device): boolean => port.teamPort?.enabled === true && isUp(port)

/** A frame leaves by a team. */
export function sendTeam(kernel: Kernel, device: Device, frame: Frame): boolean {
  const data = device.team as TeamData
  const isSent = sendBy(kernel, device, data, frame)
  if (isSent) countSent(device, frame.octets.length)
  else device.counters.txDropped++
  // Whoever sent it does not hear of a drop.
  return true
}

function sendToAll(kernel: Kernel, device: Device, frame: Frame): boolean {
  const usable = (device.team as TeamData).ports.filter(isUsable)
  if (usable.length === 0) kernel.dropped(device, frame.octets, 'no-egress-port')
  let isSent = false
  for (const port of usable) isSent = transmit(kernel, port, frame) || isSent
  return isSent
}

/** By the mode; without one nothing is sent. */
function sendBy(kernel: Kernel, device: Device, data: TeamData, frame: Frame): boolean {
  const { mode, enabled, ports } = data
  if (mode === 'broadcast') return sendToAll(kernel, device, frame)
  if (mode === 'loadbalance') return sendBalanced(kernel, device, data, frame)
  let port: Device | undefined
  if (mode === 'activebackup') port = ports.find(({ index }) => index === data.activePort)
  else if (mode === 'roundrobin') port = usableFrom(data, enabled[data.sent++ % enabled.length])
  else if (mode === 'random') port = usableFrom(data, enabled[Math.floor(fraction(kernel.random) * enabled.length)])
  return sendAt(kernel, device, port, frame)
}

function sendAt(kernel: Kernel, device: Device, port: Device | undefined, frame: Frame): boolean {
  if (port !== undefined) return transmit(kernel, port, frame)
  kernel.dropped(device, frame.octets, 'no-egress-port')
  return false
}

/** By the port of its hash: the one that the table names, or the one of that number among those in use (`lb_transmit`). */
function sendBalanced(kernel: Kernel, device: Device, { balancing, enabled, ports }: TeamData, frame: Frame): boolean {
  const hash = hashOf(balancing, frame.octets, device.index, kernel.random)
  const listed = balancing.method === 'hash' ? 0 : balancing.ports[hash]
  const port = ports.find(({ index }) => index === listed) ?? enabled[hash % enabled.length]
  if (!sendAt(kernel, device, port, frame) || port === undefined) return false
  countBalanced(balancing, port, hash, queuedLength(device, frame))
  return true
}

/** A port, or the first usable one of those that come after it (`team_get_first_port_txable_rcu`). */
function usableFrom({ ports }: TeamData, port: Device | undefined): Device | undefined {
  if (port === undefined) return undefined
  const at = ports.indexOf(port)
  return [...ports.slice(at), ...ports.slice(0, at)].find(isUsable)
}

/** A frame came in at a port; of one that is not in use only what is for the port itself is taken (`team_handle_frame`). */
export function takeForTeam(
  kernel: Kernel,
  master: Device,
  port: Device,
  frame: Frame,
  type: PacketTypeNumber,
): boolean {
  const data = master.team as TeamData
  const isEnabled = port.teamPort?.enabled === true
  if (!isEnabled && isLinkLocalMacAt(frame.octets, 0)) return false
  if (!isEnabled || isForPort(data, port, frame.octets)) {
    countRare(master.counters, 'rxNoHandler')
    receiveAtPort(kernel, port, frame, type)
    return true
  }
  countReceived(master, frame.octets.length - ethernetHeaderSize)
  if (type === packetType.multicast) master.counters.multicast++
  deliverOn(kernel, master, frame, type)
  return true
}

/** Whether a mode leaves a frame to its port (`ab_receive`, `lb_receive`): all of one that is not active, messages of LACP. */
function isForPort(data: TeamData, port: Device, octets: Uint8Array): boolean {
  if (data.mode === 'activebackup') return data.activePort !== port.index
  return data.mode === 'loadbalance' && isSlowProtocol(octets)
}

/** Whether a frame is for the group of slow protocols (IEEE 802.3 annex 57A), behind a tag or not. */
function isSlowProtocol(octets: Uint8Array): boolean {
  if (!isLinkLocalMacAt(octets, 0) || octets[5] !== 2) return false
  return (isTaggedAt(octets, 0) ? innerEtherTypeAt(octets, 0) : etherTypeAt(octets, 0)) === slowProtocols
}
