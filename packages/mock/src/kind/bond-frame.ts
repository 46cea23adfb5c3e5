/** Frames of bonds: spread over the ports on the way down, gathered from them on the way up (`bond_start_xmit`, `bond_handle_frame`). @module */
import { etherTypeAt, etherTypes, ipProtocols, isLinkLocalMacAt } from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { next } from '../random.js'
import { type Counters, noCounters, sumOf } from '../stack/counters.js'
import { deliverOn } from '../stack/deliver.js'
import type { Frame } from '../stack/frame.js'
import { type PacketTypeNumber, packetType } from '../stack/packet-type.js'
import { receiveAtPort } from '../stack/protocol.js'
import { transmit } from '../stack/transmit.js'
import { activeAggregator } from './bond-aggregator.js'
import { hearArp } from './bond-alb.js'
import { hearAnswer } from './bond-arp-answer.js'
import { balance } from './bond-balance.js'
import { type BondData, bondOf, canSend, isBalanced, isDeaf, sinceJoined } from './bond-data.js'
import { bondHash } from './bond-hash.js'
import { hearLacp } from './bond-lacp.js'

/** A frame leaves by a bond. */
export function sendBond(kernel: Kernel, device: Device, frame: Frame): boolean {
  const data = bondOf(device)
  if (data.options.mode === 'broadcast') return sendToAll(kernel, device, data, frame)
  const way = isBalanced(data) ? balance(kernel, device, frame) : { port: portFor(kernel, data, frame.octets), frame }
  if (way.port !== undefined) return transmit(kernel, way.port, way.frame)
  kernel.dropped(device, frame.octets, 'no-egress-port')
  device.counters.txDropped++
  return false
}

/** The port that a frame leaves by, in modes that choose one by themselves. */
function portFor(kernel: Kernel, data: BondData, octets: Uint8Array): Device | undefined {
  const { mode, xmitHashPolicy } = data.options
  if (mode === 'active-backup') return data.active
  if (mode === 'balance-rr') return inTurn(kernel, data, octets)
  const active = mode === '802.3ad' ? activeAggregator(data) : undefined
  const ports = mode === '802.3ad' ? data.ports.filter((port) => active?.ports.includes(port)) : data.ports
  const usable = ports.filter((port) => canSend(data, port))
  return usable[bondHash(octets, xmitHashPolicy) % usable.length]
}

/** Mode balance-rr: some frames by a port, then the next; reports of groups by the same always. */
function inTurn(kernel: Kernel, data: BondData, octets: Uint8Array): Device | undefined {
  const { ports } = data
  if (ports.length === 0) return undefined
  const { packetsPerSlave } = data.options
  const isIgmp = etherTypeAt(octets, 0) === etherTypes.ipv4 && octets[23] === ipProtocols.igmp
  let at = 0
  if (!isIgmp && packetsPerSlave === 0) at = next(kernel.random)
  else if (!isIgmp) at = Math.floor(++data.sent / packetsPerSlave)
  const first = isIgmp && data.active !== undefined ? ports.indexOf(data.active) : at % ports.length
  return [...ports.slice(first), ...ports.slice(0, first)].find((port) => canSend(data, port))
}

function sendToAll(kernel: Kernel, device: Device, data: BondData, frame: Frame): boolean {
  const working = data.ports.filter((port) => port.up && port.carrier && port.bondPort?.status === 'up')
  if (working.length === 0) kernel.dropped(device, frame.octets, 'no-egress-port')
  let isSent = false
  for (const port of working) isSent = transmit(kernel, port, frame) || isSent
  if (!isSent) device.counters.txDropped++
  return isSent
}

/** A frame came in at a port; one that is not in use takes only what is for the port itself (`bond_handle_frame`). */
export function takeForBond(
  kernel: Kernel,
  master: Device,
  port: Device,
  frame: Frame,
  type: PacketTypeNumber,
): boolean {
  const data = bondOf(master)
  if (data.options.mode === '802.3ad' && master.up && hearLacp(kernel, port, frame.octets)) return true
  hearAnswer(kernel, master, port, frame, type)
  if (data.options.mode === 'balance-alb') hearArp(kernel, master, frame.octets)
  if (isDeaf(data, port) && !(data.options.mode === 'balance-alb' && isForOne(type))) {
    if (isLinkLocalMacAt(frame.octets, 0)) return false
    receiveAtPort(kernel, port, frame, type)
    return true
  }
  deliverOn(kernel, master, frame, type)
  return true
}

const isForOne = (type: PacketTypeNumber) => type !== packetType.broadcast && type !== packetType.multicast

/** A bond has counted what its ports have since they are ports (`bond_get_stats`). */
export function countersOfBond(device: Device): Counters {
  const { counted, ports } = bondOf(device)
  let sum = sumOf(device.counted ?? noCounters, counted)
  for (const port of ports) sum = sumOf(sum, sinceJoined(port))
  return sum
}
