/** IPv6 addresses that tunnels without frames give themselves (`addrconf_gre_config`, `addrconf_sit_config`). @module */
import { parseIp } from '@vnet/core'
import { isZero, samePrefix } from '../bits.js'
import { tunnelIsatap } from '../kind/tunnel.js'
import type { Device } from './device.js'

/** The address that a tunnel without frames gives itself; `undefined` where it has nothing to make one of. */
export function tunnelAddress(device: Device, octets: Uint8Array): number | undefined {
  const local = parseIp(device.mac ?? '')
  if (local?.length === 16) {
    octets.set(eui64((parseIp(device.permanentAddress ?? '') as Uint8Array).subarray(0, 6)), 8)
    return 64
  }
  if (local === undefined || isZero(local)) return undefined
  octets.set(local, 12)
  if (device.type === 'sit' && !tunnelIsatap(device)) {
    if (device.pointToPoint) return 64
    // An address of IPv6 that stands for one of IPv4 (RFC 4291 § 2.5.5.1).
    octets.fill(0, 0, 8)
    return 96
  }
  // RFC 5214 § 6.1; the second bit tells a global address of IPv4.
  octets.set([isPrivate(local) ? 0 : 2, 0, 0x5e, 0xfe], 8)
  return 64
}

/** The second half of an address, made of a MAC (RFC 4291, appendix A), or of one that links share (`dev_id`). */
export const eui64 = (mac: Uint8Array, sharerId = 0): number[] => [
  sharerId === 0 ? (mac[0] as number) ^ 2 : (mac[0] as number),
  mac[1] as number,
  mac[2] as number,
  ...(sharerId === 0 ? [0xff, 0xfe] : [sharerId >> 8, sharerId & 0xff]),
  ...mac.subarray(3),
]

/** Networks whose addresses are not global, or nobody's (`__ipv6_isatap_ifid`). */
const localNetworks = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.2.0/24',
].concat(['192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '224.0.0.0/4', '255.255.255.255/32'])
const parsedNetworks = localNetworks.map((network) => {
  const [address, length] = network.split('/') as [string, string]
  return { octets: parseIp(address) as Uint8Array, length: Number(length) }
})
const isPrivate = (address: Uint8Array): boolean =>
  parsedNetworks.some(({ octets, length }) => samePrefix(octets, address, length))
