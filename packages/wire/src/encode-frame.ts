/** Layers into a whole frame. @module */
import { sizeOfArp, writeArp } from './arp.js'
import { none, unsigned } from './bounds.js'
import { sizeOfBpdu, writeBpdu } from './bpdu.js'
import { sizeOfDhcp, writeDhcp } from './dhcp.js'
import { ethernetHeaderSize, largestLength, writeEthernet } from './ethernet.js'
import { sizeOfGre, writeGre } from './gre.js'
import { sizeOfIcmp, writeIcmp } from './icmp.js'
import { sizeOfIcmpv6, writeIcmpv6 } from './icmpv6.js'
import { sizeOfIgmp, writeIgmp } from './igmp.js'
import { sizeOfIpv4, writeIpv4 } from './ipv4.js'
import { ipv6HeaderSize, writeIpv6 } from './ipv6.js'
import { finalDestination, sizeOfIpv6Extension, writeIpv6Extension } from './ipv6-extension.js'
import type { LayerSpec } from './layer.js'
import { sizeOfLlc, writeLlc } from './llc.js'
import { etherTypeOf, pppProtocolOf, protocolOf } from './next-layer.js'
import {
  pppoeHeaderSize,
  sizeOfPpp,
  sizeOfPppoeDiscovery,
  writePpp,
  writePppoeDiscovery,
  writePppoeSession,
} from './pppoe.js'
import { sizeOfTcp, writeTcp } from './tcp.js'
import type { AddressPair } from './transport.js'
import { udpHeaderSize, writeUdp } from './udp.js'
import { vlanTagSize, writeVlan } from './vlan.js'
import { vxlanHeaderSize, writeVxlan } from './vxlan.js'

/** How to build a frame. */
export interface EncodeOptions {
  /**
   * Computes lengths and checksums anew, also where the layers have them: for frames that were decoded and changed. A UDP
   * checksum of 0 (none) stays.
   */
  readonly recompute?: boolean
}

/**
 * Encodes layers, outermost first, into a frame. Types, lengths and checksums that are absent are computed; those that are
 * there are taken, also wrong ones. `encodeFrame(decodeFrame(bytes))` equals `bytes`.
 *
 * @throws TypeError, RangeError a value that does not fit; the message names layer and field
 */
export function encodeFrame(layers: readonly LayerSpec[], options: EncodeOptions = {}): Uint8Array {
  const plan = planOf(layers, options)
  const bytes = new Uint8Array(plan.size)
  write(plan, bytes, 0)
  return bytes
}

/**
 * As {@link encodeFrame}, into a given buffer.
 *
 * @param at Where the frame is to begin.
 * @returns the offset behind the frame
 * @throws RangeError also where the frame does not fit
 */
export function writeFrame(
  layers: readonly LayerSpec[],
  bytes: Uint8Array,
  at: number,
  options: EncodeOptions = {},
): number {
  const plan = planOf(layers, options)
  if (at < 0 || at + plan.size > bytes.length) {
    throw new RangeError(`a frame of ${plan.size} octets does not fit at ${at} of ${bytes.length}`)
  }
  // Padding and reserved octets are zero, whatever was there.
  bytes.fill(0, at, at + plan.size)
  write(plan, bytes, at)
  return at + plan.size
}

/** Layers with the place of each: where its header begins, and where its payload ends. */
export interface Plan {
  readonly layers: readonly LayerSpec[]
  readonly starts: readonly number[]
  readonly ends: readonly number[]
  readonly size: number
}

function planOf(given: readonly LayerSpec[], options: EncodeOptions): Plan {
  return layoutOf(options.recompute ? given.map(fresh) : given)
}

/** Where each layer begins and ends in the frame that they make. */
export function layoutOf(layers: readonly LayerSpec[]): Plan {
  const starts: number[] = []
  const ends: number[] = []
  let at = 0
  for (const layer of layers) {
    starts.push(at)
    at += sizeOf(layer)
  }
  let end = at
  for (let i = layers.length - 1; i >= 0; i--) {
    ends[i] = end
    end += trailerOf(layers[i] as LayerSpec).length
  }
  return { layers, starts, ends, size: end }
}

function trailerOf(layer: LayerSpec): Uint8Array {
  return 'trailer' in layer && layer.trailer !== undefined ? layer.trailer : none()
}

/** A layer without what can be computed. */
function fresh(layer: LayerSpec): LayerSpec {
  switch (layer.layer) {
    case 'ethernet':
    case 'vlan':
      return layer.type !== undefined && layer.type <= largestLength ? without(layer, 'type') : layer
    case 'ipv4':
      return without(layer, 'totalLength', 'checksum')
    case 'ipv6':
      return without(layer, 'payloadLength')
    case 'udp':
      return layer.checksum === 0 ? without(layer, 'length') : without(layer, 'length', 'checksum')
    case 'tcp':
    case 'icmp':
    case 'icmpv6':
    case 'igmp':
      return without(layer, 'checksum')
    case 'gre':
      return layer.checksum === undefined ? layer : { ...layer, checksum: true }
    case 'pppoe-discovery':
    case 'pppoe-session':
      return without(layer, 'length')
    default:
      return layer
  }
}

/** Only optional properties are taken away, so that it stays a layer. */
function without<Spec extends LayerSpec>(layer: Spec, ...names: (keyof Spec)[]): Spec {
  const copy = { ...layer }
  for (const name of names) delete copy[name]
  return copy
}

