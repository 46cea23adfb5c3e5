/** The packet that is followed, and the frame around it. @module */
import { formatMac, isGroupMac, type Link, parseIp, parseMac } from '@vnet/core'
import type { Stop } from './explanation.js'
import type { Spot } from './world.js'

/** The ports of a packet of UDP or TCP. */
export interface Ports {
  /** That of the sender. */
  readonly from: number
  /** That of the receiver. */
  readonly to: number
}

/** What is followed: an echo request, a datagram, the beginning of a connection, or the answer. */
export interface Packet {
  /** Source address. */
  readonly from: string
  /** Destination address. */
  readonly to: string
  /** Octets with the IP header. */
  readonly size: number
  /** The VRF that it must leave by, of who answers what came in by a port of it. */
  readonly bound?: number
  /** Hops that it may still make. */
  readonly hops: number
  /** Must not be cut on its way. */
  readonly whole: boolean
  /** What IP carries: 1 ICMP, 58 ICMPv6, 17 UDP, 6 TCP; of a tunnel's outer packets the tunnel's. */
  readonly protocol: number
  /** Where they are known: not of a tunnel's outer packets. */
  readonly ports?: Ports
  /** Type of a message of ICMP or ICMPv6; absent of all else. */
  readonly icmpType?: number
}

/** A frame; on links without MACs both are empty. */
export interface Frame {
  /** Destination MAC. */
  readonly to: string
  /** Source MAC. */
  readonly from: string
  /** VLANs, the outermost first. */
  readonly tags: readonly number[]
  /** What it carries; an ARP or ND request carries nothing of interest. */
  readonly packet: Packet
  /** Followed only to see who is there: no link that is down, no shut port and no filter stops it. */
  readonly ghost?: boolean
  /** Sealed by a MACsec link. */
  readonly sealed?: Seal
  /** It came in at a port of a bond or a team whose MAC is another: the host above takes it for somebody else's. */
  readonly misses?: boolean
  /** The address that a request for a MAC asks for. */
  readonly asks?: string
  /** It tells a MAC to who asked for it. */
  readonly tells?: boolean
}

/** What a MACsec link tells with what it sends: who it is, and the number of its key. */
export interface Seal {
  readonly sci: string
  readonly association: number
}

/** The MAC of everybody. */
export const everybody = 'ff:ff:ff:ff:ff:ff'

/** Whether a frame is for many. */
export function isForMany(mac: string): boolean {
  const octets = parseMac(mac)
  return octets !== undefined && isGroupMac(octets)
}

/** The request for the MAC of an address: ARP to everybody, or ND to the solicited-node group (RFC 4861 § 7.2.2). */
export function request(address: string, mac: string, sender: string): Frame {
  const octets = parseIp(address)
  const to = octets?.length === 16 ? formatMac(Uint8Array.of(0x33, 0x33, 0xff, ...octets.subarray(13))) : everybody
  return { to, from: mac, tags: [], packet: talk(sender, address, neighbourSolicitation), asks: address }
}

/** Its answer. */
export function reply({ packet, from }: Frame, mac: string): Frame {
  return { to: from, from: mac, tags: [], packet: talk(packet.to, packet.from, neighbourAdvertisement), tells: true }
}

/** Types of the messages of ND (RFC 4861 § 4.3, § 4.4). */
const [neighbourSolicitation, neighbourAdvertisement] = [135, 136]

/** Both as packets: of ARP only the length counts. */
const talk = (from: string, to: string, icmpType: number): Packet =>
  to.includes(':')
    ? { from, to, size: 72, hops: 255, whole: true, protocol: 58, icmpType }
    : { from, to, size: 28, hops: 255, whole: true, protocol: 0 }

/** Whether it carries ARP, which filters do not look at as packets of IP. */
export const isArp = ({ packet, asks, tells }: Frame): boolean =>
  (asks !== undefined || tells === true) && !packet.to.includes(':')

/** A tag's octets, for which links have room beside their MTU. */
const tagSize = 4

/**
 * Whether a link is too narrow for a frame that is handed to it, not sent by it (`is_skb_forwardable`): a port of a bridge, the
 * other end of a cable. The outermost tag is not counted, since it travels beside the frame.
 */
export function isTooLong({ packet, tags }: Frame, { mtu }: Link): boolean {
  return packet.size + tagSize * Math.max(0, tags.length - 1) > mtu + tagSize
}

/** Where a frame does not go, and where it would have gone: who is there tells whether that matters. */
export interface Refusal extends Stop {
  readonly beyond?: Next
}

/** Where a frame goes next. */
export type Next =
  /** Comes in by a link. */
  | { readonly go: 'in'; readonly at: Spot; readonly frame: Frame; readonly text?: string }
  /** Leaves by a link. */
  | { readonly go: 'out'; readonly at: Spot; readonly frame: Frame; readonly text?: string }
  /** Is taken by the host itself, which it reached by this link. */
  | { readonly go: 'host'; readonly at: Spot }
  /** Travels in a packet of its own. */
  | {
      readonly go: 'tunnel'
      /** The tunnel. */
      readonly by: Spot
      /** The namespace in which the outer packet travels. */
      readonly from: number
      readonly outer: Packet
      readonly frame: Frame
      readonly text: string
      /** The link at the far end that takes it. */
      readonly end: (place: number, outer: Packet) => Spot | undefined
    }
