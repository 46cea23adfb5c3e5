/** Devices of WireGuard links: keys, peers, and the addresses behind each peer (`wg`; `linux/wireguard.h`). @module */
import type { Prefix, PrefixInput } from './ip.js'
import type { LinkRef, RawAttribute } from './link.js'
import type { WireguardKeyInput } from './wireguard-key.js'

/** Where a peer is reached, as octets. */
export interface WireguardEndpoint {
  /** 4 or 16 octets. */
  readonly octets: Uint8Array
  /** UDP port, 1–65535. */
  readonly port: number
  /** Index of the link of a link-local IPv6 address; 0 for others. */
  readonly scope: number
}

/** A peer as `wireguard set` takes it, as `wg set LINK peer KEY …`. What is absent stays as it is. */
export interface WireguardPeerSpec<Key = WireguardKeyInput, Endpoint = string, Net = PrefixInput> {
  /** Public key of the peer, by which it is known. One that is that of the device itself is passed over by the kernel. */
  readonly publicKey: Key
  /** Key that both ends share besides (`preshared-key`); `null` takes it away. */
  readonly presharedKey?: Key | null
  /** Where it is reached: `192.0.2.1:51820`, `[2001:db8::1]:51820`, `[fe80::1%3]:51820` (by link 3). The kernel follows it when it moves. */
  readonly endpoint?: Endpoint
  /** Seconds between packets that keep a NAT's entry alive, 1–65535; 0 for none. */
  readonly persistentKeepalive?: number
  /** Sources that it may send from, and destinations that lead to it. One that another peer has moves to this one. */
  readonly allowedIps?: readonly Net[]
  /** `allowedIps` take the place of those that are there; otherwise they are added to them. */
  readonly replaceAllowedIps?: boolean
  /** Removes the peer; one that is not there is no error. Nothing else may be given then. */
  readonly remove?: boolean
  /** Only changes a peer that is there: none is made. */
  readonly updateOnly?: boolean
}

/** A change of a WireGuard device, as `wg set LINK …` (WG_CMD_SET_DEVICE). What is absent stays as it is. */
export interface WireguardChange<Key = WireguardKeyInput, Endpoint = string, Net = PrefixInput> {
  /** The link, of kind `wireguard`. */
  readonly link: LinkRef
  /** Its private key; `null` takes it away. A peer with the public key that belongs to it is removed. */
  readonly privateKey?: Key | null
  /** UDP port that it listens on, 1–65535; 0 for one that is free. */
  readonly listenPort?: number
  /** Mark of the packets that it sends, 0–4294967295; 0 for none. */
  readonly fwmark?: number
  /** The peers that are there are removed first. */
  readonly replacePeers?: boolean
  /** Peers to make, to change or to remove, in this order. */
  readonly peers?: readonly WireguardPeerSpec<Key, Endpoint, Net>[]
}

/** Which device `wireguard get` reads. */
export interface WireguardQuery {
  /** The link, of kind `wireguard`. */
  readonly link: LinkRef
  /** With private and preshared keys, which are left out otherwise, so that nobody prints them unaware. */
  readonly secrets?: boolean
}

/** A peer as the kernel describes it. */
export interface WireguardPeer {
  /** Its public key, base64. */
  readonly publicKey: string
  /** The shared key, base64, where there is one and secrets were asked for. */
  readonly presharedKey?: string
  /** Whether there is a shared key. */
  readonly hasPresharedKey: boolean
  /** Where it was last seen, or was said to be: `192.0.2.1:51820`, `[fe80::1%3]:51820`. */
  readonly endpoint?: string
  /** Seconds between packets that keep a NAT's entry alive; 0 for none. */
  readonly persistentKeepalive: number
  /** Time of the last handshake, seconds since 1970 with fractions; absent before the first. */
  readonly lastHandshake?: number
  /** Octets received from it, with the headers of WireGuard. */
  readonly rxBytes: number
  /** Octets sent to it, with the headers of WireGuard. */
  readonly txBytes: number
  /** Sources that it may send from and destinations that lead to it, in the kernel's order: that in which they were given. */
  readonly allowedIps: readonly string[]
  /** Version of the protocol; 1 is the only one. */
  readonly protocolVersion: number
  /** Attributes that vnet has no name for. */
  readonly other: readonly RawAttribute[]
}

/** A WireGuard device as the kernel describes it, as `wg show LINK`. */
export interface WireguardDevice {
  /** Index of the link. */
  readonly link: number
  /** Name of the link. */
  readonly name: string
  /** Its public key, base64; absent while it has no private key. */
  readonly publicKey?: string
  /** Its private key, base64, where it has one and secrets were asked for. The kernel keeps it clamped (RFC 7748 § 5). */
  readonly privateKey?: string
  /** UDP port; 0 before it was first up, unless one was chosen. */
  readonly listenPort: number
  /** Mark of the packets that it sends; 0 for none. */
  readonly fwmark: number
  /** Its peers, in the order in which they were made. */
  readonly peers: readonly WireguardPeer[]
  /** Attributes that vnet has no name for. */
  readonly other: readonly RawAttribute[]
}

/** Peer as drivers receive it: keys as 32 octets. */
export type CleanWireguardPeer = WireguardPeerSpec<Uint8Array, WireguardEndpoint, Prefix>
/** Change as drivers receive it. */
export type CleanWireguardChange = WireguardChange<Uint8Array, WireguardEndpoint, Prefix>
