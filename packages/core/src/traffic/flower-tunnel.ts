/** What filters of `flower` match of the tunnel that a packet came by (`linux/pkt_cls.h`, `TCA_FLOWER_KEY_ENC_*`). @module */
import { bool, type Field, integer, since } from '../field.js'
import { type FlowerTunnelOptions, flowerTunnelOptionFields } from './flower-tunnel-options.js'

/**
 * The tunnel that a packet came by. Known of links that keep it beside the packet: those made with `external`, such as
 * `ip link add … type vxlan external`.
 */
export interface FlowerTunnel<Address = string> extends FlowerTunnelOptions {
  /** Key of the tunnel: VNI of VXLAN and Geneve, key of GRE; 0–4,294,967,295 (`enc_key_id`). */
  readonly tunnelKey?: number
  /** Prefix of the address that sent it (`enc_src_ip`); of the same version of IP as `tunnelTo`. */
  readonly tunnelFrom?: Address
  /** Prefix of the address that it was sent to (`enc_dst_ip`). */
  readonly tunnelTo?: Address
  /** Source port of UDP, 1–65,535. */
  readonly tunnelSourcePort?: number
  /** Which bits of it count. */
  readonly tunnelSourcePortMask?: number
  /** Destination port of UDP, 1–65,535 (`enc_dst_port`). */
  readonly tunnelDestinationPort?: number
  /** Which bits of it count. */
  readonly tunnelDestinationPortMask?: number
  /** Type of service or traffic class of the outer packet, 0–255 (`enc_tos`). */
  readonly tunnelTos?: number
  /** Which bits of it count. */
  readonly tunnelTosMask?: number
  /** Time to live or hop limit of the outer packet, 0–255 (`enc_ttl`). */
  readonly tunnelTtl?: number
  /** Which bits of it count. */
  readonly tunnelTtlMask?: number
  /** Its outer UDP had a checksum (`enc_flags tuncsum`, as the three that follow). Linux 6.11. */
  readonly tunnelChecksum?: boolean
  /** The outer packet was not to be fragmented (`tundf`). */
  readonly tunnelDontFragment?: boolean
  /** It is about the tunnel itself: operation, administration, maintenance (`tunoam`). */
  readonly tunnelOam?: boolean
  /** It has an option that its receiver must know (`tuncrit`). */
  readonly tunnelCritical?: boolean
}

/** What is asked of it as yes or no, and the kernel's bit of each (`TCA_FLOWER_KEY_FLAGS_TUNNEL_*`). */
export const tunnelFlags = {
  tunnelChecksum: 4,
  tunnelDontFragment: 8,
  tunnelOam: 16,
  tunnelCritical: 32,
} as const satisfies { readonly [name in keyof FlowerTunnel]?: number }

/** The numbers that may have a mask, and all their bits. */
export const tunnelNumbers = {
  tunnelSourcePort: 0xffff,
  tunnelDestinationPort: 0xffff,
  tunnelTos: 0xff,
  tunnelTtl: 0xff,
} as const

/** What each of the fields without a mask takes. */
export const flowerTunnelFields: Readonly<Record<string, Field>> = {
  tunnelKey: integer(0, 0xffffffff, 'key of the tunnel: its VNI'),
  tunnelFrom: { type: 'text', octets: 64, about: "prefix of the tunnel's source address" },
  tunnelTo: { type: 'text', octets: 64, about: "prefix of the tunnel's destination address" },
  tunnelChecksum: since('Linux 6.11', bool('the outer UDP had a checksum')),
  tunnelDontFragment: since('Linux 6.11', bool('the outer packet was not to be fragmented')),
  tunnelOam: since('Linux 6.11', bool('it is about the tunnel itself')),
  tunnelCritical: since('Linux 6.11', bool('it has an option that its receiver must know')),
  ...flowerTunnelOptionFields,
}
