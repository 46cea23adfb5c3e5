/** WireGuard devices: tables of attributes, and the way between peers and octets (`linux/wireguard.h`). @module */
import {
  type CleanWireguardPeer,
  formatPrefix,
  type Prefix,
  type RawAttribute,
  type WireguardEndpoint,
} from '@vnet/core'
import { attributes, custom, octets, text, u8, u16, u32, u64, writeAttributes } from '../netlink/attribute.js'
import { forEachAttribute, readAttributes } from '../netlink/attribute-run.js'
import type { Octets } from '../netlink/octets.js'
import type { MessageWriter } from '../netlink/writer.js'
import { field, struct } from '../rtnetlink/struct.js'
import * as k from './constants.js'

const AF_INET = 2
const AF_INET6 = 10

/** Seconds and nanoseconds. */
export const kernelTimespec = struct('struct __kernel_timespec', 16, {
  seconds: field('tv_sec', 0, 'u64'),
  nanoseconds: field('tv_nsec', 8, 'u64'),
})

const key = (type: number, name: string) =>
  custom<Uint8Array>(
    type,
    name,
    'bytes',
    32,
    (to, value) => to.octetsAttribute(type, value),
    (from, start) => from.copy(start, start + 32),
  )

/** Attributes of an allowed address, enum wgallowedip_attribute. */
export const wireguardAllowedIpAttributes = attributes({
  family: u16(1, 'WGALLOWEDIP_A_FAMILY'),
  address: octets(2, 'WGALLOWEDIP_A_IPADDR'),
  length: u8(3, 'WGALLOWEDIP_A_CIDR_MASK'),
})

/** Attributes of a peer, enum wgpeer_attribute. */
export const wireguardPeerAttributes = attributes({
  publicKey: key(1, 'WGPEER_A_PUBLIC_KEY'),
  presharedKey: key(2, 'WGPEER_A_PRESHARED_KEY'),
  flags: u32(3, 'WGPEER_A_FLAGS'),
  endpoint: custom<WireguardEndpoint>(4, 'WGPEER_A_ENDPOINT', 'bytes', 16, writeEndpoint, readEndpoint),
  persistentKeepalive: u16(5, 'WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL'),
  lastHandshake: custom<number>(
    6,
    'WGPEER_A_LAST_HANDSHAKE_TIME',
    'struct',
    kernelTimespec.size,
    () => {},
    (from, at) => from.u64(at) + from.u64(at + 8) / 1e9,
  ),
  rxBytes: u64(7, 'WGPEER_A_RX_BYTES'),
  txBytes: u64(8, 'WGPEER_A_TX_BYTES'),
  allowedIps: custom<readonly string[]>(9, 'WGPEER_A_ALLOWEDIPS', 'nested', 0, () => {}, readAllowedIps),
  protocolVersion: u32(10, 'WGPEER_A_PROTOCOL_VERSION'),
})

/** Attributes of a device, enum wgdevice_attribute. */
export const wireguardDeviceAttributes = attributes({
  link: u32(1, 'WGDEVICE_A_IFINDEX'),
  name: text(2, 'WGDEVICE_A_IFNAME'),
  privateKey: key(3, 'WGDEVICE_A_PRIVATE_KEY'),
  publicKey: key(4, 'WGDEVICE_A_PUBLIC_KEY'),
  flags: u32(5, 'WGDEVICE_A_FLAGS'),
  listenPort: u16(6, 'WGDEVICE_A_LISTEN_PORT'),
  fwmark: u32(7, 'WGDEVICE_A_FWMARK'),
  peers: custom<readonly PeerPart[]>(8, 'WGDEVICE_A_PEERS', 'nested', 0, () => {}, readPeers),
})

/** A peer as one message tells it: of one that began in the message before, the rest of its allowed addresses. */
export interface PeerPart {
  readonly publicKey: Uint8Array
  readonly presharedKey?: Uint8Array
  readonly endpoint?: WireguardEndpoint
  readonly persistentKeepalive?: number
  readonly lastHandshake?: number
  readonly rxBytes?: number
  readonly txBytes?: number
  readonly allowedIps?: readonly string[]
  readonly protocolVersion?: number
  readonly other: readonly RawAttribute[]
}

