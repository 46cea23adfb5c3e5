/** A whole frame into its layers. @module */
import { decodeArp } from './arp.js'
import { copyOf, type Decoded, need } from './bounds.js'
import { decodeBpdu, isBpduAt } from './bpdu.js'
import { decodeDhcp, dhcpPorts, isDhcpAt } from './dhcp.js'
import { decodeEthernet, etherTypes, largestLength } from './ethernet.js'
import { decodeGre, isGreAt } from './gre.js'
import { decodeIcmp } from './icmp.js'
import { decodeIcmpv6 } from './icmpv6.js'
import { decodeIgmp } from './igmp.js'
import { decodeIpv4, ipProtocols, ipVersionAt } from './ipv4.js'
import { decodeIpv6 } from './ipv6.js'
import { decodeIpv6Extension, isIpv6Extension } from './ipv6-extension.js'
import type { Layer } from './layer.js'
import { decodeLlc, serviceAccessPoints, unnumberedInformation } from './llc.js'
import { decodePpp, decodePppoeDiscovery, decodePppoeSession, pppProtocols } from './pppoe.js'
import { decodeTcp } from './tcp.js'
import { decodeUdp } from './udp.js'
import { decodeVlan } from './vlan.js'
import { decodeVxlan, isVxlanAt, vxlanHeaderSize, vxlanPorts } from './vxlan.js'

/** How to read a frame. */
export interface DecodeOptions {
  /** What the octets begin with: an Ethernet header (the default), or an IPv4 or IPv6 header, as TUN devices have it. */
  readonly link?: 'ethernet' | 'ip'
  /** UDP ports whose datagrams are read as VXLAN; by default 4789 and, as Linux and flannel have it, 8472. */
  readonly vxlanPorts?: readonly number[]
}

/** Where the reading stands. */
interface Walk {
  readonly bytes: Uint8Array
  at: number
  end: number
  readonly layers: Layer[]
  readonly vxlanPorts: readonly number[]
}

/** Reads one layer, and tells what reads the next; nothing where the rest is a payload. */
type Step = (walk: Walk) => Step | undefined

/**
 * Decodes a frame into its layers, outermost first. What is not known stays octets, as a layer `payload`; so does the
 * payload of an IP fragment. Octets behind the packet are in its `trailer`. Nothing is lost: `encodeFrame` of the result
 * gives the same octets. The values share no memory with `bytes`.
 *
 * Ports say only what a UDP payload may be: it is read as DHCP or VXLAN if it also begins like it.
 *
 * @throws DecodeError a layer is cut short, or its lengths contradict each other; `layer` and `offset` tell where
 */
export function decodeFrame(bytes: Uint8Array, options: DecodeOptions = {}): Layer[] {
  const layers: Layer[] = []
  readLayers(bytes, layers, options)
  return layers
}

/** As {@link decodeFrame}, into a list: what could be read before an error is in it. */
export function readLayers(bytes: Uint8Array, layers: Layer[], options: DecodeOptions = {}): void {
  const ports = options.vxlanPorts ?? [vxlanPorts.iana, vxlanPorts.linux]
  const walk: Walk = { bytes, at: 0, end: bytes.length, layers, vxlanPorts: ports }
  let step: Step | undefined = options.link === 'ip' ? ip : ethernet
  // A loop and no recursion: a frame of tags alone would be thousands of layers deep.
  while (step !== undefined) step = step(walk)
  if (walk.at < walk.end) layers.push({ layer: 'payload', bytes: copyOf(bytes, walk.at, walk.end) })
}

/** Takes a header in, and goes on to its payload. */
function enter<Value extends Layer>(walk: Walk, { value, start, end }: Decoded<Value>): Value {
  walk.layers.push(value)
  walk.at = start
  walk.end = end
  return value
}

/** Takes a message in that has no payload. */
function finish(walk: Walk, value: Layer): undefined {
  walk.layers.push(value)
  walk.at = walk.end
  return undefined
}

const ethernet: Step = (walk) => byType(enter(walk, decodeEthernet(walk.bytes, walk.at, walk.end)).type)
const vlan: Step = (walk) => byType(enter(walk, decodeVlan(walk.bytes, walk.at, walk.end)).type)
const arp: Step = (walk) => finish(walk, decodeArp(walk.bytes, walk.at, walk.end))
const icmp: Step = (walk) => finish(walk, decodeIcmp(walk.bytes, walk.at, walk.end))
const icmpv6: Step = (walk) => finish(walk, decodeIcmpv6(walk.bytes, walk.at, walk.end))
const igmp: Step = (walk) => finish(walk, decodeIgmp(walk.bytes, walk.at, walk.end))
const dhcp: Step = (walk) => finish(walk, decodeDhcp(walk.bytes, walk.at, walk.end))
const bpdu: Step = (walk) => finish(walk, decodeBpdu(walk.bytes, walk.at, walk.end))
const pppoeDiscovery: Step = (walk) => finish(walk, decodePppoeDiscovery(walk.bytes, walk.at, walk.end))

