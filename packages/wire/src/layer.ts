/** The layers that a frame is made of, outermost first. @module */
import type { Arp, ArpSpec } from './arp.js'
import type { Bpdu, BpduSpec } from './bpdu.js'
import type { Dhcp, DhcpSpec } from './dhcp.js'
import type { Ethernet, EthernetSpec } from './ethernet.js'
import type { Gre, GreSpec } from './gre.js'
import type { Icmp, IcmpSpec } from './icmp.js'
import type { Icmpv6, Icmpv6Spec } from './icmpv6.js'
import type { Igmp, IgmpSpec } from './igmp.js'
import type { Ipv4, Ipv4Spec } from './ipv4.js'
import type { Ipv6, Ipv6Spec } from './ipv6.js'
import type { Ipv6Extension, Ipv6ExtensionSpec } from './ipv6-extension.js'
import type { Llc, LlcSpec } from './llc.js'
import type { Ppp, PppoeDiscovery, PppoeDiscoverySpec, PppoeSession, PppoeSessionSpec, PppSpec } from './pppoe.js'
import type { Tcp, TcpSpec } from './tcp.js'
import type { Udp, UdpSpec } from './udp.js'
import type { Vlan, VlanSpec } from './vlan.js'
import type { Vxlan, VxlanSpec } from './vxlan.js'

/** What no codec knows, and what programs send: octets. */
export interface Payload {
  readonly layer: 'payload'
  /** The octets. */
  readonly bytes: Uint8Array
}

/** A decoded layer; `layer` says which. */
export type Layer =
  | Ethernet
  | Vlan
  | Llc
  | Arp
  | Ipv4
  | Ipv6
  | Ipv6Extension
  | Icmp
  | Icmpv6
  | Igmp
  | Udp
  | Tcp
  | Bpdu
  | Dhcp
  | PppoeDiscovery
  | PppoeSession
  | Ppp
  | Vxlan
  | Gre
  | Payload

/** Name of a layer. */
export type LayerName = Layer['layer']

/** A layer to encode. Every decoded {@link Layer} is one. */
export type LayerSpec =
  | ({ readonly layer: 'ethernet' } & EthernetSpec)
  | ({ readonly layer: 'vlan' } & VlanSpec)
  | ({ readonly layer: 'llc' } & LlcSpec)
  | ({ readonly layer: 'arp' } & ArpSpec)
  | ({ readonly layer: 'ipv4' } & Ipv4Spec)
  | ({ readonly layer: 'ipv6' } & Ipv6Spec)
  | Ipv6ExtensionSpec
  | ({ readonly layer: 'icmp' } & IcmpSpec)
  | ({ readonly layer: 'icmpv6' } & Icmpv6Spec)
  | ({ readonly layer: 'igmp' } & IgmpSpec)
  | ({ readonly layer: 'udp' } & UdpSpec)
  | ({ readonly layer: 'tcp' } & TcpSpec)
  | ({ readonly layer: 'bpdu' } & BpduSpec)
  | ({ readonly layer: 'dhcp' } & DhcpSpec)
  | ({ readonly layer: 'pppoe-discovery' } & PppoeDiscoverySpec)
  | ({ readonly layer: 'pppoe-session' } & PppoeSessionSpec)
  | ({ readonly layer: 'ppp' } & PppSpec)
  | ({ readonly layer: 'vxlan' } & VxlanSpec)
  | ({ readonly layer: 'gre' } & GreSpec)
  | Payload

/** The layer of a name: `LayerOf<'ipv4'>` is `Ipv4`. */
export type LayerOf<Name extends LayerName> = Extract<Layer, { readonly layer: Name }>

/** The first layer of a name; `undefined` where there is none. */
export function layerOf<Name extends LayerName>(layers: readonly Layer[], name: Name): LayerOf<Name> | undefined {
  return layers.find((layer): layer is LayerOf<Name> => layer.layer === name)
}
