/** Redirects that come in: a router tells who is nearer to a destination (`__ip_do_redirect`, `rt6_do_redirect`; RFC 792, RFC 4861 § 8). @module */
import { isMulticastIp, parseIp } from '@vnet/core'
import { type Icmpv6, icmpTypes, ipProtocols, ipv4HeaderSizeAt, ipv6HeaderSize, u16At } from '@vnet/wire'
import { isLimitedBroadcast, isLinkLocal, isZero, sameOctets } from '../bits.js'
import type { Kernel } from '../kernel.js'
import { addressType4 } from '../object/address-type.js'
import { matches } from '../object/address4.js'
import type { Device } from '../object/device.js'
import { type Flow, lookupRoute } from '../object/lookup-route.js'
import { askFor, heardOf, isValid, neighbourFor } from '../object/neighbour.js'
import type { Hop } from '../object/route-entry.js'
import { addException } from '../object/route-exception.js'
import { sendersOf } from '../socket/error-input.js'
import { any4, both4 } from '../sysctl/conf.js'
import type { DropCause } from './drop.js'
import { extensionsOf } from './extension.js'
import { pathHash } from './flow-hash.js'
import type { LocalPacket } from './icmp.js'
import { gatewayOf } from './output.js'

/** Octets of the header of a message, and of what stands before the packet in an option that quotes it (RFC 4861 § 4.6.3). */
const [header, reserved] = [8, 6]
/** Number of that option. */
const redirectedHeader = 4

/** One of IPv4, about a packet that this host sent. */
export function receiveRedirect4(kernel: Kernel, packet: LocalPacket): void {
  const { device, octets, start, end, from } = packet
  const quoted = start + header
  const payload = quoted + ipv4HeaderSizeAt(octets, quoted)
  if (((octets[start + 1] as number) & 7) > 3 || payload + header > end) {
    kernel.dropped(device, octets, 'malformed')
    return
  }
  const [own, to] = [octets.slice(quoted + 12, quoted + 16), octets.slice(quoted + 16, quoted + 20)]
  const asker = askerOf(kernel, packet, payload)
  const hop = asker && hopOf(device, 4, { to, from: own, output: asker.output, hash: pathHash(own, to) })
  const gateway = octets.slice(start + 4, start + 8)
  if (hop?.device === undefined || !sameOctets(gatewayOf(hop, to), from) || !heeds4(device, gateway, from)) {
    kernel.dropped(device, octets, 'ignored')
    return
  }
  const entry = neighbourFor(hop.device, gateway)
  // Who does not answer is no way; it may answer by the next redirect.
  if (isValid(entry)) addException(kernel, hop, to, gateway)
  else askFor(kernel, hop.device, entry)
}

/** Who sent the packet that is quoted, if somebody here did: answers to echoes are the kernel's own. */
function askerOf(
  kernel: Kernel,
  packet: LocalPacket,
  payload: number,
): { readonly output: Device | undefined } | undefined {
  const { device, octets } = packet
  const [protocol, type] = [octets[packet.start + header + 9], octets[payload]]
  const { nearest, raws } = sendersOf(packet, packet.start + header)
  const socket = nearest ?? raws[0]
  if (socket !== undefined) return { output: socket.device }
  if (protocol !== ipProtocols.icmp) return undefined
  const echo = { identifier: u16At(octets, payload + 4), sequence: u16At(octets, payload + 6) }
  const isWaiting = kernel.pings.has(device.namespace, 4, echo)
  const isOwn = type === icmpTypes.echoReply || (type === icmpTypes.echo && isWaiting)
  return isOwn ? { output: undefined } : undefined
}

