/** State of a socket of IP (`struct inet_sock`). @module */
import type { SocketKind, SocketSpec } from '@vnet/core'
import type { Device } from '../object/device.js'
import type { Inbox } from './inbox.js'

/** A group that a socket is a member of. */
export interface SocketMembership {
  readonly group: Uint8Array
  readonly device: Device
}

/** State of a socket of IP. Addresses of IPv4 have four octets, also in sockets of IPv6. */
export interface InetSocket {
  readonly kind: SocketKind
  readonly family: 4 | 6
  readonly protocol: number
  readonly ipv6Only: boolean
  readonly reuseAddress: boolean
  /** `raw4`: what is sent has its IP header. */
  readonly header: boolean
  readonly inbox: Inbox
  /** The address that it is bound to, which it hears; any where it is zero. */
  local: Uint8Array
  /** Its port or identifier; 0 while it has none. */
  port: number
  /** Somebody chose the address; the port. */
  addressChosen: boolean
  portChosen: boolean
  remote: { readonly octets: Uint8Array; readonly port: number } | undefined
  /** The link that it is bound to (`SO_BINDTODEVICE`), or has of a link-local address. */
  device: Device | undefined
  readonly deviceChosen: boolean
  broadcast: boolean
  hops: number | undefined
  multicastHops: number
  multicastLoop: boolean
  multicastDevice: Device | undefined
  readonly memberships: SocketMembership[]
}

/** Any address of a version of IP. */
export const anyAddress = (family: 4 | 6): Uint8Array => new Uint8Array(family === 4 ? 4 : 16)

/** A socket as it is opened. */
export function newInetSocket(
  spec: SocketSpec,
  device: Device | undefined,
  protocol: number,
  inbox: Inbox,
): InetSocket {
  const family = spec.kind.endsWith('4') ? 4 : 6
  return {
    kind: spec.kind,
    family,
    protocol,
    ipv6Only: spec.ipv6Only ?? spec.kind !== 'udp6',
    reuseAddress: spec.reuseAddress ?? false,
    // What is sent to "no protocol" has its header in any case.
    header: spec.header ?? (spec.kind === 'raw4' && protocol === 255),
    inbox,
    local: anyAddress(family),
    port: 0,
    addressChosen: false,
    portChosen: false,
    remote: undefined,
    device,
    deviceChosen: device !== undefined,
    broadcast: false,
    hops: undefined,
    multicastHops: 1,
    multicastLoop: true,
    multicastDevice: undefined,
    memberships: [],
  }
}
