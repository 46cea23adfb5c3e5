/** Packets for a translator, and what they say. @module */
import { checksumOf, decodeFrame, encodeFrame, fillChecksums, type Ipv4, type LayerSpec, layerOf } from '@vnet/wire'

/** `10.0.0.1:5000` taken apart. */
function sideOf(text: string): { address: string; port: number } {
  const [address = '', port = '0'] = text.split(':')
  return { address, port: Number(port) }
}

/** An IPv4 packet around layers. */
export const packetOf = (source: string, destination: string, ...layers: LayerSpec[]): Uint8Array =>
  encodeFrame([{ layer: 'ipv4', source, destination, ttl: 60 }, ...layers])

/** A UDP datagram. */
export function udp(from: string, to: string, bytes: Uint8Array = Uint8Array.of(1, 2, 3)): Uint8Array {
  const [source, destination] = [sideOf(from), sideOf(to)]
  const ports = { sourcePort: source.port, destinationPort: destination.port }
  return packetOf(source.address, destination.address, { layer: 'udp', ...ports }, { layer: 'payload', bytes })
}

/** A TCP segment. */
export function tcp(from: string, to: string, flags: number): Uint8Array {
  const [source, destination] = [sideOf(from), sideOf(to)]
  const ports = { sourcePort: source.port, destinationPort: destination.port }
  return packetOf(source.address, destination.address, { layer: 'tcp', ...ports, flags, sequence: 7 })
}

/** An echo request (8), or the answer to one (0). */
export const echo = (source: string, destination: string, identifier: number, type: 8 | 0): Uint8Array =>
  packetOf(source, destination, {
    layer: 'icmp',
    kind: 'echo',
    type,
    identifier,
    sequence: 1,
    data: Uint8Array.of(9),
  })

/** An ICMP error about a packet: that its port is unreachable. */
export const unreachable = (source: string, destination: string, quotation: Uint8Array): Uint8Array =>
  packetOf(source, destination, { layer: 'icmp', kind: 'problem', type: 3, code: 3, parameter: 0, quotation })

/** Who a packet says that it is from and for, as `10.0.0.1:5000 > 192.0.2.1:7`; its checksums must be right. */
export function wayOf(packet: Uint8Array): string {
  const frame = new Uint8Array(14 + packet.length)
  frame.set([0x08, 0x00], 12)
  frame.set(packet, 14)
  const filled = frame.slice()
  fillChecksums(filled, 0, filled.length)
  if (Buffer.compare(filled, frame) !== 0) throw new Error('a checksum is wrong')
  const layers = decodeFrame(packet, { link: 'ip' })
  const { source, destination } = layerOf(layers, 'ipv4') as Ipv4
  const ports = layerOf(layers, 'udp') ?? layerOf(layers, 'tcp')
  const icmp = layerOf(layers, 'icmp')
  if (icmp?.kind === 'problem') return `${source} > ${destination} about ${quoted(icmp.quotation)}`
  if (icmp?.kind === 'echo') return `${source} > ${destination} id ${icmp.identifier}`
  return `${source}:${ports?.sourcePort} > ${destination}:${ports?.destinationPort}`
}

/** The same of the beginning of a packet that an error tells of; the checksum of its IP header must be right. */
function quoted(bytes: Uint8Array): string {
  if (checksumOf(bytes, 0, 20) !== 0) throw new Error('a checksum is wrong')
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const address = (at: number) => bytes.subarray(at, at + 4).join('.')
  return `${address(12)}:${view.getUint16(20)} > ${address(16)}:${view.getUint16(22)}`
}
