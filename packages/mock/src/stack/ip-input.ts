/** IP packets that come in: for this host, for others, or with nowhere to go (`ip_rcv`, `ip6_rcv`). @module */
import type { ErrorCode } from '@vnet/core'
import {
  checksumOf,
  ethernetHeaderSize,
  etherTypes,
  ipv4HeaderSize,
  ipv4HeaderSizeAt,
  ipv4LengthAt,
  ipv6HeaderSize,
  ipv6PayloadLengthAt,
  isFragment,
  setEtherTypeAt,
} from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import type { Tracked } from '../nat/connection.js'
import { beforeDelivery, beforeRouting, isTracking } from '../nat/hook.js'
import type { Device } from '../object/device.js'
import { ipvlanForPacket } from '../object/ipvlan-address.js'
import { any4 } from '../sysctl/conf.js'
import { countReceived } from './counters.js'
import type { DropCause } from './drop.js'
import { readHopByHop } from './extension.js'
import { forward4, forward6, type Passing } from './forward.js'
import type { Frame } from './frame.js'
import type { LocalPacket } from './icmp.js'
import { peerOf, reports4, reports6, sendError4, sendError6 } from './icmp-error.js'
import { type Decision, routeIn4, routeIn6 } from './ip-route.js'
import { deliverLocal, problem6 } from './local.js'
import { sourceAt } from './packet.js'
import { type PacketTypeNumber, packetType } from './packet-type.js'
import { reassemble } from './reassemble.js'
import { inputOf, seenByVrf } from './vrf-tap.js'

/** A packet, its IP header at `ip`; with an Ethernet header or without. */
export function receiveIp(
  kernel: Kernel,
  device: Device,
  { octets, tracked }: Frame,
  ip: number,
  type: PacketTypeNumber,
): void {
  if (type === packetType.otherHost) {
    kernel.dropped(device, octets, 'wrong-mac')
    return
  }
  const input = inputOf(device, octets, ip)
  const receive = (octets[ip] as number) >> 4 === 4 ? receive4 : receive6
  const port = input === device ? undefined : device
  const cause = receive(kernel, input, octets, ip, type, tracked, port)
  if (cause !== undefined) kernel.dropped(input, octets, cause)
}

/** What became of it where it ends here and no protocol has had it. */
type Fate = DropCause | undefined

/** The ipvlan in mode l3s that a packet at its parent is for, which counts it. */
function atIpvlan(met: Read): Read {
  const found = ipvlanForPacket(met.device, met.to)
  if (found === undefined) return met
  countReceived(found, met.octets.length - met.ip)
  return { ...met, device: found, tracked: undefined }
}

/** A packet with the destination that translation gives it, whole; `undefined` while fragments of it are missing. */
function translated(
  kernel: Kernel,
  met: Read,
  type: PacketTypeNumber,
  known: Tracked | undefined,
  port: Device | undefined,
): Read | Fate {
  const { device, octets, end, from } = met
  const ip = ethernetHeaderSize
  const isIpv4 = from.length === 4
  const own = met.ip === ip ? octets.slice(0, end) : withHeader(octets.subarray(met.ip, end), isIpv4)
  const gathered = isFragment(own) ? reassemble(kernel, device, own, type) : { frame: own, largest: undefined }
  if (gathered === undefined) return undefined
  const { frame, largest } = gathered
  // That happens at the port of a VRF, before the VRF has the packet.
  const tracked = beforeRouting(kernel, port ?? device, { octets: frame, ip, end: frame.length }, known)
  if (typeof tracked === 'string') return tracked
  const again = (isIpv4 ? read4 : read6)(device, frame, ip)
  return typeof again === 'string' ? again : { ...again, tracked, largest }
}

