/** Frames that tests write and read: built octet by octet, with checksums by the book (RFC 1071). @module */
import { parseIp } from '@vnet/core'

/** The 16 bits at an offset, network order. */
export const u16 = (octets: Uint8Array, at: number): number =>
  ((octets[at] as number) << 8) | (octets[at + 1] as number)

/** Writes 16 bits, network order. */
export function put16(octets: Uint8Array, at: number, value: number): void {
  octets[at] = (value >> 8) & 0xff
  octets[at + 1] = value & 0xff
}

/** The ones' complement sum of 16-bit words, folded; an odd last octet counts as the high half of a word. */
export function sum(octets: Uint8Array, start = 0): number {
  let total = start
  for (let i = 0; i < octets.length; i += 2) total += ((octets[i] as number) << 8) | (octets[i + 1] ?? 0)
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16)
  return total
}

/** Octets of an IPv4 address. */
export const ip4 = (text: string): Uint8Array => Uint8Array.from(text.split('.').map(Number))

/** Octets of an IPv6 address. */
export const ip6 = (text: string): Uint8Array => parseIp(text) as Uint8Array

/** Octets in hexadecimal, with something or nothing between them. */
export const hex = (octets: Uint8Array, between = ''): string =>
  Array.from(octets, (octet) => octet.toString(16).padStart(2, '0')).join(between)

/** The MAC of a group of IPv4 (RFC 1112 § 6.4) or IPv6 (RFC 2464 § 7). */
export const groupMac = (group: Uint8Array): string =>
  group.length === 4
    ? `01:00:5e:${hex(Uint8Array.of((group[1] as number) & 0x7f, ...group.subarray(2)), ':')}`
    : `33:33:${hex(group.subarray(12), ':')}`

/** The MAC of everybody. */
export const everybody = 'ff:ff:ff:ff:ff:ff'

/** Octets of a MAC. */
export const macOctets = (text: string): Uint8Array =>
  Uint8Array.from(text.split(':'), (octet) => Number.parseInt(octet, 16))

/** An Ethernet frame without padding, which the kernel cuts off where it looks into packets; its header alone without a payload. */
export function ethernet(to: string, from: string, type: number, payload: Uint8Array = new Uint8Array()): Uint8Array {
  return joined(macOctets(to), macOctets(from), Uint8Array.of(type >> 8, type & 0xff), payload)
}

/** An ARP message in a frame: 1 a question, 2 an answer; to whom, by whom with which address, about whom. */
export function arp(
  operation: 1 | 2,
  to: string,
  sender: string,
  senderIp: string,
  target: string,
  targetIp: string,
): Uint8Array {
  const fixed = Uint8Array.of(0, 1, 8, 0, 6, 4, 0, operation)
  const ends = [macOctets(sender), ip4(senderIp), macOctets(target), ip4(targetIp)]
  return ethernet(to, sender, 0x0806, joined(fixed, ...ends))
}

/** The MAC that a question asks for. */
export const unknownMac = '00:00:00:00:00:00'

/** Octets one behind another. */
export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/** An Ethernet frame of `size` octets for a test's own EtherType (0x88b5, IEEE 802 local experimental), numbered in its payload. */
export function numberedFrame(number: number, size: number, to: number, from: number): Uint8Array {
  const frame = new Uint8Array(size).fill(number & 0xff)
  frame.set([2, 0, 0, 0, 0, to, 2, 0, 0, 0, 0, from, 0x88, 0xb5])
  new DataView(frame.buffer).setUint32(14, number)
  return frame
}

/** The number in such a frame; `undefined` for what the kernel sends by itself. */
export function numberOf(frame: Uint8Array): number | undefined {
  if (frame.length < 18 || u16(frame, 12) !== 0x88b5) return undefined
  return new DataView(frame.buffer, frame.byteOffset).getUint32(14)
}

/** An IPv4 packet with a header of 20 octets and a right checksum. */
export function ipv4(
  from: string,
  to: string,
  protocol: number,
  payload: Uint8Array,
  ttl = 64,
  id = 0x1234,
): Uint8Array {
  const header = new Uint8Array(20)
  header[0] = 0x45
  put16(header, 2, 20 + payload.length)
  put16(header, 4, id)
  header[6] = 0x40
  header[8] = ttl
  header[9] = protocol
  header.set(ip4(from), 12)
  header.set(ip4(to), 16)
  put16(header, 10, ~sum(header) & 0xffff)
  return joined(header, payload)
}

/** An IPv6 packet; the addresses are 16 octets. */
export function ipv6(from: Uint8Array, to: Uint8Array, protocol: number, payload: Uint8Array, hops = 64): Uint8Array {
  const header = new Uint8Array(40)
  header[0] = 0x60
  put16(header, 4, payload.length)
  header[6] = protocol
  header[7] = hops
  header.set(from, 8)
  header.set(to, 24)
  return joined(header, payload)
}

/** A UDP header; `checksum` as given. */
export function udpHeader(from: number, to: number, length: number, checksum = 0): Uint8Array {
  const header = new Uint8Array(8)
  put16(header, 0, from)
  put16(header, 2, to)
  put16(header, 4, length)
  put16(header, 6, checksum)
  return header
}

/** A TCP header with twelve octets of options; `checksum` as given. */
export function tcpHeader(sequence: number, flags: number, checksum = 0): Uint8Array {
  const header = new Uint8Array(32)
  const view = new DataView(header.buffer)
  view.setUint16(0, 5001)
  view.setUint16(2, 80)
  view.setUint32(4, sequence)
  view.setUint32(8, 77)
  header[12] = 0x80
  header[13] = flags
  view.setUint16(14, 501)
  view.setUint16(16, checksum)
  // Two no-operations and a timestamp.
  header.set([1, 1, 8, 10, 0, 0, 1, 2, 0, 0, 3, 4], 20)
  return header
}

/** Turns an ICMP echo request in an IPv4 packet into its reply, in place; `false` for anything else. */
export function turnEcho(packet: Uint8Array): boolean {
  if ((packet[0] as number) >> 4 !== 4 || packet[9] !== 1 || packet[20] !== 8) return false
  const source = packet.slice(12, 16)
  packet.copyWithin(12, 16, 20)
  packet.set(source, 16)
  packet[20] = 0
  put16(packet, 22, 0)
  put16(packet, 22, ~sum(packet.subarray(20)) & 0xffff)
  return true
}
