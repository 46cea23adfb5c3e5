/** What a bond that asks by ARP hears at its ports (`bond_rcv_validate`). @module */
import { type BondOptions, parseIp } from '@vnet/core'
import { etherTypeAt, etherTypes, icmpv6Types, ipProtocols, ipv6HeaderSize, isTaggedAt } from '@vnet/wire'
import { isZero, sameOctets } from '../bits.js'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { nextAbove } from '../object/stacking.js'
import { readArp } from '../stack/arp.js'
import type { Frame } from '../stack/frame.js'
import { allNodes } from '../stack/nd-send.js'
import { type PacketTypeNumber, packetType } from '../stack/packet-type.js'
import { isRecent, lastAnswer } from './bond-arp.js'
import { type BondPort, bondOf, isInUse } from './bond-data.js'
import { withoutTag } from './vlan-frame.js'

/** The port in use, and others: whether only answers of targets count there. */
const validated: Record<NonNullable<BondOptions['arpValidate']>, readonly [inUse: boolean, others: boolean]> = {
  none: [false, false],
  active: [true, false],
  backup: [false, true],
  all: [true, true],
  filter: [false, false],
  filter_active: [true, false],
  filter_backup: [false, true],
}

/** A frame came in at a port. */
export function hearAnswer(kernel: Kernel, master: Device, port: Device, frame: Frame, type: PacketTypeNumber): void {
  const data = bondOf(master)
  const { arpInterval, arpValidate } = data.options
  if (arpInterval === 0 || !master.up) return
  const { octets } = isTaggedAt(frame.octets, 0) ? withoutTag(frame) : frame
  const etherType = etherTypeAt(octets, 0)
  const isProbe = etherType === etherTypes.arp || etherType === etherTypes.ipv6
  const [inUse, others] = validated[arpValidate]
  if (!(isInUse(data, port) ? inUse : others)) {
    const state = port.bondPort as BondPort
    if (isProbe || !arpValidate.startsWith('filter')) state.lastReceived = kernel.now()
  } else if (etherType === etherTypes.arp) hearArp(kernel, master, port, octets, type)
  else if (etherType === etherTypes.ipv6) hearNeighbour(kernel, master, port, octets)
}

function hearArp(kernel: Kernel, master: Device, port: Device, octets: Uint8Array, type: PacketTypeNumber): void {
  const arp = readArp(octets)
  if (arp === undefined || type === packetType.otherHost) return
  const [sender, target] = [parseIp(arp.senderIp), parseIp(arp.targetIp)]
  if (sender?.length !== 4 || target?.length !== 4) return
  const { arpIpTargets } = bondOf(master).options
  const isOwn = (address: Uint8Array) =>
    above(master).some((device) => device.addresses4.some(({ local }) => sameOctets(local, address)))
  const isAnswer = arp.operation === 2
  believe(kernel, master, port, { sender, target, isAnswer, targets: arpIpTargets, isOwn })
}

function hearNeighbour(kernel: Kernel, master: Device, port: Device, octets: Uint8Array): void {
  const ip = octets.subarray(14)
  const said = ip[ipv6HeaderSize]
  const isNd = said === icmpv6Types.neighbourSolicitation || said === icmpv6Types.neighbourAdvertisement
  if (ip.length <= ipv6HeaderSize || ip[6] !== ipProtocols.icmpv6 || !isNd) return
  const { neighbourTargets } = bondOf(master).options
  const isOwn = (address: Uint8Array) =>
    sameOctets(address, allNodes) ||
    above(master).some((device) => device.inet6?.addresses.some((entry) => sameOctets(entry.octets, address)))
  const [sender, target] = [ip.slice(8, 24), ip.slice(24, 40)]
  believe(kernel, master, port, { sender, target, isAnswer: true, targets: neighbourTargets, isOwn })
}

/** What a message says, and who counts as asked. */
interface Heard {
  readonly sender: Uint8Array
  readonly target: Uint8Array
  readonly isAnswer: boolean
  readonly targets: readonly string[]
  readonly isOwn: (address: Uint8Array) => boolean | undefined
}

/** Whether a port may count a message (`bond_arp_rcv`): an answer, or at a port that is not in use the question of the other one. */
function believe(kernel: Kernel, master: Device, port: Device, heard: Heard): void {
  const data = bondOf(master)
  const { active, asking } = data
  const { sender, target } = heard
  const activeState = active?.bondPort
  if (isInUse(data, port)) count(kernel, port, heard, sender, target)
  else if (activeState !== undefined && lastAnswer(data, activeState) > activeState.lastUp) {
    count(kernel, port, heard, target, sender)
  } else if (asking.port?.bondPort !== undefined && heard.isAnswer) {
    if (isRecent(kernel, data, asking.port.bondPort.lastSent, 1)) count(kernel, port, heard, sender, target)
  }
}

function count(kernel: Kernel, port: Device, { targets, isOwn }: Heard, from: Uint8Array, to: Uint8Array): void {
  if (isZero(from) || !isOwn(to)) return
  const at = targets.findIndex((target) => sameOctets(parseIp(target), from))
  if (at < 0) return
  const state = port.bondPort as BondPort
  state.lastReceived = kernel.now()
  state.answers[at] = kernel.now()
}

/** A bond, and all links above it. */
function above(device: Device): Device[] {
  return [device, ...nextAbove(device).flatMap(above)]
}