function receive4(
  kernel: Kernel,
  input: Device,
  received: Uint8Array,
  at: number,
  type: PacketTypeNumber,
  known: Tracked | undefined,
  port: Device | undefined,
): Fate {
  const met = read4(input, received, at)
  if (typeof met === 'string') return met
  const whole = isTracking(input.namespace, 4) ? translated(kernel, met, type, known, port) : met
  if (typeof whole !== 'object') return whole
  if (port !== undefined) seenByVrf(input, whole.octets, whole.ip)
  const read = atIpvlan(whole)
  const { device, octets, ip } = read
  const passing = passingOf(read, type)
  const decision = routeIn4(passing, octets[ip + 1] as number)
  if (decision.to === 'here') {
    const { isUnicast } = decision
    if (
      isUnicast &&
      type !== packetType.host &&
      any4(device.namespace.sysctls.conf4, device.conf4, 'drop_unicast_in_l2_multicast')
    )
      return 'wrong-mac'
    local(kernel, { ...read, isUnicast, port }, type)
    return undefined
  }
  if (decision.to === 'there') return forward4(kernel, passing, decision.onward, decision.isNear)
  if (decision.to === 'silence') return decision.cause
  noWay4(kernel, passing, decision)
  return device.conf4.forwarding === 0 ? 'not-forwarding' : causeOf(decision.error)
}

/** Why there is no way, by what the route says of it. */
const causeOf = (error: ErrorCode): DropCause =>
  error === 'EACCES'
    ? 'prohibited'
    : error === 'EHOSTUNREACH'
      ? 'unreachable'
      : error === 'EINVAL'
        ? 'blackhole'
        : 'no-route'

/** There is no way on for a packet, and its sender is told by those who are routers (`ip_error`). */
function noWay4(kernel: Kernel, passing: Passing, { error }: Extract<Decision, { to: 'nowhere' }>): void {
  const { device, from } = passing
  if (device.conf4.forwarding === 0) return
  const report =
    error === 'EHOSTUNREACH'
      ? reports4.host
      : error === 'ENETUNREACH'
        ? reports4.network
        : error === 'EACCES'
          ? reports4.prohibited
          : undefined
  if (report === undefined) return
  if (!device.namespace.peers.allowRouteError(peerOf(device, from), kernel.now())) return
  sendError4(kernel, passing, report)
}

function receive6(
  kernel: Kernel,
  input: Device,
  octets: Uint8Array,
  ip: number,
  type: PacketTypeNumber,
  known: Tracked | undefined,
  port: Device | undefined,
): Fate {
  const met = read6(input, octets, ip)
  if (typeof met === 'string') return met
  const whole = isTracking(input.namespace, 6) ? translated(kernel, met, type, known, port) : met
  if (typeof whole !== 'object') return whole
  if (port !== undefined) seenByVrf(input, whole.octets, whole.ip)
  const read = atIpvlan(whole)
  const { device } = read
  const passing = passingOf(read, type)
  const behind = readHopByHop(passing.packet)
  if ('drop' in behind) {
    problem6(kernel, passing, behind)
    return 'malformed'
  }
  const decision = routeIn6(passing)
  if (decision.to === 'silence') return decision.cause
  if (decision.to === 'here') {
    local(kernel, { ...read, isUnicast: decision.isUnicast, port }, type)
    return undefined
  }
  const forwards = device.namespace.sysctls.conf6.all.forwarding !== 0
  if (decision.to === 'there') return forwards ? forward6(kernel, passing, decision.onward) : 'not-forwarding'
  if (decision.error !== 'EINVAL') {
    sendError6(kernel, passing, decision.error === 'EACCES' ? reports6.prohibited : reports6.route)
  }
  return forwards ? causeOf(decision.error) : 'not-forwarding'
}

function passingOf(read: Read, type: PacketTypeNumber): Passing {
  const { device, octets, ip, end, from, to, tracked, largest } = read
  return { device, packet: octets.subarray(ip, end), from, to, isForHost: type === packetType.host, tracked, largest }
}

