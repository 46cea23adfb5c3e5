/** ARP that comes in (`arp_process`, `net/ipv4/arp.c`; RFC 826). @module */
import { parseIp } from '@vnet/core'
import {
  type Arp,
  arpOperations,
  decodeArp,
  encodeFrame,
  ethernetHeaderSize,
  etherTypes,
  isDecodeError,
} from '@vnet/wire'
import { isZero } from '../bits.js'
import type { Kernel } from '../kernel.js'
import { isLocal4 } from '../object/address-type.js'
import type { Device } from '../object/device.js'
import { findNeighbour, heardOf, neighbourFor } from '../object/neighbour.js'
import { Frame } from './frame.js'
import { type PacketTypeNumber, packetType } from './packet-type.js'
import { transmit } from './transmit.js'

/** Hardware type of Ethernet. */
const ethernet = 1

/** Answers for this host's addresses, and learns of others. */
export function receiveArp(kernel: Kernel, device: Device, frame: Frame, type: PacketTypeNumber): void {
  if (device.noArp || type === packetType.otherHost || device.loopback) return
  const arp = read(frame.octets)
  if (arp === undefined || arp.hardwareType !== ethernet || arp.protocolType !== etherTypes.ipv4) return
  const [sender, target] = [parseIp(arp.senderIp), parseIp(arp.targetIp)]
  if (sender?.length !== 4 || target?.length !== 4) return
  const isRequest = arp.operation === arpOperations.request
  if (!isRequest && arp.operation !== arpOperations.reply) return
  if (isRequest && isLocal4(device.namespace, target)) {
    // Who has no address yet asks whether this one is free, and is answered (RFC 5227).
    if (!isZero(sender)) heardOf(kernel, device, neighbourFor(device, sender), arp.senderMac, 'stale', true)
    answer(kernel, device, arp)
    return
  }
  const known = findNeighbour(device, sender)
  if (known === undefined) return
  const isAnswer = !isRequest && type === packetType.host
  heardOf(kernel, device, known, arp.senderMac, isAnswer ? 'reachable' : 'stale', isAnnouncement(arp))
}

/** Somebody tells everybody of its own address (`arp_is_garp`). */
const isAnnouncement = ({ operation, senderIp, targetIp, senderMac, targetMac }: Arp): boolean =>
  senderIp === targetIp && (operation === arpOperations.request || senderMac === targetMac)

function read(octets: Uint8Array): Arp | undefined {
  try {
    return decodeArp(octets, ethernetHeaderSize)
  } catch (error) {
    if (isDecodeError(error)) return undefined
    throw error
  }
}

function answer(kernel: Kernel, device: Device, asked: Arp): void {
  const mac = device.mac as string
  const octets = encodeFrame([
    { layer: 'ethernet', destination: asked.senderMac, source: mac },
    {
      layer: 'arp',
      operation: arpOperations.reply,
      senderMac: mac,
      senderIp: asked.targetIp,
      targetMac: asked.senderMac,
      targetIp: asked.senderIp,
    },
  ])
  transmit(kernel, device, new Frame(octets))
}
