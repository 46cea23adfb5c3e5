/** Packets of tunnels over IP that come in (`ip_tunnel_rcv`, `__ip6_tnl_rcv`, `gre_rcv`, `tunnel4_rcv`, `tunnel6_rcv`). @module */
import { erspanProtocols, erspanSessionAt, erspanSizeAt, ethernetHeaderSize, etherTypes, ipProtocols } from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { countRare, countReceived } from '../stack/counters.js'
import type { DropCause } from '../stack/drop.js'
import { Frame } from '../stack/frame.js'
import type { LocalPacket } from '../stack/icmp.js'
import { arrivedBy } from '../stack/tunnel-info.js'
import { isInOrder, tunnelOf } from './end.js'
import { type Arrival, findTunnel } from './find.js'
import { type GreArrival, readGre } from './gre-header.js'
import { innerOf, serviceOf, takeDscp, takeEcn } from './inner.js'
import { mayReceive } from './over-ipv6.js'
import { carriesVersion } from './send.js'
import { isSpoofed } from './sit.js'
import { receiveUdpTunnel } from './udp.js'

/** What becomes of a packet: a tunnel had it, none is there for it, or nobody here knows the protocol. */
export type Outcome = 'taken' | 'refused' | 'unknown'

/** Gives a packet to the tunnel that it is for. */
export function receiveTunnel(kernel: Kernel, packet: LocalPacket, protocol: number): Outcome {
  if (protocol === ipProtocols.udp) return receiveUdpTunnel(kernel, packet) ? 'taken' : 'unknown'
  if (protocol !== ipProtocols.gre && protocol !== ipProtocols.ipv4 && protocol !== ipProtocols.ipv6) return 'unknown'
  const isTaken = protocol === ipProtocols.gre ? receiveGre(kernel, packet) : receiveIpInIp(kernel, packet, protocol)
  if (isTaken) return 'taken'
  const over = packet.from.length === 4 ? 4 : 6
  const kinds = protocol === ipProtocols.gre ? greKinds[over] : ipKinds[over][protocol === ipProtocols.ipv4 ? 4 : 6]
  // Only with the first tunnel of a kind comes the part of the kernel that knows the protocol.
  const isKnown = [...kernel.namespaces.all].some(({ tunnels }) =>
    [...tunnels].some((device) => kinds.includes(device.kind?.name ?? '')),
  )
  return isKnown ? 'refused' : 'unknown'
}

const greKinds: { readonly [over in 4 | 6]: readonly string[] } = {
  4: ['gre', 'gretap', 'erspan'],
  6: ['ip6gre', 'ip6gretap', 'ip6erspan'],
}
/** By the outer and the inner version; VTI comes first, and takes nothing without IPsec. */
const ipKinds: { readonly [over in 4 | 6]: { readonly [inner in 4 | 6]: readonly string[] } } = {
  4: { 4: ['vti', 'ipip', 'sit'], 6: ['sit'] },
  6: { 4: ['ip6tnl', 'vti6'], 6: ['ip6tnl', 'vti6'] },
}

const arrivalOf = ({ from, to, device }: LocalPacket, key?: number): Arrival => ({
  remote: from,
  local: to,
  link: device.index,
  key,
})

function receiveGre(kernel: Kernel, packet: LocalPacket): boolean {
  const { octets, start, end, from, device } = packet
  const header = readGre(octets, start, end)
  if (header === undefined) {
    kernel.dropped(device, octets, 'malformed')
    return true
  }
  const over = from.length === 4 ? 4 : 6
  const home = device.namespace
  const { protocol } = header
  const behind = start + header.size
  if (protocol === erspanProtocols.second || protocol === erspanProtocols.third) {
    // Of version 0 there is nothing but the protocol.
    const isFirst = header.size === 4
    if (isFirst && over === 6) return false
    const session = isFirst || end - behind < 4 ? undefined : erspanSessionAt(octets, behind)
    const tunnel = findTunnel(
      home,
      over === 4 ? ['erspan'] : ['ip6erspan', 'ip6gretap', 'ip6gre'],
      arrivalOf(packet, session),
    )
    if (tunnel === undefined) return false
    const size = isFirst ? 0 : erspanSizeAt(octets, behind)
    if (size === undefined || behind + size > end) {
      // Over IPv6 it counts as for nobody.
      if (over === 4) kernel.dropped(tunnel, octets, 'malformed')
      return over === 4
    }
    takeIn(kernel, tunnel, packet, octets.slice(behind + size, end), { ...header, protocol: etherTypes.ethernet })
    return true
  }
  const isFrame = protocol === etherTypes.ethernet
  const kinds = over === 4 ? [isFrame ? 'gretap' : 'gre'] : isFrame ? ['ip6gretap', 'ip6erspan', 'ip6gre'] : ['ip6gre']
  const tunnel = findTunnel(home, kinds, arrivalOf(packet, header.key))
  if (tunnel === undefined) return false
  takeIn(kernel, tunnel, packet, octets.slice(behind, end), header)
  return true
}

