/** The parts of a line, one for each layer of a frame. @module */
import { isDecodeError } from '@vnet/core'
import { layoutOf } from './encode-frame.js'
import { etherTypeName } from './ether-type-name.js'
import { largestLength } from './ethernet.js'
import { formatIcmp } from './format-icmp.js'
import { formatIcmpv6, formatIgmp } from './format-icmpv6.js'
import { formatBpdu, formatDiscovery, formatGre, formatLlc, formatVlan } from './format-link.js'
import { formatTcp, hex, lengthOf } from './format-transport.js'
import { decodeIcmp } from './icmp.js'
import { decodeIcmpv6 } from './icmpv6.js'
import { ipProtocols } from './ipv4.js'
import type { Layer, LayerOf } from './layer.js'
import { u16At } from './octets.js'
import { pppProtocols } from './pppoe.js'
import { decodeTcp } from './tcp.js'

/** The layers of one line, and how long each is with all that it holds. */
export class Line {
  /** @param length Octets of the frame; by default those that the layers have together. */
  constructor(layers: readonly Layer[], linkLevel: boolean, length?: number) {
    const { starts, ends, size } = layoutOf(layers)
    this.layers = layers
    this.starts = starts
    this.ends = ends
    this.linkLevel = linkLevel
    this.length = length ?? size
  }
  readonly layers: readonly Layer[]
  readonly starts: readonly number[]
  readonly ends: readonly number[]
  readonly linkLevel: boolean
  readonly length: number

  /** Octets of a layer with its payload. */
  size(i: number): number {
    return (this.ends[i] as number) - (this.starts[i] as number)
  }

  /** Octets behind layer `i` in its payload. */
  inner(i: number): number {
    return (this.ends[i] as number) - (this.starts[i + 1] ?? (this.ends[i] as number))
  }

  part(i: number): string {
    const layer = this.layers[i] as Layer
    switch (layer.layer) {
      case 'ethernet':
        return this.ethernet(layer, i)
      case 'vlan':
        return this.linkLevel ? formatVlan(layer) : ''
      case 'llc':
        return this.linkLevel || this.layers[i + 1]?.layer === 'payload' ? formatLlc(layer, this.inner(i)) : ''
      case 'arp':
        return `${this.linkLevel ? '' : 'ARP, '}${formatArp(layer)}, length ${this.size(i) + (layer.trailer?.length ?? 0)}`
      case 'ipv4':
      case 'ipv6':
        return this.packet(layer, i)
      case 'ipv6-options':
        return layer.kind === 'hop-by-hop' ? 'HBH ' : 'DSTOPT '
      case 'ipv6-routing':
        return `RT6 (len=${(layer.bytes.length - 4) / 8}, type=${layer.type}, segleft=${layer.segmentsLeft}) `
      case 'ipv6-fragment':
        return `frag (${layer.offset}|${this.inner(i)}) ${
          layer.offset === 0 && layer.moreFragments ? this.fragment(layer.nextHeader, i, '', '') : ''
        }`
      case 'authentication':
        return `AH(spi=0x${hex(layer.securityIndex, 8)},seq=0x${hex(layer.sequence)},icv=0x${octets(layer.integrity)}): `
      case 'udp':
        return `${this.addresses(i, layer)}: ${this.datagram(layer, i)}`
      case 'tcp':
        return `${this.addresses(i, layer)}: ${formatTcp(layer, this.inner(i))}`
      case 'icmp':
        return formatIcmp(layer, this.size(i))
      case 'icmpv6':
        return formatIcmpv6(layer, this.size(i))
      case 'igmp':
        return formatIgmp(layer)
      case 'bpdu':
        return formatBpdu(layer, this.size(i))
      case 'dhcp': {
        const from = layer.operation === 1 && layer.hardwareType === 1 ? ` from ${layer.clientMac}` : ''
        const name = layer.operation === 1 ? 'Request' : 'Reply'
        return `BOOTP/DHCP, ${name}${from}, length ${this.size(i) + (layer.trailer?.length ?? 0)}`
      }
      case 'pppoe-discovery':
        return formatDiscovery(layer)
      case 'pppoe-session':
        return `PPPoE  [ses 0x${hex(layer.session)}] `
      case 'ppp':
        return this.ppp(layer, i)
      case 'vxlan':
        return `VXLAN, flags [${layer.flags & 8 ? 'I' : '.'}] (0x${hex(layer.flags, 2)}), vni ${layer.vni}: `
      case 'gre':
        return formatGre(layer, this.size(i), this.linkLevel)
      case 'payload':
        return this.payload(layer, i)
    }
  }

  ethernet({ source, destination, type }: LayerOf<'ethernet'>, i: number): string {
    const next = this.layers[i + 1]
    const unknown = type > largestLength && (next === undefined || next.layer === 'payload')
    if (!this.linkLevel && !unknown) return ''
    const length = i === 0 ? this.length : this.size(i)
    if (type <= largestLength) return `${source} > ${destination}, 802.3, length ${type}: `
    return `${source} > ${destination}, ethertype ${etherTypeName(type)} (0x${hex(type, 4)}), length ${length}: `
  }

  /** The version and the addresses of a packet. */
  head(layer: LayerOf<'ipv4' | 'ipv6'>): string {
    return `${this.version(layer)}${this.addressesOf(layer)}`
  }

