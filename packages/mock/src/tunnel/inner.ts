/** The IP packet inside a tunnel, and what its header and the outer one have to do with each other (RFC 6040). @module */
import {
  checksumOf,
  ethernetHeaderSize,
  etherTypeAt,
  etherTypes,
  ipv4HeaderSize,
  ipv4HeaderSizeAt,
  ipv6HeaderSize,
  isTaggedAt,
  setU16At,
  u16At,
  u24At,
  vlanTagSize,
} from '@vnet/wire'

/** Bits of congestion notification, and "congestion experienced" (RFC 3168 § 5). */
const ecnBits = 3
const capable1 = 1
const capable0 = 2
const congested = 3

/** Where the IP header of what a tunnel carries lies. */
export interface Inner {
  /** Version of IP; `undefined` for anything else. */
  readonly version: 4 | 6 | undefined
  readonly at: number
}

/** Looks at a packet, or at a frame behind its tags. */
export function innerOf(octets: Uint8Array, isFrame: boolean): Inner {
  if (!isFrame) return versionAt(octets, 0, (octets[0] as number) >> 4)
  let tags = 0
  while (isTaggedAt(octets, tags) && octets.length >= ethernetHeaderSize + tags + vlanTagSize) tags += vlanTagSize
  const type = octets.length < ethernetHeaderSize + tags ? 0 : etherTypeAt(octets, tags)
  const version = type === etherTypes.ipv4 ? 4 : type === etherTypes.ipv6 ? 6 : undefined
  return versionAt(octets, ethernetHeaderSize + tags, version)
}

function versionAt(octets: Uint8Array, at: number, version: number | undefined): Inner {
  const isWhole = octets.length - at >= (version === 4 ? ipv4HeaderSize : ipv6HeaderSize)
  return { version: (version === 4 || version === 6) && isWhole ? version : undefined, at }
}

/** The type of service or traffic class of a packet; 0 of what is no IP (`ip_tunnel_get_dsfield`). */
export function serviceOf(octets: Uint8Array, { version, at }: Inner): number {
  if (version === 4) return octets[at + 1] as number
  return version === 6 ? (u16At(octets, at) >> 4) & 0xff : 0
}

/** The flow label of a packet; 0 of what is no IPv6 (`ip_tunnel_get_flowlabel`). */
export const flowLabelOf = (octets: Uint8Array, { version, at }: Inner): number =>
  version === 6 ? u24At(octets, at + 1) & 0xfffff : 0

/** The hops that a packet may still make; `undefined` of what is no IP (`ip_tunnel_get_ttl`). */
export function hopsOf(octets: Uint8Array, { version, at }: Inner): number | undefined {
  return version === undefined ? undefined : (octets[at + (version === 4 ? 8 : 7)] as number)
}

/** Whether an IPv4 packet must not be cut. */
export const mustNotFragment = (octets: Uint8Array, { version, at }: Inner): boolean =>
  version === 4 && ((octets[at + 6] as number) & 0x40) !== 0

/** The type of service of an outer header: that of the tunnel, with the notification of the packet (`INET_ECN_encapsulate`). */
export function withEcn(service: number, inner: number): number {
  const ecn = inner & ecnBits
  return (service & ~ecnBits) | (ecn === congested ? capable0 : ecn)
}

/**
 * Brings the notification of the outer header into the packet, in place; `false` where it must be dropped: congestion on
 * the way of one that does not know of it (`INET_ECN_decapsulate`).
 */
export function takeEcn(octets: Uint8Array, inner: Inner, outer: number): boolean {
  if (inner.version === undefined) return true
  const service = serviceOf(octets, inner)
  const met = outer & ecnBits
  if ((service & ecnBits) === 0) return met !== congested
  if (met === congested) setService(octets, inner, service | congested)
  else if (met === capable1 && (service & ecnBits) !== congested)
    setService(octets, inner, (service & ~ecnBits) | capable1)
  return true
}

/** Takes the service class of the outer header over, but for the notification (`IP6_TNL_F_RCV_DSCP_COPY`). */
export function takeDscp(octets: Uint8Array, inner: Inner, outer: number): void {
  if (inner.version === undefined) return
  setService(octets, inner, (outer & ~ecnBits) | (serviceOf(octets, inner) & ecnBits))
}

function setService(octets: Uint8Array, { version, at }: Inner, service: number): void {
  if (version === 6) {
    setU16At(octets, at, (u16At(octets, at) & 0xf00f) | (service << 4))
    return
  }
  octets[at + 1] = service
  setU16At(octets, at + 10, 0)
  setU16At(octets, at + 10, checksumOf(octets, at, at + ipv4HeaderSizeAt(octets, at)))
}