const tcp: Step = (walk) => {
  enter(walk, decodeTcp(walk.bytes, walk.at, walk.end))
  return undefined
}

const vxlan: Step = (walk) => {
  enter(walk, decodeVxlan(walk.bytes, walk.at, walk.end))
  return ethernet
}

const pppoeSession: Step = (walk) => {
  enter(walk, decodePppoeSession(walk.bytes, walk.at, walk.end))
  return walk.at < walk.end ? ppp : undefined
}

const ppp: Step = (walk) => {
  const { protocol } = enter(walk, decodePpp(walk.bytes, walk.at, walk.end))
  if (protocol === pppProtocols.ipv4) return ipv4
  return protocol === pppProtocols.ipv6 ? ipv6 : undefined
}

const ip: Step = (walk) => {
  need(walk.bytes, walk.at, walk.end, 1, 'ip')
  return ipVersionAt(walk.bytes, walk.at) === 6 ? ipv6 : ipv4
}

const ipv4: Step = (walk) => {
  const { protocol, moreFragments, fragmentOffset } = enter(walk, decodeIpv4(walk.bytes, walk.at, walk.end))
  // The lengths inside a fragment are those of the whole packet.
  return moreFragments || fragmentOffset > 0 ? undefined : byProtocol(protocol, 4)
}

const ipv6: Step = (walk) => byProtocol(enter(walk, decodeIpv6(walk.bytes, walk.at, walk.end)).nextHeader, 6)

const extensions = new Map([0, 43, 44, 51, 60].map((number) => [number, extension(number)]))

function extension(number: number): Step {
  return (walk) => {
    const value = enter(walk, decodeIpv6Extension(number, walk.bytes, walk.at, walk.end))
    if (value.layer === 'ipv6-fragment' && (value.moreFragments || value.offset > 0)) return undefined
    return byProtocol(value.nextHeader, 6)
  }
}

const udp: Step = (walk) => {
  const { destinationPort } = enter(walk, decodeUdp(walk.bytes, walk.at, walk.end))
  const { bytes, at, end } = walk
  if (destinationPort === dhcpPorts.server || destinationPort === dhcpPorts.client) {
    return isDhcpAt(bytes, at, end) ? dhcp : undefined
  }
  if (!walk.vxlanPorts.includes(destinationPort)) return undefined
  return end - at >= vxlanHeaderSize && isVxlanAt(bytes, at) ? vxlan : undefined
}

const gre: Step = (walk) => {
  need(walk.bytes, walk.at, walk.end, 4, 'gre')
  if (!isGreAt(walk.bytes, walk.at)) return undefined
  return byType(enter(walk, decodeGre(walk.bytes, walk.at, walk.end)).protocol, false)
}

const llc: Step = (walk) => {
  const { destinationSap, control, snap } = enter(walk, decodeLlc(walk.bytes, walk.at, walk.end))
  if (snap !== undefined) return snap.oui === 0 ? byType(snap.protocol, false) : undefined
  if (destinationSap !== serviceAccessPoints.stp || control !== unnumberedInformation) return undefined
  const { bytes, at, end } = walk
  need(bytes, at, end, 4, 'bpdu')
  return isBpduAt(bytes, at) ? bpdu : undefined
}

/** What follows an EtherType; where it may be a length, LLC. */
function byType(type: number, mayBeLength = true): Step | undefined {
  switch (type) {
    case etherTypes.ipv4:
      return ipv4
    case etherTypes.ipv6:
      return ipv6
    case etherTypes.arp:
      return arp
    case etherTypes.vlan:
    case etherTypes.serviceVlan:
      return vlan
    case etherTypes.pppoeDiscovery:
      return pppoeDiscovery
    case etherTypes.pppoeSession:
      return pppoeSession
    case etherTypes.ethernet:
      return mayBeLength ? undefined : ethernet
    default:
      return mayBeLength && type <= largestLength && type > 0 ? llc : undefined
  }
}

function byProtocol(protocol: number, version: 4 | 6): Step | undefined {
  switch (protocol) {
    case ipProtocols.tcp:
      return tcp
    case ipProtocols.udp:
      return udp
    case ipProtocols.ipv4:
      return ipv4
    case ipProtocols.ipv6:
      return ipv6
    case ipProtocols.gre:
      return gre
    case ipProtocols.icmp:
      return version === 4 ? icmp : undefined
    case ipProtocols.igmp:
      return version === 4 ? igmp : undefined
    case ipProtocols.icmpv6:
      return version === 6 ? icmpv6 : undefined
    case ipProtocols.authentication:
      return extensions.get(protocol)
    default:
      return version === 6 && isIpv6Extension(protocol) ? extensions.get(protocol) : undefined
  }
}