function receiveIpInIp(kernel: Kernel, packet: LocalPacket, protocol: number): boolean {
  const { octets, start, end, from, to, device } = packet
  const over = from.length === 4 ? 4 : 6
  const version = protocol === ipProtocols.ipv4 ? 4 : 6
  for (const kind of ipKinds[over][version]) {
    const tunnel = findTunnel(device.namespace, [kind], arrivalOf(packet))
    if (tunnel === undefined) continue
    if (!carriesVersion(tunnel, version) || (over === 6 && !mayReceive(tunnelOf(tunnel), to, from))) {
      kernel.dropped(device, octets, 'no-tunnel')
      return true
    }
    const payload = octets.slice(start, end)
    if (kind === 'sit' && version === 6 && isSpoofed(tunnel, payload, from, to)) {
      tunnel.counters.rxErrors++
      kernel.dropped(tunnel, payload, 'invalid-source')
    } else takeIn(kernel, tunnel, packet, payload, undefined)
    return true
  }
  return false
}

/** What is wrong with a packet, as it is counted beside `rxErrors`. */
type Fault = 'rxCrcErrors' | 'rxFifoErrors' | 'rxLengthErrors' | 'rxFrameErrors'

const causes: Readonly<Record<Fault, DropCause>> = {
  rxCrcErrors: 'checksum',
  rxFifoErrors: 'tunnel-header',
  rxLengthErrors: 'malformed',
  rxFrameErrors: 'tunnel-header',
}

/** A tunnel has a packet: what its header says must fit, then it comes in at the link. */
function takeIn(
  kernel: Kernel,
  tunnel: Device,
  packet: LocalPacket,
  payload: Uint8Array,
  header: GreArrival | undefined,
): void {
  const frameHeader = tunnel.type === 'ether' ? ethernetHeaderSize : 0
  const over4 = packet.from.length === 4
  const { counters } = tunnel
  const fault = faultOf(tunnel, packet, payload, header)
  if (fault !== undefined) {
    countRare(counters, fault)
    counters.rxErrors++
    kernel.dropped(tunnel, payload, causes[fault])
  } else if (payload.length >= frameHeader) {
    // Over IPv6 the frame's header is taken off before it is counted.
    countReceived(tunnel, payload.length - (over4 ? 0 : frameHeader))
    const isSummed = header?.isSummed === true
    const info = tunnelOf(tunnel).options.external ? arrivedBy(packet, header?.key ?? 0, { isSummed }) : undefined
    kernel.backlog.add(tunnel, new Frame(payload, 0, undefined, undefined, info))
  } else kernel.dropped(tunnel, payload, 'malformed')
}

/** Checks a packet, and brings into it what the outer header says of its way. */
function faultOf(
  tunnel: Device,
  { octets, ip, from }: LocalPacket,
  payload: Uint8Array,
  header: GreArrival | undefined,
): Fault | undefined {
  const data = tunnelOf(tunnel)
  const isFrame = tunnel.type === 'ether'
  const over = from.length === 4 ? 4 : 6
  if (header !== undefined) {
    if ((data.options.icsum === true) !== header.isSummed) return 'rxCrcErrors'
    if (data.options.iseq === true && !isInOrder(data, header.sequence)) return 'rxFifoErrors'
  }
  if (isFrame && payload.length < ethernetHeaderSize) return over === 6 ? 'rxLengthErrors' : undefined
  const inner = innerOf(payload, isFrame)
  if (!isFrame && inner.version === undefined && isIp(header)) return 'rxLengthErrors'
  const service = serviceOf(octets, { version: over, at: ip })
  if (data.options.dscpInherit === true) takeDscp(payload, inner, service)
  return takeEcn(payload, inner, service) ? undefined : 'rxFrameErrors'
}

/** Whether the payload says that it is IP. */
const isIp = (header: GreArrival | undefined): boolean =>
  header === undefined || header.protocol === etherTypes.ipv4 || header.protocol === etherTypes.ipv6
