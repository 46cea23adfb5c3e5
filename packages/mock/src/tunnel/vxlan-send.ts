/** Frames that leave by a VXLAN: to whom its table says (`vxlan_xmit`, `drivers/net/vxlan/vxlan_core.c`; RFC 7348). @module */
import { isMulticastIp, parseIp } from '@vnet/core'
import { encodeVxlan, ethernetHeaderSize, ipProtocols, macAt, macFromNumber } from '@vnet/wire'
import { isZero } from '../bits.js'
import type { Kernel } from '../kernel.js'
import type { VxlanData } from '../kind/vxlan.js'
import { findVxlan, learnVxlan, type VxlanRemote } from '../kind/vxlan-table.js'
import { countLostVni, countVni } from '../kind/vxlan-vni.js'
import type { Device } from '../object/device.js'
import { countRare, countReceived, countSent } from '../stack/counters.js'
import { Frame } from '../stack/frame.js'
import { flowLabelOf, hopsOf, innerOf, mustNotFragment, serviceOf, withEcn } from './inner.js'
import { countOuter, outerWay, sendOuter } from './outer.js'
import { sourcePort } from './source-port.js'
import { answerTooLong } from './too-long.js'
import { datagramOf } from './udp.js'
import { answerForNeighbour, shortCircuit } from './vxlan-proxy.js'
import { alike, vxlanListeners, withVni } from './vxlan-receive.js'

const zero = '00:00:00:00:00:00'
/** Hops of what goes to a group, so that it stays near. */
const groupHops = 1
/** Octets of a VXLAN's headers with that of the frame inside (`vxlan_headroom`). */
const outerOctets = { 4: 50, 6: 70 } as const

/** Sends a frame to the remotes of its destination, or to those of the all-zero MAC. It is taken in any case: what is lost is counted. */
export function sendVxlan(kernel: Kernel, device: Device, frame: Frame): boolean {
  sendBy(kernel, device, frame)
  return true
}

function sendBy(kernel: Kernel, device: Device, frame: Frame): void {
  const { options } = device.vxlan as VxlanData
  const dropped = () => kernel.dropped(device, frame.octets, 'no-far-end')
  // Of an external one the identifier comes with the frame, from a bridge whose VLANs are mapped.
  const vni = options.external ? (frame.tunnel?.isOut ? frame.tunnel.key : undefined) : options.id
  if (vni === undefined) {
    dropped()
    return
  }
  if (options.proxy && answerForNeighbour(kernel, device, frame, vni)) return
  const find = (octets: Uint8Array) => findVxlan(kernel, device, macFromNumber(macAt(octets, 0)), vni)
  let { octets } = frame
  let record = find(octets)
  const short = options.rsc && record?.router === true ? shortCircuit(device, octets) : undefined
  if (short !== undefined) {
    octets = short
    record = find(octets)
  }
  record ??= findVxlan(kernel, device, zero, vni)
  if (record === undefined) {
    device.counters.txDropped++
    countLostVni(device, vni, 'txDropped')
    dropped()
    return
  }
  // The first one is sent to last.
  const [first, ...others] = record.remotes
  const send = (remote: VxlanRemote) =>
    sendTo(kernel, device, frame, octets, { ...remote, vni: remote.vni || vni }, short !== undefined)
  for (const remote of others) send(remote)
  if (first !== undefined) send(first)
}

/** Sends to one remote (`vxlan_xmit_one`). */
function sendTo(
  kernel: Kernel,
  device: Device,
  frame: Frame,
  octets: Uint8Array,
  remote: VxlanRemote,
  isShort: boolean,
): void {
  const { options, home } = device.vxlan as VxlanData
  const { counters } = device
  const to = parseIp(remote.address) as Uint8Array
  if (isZero(to)) {
    if (isShort) bypass(kernel, device, device, frame, octets, remote.vni)
    else {
      counters.txDropped++
      countLostVni(device, remote.vni, 'txDropped')
      kernel.dropped(device, octets, 'no-far-end')
    }
    return
  }
  const inner = innerOf(octets, true)
  const service = serviceOf(octets, inner)
  const given = options.tos === 1 ? service : options.tos
  const from = options.local === undefined ? undefined : parseIp(options.local)
  const way = outerWay(kernel, home, { to, from, output: remote.via ?? device.lower, tos: given })
  if (way === undefined || way.device === device) {
    if (way === undefined) countRare(counters, 'txCarrierErrors')
    else countRare(counters, 'collisions')
    counters.txErrors++
    countLostVni(device, remote.vni, 'txErrors')
    kernel.dropped(device, octets, way === undefined ? 'no-route' : 'loop')
    return
  }
  const over = to.length === 4 ? 4 : 6
  // What a bridge says of the tunnel goes the whole way, and may be cut.
  if (way.isLocal && options.localBypass && !options.external) {
    const listeners = alike(device, vxlanListeners(home, remote.port, over))
    const other = withVni(listeners, remote.vni, remote.via ?? device.lower)
    if (other !== undefined) bypass(kernel, device, other, frame, octets, remote.vni)
    else {
      counters.txErrors++
      kernel.dropped(device, octets, 'no-tunnel')
    }
    return
  }
  const answer = answerTooLong(kernel, device, new Frame(octets, 0, frame.nextHop), way.mtu - outerOctets[over])
  if (answer !== undefined) {
    comeBack(kernel, device, device, new Frame(answer, frame.priority, undefined, undefined, frame.tunnel), remote.vni)
    return
  }
  const datagram = datagramOf(
    {
      sourcePort: sourcePort(octets, true, options.portRange),
      port: remote.port,
      isSummed: over === 4 ? options.udpChecksum : !options.udpZeroChecksum6Tx,
      payload: encodeVxlan({ vni: remote.vni }, octets),
    },
    way.source,
    to,
  )
  const ownHops = options.ttl || (isMulticastIp(to) ? groupHops : way.hops)
  const header = {
    to,
    protocol: ipProtocols.udp,
    hops: (options.ttlInherit ? hopsOf(octets, inner) : ownHops) || way.hops,
    tos: withEcn(given, service),
    flowLabel: options.flowLabelPolicy === 'inherit' ? flowLabelOf(octets, inner) : options.flowLabel,
    isWhole:
      !options.external &&
      (options.df === 'set' || (options.df === 'inherit' && (inner.version === 6 || mustNotFragment(octets, inner)))),
  }
  const isSent = sendOuter(kernel, way, header, datagram)
  countVni(device, remote.vni, 'tx', octets.length)
  countOuter(device, isSent, octets.length - ethernetHeaderSize, over)
}

/** The remote is this host: the frame comes in at its VXLAN at once (`vxlan_encap_bypass`). */
function bypass(kernel: Kernel, device: Device, other: Device, frame: Frame, octets: Uint8Array, vni: number): void {
  const { options } = other.vxlan as VxlanData
  if (!other.up) {
    kernel.dropped(other, octets, 'link-down')
    return
  }
  const loopback = options.family === 6 ? '::1' : '127.0.0.1'
  if (options.learning) learnVxlan(kernel, other, macAt(octets, 6), vni, loopback, undefined)
  comeBack(kernel, device, other, new Frame(octets, frame.priority), vni)
}

/** What leaves by one VXLAN comes in at another, or at itself. */
function comeBack(kernel: Kernel, device: Device, other: Device, frame: Frame, vni: number): void {
  const { length } = frame.octets
  countSent(device, length)
  countVni(device, vni, 'tx', length)
  if (!kernel.backlog.add(other, frame)) return
  countReceived(other, length)
  countVni(other, vni, 'rx', length)
}
