/** ARP that comes in (`arp_process`, `net/ipv4/arp.c`; RFC 826). @module */
import { isMulticastIp, parseIp } from '@vnet/core'
import { type Arp, arpOperations, decodeArp, ethernetHeaderSize, etherTypes, isDecodeError } from '@vnet/wire'
import { isZero, sameOctets } from '../bits.js'
import type { Kernel } from '../kernel.js'
import { addressType4, isLocal4 } from '../object/address-type.js'
import { matches } from '../object/address4.js'
import type { Device } from '../object/device.js'
import { findNeighbour, heardOf, neighbourFor } from '../object/neighbour.js'
import { fraction } from '../random.js'
import { most4 } from '../sysctl/conf.js'
import { answerTo, ignores } from './arp-answer.js'
import type { Frame } from './frame.js'
import { sendLayers } from './own-frame.js'
import { type PacketTypeNumber, packetType } from './packet-type.js'

/** Hardware type of Ethernet. */
const ethernet = 1

/** Answers for this host's addresses, and learns of others. */
export function receiveArp(kernel: Kernel, device: Device, frame: Frame, type: PacketTypeNumber): void {
  if (device.noArp || type === packetType.otherHost || device.loopback) {
    kernel.dropped(device, frame.octets, type === packetType.otherHost ? 'wrong-mac' : 'ignored')
    return
  }
  const arp = readArp(frame.octets)
  const isOurs = arp?.hardwareType === ethernet && arp.senderMac.length === (device.mac as string).length
  if (arp === undefined || !isOurs || arp.protocolType !== etherTypes.ipv4) {
    kernel.dropped(device, frame.octets, 'malformed')
    return
  }
  const [sender, target] = [parseIp(arp.senderIp), parseIp(arp.targetIp)]
  const isRequest = arp.operation === arpOperations.request
  const isKnown = isRequest || arp.operation === arpOperations.reply
  if (sender?.length !== 4 || target?.length !== 4 || !isKnown || isMulticastIp(target)) {
    kernel.dropped(device, frame.octets, isKnown ? 'malformed' : 'no-protocol')
    return
  }
  // Who has no address yet asks whether this one is free, and is answered (RFC 5227).
  if (isZero(sender)) {
    if (isRequest && isLocal4(device.namespace, target, device) && !ignores(device, sender, target))
      answer(kernel, device, arp)
    return
  }
  const answers = isRequest ? answerTo({ device, sender, target, type }) : 'no'
  if (answers !== 'no') {
    heardOf(kernel, device, neighbourFor(device, sender), arp.senderMac, 'stale', true)
    if (answers === 'now') answer(kernel, device, arp)
    else later(kernel, device, arp)
    return
  }
  if (isRequest && isLocal4(device.namespace, target, device)) return
  const isNew = findNeighbour(device, sender) === undefined
  if (isNew && !accepts(device, sender, target, arp)) return
  const known = neighbourFor(device, sender)
  const isAnswer = !isRequest && type === packetType.host
  heardOf(kernel, device, known, arp.senderMac, isAnswer ? 'reachable' : 'stale', isAnnouncement(arp))
}

/** Somebody tells everybody of its own address (`arp_is_garp`). */
const isAnnouncement = ({ operation, senderIp, targetIp, senderMac, targetMac }: Arp): boolean =>
  senderIp === targetIp && (operation === arpOperations.request || senderMac === targetMac)

/** Others are answered for by chance within `proxy_delay` hundredths of a second, so that who has the address comes first. */
function later(kernel: Kernel, device: Device, asked: Arp): void {
  const delay = device.neighbourConf[4].proxy_delay / 100
  if (delay === 0) {
    answer(kernel, device, asked)
    return
  }
  kernel.timers.at(kernel.now() + fraction(kernel.random) * delay, () => {
    if (!device.removed && device.up) answer(kernel, device, asked)
  })
}

/** Whether one that nobody asked for is remembered (`arp_accept`). */
function accepts(device: Device, sender: Uint8Array, target: Uint8Array, arp: Arp): boolean {
  const wish = most4(device.namespace.sysctls.conf4, device.conf4, 'arp_accept')
  if (wish !== 1 && !(wish === 2 && device.addresses4.some((entry) => matches(entry, sender)))) return false
  if (addressType4(device.namespace, sender) !== 'unicast') return false
  return sameOctets(sender, target) || arp.operation === arpOperations.reply
}

/** The ARP message of a frame; `undefined` where it is cut or none. */
export function readArp(octets: Uint8Array): Arp | undefined {
  try {
    return decodeArp(octets, ethernetHeaderSize)
  } catch (error) {
    if (isDecodeError(error)) return undefined
    throw error
  }
}

function answer(kernel: Kernel, device: Device, asked: Arp): void {
  const mac = device.mac as string
  sendLayers(kernel, device, asked.senderMac, [
    {
      layer: 'arp',
      operation: arpOperations.reply,
      senderMac: mac,
      senderIp: asked.targetIp,
      targetMac: asked.senderMac,
      targetIp: asked.senderIp,
    },
  ])
}