/** A device as one message tells it. */
export interface DevicePart {
  readonly link: number
  readonly name: string
  readonly privateKey?: Uint8Array
  readonly publicKey?: Uint8Array
  readonly listenPort?: number
  readonly fwmark?: number
  readonly peers?: readonly PeerPart[]
  readonly other: readonly RawAttribute[]
}

/** Reads a message about a device, from behind the header of generic netlink. */
export function readDevicePart(from: Octets, start: number, end: number): DevicePart {
  const { values, other } = readAttributes(wireguardDeviceAttributes, from, start, end, 'wireguard')
  return { ...values, other } as unknown as DevicePart
}

/** Appends a peer with some of its allowed addresses. `first`: the message is the first about it. */
export function writePeer(
  to: MessageWriter,
  peer: CleanWireguardPeer,
  allowedIps: readonly Prefix[] | undefined,
  first: boolean,
): void {
  const at = to.nest(0)
  const flags =
    (peer.remove ? k.WGPEER_F_REMOVE_ME : 0) |
    (first && peer.replaceAllowedIps ? k.WGPEER_F_REPLACE_ALLOWEDIPS : 0) |
    (peer.updateOnly ? k.WGPEER_F_UPDATE_ONLY : 0)
  const { publicKey, presharedKey, endpoint, persistentKeepalive } = peer
  writeAttributes(to, wireguardPeerAttributes, {
    publicKey,
    ...(flags === 0 ? {} : { flags }),
    ...(first
      ? { presharedKey: presharedKey === null ? new Uint8Array(32) : presharedKey, endpoint, persistentKeepalive }
      : {}),
  })
  if (allowedIps !== undefined) {
    const list = to.nest(wireguardPeerAttributes.allowedIps.type)
    for (const { octets: address, length } of allowedIps) {
      const one = to.nest(0)
      const family = address.length === 4 ? AF_INET : AF_INET6
      writeAttributes(to, wireguardAllowedIpAttributes, { family, address, length })
      to.endNest(one)
    }
    to.endNest(list)
  }
  to.endNest(at)
}

function readPeers(from: Octets, start: number, end: number): readonly PeerPart[] {
  const peers: PeerPart[] = []
  forEachAttribute(from, start, end, 'wireguard.peers', (_, at, stop) => {
    const { values, other } = readAttributes(wireguardPeerAttributes, from, at, stop, 'wireguard.peers')
    peers.push({ ...values, other } as unknown as PeerPart)
  })
  return peers
}

function readAllowedIps(from: Octets, start: number, end: number): readonly string[] {
  const prefixes: string[] = []
  forEachAttribute(from, start, end, 'wireguard.allowedIps', (_, at, stop) => {
    const { values } = readAttributes(wireguardAllowedIpAttributes, from, at, stop, 'wireguard.allowedIps')
    const { address = new Uint8Array(4), length = 0 } = values as { address?: Uint8Array; length?: number }
    prefixes.push(formatPrefix({ octets: address, length }))
  })
  return prefixes
}

/** A `struct sockaddr_in` or `struct sockaddr_in6`. */
function writeEndpoint(to: MessageWriter, { octets: address, port, scope }: WireguardEndpoint): void {
  const at = to.nestPlain(4)
  to.u16(address.length === 4 ? AF_INET : AF_INET6)
  to.u16be(port)
  if (address.length === 16) to.u32(0)
  to.octets(address)
  if (address.length === 16) to.u32(scope)
  else to.zeros(8)
  to.endNest(at)
}

function readEndpoint(from: Octets, start: number, end: number): WireguardEndpoint {
  const port = from.u16be(start + 2)
  if (from.u16(start) !== AF_INET6 || end - start < 28)
    return { octets: from.copy(start + 4, start + 8), port, scope: 0 }
  return { octets: from.copy(start + 8, start + 24), port, scope: from.u32(start + 24) }
}
