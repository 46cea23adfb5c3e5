/** Packets for this host: to the protocol that is meant, or back with a word that there is none (`ip_local_deliver_finish`, `ip6_protocol_deliver_rcu`). @module */
import { icmpv6Types, ipProtocols } from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import { receiveWireguard } from '../kind/wireguard-input.js'
import { receiveRaw } from '../socket/raw-input.js'
import { receiveUdp } from '../socket/udp-input.js'
import { receiveTunnel } from '../tunnel/receive.js'
import type { DropCause } from './drop.js'
import { problems, readExtensions, readHopByHop, type Verdict } from './extension.js'
import { receiveIgmp } from './group-query.js'
import { type LocalPacket, receiveIcmp4, receiveIcmp6 } from './icmp.js'
import { type Faulty, reports4, reports6, sendError4, sendError6 } from './icmp-error.js'
import { type PacketTypeNumber, packetType } from './packet-type.js'

/** A whole packet of this host's. */
export function deliverLocal(kernel: Kernel, packet: LocalPacket, type: PacketTypeNumber): void {
  const { device, octets, ip, end, tracked } = packet
  const faulty: Faulty = { device, packet: octets.subarray(ip, end), isForHost: type === packetType.host, tracked }
  if (packet.from.length === 4) deliver4(kernel, packet, faulty)
  else deliver6(kernel, packet, faulty)
}

function deliver4(kernel: Kernel, packet: LocalPacket, faulty: Faulty): void {
  const { octets, ip, isUnicast } = packet
  const protocol = octets[ip + 9] as number
  const isTaken = receiveRaw(kernel, packet, protocol)
  if (protocol === ipProtocols.icmp) {
    receiveIcmp4(kernel, packet, isTaken)
    return
  }
  if (protocol === ipProtocols.igmp) {
    receiveIgmp(kernel, packet)
    return
  }
  if (protocol === ipProtocols.udp && receiveWireguard(kernel, packet)) return
  const outcome = receiveTunnel(kernel, packet, protocol)
  if (outcome === 'taken') return
  const isUdp = protocol === ipProtocols.udp
  if (outcome !== 'refused' && isUdp && receiveUdp(kernel, packet)) return
  if (isTaken && !isUdp) return
  const isPort = outcome === 'refused' || isUdp
  kernel.dropped(packet.device, octets, causeOf(outcome === 'refused', protocol))
  if (protocol === ipProtocols.tcp || !isUnicast) return
  sendError4(kernel, faulty, isPort ? reports4.port : reports4.protocol)
}

function deliver6(kernel: Kernel, packet: LocalPacket, faulty: Faulty): void {
  const { ip, isUnicast } = packet
  const first = readHopByHop(faulty.packet)
  const read = 'drop' in first ? first : readExtensions(faulty.packet, first, isUnicast)
  if ('drop' in read) {
    kernel.dropped(packet.device, packet.octets, 'malformed')
    problem6(kernel, faulty, read)
    return
  }
  const { protocol, start, pointer } = read
  const inside = { ...packet, start: ip + start }
  const isTaken = receiveRaw(kernel, inside, protocol)
  if (protocol === ipProtocols.icmpv6) {
    receiveIcmp6(kernel, { ...inside, alert: 'drop' in first ? undefined : first.alert }, isTaken)
    return
  }
  if (protocol === ipProtocols.udp && receiveWireguard(kernel, inside)) return
  const outcome = receiveTunnel(kernel, inside, protocol)
  if (outcome === 'taken') return
  const isUdp = protocol === ipProtocols.udp
  if (outcome !== 'refused' && isUdp && receiveUdp(kernel, inside)) return
  if (isTaken && !isUdp) return
  const isPort = outcome === 'refused' || isUdp
  kernel.dropped(packet.device, packet.octets, causeOf(outcome === 'refused', protocol))
  if (isUdp && !isUnicast) return
  if (isPort) sendError6(kernel, faulty, reports6.port)
  // A fragment header behind others is left alone, as is what nobody answers.
  else if (![ipProtocols.tcp, ipProtocols.fragment, ipProtocols.noNextHeader].includes(protocol as never)) {
    sendError6(kernel, faulty, [icmpv6Types.parameterProblem, problems.nextHeader, pointer])
  }
}

/** Why nobody takes a packet that came to its host. */
function causeOf(isOfTunnel: boolean, protocol: number): DropCause {
  if (isOfTunnel) return 'no-tunnel'
  return protocol === ipProtocols.udp || protocol === ipProtocols.tcp ? 'no-listener' : 'no-protocol'
}

/** A packet is dropped because of a header, with or without a word. */
export function problem6(kernel: Kernel, faulty: Faulty, verdict: Extract<Verdict, { drop: true }>): void {
  const { problem, always } = verdict
  if (problem === undefined) return
  const [code, pointer] = problem
  sendError6(kernel, faulty, [icmpv6Types.parameterProblem, code, pointer], always)
}
