/** Errors about packets: nobody takes them here, or their next hop is not there (`icmp_send`, `icmpv6_send`). @module */
import { ethernetHeaderSize, icmpTypes, icmpv6Types, ipProtocols, ipv4HeaderSize, ipv6HeaderSize } from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import type { LocalPacket } from './icmp.js'
import { errorMessage } from './icmp-message.js'
import { send } from './output.js'
import type { WaitingPacket } from './unresolved.js'

/** Octets of the header of a message. */
const header = 8
/** Octets of a packet with an error message, at most (RFC 1812 § 4.3.2.3, RFC 4443 § 2.4). */
const largest = { 4: 576, 6: 1280 } as const
/** Where an IPv6 header says what follows. */
const nextHeaderField = 6

/** What an error says: type, code, and the 32 bits behind the checksum. */
type Report = readonly [type: number, code: number, parameter: number]

const reports: { readonly [F in 4 | 6]: { readonly [W in 'port' | 'protocol' | 'host']: Report } } = {
  4: {
    port: [icmpTypes.unreachable, 3, 0],
    protocol: [icmpTypes.unreachable, 2, 0],
    host: [icmpTypes.unreachable, 1, 0],
  },
  6: {
    port: [icmpv6Types.unreachable, 4, 0],
    protocol: [icmpv6Types.parameterProblem, 1, nextHeaderField],
    host: [icmpv6Types.unreachable, 3, 0],
  },
}

/** Tells the sender that nobody here takes a packet of a port, or of a protocol. Never about what was for many. */
export function refusePacket(kernel: Kernel, packet: LocalPacket, what: 'port' | 'protocol'): void {
  const { octets, ip, end, from, to, isUnicast, device } = packet
  if (isUnicast) report(kernel, device, octets.subarray(ip, end), from, to, what)
}

/** Tells the sender, this host itself, that the next hop of a packet does not answer. */
export function reportUnreachable(kernel: Kernel, device: Device, { octets, from }: WaitingPacket): void {
  const packet = octets.subarray(ethernetHeaderSize)
  // Of errors there are no errors.
  const isIpv4 = from.length === 4
  const type = packet[isIpv4 ? ipv4HeaderSize : ipv6HeaderSize] as number
  const isIcmp = packet[isIpv4 ? 9 : 6] === (isIpv4 ? ipProtocols.icmp : ipProtocols.icmpv6)
  const isError = isIcmp && (isIpv4 ? type !== icmpTypes.echo && type !== icmpTypes.echoReply : type < icmpv6Types.echo)
  if (!isError) report(kernel, device, packet, from, from, 'host')
}

function report(
  kernel: Kernel,
  device: Device,
  packet: Uint8Array,
  to: Uint8Array,
  from: Uint8Array,
  what: 'port' | 'protocol' | 'host',
): void {
  const family = to.length === 4 ? 4 : 6
  const headers = (family === 4 ? ipv4HeaderSize : ipv6HeaderSize) + header
  const quotation = packet.slice(0, largest[family] - headers)
  const [type, code, parameter] = reports[family][what]
  const protocol = family === 4 ? ipProtocols.icmp : ipProtocols.icmpv6
  send(kernel, device.namespace, { to, from, protocol }, (source) =>
    errorMessage({ type, code, parameter, quotation, from: source, to }),
  )
}