/** Whether a link may be told of a gateway (`accept_redirects`, `shared_media`, `secure_redirects`). */
function heeds4(device: Device, gateway: Uint8Array, from: Uint8Array): boolean {
  const { namespace, conf4 } = device
  const conf = namespace.sysctls.conf4
  const accepts = (conf4.forwarding === 0 ? any4 : both4)(conf, conf4, 'accept_redirects')
  if (!accepts || sameOctets(gateway, from)) return false
  if (isMulticastIp(gateway) || isLimitedBroadcast(gateway) || isZero(gateway)) return false
  if (any4(conf, conf4, 'shared_media')) return addressType4(namespace, gateway) === 'unicast'
  const isNear = device.addresses4.some((entry) => matches(entry, gateway) && matches(entry, from))
  return isNear && (!any4(conf, conf4, 'secure_redirects') || isGateway(device, gateway))
}

/** Whether a route of the link goes by a gateway (`ip_fib_check_default`). */
function isGateway(device: Device, gateway: Uint8Array): boolean {
  for (const { hops } of device.routes) {
    if (hops.some((hop) => hop.device === device && !hop.dead && sameOctets(hop.via, gateway))) return true
  }
  return false
}

/** One of IPv6. */
export function receiveRedirect6(
  kernel: Kernel,
  packet: LocalPacket,
  icmp: Extract<Icmpv6, { kind: 'redirect' }>,
): void {
  const { device, from } = packet
  const [target, to] = [parseIp(icmp.target) as Uint8Array, parseIp(icmp.destination) as Uint8Array]
  const about = aboutOf(packet, icmp, to)
  const isOnLink = sameOctets(target, to)
  const isWrong = !isLinkLocal(from) || isMulticastIp(to) || (!isOnLink && !isLinkLocal(target))
  const dropped = (cause: DropCause) => kernel.dropped(device, packet.octets, cause)
  if (isWrong || about === undefined) {
    dropped(isWrong ? 'malformed' : 'ignored')
    return
  }
  const conf = device.inet6?.conf
  if (conf === undefined || conf.forwarding !== 0 || conf.accept_redirects === 0) {
    dropped('ignored')
    return
  }
  const hop = hopOf(device, 6, { ...about, hash: pathHash(about.from, about.to) })
  // Only the router that the packet went to may say so.
  if (hop?.via === undefined || ![hop.via, gatewayOf(hop, about.to)].some((gateway) => sameOctets(gateway, from))) {
    dropped('ignored')
    return
  }
  const entry = neighbourFor(device, target)
  const option = icmp.options.find(({ kind }) => kind === 'target-mac')
  const mac = option !== undefined && 'mac' in option ? option.mac : undefined
  if (!isOnLink && (mac !== undefined || isValid(entry))) entry.router = true
  if (mac !== undefined) heardOf(kernel, device, entry, mac, 'stale', true)
  addException(kernel, hop, to, target)
}

/** The packet that a redirect is about, where this host sent it. */
function aboutOf(
  packet: LocalPacket,
  { options }: Extract<Icmpv6, { kind: 'redirect' }>,
  to: Uint8Array,
): (Flow & { readonly from: Uint8Array; readonly output: Device }) | undefined {
  const option = options.find((one) => one.kind === 'other' && one.type === redirectedHeader)
  if (option === undefined || !('bytes' in option)) return { from: packet.to, to, output: packet.device }
  const quotation = option.bytes.slice(reserved)
  if (quotation.length < ipv6HeaderSize) return undefined
  const { protocol, start } = extensionsOf(quotation)
  if (start + header > quotation.length) return undefined
  const quoting = { ...packet, octets: quotation, end: quotation.length }
  const { nearest, raws } = sendersOf(quoting, 0)
  // Of sockets only those that are bound to a link pass a redirect on, for the route is looked for by that link.
  const bound = [nearest, ...raws].find((socket) => socket?.device !== undefined)
  const output = protocol === ipProtocols.icmpv6 ? packet.device : bound?.device
  return output && { from: quotation.slice(8, 24), to: quotation.slice(24, 40), output }
}

/** The hop that packets take now. */
function hopOf({ namespace }: Device, family: 4 | 6, flow: Flow): Hop | undefined {
  const found = lookupRoute(namespace, family, flow)
  return 'route' in found && found.route.type === 'unicast' ? found.hop : undefined
}
