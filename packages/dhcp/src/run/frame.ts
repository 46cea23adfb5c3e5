/** DHCP and ARP in Ethernet frames: for who has no address yet, and for who is told one. @module */
import {
  arpOperations,
  checksumOf,
  decodeArp,
  destinationPortAt,
  encodeFrame,
  ethernetHeaderSize,
  etherTypeAt,
  etherTypes,
  ipProtocols,
  ipv4HeaderSize,
  ipv4HeaderSizeAt,
  ipv4LengthAt,
  ipv4ProtocolAt,
  isFragment,
  udpHeaderSize,
  udpLengthAt,
} from '@vnet/wire'

/** Everybody's MAC. */
export const broadcastMac = 'ff:ff:ff:ff:ff:ff'

/** Whom a datagram is from and for. */
export interface FrameSpec {
  readonly sourceMac: string
  readonly destinationMac: string
  readonly source: string
  readonly destination: string
  readonly sourcePort: number
  readonly destinationPort: number
}

/** A datagram as a frame. */
export function datagramFrame(spec: FrameSpec, bytes: Uint8Array): Uint8Array {
  const { sourceMac, destinationMac, source, destination, sourcePort, destinationPort } = spec
  return encodeFrame([
    { layer: 'ethernet', source: sourceMac, destination: destinationMac },
    { layer: 'ipv4', source, destination },
    { layer: 'udp', sourcePort, destinationPort },
    { layer: 'payload', bytes },
  ])
}

/**
 * The payload of a frame that carries a whole UDP datagram to a port; `undefined` of every other frame. The checksum of UDP is
 * not looked at: where the sender is on this machine, it is not there yet.
 */
export function payloadTo(
  frame: Uint8Array,
  port: number,
): { readonly start: number; readonly end: number } | undefined {
  const ip = ethernetHeaderSize
  if (frame.length < ip + ipv4HeaderSize || etherTypeAt(frame, 0) !== etherTypes.ipv4) return undefined
  const size = ipv4HeaderSizeAt(frame, ip)
  const end = ip + ipv4LengthAt(frame, ip)
  const udp = ip + size
  if ((frame[ip] as number) >> 4 !== 4 || size < ipv4HeaderSize || end > frame.length || udp + udpHeaderSize > end)
    return undefined
  if (ipv4ProtocolAt(frame, ip) !== ipProtocols.udp || isFragment(frame) || checksumOf(frame, ip, udp) !== 0)
    return undefined
  const length = udpLengthAt(frame, udp)
  if (destinationPortAt(frame, udp) !== port || length < udpHeaderSize || udp + length > end) return undefined
  return { start: udp + udpHeaderSize, end: udp + length }
}

/** A question on the link who has an address, from somebody who has none (RFC 5227 § 2.1.1). */
export function probeFrame(mac: string, address: string): Uint8Array {
  return arpFrame(mac, '0.0.0.0', address)
}

/** Tells everybody on the link whose an address is (RFC 5227 § 2.3). */
export function announcementFrame(mac: string, address: string): Uint8Array {
  return arpFrame(mac, address, address)
}

function arpFrame(mac: string, senderIp: string, targetIp: string): Uint8Array {
  return encodeFrame([
    { layer: 'ethernet', source: mac, destination: broadcastMac },
    {
      layer: 'arp',
      operation: arpOperations.request,
      senderMac: mac,
      senderIp,
      targetMac: '00:00:00:00:00:00',
      targetIp,
    },
  ])
}

/** Who has an address, or is about to take it. */
export interface Claim {
  readonly address: string
  readonly mac: string
}

/** What a frame of ARP says that somebody else has, or is about to take (RFC 5227 § 2.1.1). */
export function claimIn(frame: Uint8Array, ownMac: string): Claim | undefined {
  // What a sender leaves out behind an ARP packet is padding; what is too short is no packet of IPv4 over Ethernet.
  if (frame.length < ethernetHeaderSize + 28 || etherTypeAt(frame, 0) !== etherTypes.arp) return undefined
  if (frame[ethernetHeaderSize + 4] !== 6 || frame[ethernetHeaderSize + 5] !== 4) return undefined
  const { senderMac, senderIp, targetIp, operation } = decodeArp(frame, ethernetHeaderSize, ethernetHeaderSize + 28)
  if (senderMac === ownMac) return undefined
  if (senderIp !== '0.0.0.0') return { address: senderIp, mac: senderMac }
  return operation === arpOperations.request ? { address: targetIp, mac: senderMac } : undefined
}