function sizeOf(layer: LayerSpec): number {
  switch (layer.layer) {
    case 'ethernet':
      return ethernetHeaderSize
    case 'vlan':
      return vlanTagSize
    case 'llc':
      return sizeOfLlc(layer)
    case 'arp':
      return sizeOfArp(layer)
    case 'ipv4':
      return sizeOfIpv4(layer)
    case 'ipv6':
      return ipv6HeaderSize
    case 'icmp':
      return sizeOfIcmp(layer)
    case 'icmpv6':
      return sizeOfIcmpv6(layer)
    case 'igmp':
      return sizeOfIgmp(layer)
    case 'udp':
      return udpHeaderSize
    case 'tcp':
      return sizeOfTcp(layer)
    case 'bpdu':
      return sizeOfBpdu(layer)
    case 'dhcp':
      return sizeOfDhcp(layer)
    case 'pppoe-discovery':
      return sizeOfPppoeDiscovery(layer)
    case 'pppoe-session':
      return pppoeHeaderSize
    case 'ppp':
      return sizeOfPpp(layer)
    case 'vxlan':
      return vxlanHeaderSize
    case 'gre':
      return sizeOfGre(layer)
    case 'payload':
      return layer.bytes.length
    default:
      return sizeOfIpv6Extension(layer)
  }
}

/** Writes from the inside out, since checksums cover what is inside. */
function write(plan: Plan, bytes: Uint8Array, base: number): void {
  for (let i = plan.layers.length - 1; i >= 0; i--) {
    const layer = plan.layers[i] as LayerSpec
    const end = base + (plan.ends[i] as number)
    bytes.set(trailerOf(layer), end)
    writeLayer(layer, plan, i, bytes, base + (plan.starts[i] as number), end)
  }
}

function writeLayer(layer: LayerSpec, plan: Plan, i: number, bytes: Uint8Array, at: number, end: number): void {
  const next = plan.layers[i + 1]
  switch (layer.layer) {
    case 'ethernet':
      writeEthernet({ ...layer, type: layer.type ?? typeFor(plan, i, end - at - ethernetHeaderSize) }, bytes, at)
      break
    case 'vlan':
      writeVlan({ ...layer, type: layer.type ?? typeFor(plan, i, end - at - vlanTagSize) }, bytes, at)
      break
    case 'llc':
      writeLlc(layer, bytes, at)
      break
    case 'arp':
      writeArp(layer, bytes, at)
      break
    case 'ipv4':
      writeIpv4({ ...layer, protocol: layer.protocol ?? protocolOf(next, layer.layer) }, bytes, at, end)
      break
    case 'ipv6':
      writeIpv6({ ...layer, nextHeader: layer.nextHeader ?? protocolOf(next, layer.layer) }, bytes, at, end)
      break
    case 'icmp':
      writeIcmp(layer, bytes, at)
      break
    case 'icmpv6':
      writeIcmpv6(layer, bytes, at, pairFor(plan, i))
      break
    case 'igmp':
      writeIgmp(layer, bytes, at)
      break
    case 'udp':
      writeUdp(layer, bytes, at, end, pairFor(plan, i))
      break
    case 'tcp':
      writeTcp(layer, bytes, at, end, pairFor(plan, i))
      break
    case 'bpdu':
      writeBpdu(layer, bytes, at)
      break
    case 'dhcp':
      writeDhcp(layer, bytes, at)
      break
    case 'pppoe-discovery':
      writePppoeDiscovery(layer, bytes, at)
      break
    case 'pppoe-session':
      writePppoeSession(layer, bytes, at, end)
      break
    case 'ppp':
      writePpp({ ...layer, protocol: layer.protocol ?? pppProtocolOf(next) }, bytes, at)
      break
    case 'vxlan':
      writeVxlan(layer, bytes, at)
      break
    case 'gre':
      writeGre({ ...layer, protocol: layer.protocol ?? etherTypeOf(next, undefined, 'gre.protocol') }, bytes, at, end)
      break
    case 'payload':
      bytes.set(layer.bytes, at)
      break
    default: {
      const nextHeader = layer.nextHeader ?? protocolOf(next, layer.layer)
      writeIpv6Extension({ ...layer, nextHeader }, bytes, at)
      break
    }
  }
}

/** The type of what follows, or the length of an LLC packet. */
function typeFor(plan: Plan, i: number, size: number): number {
  const next = plan.layers[i + 1]
  const name = (plan.layers[i] as LayerSpec).layer
  if (next?.layer !== 'llc') return etherTypeOf(next, plan.layers[i + 2], `${name}.type`)
  if (size > largestLength) throw new RangeError(`${name}.type: ${size} octets do not fit 802.3, ${largestLength} do`)
  return unsigned(size, 16, `${name}.type`)
}

/** The addresses of the nearest packet around layer `i`. */
function pairFor(plan: Plan, i: number): AddressPair | undefined {
  let final: string | undefined
  for (let k = i - 1; k >= 0; k--) {
    const layer = plan.layers[k] as LayerSpec
    if (layer.layer === 'ipv6-routing') final = finalDestination(layer) ?? final
    if (layer.layer !== 'ipv4' && layer.layer !== 'ipv6') continue
    return { source: layer.source, destination: final ?? layer.destination }
  }
  return undefined
}
