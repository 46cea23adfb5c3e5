/** What an external tunnel keeps beside a frame: how it came, or where it is to go (`struct ip_tunnel_info`). @module */
import { ipProtocols, u16At } from '@vnet/wire'
import { serviceOf } from '../tunnel/inner.js'
import type { LocalPacket } from './icmp.js'

/** The tunnel of a frame. */
export interface TunnelInfo {
  /** It leaves by a tunnel (`IP_TUNNEL_INFO_TX`); otherwise it came by one. */
  readonly isOut: boolean
  /** Identifier of VXLAN and GENEVE, key of GRE. */
  readonly key: number
  readonly from: Uint8Array
  readonly to: Uint8Array
  /** Ports of its UDP, 0 where it has none. */
  readonly sourcePort: number
  readonly destinationPort: number
  readonly tos: number
  readonly ttl: number
  /** It had a checksum. */
  readonly isSummed: boolean
  /** It was about the tunnel itself, or has an option that its receiver must know. */
  readonly isOam: boolean
  readonly isCritical: boolean
}

const nobody = new Uint8Array(4)

/** Where the VLAN of a port leads that is mapped to a tunnel: an identifier, and nothing else. */
export const mappedTunnel = (key: number): TunnelInfo => ({
  ...{ isOut: true, key, from: nobody, to: nobody, sourcePort: 0, destinationPort: 0, tos: 0, ttl: 0 },
  ...{ isSummed: false, isOam: false, isCritical: false },
})

/** How a packet for this host came (`ip_tun_rx_dst`); in UDP its header lies right before `start`. */
export function arrivedBy(
  { octets, ip, start, from, to }: LocalPacket,
  key: number,
  more: Partial<Pick<TunnelInfo, 'isSummed' | 'isOam' | 'isCritical'>> = {},
): TunnelInfo {
  const is4 = from.length === 4
  const isUdp = octets[ip + (is4 ? 9 : 6)] === ipProtocols.udp
  return {
    isOut: false,
    key,
    from,
    to,
    sourcePort: isUdp ? u16At(octets, start - 8) : 0,
    destinationPort: isUdp ? u16At(octets, start - 6) : 0,
    tos: serviceOf(octets, { version: is4 ? 4 : 6, at: ip }),
    ttl: octets[ip + (is4 ? 8 : 7)] as number,
    isSummed: isUdp && u16At(octets, start - 2) !== 0,
    isOam: false,
    isCritical: false,
    ...more,
  }
}
