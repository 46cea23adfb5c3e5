/** One line for a frame of which only the beginning was kept, as tcpdump prints it. @module */
import { isDecodeError } from '@vnet/core'
import { type DecodeOptions, readLayers } from './decode-frame.js'
import { dhcpPorts } from './dhcp.js'
import { layoutOf } from './encode-frame.js'
import { Line } from './frame-line.js'
import { decodeIcmpv6, icmpv6Types } from './icmpv6.js'
import { decodeIpv4, ipv4HeaderSize, ipv4HeaderSizeAt } from './ipv4.js'
import type { Layer } from './layer.js'
import { setU32At, u16At } from './octets.js'
import { protocolName, shownPart } from './snapped-part.js'
import { stpVersion } from './snapped-stage.js'
import { decodeTcp, tcpHeaderSize, tcpHeaderSizeAt } from './tcp.js'
import { udpHeaderSize } from './udp.js'
import { vxlanPorts } from './vxlan.js'

/** The longest frame that is believed in: an IP packet of 64 KiB in several headers. */
const LONGEST = 0x2_0000

/**
 * The line of the frame that `bytes` are the beginning of. What was not kept is read as zeros, so that lengths come out
 * right, and nothing is printed that depends on it.
 */
export function formatSnapped(
  bytes: Uint8Array,
  originalLength: number,
  options: DecodeOptions & { readonly linkLevel?: boolean },
): string {
  const frame = new Uint8Array(Math.max(bytes.length, Math.min(originalLength, LONGEST)))
  frame.set(bytes)
  const { layers, unread } = readBeginning(frame, bytes.length, options)
  const line = new Line(layers, options.linkLevel ?? false, originalLength)
  let text = ''
  for (let i = 0; i < layers.length; i++) {
    if (i === unread?.index) {
      const start = line.starts[i] as number
      return `${text}${unread.protocol === 'stp' ? stpVersion(frame, start, bytes.length) : ''} [|${unread.protocol}]`
    }
    // The header is printed without being asked for where nothing behind it is known; here there is something.
    if (i + 1 === unread?.index && isLinkLevel(layers[i] as Layer) && !line.linkLevel && bytes.length >= 14) continue
    const { text: part, cut } = shownPart(line, i, frame, bytes.length)
    // A tag is announced by the header around it, but not before it was read.
    if (cut === ' [|vlan]') text = text.replace(/ethertype [^,]*, (length \d+: )?$/, '')
    text += part
    if (cut !== undefined) return text + cut
  }
  return text.replace(/(: |, | )$/, '')
}

const isLinkLevel = ({ layer }: Layer): boolean => layer === 'ethernet' || layer === 'llc'

/** Layers, and which of them is octets because it could not be read. */
interface Beginning {
  readonly layers: readonly Layer[]
  readonly unread?: { readonly index: number; readonly protocol: string }
}

function readBeginning(frame: Uint8Array, kept: number, options: DecodeOptions, isAnnounced = false): Beginning {
  const layers: Layer[] = []
  try {
    readLayers(frame, layers, options)
  } catch (error) {
    if (!isDecodeError(error)) throw error
    return withRest(frame, kept, layers, error.layer)
  }
  if (isAnnounced || !announce(frame, kept, layers, options)) return { layers }
  return readBeginning(frame, kept, options, true)
}

/** Where a port says what a datagram holds, and the octets that confirm it were not kept: writes them. */
function announce(frame: Uint8Array, kept: number, layers: readonly Layer[], options: DecodeOptions): boolean {
  const [udp, payload] = layers.slice(-2)
  if (udp?.layer !== 'udp' || payload?.layer !== 'payload') return false
  const at = layoutOf(layers).starts.at(-1) as number
  const { client, server } = dhcpPorts
  if (udp.destinationPort === client || udp.destinationPort === server) {
    if (kept >= at + 240 || payload.bytes.length < 240) return false
    setU32At(frame, at + 236, 0x63825363)
    return true
  }
  const ports = options.vxlanPorts ?? [vxlanPorts.iana, vxlanPorts.linux]
  if (!ports.includes(udp.destinationPort) || kept > at || payload.bytes.length < 8) return false
  frame[at] = 0x08
  return true
}

/** The layers that could be read, and the one that could not, as far as its header tells what is printed of it. */
function withRest(frame: Uint8Array, kept: number, layers: readonly Layer[], failed: string): Beginning {
  const { size, starts } = layoutOf(layers)
  const trailers = layers.reduce((sum, layer) => sum + ('trailer' in layer ? (layer.trailer?.length ?? 0) : 0), 0)
  const at = size - trailers
  const end = frame.length - trailers
  const name = failed.replace(/\..*/, '')
  const header = headerOf(frame.subarray(at, Math.max(at, end)), kept - at, name)
  if (header !== undefined) {
    const start = layoutOf([header]).size + at
    return { layers: [...layers, header, { layer: 'payload', bytes: frame.subarray(start, Math.max(start, end)) }] }
  }
  const rest: Layer = { layer: 'payload', bytes: frame.subarray(at, Math.max(at, end)) }
  return { layers: [...layers, rest], unread: { index: starts.length, protocol: protocolName(name, layers.at(-1)) } }
}

/** A header of which so much was kept that it cannot be read, but printed in part. */
function headerOf(bytes: Uint8Array, kept: number, name: string): Layer | undefined {
  const has = (octets: number) => bytes.length >= octets
  try {
    if (name === 'udp' && kept < udpHeaderSize && has(udpHeaderSize)) {
      return { layer: 'udp', sourcePort: u16At(bytes, 0), destinationPort: u16At(bytes, 2), length: 0, checksum: 0 }
    }
    if (name === 'tcp' && has(tcpHeaderSize) && kept < Math.max(tcpHeaderSize, tcpHeaderSizeAt(bytes, 0))) {
      const fixed = bytes.slice(0, tcpHeaderSize)
      fixed[12] = 0x50 | ((fixed[12] as number) & 0x0f)
      return decodeTcp(fixed).value
    }
    if (name === 'ipv4' && has(ipv4HeaderSize) && kept < Math.max(ipv4HeaderSize, ipv4HeaderSizeAt(bytes, 0))) {
      const fixed = bytes.slice(0, ipv4HeaderSize)
      fixed.set([0x45, 0, 0, 0])
      return decodeIpv4(fixed).value
    }
    if (name === 'icmpv6' && kept < bytes.length) return decodeIcmpv6(bytes, 0, bodySize(bytes[0] as number))
  } catch (error) {
    if (!isDecodeError(error)) throw error
  }
  return undefined
}

/** Octets of a message of Neighbour Discovery in front of its options; 8 of others. */
function bodySize(type: number): number {
  if (type === icmpv6Types.neighbourSolicitation || type === icmpv6Types.neighbourAdvertisement) return 24
  if (type === icmpv6Types.redirect) return 40
  return type === icmpv6Types.routerAdvertisement ? 16 : 8
}
