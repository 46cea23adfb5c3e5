/** Frames with virtio headers by chance: right ones, and right ones with something changed. @module */
import { ethernet, ip4, ip6, ipv4, ipv6, joined, put16, sum, tcpHeader, udpHeader } from '../frame.js'
import type { Chance } from './chance.js'

/** Where frames come in and where they shall go: hosts behind two links of a router, or two ports of a bridge. */
export const hosts = {
  from: { ip4: '10.1.0.9', ip6: '2001:db8:1::9', mac: '02:00:00:00:00:09' },
  to: { ip4: '10.2.0.9', ip6: '2001:db8:2::9', mac: '02:00:00:00:00:08' },
  router: '02:00:00:00:00:01',
} as const

/** A frame, and `struct virtio_net_hdr` in numbers. */
export interface HeadedFrame {
  readonly octets: Uint8Array
  readonly header: Readonly<VirtioNumbers>
}

/** The fields of the header. */
export interface VirtioNumbers {
  flags: number
  gsoType: number
  headerLength: number
  gsoSize: number
  checksumStart: number
  checksumOffset: number
}

const [TCP, UDP] = [6, 17] as const
/** `VIRTIO_NET_HDR_GSO_*`: TCP over IPv4, UDP in fragments, TCP over IPv6, UDP in datagrams. */
const [tcp4, ufo, tcp6, uso] = [1, 3, 4, 5] as const

/** Fewer than the queue of a TUN holds. */
const mostSegments = 300

/** What a frame has in front: nothing (a TUN), or an Ethernet header, perhaps with tags, to such a MAC. */
export type Front = { readonly to: string; readonly tagged: boolean } | undefined

/** A frame by chance. */
export function headedFrame(chance: Chance, front: Front): HeadedFrame {
  const isFour = chance(2) === 0
  const isTcp = chance(2) === 0
  const before = front === undefined ? new Uint8Array() : linkHeader(chance, front, isFour)
  const transport = before.length + (isFour ? 20 : 40)
  const size = [8, 100, 536, 1000, 1200, 1400][chance(6)] as number
  const length = [0, 1, size - 1, size, size + 1, 2 * size, 5 * size + 3, 1 + chance(3000)][chance(8)] as number
  const packet = packetOf(chance, isFour, isTcp, length)
  const octets = joined(before, packet)
  const headers = transport + (isTcp ? 32 : 8)
  const gsoType = isTcp ? (isFour ? tcp4 : tcp6) : chance(4) === 0 ? ufo : uso
  const isSuper = chance(4) !== 0 && length > 0
  const right = {
    flags: 1,
    gsoType: isSuper ? gsoType : 0,
    headerLength: headers,
    gsoSize: isSuper ? size : 0,
    checksumStart: transport,
    checksumOffset: isTcp ? 16 : 6,
  }
  const header = chance(3) === 0 ? { ...right } : changedHeader(chance, right, octets.length)
  // Of more segments than the queue behind has room for some are lost.
  if (header.gsoSize * mostSegments < octets.length) header.gsoSize = Math.min(header.gsoSize, 1) * size
  const changed = chance(3) === 0 ? octets : changedOctets(chance, octets, before.length, isFour)
  // Linux 6.15 and later count what a longer virtio header has behind its tenth octet among the frame's: nothing ends there.
  const isOpen = (end: number) => end > changed.length && end <= changed.length + 2
  if (isOpen((header.checksumStart + header.checksumOffset + 2) & 0xffff))
    header.checksumStart = header.checksumOffset = 0
  if (isOpen(header.headerLength)) header.headerLength = 0
  return { octets: changed, header }
}

