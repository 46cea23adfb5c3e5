/** Socket addresses as octets: `sockaddr_in`, `sockaddr_in6`, `sockaddr_ll`. @module */
import { formatIp, formatMac, type NamedSocketAddress } from '@vnet/core'
import { littleEndian } from '../netlink/octets.js'
import { AF_PACKET } from '../packet/constants.js'
import { AF_INET, AF_INET6 } from './constants.js'

/** Octets of the largest of them, `sockaddr_in6`. */
export const largestAddress = 28

/** `sockaddr_in` or `sockaddr_in6`; `scope` is the index of a link. */
export function encodeAddress(address: Uint8Array, port: number, scope: number): Uint8Array {
  const isIpv4 = address.length === 4
  const octets = new Uint8Array(isIpv4 ? 16 : largestAddress)
  const view = new DataView(octets.buffer)
  view.setUint16(0, isIpv4 ? AF_INET : AF_INET6, littleEndian)
  view.setUint16(2, port)
  octets.set(address, isIpv4 ? 4 : 8)
  if (!isIpv4) view.setUint32(24, scope, littleEndian)
  return octets
}

/** Address and port; `undefined` for a family that is none of IP, and for no address at all. */
export function decodeAddress(octets: Uint8Array, length: number): NamedSocketAddress | undefined {
  if (length < 16) return undefined
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength)
  const family = view.getUint16(0, littleEndian)
  const port = view.getUint16(2)
  if (family === AF_INET) return { address: formatIp(octets, 4, 4), port }
  if (family !== AF_INET6 || length < largestAddress) return undefined
  const scope = view.getUint32(24, littleEndian)
  return { address: formatIp(octets, 8, 16), port, ...(scope === 0 ? {} : { link: scope }) }
}

/** `sockaddr_ll`, as far as `bind` and `sendto` read it. */
export function encodeLink(protocol: number, index: number): Uint8Array {
  const octets = new Uint8Array(20)
  const view = new DataView(octets.buffer)
  view.setUint16(0, AF_PACKET, littleEndian)
  view.setUint16(2, protocol)
  view.setInt32(4, index, littleEndian)
  return octets
}

/** What a `sockaddr_ll` says of a frame. */
export interface LinkAddress {
  readonly protocol: number
  readonly link: number
  readonly packetType: number
  readonly mac?: string
}

/** Reads a `sockaddr_ll`. */
export function decodeLink(octets: Uint8Array): LinkAddress {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength)
  const size = octets[11] as number
  return {
    protocol: view.getUint16(2),
    link: view.getInt32(4, littleEndian),
    packetType: octets[10] as number,
    ...(size === 6 ? { mac: formatMac(octets, 12, 18) } : {}),
  }
}
