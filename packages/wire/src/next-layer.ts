/** Which number a header has for the layer that follows it. @module */
import { etherTypes } from './ethernet.js'
import { ipProtocols } from './ipv4.js'
import { numberOfIpv6Extension } from './ipv6-extension.js'
import type { LayerSpec } from './layer.js'
import { pppProtocols } from './pppoe.js'

/**
 * The EtherType of a layer. A tag that another tag follows is a service tag (802.1ad).
 *
 * @throws TypeError a layer that has none; `field` must be given then
 */
export function etherTypeOf(next: LayerSpec | undefined, afterNext: LayerSpec | undefined, field: string): number {
  switch (next?.layer) {
    case 'ipv4':
      return etherTypes.ipv4
    case 'ipv6':
      return etherTypes.ipv6
    case 'arp':
      return etherTypes.arp
    case 'vlan':
      return afterNext?.layer === 'vlan' ? etherTypes.serviceVlan : etherTypes.vlan
    case 'pppoe-discovery':
      return etherTypes.pppoeDiscovery
    case 'pppoe-session':
      return etherTypes.pppoeSession
    case 'ethernet':
      return etherTypes.ethernet
    default:
      throw missing(field, next)
  }
}

/** The protocol of a layer inside IP. @throws TypeError a layer that has none; it must be given then */
export function protocolOf(next: LayerSpec | undefined, around: string): number {
  switch (next?.layer) {
    case 'icmp':
    case 'igmp':
    case 'tcp':
    case 'udp':
    case 'gre':
    case 'icmpv6':
    case 'ipv4':
    case 'ipv6':
      return ipProtocols[next.layer]
    case 'ipv6-options':
    case 'ipv6-routing':
    case 'ipv6-fragment':
    case 'authentication':
      return numberOfIpv6Extension(next)
    case undefined:
      return ipProtocols.noNextHeader
    default:
      throw missing(around === 'ipv4' ? 'ipv4.protocol' : `${around}.nextHeader`, next)
  }
}

/** The PPP protocol of a layer. @throws TypeError a layer that has none; it must be given then */
export function pppProtocolOf(next: LayerSpec | undefined): number {
  if (next?.layer === 'ipv4') return pppProtocols.ipv4
  if (next?.layer === 'ipv6') return pppProtocols.ipv6
  throw missing('ppp.protocol', next)
}

function missing(field: string, next: LayerSpec | undefined): TypeError {
  return new TypeError(
    `${field}: must be given, as ${next === undefined ? 'nothing' : `'${next.layer}'`} does not tell it`,
  )
}
