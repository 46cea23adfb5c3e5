/** Frames of HSR and PRP: twice on the way, once for whom they are for (`net/hsr/hsr_forward.c`, `hsr_slave.c`). @module */
import { ethernetHeaderSize, etherTypeAt, etherTypes, isGroupMacAt, macAt, macToNumber, setMacAt } from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { countReceived, countSent } from '../stack/counters.js'
import { deliver } from '../stack/deliver.js'
import { Frame } from '../stack/frame.js'
import { ownMac, type PacketTypeNumber, packetType, packetTypeAt } from '../stack/packet-type.js'
import { transmit } from '../stack/transmit.js'
import type { HsrData } from './hsr.js'
import { findNode, type HsrNode, type HsrPortName, hasLeft, mergeNodes, nodeOf } from './hsr-node.js'
import { isSupervision, macInSupervision } from './hsr-supervision.js'
import {
  hasHsrTag,
  hasPrpTrailer,
  hsrSequenceAt,
  hsrType,
  onPath,
  prpSequenceAt,
  prpType,
  withHsrTag,
  withoutHsrTag,
  withoutPrpTrailer,
  withPrpTrailer,
} from './hsr-tag.js'

/** A frame on its way through an HSR link (`struct hsr_frame_info`). */
interface Passing {
  readonly from: HsrPortName
  readonly octets: Uint8Array
  /** With its tag or trailer. */
  readonly isMarked: boolean
  readonly sequence: number
  readonly node: HsrNode
  /** Of one who knows nothing of HSR or PRP: no copy of it comes. */
  readonly isSingle: boolean
  readonly isSupervision: boolean
  /** For this host, and for nobody else. */
  readonly isOwn: boolean
  readonly type: PacketTypeNumber
}

/** A frame leaves by an HSR link. */
export function sendHsr(kernel: Kernel, device: Device, frame: Frame): boolean {
  forward(kernel, device, 'master', frame.octets, packetTypeAt(device, frame.octets))
  countSent(device, frame.octets.length)
  return true
}

/** A frame came in at a slave (`hsr_handle_frame`). */
export function takeForHsr(
  kernel: Kernel,
  device: Device,
  slave: Device,
  frame: Frame,
  type: PacketTypeNumber,
): boolean {
  const data = device.hsr as HsrData
  const from = slave === data.slave1 ? 'first' : slave === data.slave2 ? 'second' : 'interlink'
  const { octets } = frame
  // What this host sent itself has gone round.
  if (isOwnMac(data, device, macAt(octets, 6))) {
    kernel.dropped(slave, octets, 'duplicate')
    return true
  }
  const ether = etherTypeAt(octets, 0)
  if (data.protocol === 'hsr' && from !== 'interlink' && ether !== prpType && ether !== hsrType) return false
  forward(kernel, device, from, octets, type)
  return true
}

const isOwnMac = (data: HsrData, device: Device, mac: number): boolean =>
  mac === ownMac(device) || (data.slave2 !== undefined && mac === ownMac(data.slave2))

function forward(kernel: Kernel, device: Device, from: HsrPortName, octets: Uint8Array, type: PacketTypeNumber): void {
  const data = device.hsr as HsrData
  const passing = lookAt(kernel, device, data, from, octets, type)
  const came = (from === 'master' ? undefined : portOf(data, from)) ?? device
  if (passing === undefined) {
    kernel.dropped(came, octets, 'not-carried')
    return
  }
  let isHad = false
  for (const port of ['master', 'first', 'second', 'interlink'] as const)
    isHad = pass(kernel, device, data, passing, port) || isHad
  if (!isHad) kernel.dropped(came, octets, passing.type === packetType.otherHost ? 'wrong-mac' : 'duplicate')
}

/** What a frame says; `undefined` for one that is passed over (`fill_frame_info`). */
function lookAt(
  kernel: Kernel,
  device: Device,
  data: HsrData,
  from: HsrPortName,
  octets: Uint8Array,
  type: PacketTypeNumber,
): Passing | undefined {
  // Linux has no tags of VLANs here yet either.
  if (etherTypeAt(octets, 0) === etherTypes.vlan) return undefined
  const isHsr = data.protocol === 'hsr'
  const isMarked = isHsr ? hasHsrTag(octets, data.version) : hasPrpTrailer(octets)
  const hasNumber = from === 'master' || (from === 'interlink' && isHsr)
  const isOwn = isOwnMac(data, device, macAt(octets, 0))
  return {
    from,
    octets,
    isMarked,
    sequence: isMarked ? (isHsr ? hsrSequenceAt(octets) : prpSequenceAt(octets)) : hasNumber ? nextNumber(data) : 0,
    node: nodeOf(data, macAt(octets, 6), kernel.now()),
    isSingle: !isMarked && from !== 'master',
    isSupervision: isSupervision(data, octets),
    isOwn,
    type: isOwn ? packetType.host : type,
  }
}

