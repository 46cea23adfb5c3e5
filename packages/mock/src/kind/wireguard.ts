/** WireGuard links: packets to peers, each known by its key (`drivers/net/wireguard/device.c`). @module */

import type { Kernel } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import type { Device } from '../object/device.js'
import { fraction } from '../random.js'
import { refuse } from '../refusal.js'
import type { LinkKind } from './kind.js'
import { refusePeer, sendWireguard } from './wireguard-frame.js'
import { endTalk, startTalks, talksOf } from './wireguard-send.js'
import type { Session } from './wireguard-session.js'

/** A peer of a WireGuard link. */
export interface WireguardPeerData {
  /** Base64. */
  readonly publicKey: string
  presharedKey: string | undefined
  endpoint: string | undefined
  persistentKeepalive: number
  /** Prefixes in canonical text, in the order in which they were given. */
  allowedIps: string[]
  /** What is said between the two. */
  readonly session: Session
}

/** What a WireGuard link keeps. */
export interface WireguardData {
  /** Where it was made: its outer packets go there, wherever the link is moved. */
  readonly home: Namespace
  /** Clamped; base64. */
  privateKey: string | undefined
  publicKey: string | undefined
  listenPort: number
  fwmark: number
  /** By public key, in the order in which they were made. */
  readonly peers: Map<string, WireguardPeerData>
}

/** Outer headers: IPv6, UDP, and those of WireGuard. */
const overhead = 40 + 8 + 32
/** Ports that the kernel takes by itself (`net.ipv4.ip_local_port_range`). */
const [firstPort, lastPort] = [32768, 60999]

/** `ip link add … type wireguard`. */
export const wireguard: LinkKind = {
  name: 'wireguard',
  make(_kernel, device, _spec, origin) {
    device.type = 'none'
    device.mac = undefined
    device.macSet = false
    device.broadcast = undefined
    device.pointToPoint = true
    device.noArp = true
    device.noQueue = true
    device.mtu = 1500 - overhead
    device.minMtu = 0
    // The largest multiple of 16 octets that an int can tell, without the headers.
    device.maxMtu = 0x7ffffff0 - overhead
    device.tsoMaxSize = 65536
    device.wireguard = {
      home: origin,
      privateKey: undefined,
      publicKey: undefined,
      listenPort: 0,
      fwmark: 0,
      peers: new Map(),
    }
  },
  registered(_kernel, device) {
    dataOf(device).home.wireguards.add(device)
  },
  uninit(_kernel, device) {
    dataOf(device).home.wireguards.delete(device)
  },
  open(kernel, device) {
    // Not even a link-local address: which addresses a peer has, somebody must say.
    if (device.inet6 !== undefined) device.addrGenMode = 1
    takePort(kernel, device, dataOf(device).listenPort)
    // Spoken once the link is up.
    kernel.timers.at(kernel.now(), () => {
      if (device.up) startTalks(kernel, device)
    })
  },
  stop(kernel, device) {
    for (const talk of talksOf(kernel, device)) endTalk(talk)
  },
  transmit: sendWireguard,
  refusesPacket: refusePeer,
}

const dataOf = (device: Device): WireguardData => device.wireguard as WireguardData

/** Takes a UDP port in the namespace where the link was made (`wg_socket_init`); refuses one that another link has. */
export function takePort(kernel: Kernel, device: Device, port: number): void {
  const data = dataOf(device)
  const isTaken = (asked: number) => {
    for (const other of data.home.wireguards)
      if (other !== device && other.up && dataOf(other).listenPort === asked) return true
    return false
  }
  if (port !== 0 && isTaken(port)) refuse('EADDRINUSE')
  let chosen = port
  while (chosen === 0 || isTaken(chosen)) {
    chosen = firstPort + Math.floor(fraction(kernel.random) * (lastPort - firstPort + 1))
  }
  data.listenPort = chosen
}
