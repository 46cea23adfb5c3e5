/** ARP: which MAC address has this IPv4 address (RFC 826), probes and announcements (RFC 5227). @module */
import { formatIp, formatMac, parseIp } from '@vnet/core'
import { assembled, need, none, type SpecOf, trailerOf, unsigned } from './bounds.js'
import { setU16At, u16At } from './octets.js'

/** Operations by name (RFC 826, 903). */
export const arpOperations = { request: 1, reply: 2, reverseRequest: 3, reverseReply: 4 } as const

/** Octets of an ARP packet for IPv4 on Ethernet. */
export const arpSize = 28

/** The operation of the ARP packet at `offset`: 1 request, 2 reply. */
export function arpOperationAt(bytes: Uint8Array, offset: number): number {
  return u16At(bytes, offset + 6)
}

/** An ARP packet. */
export interface Arp {
  readonly layer: 'arp'
  /** Hardware type: 1 is Ethernet. */
  readonly hardwareType: number
  /** Protocol type, an EtherType: 0x0800 is IPv4. */
  readonly protocolType: number
  /** 1 request, 2 reply, see {@link arpOperations}. */
  readonly operation: number
  /** Hardware address of the sender: pairs of hexadecimal digits with colons, of any number. */
  readonly senderMac: string
  /** Protocol address of the sender: an IPv4 address; of other protocols, pairs of hexadecimal digits with colons. */
  readonly senderIp: string
  /** Hardware address of the target, of the sender's size; zeros in a request. */
  readonly targetMac: string
  /** Protocol address of the target, of the sender's size. */
  readonly targetIp: string
  /** Octets behind the packet: padding of the frame. */
  readonly trailer?: Uint8Array
}

/** An ARP packet to encode; for IPv4 on Ethernet where the types are absent. */
export type ArpSpec = SpecOf<Arp, 'operation' | 'senderMac' | 'senderIp' | 'targetMac' | 'targetIp'>

const ipv4 = 0x0800

/**
 * Decodes an ARP packet.
 *
 * @throws DecodeError fewer octets than the sizes of its addresses need
 */
export function decodeArp(bytes: Uint8Array, start = 0, end = bytes.length): Arp {
  need(bytes, start, end, 8, 'arp')
  const hardwareSize = bytes[start + 4] as number
  const protocolSize = bytes[start + 5] as number
  const size = 8 + 2 * (hardwareSize + protocolSize)
  need(bytes, start, end, size, 'arp')
  const protocolType = u16At(bytes, start + 2)
  const mac = (at: number) => formatMac(bytes, at, at + hardwareSize)
  const ip = (at: number) =>
    protocolType === ipv4 && protocolSize === 4 ? formatIp(bytes, at, 4) : formatMac(bytes, at, at + protocolSize)
  const sender = start + 8
  const target = sender + hardwareSize + protocolSize
  return {
    layer: 'arp',
    hardwareType: u16At(bytes, start),
    protocolType,
    operation: u16At(bytes, start + 6),
    senderMac: mac(sender),
    senderIp: ip(sender + hardwareSize),
    targetMac: mac(target),
    targetIp: ip(target + hardwareSize),
    ...trailerOf(bytes, start + size, end),
  }
}

function octetsOf(text: string, field: string): Uint8Array {
  if (text === '') return none()
  if (/^[0-9a-f]{2}(:[0-9a-f]{2})*$/i.test(text)) {
    return Uint8Array.from(text.split(':'), (pair) => Number.parseInt(pair, 16))
  }
  const ip = text.includes('.') ? parseIp(text) : undefined
  if (ip === undefined) throw new TypeError(`${field}: ${JSON.stringify(text)} is not an address`)
  return ip
}

/** Octets of an ARP packet without its trailer. @throws TypeError an address that is none */
export function sizeOfArp(spec: ArpSpec): number {
  return 8 + 2 * (octetsOf(spec.senderMac, 'arp.senderMac').length + octetsOf(spec.senderIp, 'arp.senderIp').length)
}

/** Writes an ARP packet at `at`. @throws TypeError, RangeError a value that does not fit */
export function writeArp(spec: ArpSpec, bytes: Uint8Array, at: number): void {
  const fields = ['senderMac', 'senderIp', 'targetMac', 'targetIp'] as const
  const [mac, ip, targetMac, targetIp] = fields.map((field) => octetsOf(spec[field], `arp.${field}`)) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ]
  if (targetMac.length !== mac.length) throw new RangeError('arp.targetMac: not of the size of arp.senderMac')
  if (targetIp.length !== ip.length) throw new RangeError('arp.targetIp: not of the size of arp.senderIp')
  setU16At(bytes, at, unsigned(spec.hardwareType ?? 1, 16, 'arp.hardwareType'))
  setU16At(bytes, at + 2, unsigned(spec.protocolType ?? ipv4, 16, 'arp.protocolType'))
  bytes[at + 4] = unsigned(mac.length, 8, 'arp.senderMac')
  bytes[at + 5] = unsigned(ip.length, 8, 'arp.senderIp')
  setU16At(bytes, at + 6, unsigned(spec.operation, 16, 'arp.operation'))
  let to = at + 8
  for (const octets of [mac, ip, targetMac, targetIp]) {
    bytes.set(octets, to)
    to += octets.length
  }
}

/** Encodes an ARP packet. @throws TypeError, RangeError a value that does not fit */
export function encodeArp(spec: ArpSpec): Uint8Array {
  return assembled(sizeOfArp(spec), none(), spec.trailer, (bytes, at) => writeArp(spec, bytes, at))
}
