/** An address with a port or an identifier, as NAT boxes tell hosts apart. @module */
import { formatIp } from '@vnet/core'
import { setU32At } from '@vnet/wire'
import type { NatDependence } from './type.js'

/** One side of a flow. */
export interface Endpoint {
  /** The IPv4 address as a number. */
  readonly address: number
  /** Port of UDP or TCP, identifier of an ICMP query; 0 at the side that an ICMP query is sent to. */
  readonly port: number
}

/** An endpoint as a program reads it. */
export interface NatEndpoint {
  /** IPv4 address. */
  readonly address: string
  /** Port or identifier; 0 at the far side of ICMP queries. */
  readonly port: number
}

/** Both in one number. */
export const keyOf = ({ address, port }: Endpoint): number => address * 0x1_0000 + port

/** What of an endpoint counts. */
export function partOf({ address, port }: Endpoint, dependence: NatDependence): number {
  if (dependence === 'endpoint-independent') return 0
  return keyOf({ address, port: dependence === 'address-dependent' ? 0 : port })
}

/** In words. */
export function namedEndpoint({ address, port }: Endpoint): NatEndpoint {
  const octets = new Uint8Array(4)
  setU32At(octets, 0, address)
  return { address: formatIp(octets), port }
}
