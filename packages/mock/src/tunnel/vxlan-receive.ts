/** Datagrams for VXLANs (`vxlan_rcv`, `drivers/net/vxlan/vxlan_core.c`; RFC 7348). @module */
import { formatIp, parseIp } from '@vnet/core'
import { ethernetHeaderSize, isVxlanAt, macAt, u32At, vniAt, vxlanHeaderSize } from '@vnet/wire'
import { isLinkLocal } from '../bits.js'
import type { Kernel } from '../kernel.js'
import type { VxlanData } from '../kind/vxlan.js'
import { receives } from '../kind/vxlan-option.js'
import { learnVxlan } from '../kind/vxlan-table.js'
import { countLostVni, countVni } from '../kind/vxlan-vni.js'
import type { Namespace } from '../namespace.js'
import type { Device } from '../object/device.js'
import { countRare, countReceived } from '../stack/counters.js'
import type { DropCause } from '../stack/drop.js'
import { Frame } from '../stack/frame.js'
import type { LocalPacket } from '../stack/icmp.js'
import { ownMac } from '../stack/packet-type.js'
import { arrivedBy } from '../stack/tunnel-info.js'
import { innerOf, serviceOf, takeEcn } from './inner.js'

const dataOf = (device: Device): VxlanData => device.vxlan as VxlanData

/** The VXLANs that listen to a port over a version of IP. */
export function vxlanListeners(home: Namespace, port: number, over: 4 | 6): readonly Device[] {
  return [...home.vxlans].filter((device) => {
    const { options } = dataOf(device)
    return device.up && options.port === port && (options.external || options.family === over)
  })
}

/** The VXLAN among some that has an identifier (`vxlan_vs_find_vni`); one over link-local addresses only by its link. */
export function withVni(listeners: readonly Device[], vni: number, link: Device | undefined): Device | undefined {
  return listeners.find((device) => {
    const { options, vnis } = dataOf(device)
    if (options.external) return !options.vniFilter || vnis.has(vni)
    return options.id === vni && (!isNearby(device) || device.lower === link)
  })
}

const isNearby = (device: Device): boolean => {
  const { local, remote } = dataOf(device).options
  return [local, remote].some((text) => text !== undefined && isLinkLocal(parseIp(text) as Uint8Array))
}

/** VXLANs that read packets the same way, as they share a socket. */
export const alike = (device: Device, others: readonly Device[]): readonly Device[] =>
  others.filter((other) => receives(dataOf(other).options) === receives(dataOf(device).options))

/** A datagram: of the VXLAN that has its identifier. What is wrong with it is dropped without counting, as the driver does. */
export function receiveVxlan(kernel: Kernel, packet: LocalPacket, listeners: readonly Device[]): void {
  const { octets, start, end, from } = packet
  const dropped = (cause: DropCause) => kernel.dropped(packet.device, octets, cause)
  if (end - start < vxlanHeaderSize || !isVxlanAt(octets, start)) {
    dropped('malformed')
    return
  }
  const vni = vniAt(octets, start)
  const device = withVni(listeners, vni, packet.device)
  if (device === undefined || !isUnderstood(device, octets, start)) {
    dropped(device === undefined ? 'no-tunnel' : 'tunnel-header')
    return
  }
  const payload = octets.slice(start + vxlanHeaderSize, end)
  if (payload.length < ethernetHeaderSize || macAt(payload, 6) === ownMac(device)) {
    dropped(payload.length < ethernetHeaderSize ? 'malformed' : 'loop')
    return
  }
  const via = isLinkLocal(from) ? packet.device : undefined
  if (dataOf(device).options.learning && !learnVxlan(kernel, device, macAt(payload, 6), vni, formatIp(from), via)) {
    dropped('invalid-source-mac')
    return
  }
  const { counters } = device
  const service = serviceOf(octets, { version: from.length === 4 ? 4 : 6, at: packet.ip })
  if (!takeEcn(payload, innerOf(payload, true), service)) {
    countRare(counters, 'rxFrameErrors')
    counters.rxErrors++
    countLostVni(device, vni, 'rxErrors')
    dropped('tunnel-header')
    return
  }
  countReceived(device, payload.length - ethernetHeaderSize)
  countVni(device, vni, 'rx', payload.length - ethernetHeaderSize)
  const tunnel = dataOf(device).options.external ? arrivedBy(packet, vni) : undefined
  kernel.backlog.add(device, new Frame(payload, 0, undefined, undefined, tunnel))
}

/** Whether no bit is set that the link reserves. A checksum inside is right here, so what says how to complete it is read over. */
function isUnderstood(device: Device, octets: Uint8Array, at: number): boolean {
  const [first, second] = dataOf(device).options.reservedBits
  return (u32At(octets, at) & first) === 0 && (u32At(octets, at + 4) & second) === 0
}
