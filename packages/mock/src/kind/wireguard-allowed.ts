/** Which peer an address leads to: the longest of the prefixes that peers are allowed (`allowedips.c`). @module */
import { parsePrefix } from '@vnet/core'
import { ipVersionAt, ipv4HeaderSize, ipv4LengthAt, ipv6HeaderSize, ipv6PayloadLengthAt } from '@vnet/wire'
import { samePrefix } from '../bits.js'
import type { WireguardData, WireguardPeerData } from './wireguard.js'

/** The peer of an address. */
export function peerFor(data: WireguardData, address: Uint8Array): WireguardPeerData | undefined {
  let best: { peer: WireguardPeerData; length: number } | undefined
  for (const peer of data.peers.values()) {
    for (const text of peer.allowedIps) {
      const prefix = parsePrefix(text)
      if (prefix === undefined || !samePrefix(prefix.octets, address, prefix.length)) continue
      if (best === undefined || prefix.length > best.length) best = { peer, length: prefix.length }
    }
  }
  return best?.peer
}

/** Source and destination of an IP packet; `undefined` where it is none. */
export function addressesOf(packet: Uint8Array): { from: Uint8Array; to: Uint8Array; length: number } | undefined {
  const version = ipVersionAt(packet, 0)
  if (version === 4 && packet.length >= ipv4HeaderSize)
    return { from: packet.slice(12, 16), to: packet.slice(16, 20), length: ipv4LengthAt(packet, 0) }
  if (version !== 6 || packet.length < ipv6HeaderSize) return undefined
  const length = ipv6HeaderSize + ipv6PayloadLengthAt(packet, 0)
  return { from: packet.slice(8, 24), to: packet.slice(24, 40), length }
}
