/** The packet of a frame as a line that two backends can agree on. @module */
import { formatIp, formatMac } from '@vnet/core'
import { sum, u16 } from '../frame.js'

/** Protocols by number: IPv4's and IPv6's for control messages, and the header of fragments (RFC 8200 § 4.5). */
const [icmp, icmpv6, fragment] = [1, 58, 44]

/** A packet in words. */
export interface PacketLine {
  /** By whom and to whom, of which VLAN, between which addresses. */
  readonly way: string
  /** Octets of the whole packet that come before this part of it. */
  readonly offset: number
  /** How much of it this is, and what it says. */
  readonly text: string
}

/**
 * The packet of a frame.
 *
 * `undefined` for what hosts send in their own time: ARP and Neighbour Discovery (asked again by timers), reports of groups,
 * redirects (so many a second), that a host is not reached (when the timer of its neighbour ends), and what is neither IPv4 nor
 * IPv6. Chance is left out: identifiers of packets and sockets, flow labels, and the checksums over them.
 */
export function packetLine(frame: Uint8Array): PacketLine | undefined {
  const tags: string[] = []
  let at = 12
  for (; [0x8100, 0x88a8].includes(u16(frame, at)); at += 4) tags.push(`VLAN ${u16(frame, at + 2) & 0xfff} `)
  const packet = ipLine(u16(frame, at), frame.subarray(at + 2))
  if (packet === undefined) return undefined
  const macs = `${formatMac(frame.subarray(6, 12))} > ${formatMac(frame.subarray(0, 6))}`
  return { ...packet, way: `${macs} ${tags.join('')}${packet.way}` }
}

function ipLine(type: number, packet: Uint8Array): PacketLine | undefined {
  if (type === 0x0800 && packet.length >= 20) return ipv4Line(packet)
  return type === 0x86dd && packet.length >= 40 ? ipv6Line(packet) : undefined
}

/** What both versions of IP say of a packet. */
interface Packet {
  readonly from: Uint8Array
  readonly to: Uint8Array
  readonly hops: number
  readonly service: number
  readonly length: number
  readonly protocol: number
  /** Octets of the whole before this part, whether more follow, and whether it may not be cut. */
  readonly offset: number
  readonly flags: string
  readonly payload: Uint8Array
}

function ipv4Line(packet: Uint8Array): PacketLine | undefined {
  const length = u16(packet, 2)
  const part = u16(packet, 6)
  return lineOf({
    from: packet.subarray(12, 16),
    to: packet.subarray(16, 20),
    hops: packet[8] as number,
    service: packet[1] as number,
    length,
    protocol: packet[9] as number,
    offset: (part & 0x1fff) * 8,
    flags: `${part & 0x2000 ? '+' : ''}${part & 0x4000 ? ' whole' : ''}`,
    payload: packet.subarray(((packet[0] as number) & 15) * 4, length),
  })
}

function ipv6Line(packet: Uint8Array): PacketLine | undefined {
  const isPart = packet[6] === fragment
  const part = isPart ? u16(packet, 42) : 0
  const length = 40 + u16(packet, 4)
  return lineOf({
    from: packet.subarray(8, 24),
    to: packet.subarray(24, 40),
    hops: packet[7] as number,
    service: (u16(packet, 0) >> 4) & 0xff,
    length,
    protocol: packet[isPart ? 40 : 6] as number,
    offset: part & 0xfff8,
    flags: part & 1 ? '+' : '',
    payload: packet.subarray(isPart ? 48 : 40, length),
  })
}

function lineOf(packet: Packet): PacketLine | undefined {
  const says = saysOf(packet)
  if (says === undefined) return undefined
  const { from, to, hops, service, length, offset, flags } = packet
  const part = offset > 0 || flags.startsWith('+') ? ` at ${offset}` : ''
  const text = `hops ${hops} service ${service} length ${length}${part}${flags} ${says}`
  return { way: `${formatIp(from)} > ${formatIp(to)}`, offset, text }
}

/** What a control message says; of another part than the first only what its octets come to. */
function saysOf({ protocol, offset, payload }: Packet): string | undefined {
  if (protocol !== icmp && protocol !== icmpv6) return undefined
  if (offset > 0) return `sum ${sum(payload)}`
  const [type, code] = [payload[0] as number, payload[1] as number]
  const isEcho = protocol === icmp ? type === 0 || type === 8 : type === 128 || type === 129
  if (isEcho) return `${type === 8 || type === 128 ? 'echo' : 'answer'} sum ${sum(payload.subarray(8))}`
  if (isOwnTime(protocol, type, code)) return undefined
  const about = ipLine(protocol === icmp ? 0x0800 : 0x86dd, payload.subarray(8))
  return `error ${type} ${code} ${u16(payload, 4)} ${u16(payload, 6)}${about === undefined ? '' : ` about ${about.way} ${about.text}`}`
}

const isOwnTime = (protocol: number, type: number, code: number): boolean =>
  protocol === icmp ? type === 5 || (type === 3 && code === 1) : type > 4 || (type === 1 && code === 3)