/** The number of the next frame of this host. */
function nextNumber(data: HsrData): number {
  const { sequence } = data
  data.sequence = (sequence + 1) & 0xffff
  return sequence
}

/** To one port, if it is for there; whether it was. */
function pass(kernel: Kernel, device: Device, data: HsrData, passing: Passing, port: HsrPortName): boolean {
  const { from, node, sequence, type, octets } = passing
  const out = port === 'master' ? device : portOf(data, port)
  if (port === from || out === undefined) return false
  if (port === 'master' ? type === packetType.otherHost : passing.isOwn) return false
  if (!passing.isSingle && hasLeft(node, port, sequence, kernel.now())) return false
  if (port === 'master' && passing.isSupervision) {
    mergeNodes(data, node, macAt(octets, 6), macInSupervision(octets), from)
    return true
  }
  if (isDropped(data, passing, port)) return false
  if (port === 'master') deliverOwn(kernel, device, passing, plainOf(data, passing))
  else send(kernel, device, data, passing, port, out)
  return true
}

const portOf = (data: HsrData, port: HsrPortName): Device | undefined =>
  port === 'first' ? data.slave1 : port === 'second' ? data.slave2 : data.interlink

/** What does not pass from one port to another (`hsr_drop_frame`, `prp_drop_frame`). */
function isDropped(data: HsrData, { from, isSupervision, octets }: Passing, port: HsrPortName): boolean {
  const isAcross = (from === 'first' && port === 'second') || (from === 'second' && port === 'first')
  // Two LANs are never joined; a ring is.
  if (data.protocol === 'prp') return isAcross
  if (port !== 'interlink') return false
  return isSupervision || (!isGroupMacAt(octets, 0) && findNode(data, macAt(octets, 0)) !== undefined)
}

function plainOf(data: HsrData, { octets, isMarked }: Passing): Uint8Array {
  if (!isMarked) return octets
  return data.protocol === 'hsr' ? withoutHsrTag(octets) : withoutPrpTrailer(octets)
}

/** For this host: with the first MAC of whom it is from (`hsr_deliver_master`). */
function deliverOwn(kernel: Kernel, device: Device, { node, type }: Passing, plain: Uint8Array): void {
  if (!device.up) {
    device.counters.rxDropped++
    kernel.dropped(device, plain, 'link-down')
    return
  }
  const octets = plain.slice()
  setMacAt(octets, 6, node.mac)
  countReceived(device, octets.length - ethernetHeaderSize)
  if (type === packetType.multicast) device.counters.multicast++
  deliver(kernel, device, new Frame(octets), type)
}

/** By a slave: of this host with the slave's MAC, and to the MAC that the other has there (`hsr_xmit`). */
function send(kernel: Kernel, device: Device, data: HsrData, passing: Passing, port: HsrPortName, out: Device): void {
  const octets = markedFor(data, passing, port)
  if (passing.from === 'master') {
    if (!isGroupMacAt(octets, 0)) {
      const to = findNode(data, macAt(octets, 0))
      if (to?.otherPort === port && to.otherMac !== undefined) setMacAt(octets, 0, to.otherMac)
    }
    setMacAt(octets, 6, macToNumber(out.mac ?? (device.mac as string)))
  }
  transmit(kernel, out, new Frame(octets))
}

/** A copy with the tag or trailer of a port; without any for the link to another ring. */
function markedFor(data: HsrData, passing: Passing, port: HsrPortName): Uint8Array {
  const { octets, isMarked, sequence } = passing
  const side = port === 'second' ? 1 : 0
  if (port === 'interlink') return plainOf(data, passing).slice()
  if (data.protocol === 'prp') return withPrpTrailer(plainOf(data, passing), side, sequence)
  return isMarked ? onPath(octets, side) : withHsrTag(octets, side, sequence, data.version)
}
