/** What must be read before a change of a WireGuard device, so that it can be taken back. @module */
import type { Connection } from '../driver.js'
import type { CleanWireguardChange, WireguardChange, WireguardDevice, WireguardPeerSpec } from '../wireguard.js'
import { formatWireguardKey } from '../wireguard-key.js'
import { ask } from './ask.js'
import type { LooseRequest } from './loose-request.js'
import type { Preparations } from './undo.js'

/** The preparation for a change of a WireGuard device. */
export const wireguardPreparations: Preparations = {
  'wireguard set': async (connection, spec) => {
    const before = await deviceOf(connection, spec.link)
    return () => (before === undefined ? [] : [{ operation: 'wireguard set', spec: changeBack(before, spec) }])
  },
}

/** The request that gives a link made again the keys and peers that the deleted one had. */
export async function wireguardAgain(connection: Connection, link: number): Promise<LooseRequest[]> {
  const before = await deviceOf(connection, link)
  if (before === undefined) return []
  const { privateKey, listenPort, fwmark, peers } = before
  const key = privateKey === undefined ? {} : { privateKey }
  return [{ operation: 'wireguard set', spec: { link, ...key, listenPort, fwmark, peers: peers.map(peerAgain) } }]
}

const deviceOf = (connection: Connection, link: string | number) =>
  ask(connection, 'wireguard get', { link, secrets: true })

/** What puts back what a change touches. Peers that stay keep their sessions and counters. */
function changeBack(before: WireguardDevice, spec: CleanWireguardChange): WireguardChange {
  const { privateKey, listenPort, fwmark } = before
  const had = new Map(before.peers.map((peer) => [peer.publicKey, peer]))
  const touched = (spec.peers ?? []).map(({ publicKey, endpoint }) => ({
    key: formatWireguardKey(publicKey),
    endpoint,
  }))
  // The kernel cannot be told to forget an endpoint: such a peer is made anew.
  const removed = touched.filter(({ key, endpoint }) => {
    const peer = had.get(key)
    return peer === undefined || (endpoint !== undefined && peer.endpoint === undefined)
  })
  const removals = removed.map(({ key }): WireguardPeerSpec => ({ publicKey: key, remove: true }))
  // Addresses may have moved here from any other peer, and a new private key may have removed one.
  const restored = spec.peers !== undefined || spec.replacePeers || spec.privateKey !== undefined
  return {
    link: before.link,
    ...(spec.privateKey === undefined ? {} : { privateKey: privateKey ?? null }),
    ...(spec.listenPort === undefined ? {} : { listenPort }),
    ...(spec.fwmark === undefined ? {} : { fwmark }),
    ...(restored ? { peers: [...removals, ...before.peers.map(peerAgain)] } : {}),
  }
}

function peerAgain(peer: WireguardDevice['peers'][number]): WireguardPeerSpec {
  const { publicKey, presharedKey, endpoint, persistentKeepalive, allowedIps } = peer
  return {
    publicKey,
    presharedKey: presharedKey ?? null,
    ...(endpoint === undefined ? {} : { endpoint }),
    persistentKeepalive,
    allowedIps,
    replaceAllowedIps: true,
  }
}