/** An Ethernet header with no tag, one or two. */
function linkHeader(chance: Chance, { to, tagged }: NonNullable<Front>, isFour: boolean): Uint8Array {
  const type = isFour ? 0x0800 : 0x86dd
  const tags = tagged ? [0, 0, 0, 1, 2][chance(5)] : 0
  if (tags === 0) return ethernet(to, hosts.from.mac, type)
  const inner = Uint8Array.of(0, 5, type >> 8, type & 0xff)
  if (tags === 1) return ethernet(to, hosts.from.mac, 0x8100, inner)
  return ethernet(to, hosts.from.mac, 0x88a8, joined(Uint8Array.of(0, 100, 0x81, 0), inner))
}

/** TCP or UDP with the sum of the pseudo header where the checksum shall be. */
function packetOf(chance: Chance, isFour: boolean, isTcp: boolean, length: number): Uint8Array {
  const payload = Uint8Array.from({ length }, (_, at) => (at * 7) & 0xff)
  const flags = [0x10, 0x18, 0x19, 0x90, 0x02, 0x50][chance(6)] as number
  const header = isTcp ? tcpHeader(0xfffff000, flags) : udpHeader(5000, 6000, 8 + length)
  const transport = joined(header, payload)
  const { from, to } = hosts
  const packet = isFour
    ? ipv4(from.ip4, to.ip4, isTcp ? TCP : UDP, transport, 64, 0xfffe)
    : ipv6(ip6(from.ip6), ip6(to.ip6), isTcp ? TCP : UDP, transport, 64)
  const addresses = isFour ? joined(ip4(from.ip4), ip4(to.ip4)) : joined(ip6(from.ip6), ip6(to.ip6))
  const pseudo = sum(addresses, (isTcp ? TCP : UDP) + transport.length)
  put16(packet, (isFour ? 20 : 40) + (isTcp ? 16 : 6), pseudo)
  return packet
}

/** One to three fields with another number: near, far, or of another kind. */
function changedHeader(chance: Chance, right: Readonly<VirtioNumbers>, length: number): VirtioNumbers {
  const header: VirtioNumbers = { ...right }
  const near = (value: number) => Math.max(0, value + chance(9) - 4)
  const odd = (value: number) => [0, 1, near(value), length, near(length), 0xffff, chance(0x10000)][chance(7)] as number
  for (let changes = 1 + chance(3); changes > 0; changes--) {
    const field = chance(6)
    if (field === 0) header.flags = [0, 1, 2, 3, 4, 0x80, chance(256)][chance(7)] as number
    else if (field === 1)
      header.gsoType = [0, tcp4, ufo, tcp6, uso, 0x81, 0x84, 0x80, 2, chance(256)][chance(10)] as number
    else if (field === 2) header.headerLength = odd(header.headerLength)
    else if (field === 3) header.gsoSize = odd(header.gsoSize)
    else if (field === 4) header.checksumStart = odd(header.checksumStart)
    else header.checksumOffset = [6, 16, odd(header.checksumOffset)][chance(3)] as number
  }
  return header
}

/** A frame cut, grown, or with octets of its headers changed; half of those in IPv4 have a right sum all the same. */
function changedOctets(chance: Chance, right: Uint8Array, network: number, isFour: boolean): Uint8Array {
  const way = chance(6)
  if (way === 0) return right.slice(0, chance(right.length + 1))
  const octets = joined(right, new Uint8Array(way === 1 ? 1 + chance(20) : 0))
  for (let changes = 1 + chance(2); changes > 0; changes--) {
    const at = network + chance(Math.min(right.length - network, 80))
    // Not among the addresses: what is for other hosts ends up anywhere.
    if (at >= network + (isFour ? 12 : 8) && at < network + (isFour ? 20 : 40)) continue
    octets[at] = [chance(256), (octets[at] as number) ^ (1 << chance(8))][chance(2)] as number
  }
  const headers = ((octets[network] as number) & 0x0f) * 4
  if (isFour && chance(4) !== 0 && network + headers <= octets.length && headers >= 12) {
    put16(octets, network + 10, 0)
    put16(octets, network + 10, ~sum(octets.subarray(network, network + headers)) & 0xffff)
  }
  return octets
}