  /** The version of a packet, unless the header around it says it. */
  version(layer: LayerOf<'ipv4' | 'ipv6'>): string {
    if (this.linkLevel) return ''
    return layer.layer === 'ipv4' ? 'IP ' : 'IP6 '
  }

  /** The addresses of a packet. */
  addressesOf({ source, destination }: LayerOf<'ipv4' | 'ipv6'>): string {
    return `${source} > ${destination}: `
  }

  /** The nearest packet around layer `i`. */
  packetAround(i: number): LayerOf<'ipv4' | 'ipv6'> | undefined {
    for (let k = i - 1; k >= 0; k--) {
      const layer = this.layers[k] as Layer
      if (layer.layer === 'ipv4' || layer.layer === 'ipv6') return layer
    }
    return undefined
  }

  /** A packet's head, unless the layer behind it prints the addresses with its ports. */
  packet(layer: LayerOf<'ipv4' | 'ipv6'>, i: number): string {
    const version = this.version(layer)
    const next = this.layers[i + 1]
    if (next?.layer === 'udp' || next?.layer === 'tcp') return version
    const head = this.head(layer)
    if (layer.layer === 'ipv6') return next === undefined ? `${head}no next header` : head
    if (layer.fragmentOffset > 0) return `${head}ip-proto-${layer.protocol}`
    if (layer.moreFragments) return this.fragment(layer.protocol, i, version, head)
    return next === undefined ? `${head}${unknownProtocol(layer.protocol, 0)}` : head
  }

  /** What a fragment says of the packet: the first one has the header that is printed, the others nothing. */
  fragment(protocol: number, i: number, version: string, head: string): string {
    const next = this.layers[i + 1]
    const bytes = next?.layer === 'payload' ? next.bytes : new Uint8Array(0)
    const ports = () => {
      const pair = { sourcePort: u16At(bytes, 0), destinationPort: u16At(bytes, 2) }
      return `${version}${this.addresses(i + 1, pair)}: `
    }
    try {
      if (protocol === ipProtocols.icmp) return head + formatIcmp(decodeIcmp(bytes), bytes.length)
      if (protocol === ipProtocols.icmpv6) return head + formatIcmpv6(decodeIcmpv6(bytes), bytes.length)
      if (protocol === ipProtocols.tcp) {
        const { value, start } = decodeTcp(bytes)
        return ports() + formatTcp(value, bytes.length - start)
      }
    } catch (error) {
      if (!isDecodeError(error)) throw error
      return `${head}[|${error.layer}]`
    }
    // The datagram's length counts the whole packet.
    const length = bytes.length >= 8 ? u16At(bytes, 4) : 0
    return protocol === ipProtocols.udp && length >= 8
      ? `${ports()}UDP, length ${length - 8}`
      : `${head}ip-proto-${protocol}`
  }

  /** Addresses with ports, of the nearest packet around layer `i`. */
  addresses(i: number, { sourcePort, destinationPort }: { sourcePort: number; destinationPort: number }): string {
    const packet = this.packetAround(i)
    if (packet !== undefined) return `${packet.source}.${sourcePort} > ${packet.destination}.${destinationPort}`
    return `.${sourcePort} > .${destinationPort}`
  }

  datagram(layer: LayerOf<'udp'>, i: number): string {
    const next = this.layers[i + 1]
    return next === undefined || next.layer === 'payload' ? `UDP, length ${lengthOf(layer, this.inner(i))}` : ''
  }

  ppp({ protocol }: LayerOf<'ppp'>, i: number): string {
    const name = pppNames.get(protocol) ?? 'unknown PPP protocol'
    const known = protocol === pppProtocols.ipv4 || protocol === pppProtocols.ipv6
    if (!this.linkLevel && known) return ''
    return `${name} (0x${hex(protocol, 4)}), length ${this.size(i)}: `
  }

  payload(layer: LayerOf<'payload'>, i: number): string {
    const before = this.layers[i - 1]
    if (before?.layer === 'ipv4' && !before.moreFragments && before.fragmentOffset === 0) {
      return unknownProtocol(before.protocol, layer.bytes.length)
    }
    if (before?.layer === 'ipv6') return unknownProtocol(before.nextHeader, layer.bytes.length)
    return ''
  }
}

const unknownProtocol = (protocol: number, length: number) => ` ip-proto-${protocol} ${length}`
const octets = (bytes: Uint8Array) => Array.from(bytes, (octet) => hex(octet, 2)).join('')

function formatArp(arp: LayerOf<'arp'>): string {
  if (arp.operation === 1) return `Request who-has ${arp.targetIp} tell ${arp.senderIp}`
  if (arp.operation === 2) return `Reply ${arp.senderIp} is-at ${arp.senderMac}`
  if (arp.operation === 3) return `Reverse Request who-is ${arp.targetMac} tell ${arp.senderMac}`
  return arp.operation === 4 ? `Reverse Reply ${arp.targetMac} at ${arp.targetIp}` : `operation ${arp.operation}`
}

const pppNames = new Map<number, string>([
  [pppProtocols.ipv4, 'IP'],
  [pppProtocols.ipv6, 'IP6'],
  [pppProtocols.lcp, 'LCP'],
  [pppProtocols.pap, 'PAP'],
  [pppProtocols.chap, 'CHAP'],
  [pppProtocols.ipcp, 'IPCP'],
  [pppProtocols.ipv6cp, 'IP6CP'],
])