/** For this host: put together first where it is a fragment. */
function local(kernel: Kernel, packet: LocalPacket, type: PacketTypeNumber): void {
  const { device, octets, ip, end, isUnicast, port } = packet
  const isIpv4 = packet.from.length === 4
  const framed = ip === ethernetHeaderSize ? octets.subarray(0, end) : withHeader(octets.subarray(ip, end), isIpv4)
  if (!isFragment(framed)) {
    deliver(kernel, packet, type)
    return
  }
  const whole = reassemble(kernel, device, framed, type)?.frame
  if (whole === undefined) return
  const again = isIpv4 ? read4(device, whole, ethernetHeaderSize) : read6(device, whole, ethernetHeaderSize)
  if (typeof again === 'string') kernel.dropped(device, whole, again)
  else deliverLocal(kernel, { ...again, isUnicast, port }, type)
}

/** To its protocol, with the source that translation gives it; in place, for it is a copy then. */
function deliver(kernel: Kernel, packet: LocalPacket, type: PacketTypeNumber): void {
  const { device, octets, ip, end, tracked } = packet
  if (tracked === undefined) {
    deliverLocal(kernel, packet, type)
    return
  }
  const outcome = beforeDelivery(kernel, device, { octets, ip, end }, tracked)
  if (typeof outcome === 'string') kernel.dropped(device, octets, outcome)
  else deliverLocal(kernel, { ...packet, from: sourceAt(octets, ip) }, type)
}

/** What this host sent to many, for itself: that it comes from here is no reason to refuse it (`dev_loopback_xmit`). */
export function receiveLooped(kernel: Kernel, device: Device, octets: Uint8Array): void {
  const ip = ethernetHeaderSize
  const read = (octets[ip] as number) >> 4 === 4 ? read4(device, octets, ip) : read6(device, octets, ip)
  if (typeof read === 'string') kernel.dropped(device, octets, read)
  else local(kernel, { ...read, isUnicast: false }, packetType.multicast)
}

function withHeader(packet: Uint8Array, isIpv4: boolean): Uint8Array {
  const octets = new Uint8Array(ethernetHeaderSize + packet.length)
  setEtherTypeAt(octets, 0, isIpv4 ? etherTypes.ipv4 : etherTypes.ipv6)
  octets.set(packet, ethernetHeaderSize)
  return octets
}

/** What a packet's header says; where it cannot be read, why. */
type Read = Omit<LocalPacket, 'isUnicast'> & {
  /** Octets of the largest fragment that it was put together from on the way. */
  readonly largest?: number | undefined
}

function read4(device: Device, octets: Uint8Array, ip: number): Read | DropCause {
  if (octets.length < ip + ipv4HeaderSize || (octets[ip] as number) >> 4 !== 4) return 'malformed'
  const size = ipv4HeaderSizeAt(octets, ip)
  const length = ipv4LengthAt(octets, ip)
  if (size < ipv4HeaderSize || length < size || ip + length > octets.length) return 'malformed'
  if (checksumOf(octets, ip, ip + size) !== 0) return 'checksum'
  const from = octets.slice(ip + 12, ip + 16)
  const to = octets.slice(ip + 16, ip + 20)
  const hops = octets[ip + 8] as number
  return { device, from, to, hops, octets, ip, start: ip + size, end: ip + length }
}

function read6(device: Device, octets: Uint8Array, ip: number): Read | DropCause {
  if (octets.length < ip + ipv6HeaderSize || (octets[ip] as number) >> 4 !== 6) return 'malformed'
  if (device.inet6 === undefined || device.inet6.conf.disable_ipv6 !== 0) return 'ipv6-disabled'
  const end = ip + ipv6HeaderSize + ipv6PayloadLengthAt(octets, ip)
  if (end > octets.length) return 'malformed'
  const from = octets.slice(ip + 8, ip + 24)
  const to = octets.slice(ip + 24, ip + 40)
  const hops = octets[ip + 7] as number
  return { device, from, to, hops, octets, ip, start: ip + ipv6HeaderSize, end }
}
