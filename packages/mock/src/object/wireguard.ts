/** Requests about WireGuard devices (`drivers/net/wireguard/netlink.c`). @module */
import {
  type CleanWireguardChange,
  type CleanWireguardPeer,
  formatPrefix,
  formatWireguardEndpoint,
  formatWireguardKey,
  networkOf,
  type WireguardDevice,
  type WireguardPeer,
  type WireguardQuery,
} from '@vnet/core'
import type { Kernel } from '../kernel.js'
import { takePort, type WireguardData, type WireguardPeerData } from '../kind/wireguard.js'
import { endTalk, sendKeepalive, sendWaiting } from '../kind/wireguard-send.js'
import { forgetKeys, newSession } from '../kind/wireguard-session.js'
import type { Namespace } from '../namespace.js'
import { refuse } from '../refusal.js'
import { clamped, publicKeyOf } from '../x25519.js'
import type { Device } from './device.js'
import { linkOf } from './lookup.js'

/** Reads a device; `undefined` where there is no such link. */
export function getWireguard(namespace: Namespace, query: WireguardQuery): WireguardDevice | undefined {
  const device = namespace.find(query.link)
  if (device === undefined) return undefined
  const { publicKey, privateKey, listenPort, fwmark, peers } = dataOf(device)
  return {
    link: device.index,
    name: device.name,
    ...(publicKey === undefined ? {} : { publicKey }),
    ...(query.secrets && privateKey !== undefined ? { privateKey } : {}),
    listenPort,
    fwmark,
    peers: [...peers.values()].map((peer) => describePeer(peer, query.secrets === true)),
    other: [],
  }
}

/** Changes a device, in the kernel's order; what was done before a refusal stays. */
export function setWireguard(kernel: Kernel, namespace: Namespace, change: CleanWireguardChange): undefined {
  const device = linkOf(namespace, change.link)
  const data = dataOf(device)
  if (change.fwmark !== undefined) data.fwmark = change.fwmark
  if (change.listenPort !== undefined && change.listenPort !== data.listenPort) {
    if (device.up) takePort(kernel, device, change.listenPort)
    else data.listenPort = change.listenPort
  }
  const talkOf = (peer: WireguardPeerData) => ({ kernel, device, data, peer })
  if (change.replacePeers) {
    for (const peer of data.peers.values()) endTalk(talkOf(peer))
    data.peers.clear()
  }
  if (change.privateKey !== undefined) {
    setPrivateKey(data, change.privateKey)
    // Keys of connections belong to the key that they were made with.
    for (const peer of data.peers.values()) forgetKeys(peer.session)
  }
  for (const spec of change.peers ?? []) {
    const publicKey = formatWireguardKey(spec.publicKey)
    const before = data.peers.get(publicKey)
    const wasKept = (before?.persistentKeepalive ?? 0) > 0
    setPeer(data, spec)
    const peer = data.peers.get(publicKey)
    if (before !== undefined && peer === undefined) endTalk(talkOf(before))
    if (peer === undefined || !device.up) continue
    if (!wasKept && peer.persistentKeepalive > 0) sendKeepalive(talkOf(peer))
    sendWaiting(talkOf(peer))
  }
}

function dataOf(device: Device): WireguardData {
  if (device.wireguard === undefined) refuse('EOPNOTSUPP', undefined, { attribute: 'spec.link' })
  return device.wireguard
}

/** A key of zeros only is none. */
const isZero = (key: Uint8Array): boolean => key.every((octet) => octet === 0)

function setPrivateKey(data: WireguardData, key: Uint8Array | null): void {
  if (key === null || isZero(key)) {
    data.privateKey = undefined
    data.publicKey = undefined
    return
  }
  data.privateKey = formatWireguardKey(clamped(key))
  data.publicKey = formatWireguardKey(publicKeyOf(key))
  data.peers.delete(data.publicKey)
}

function setPeer(data: WireguardData, spec: CleanWireguardPeer): void {
  const publicKey = formatWireguardKey(spec.publicKey)
  const before = data.peers.get(publicKey)
  if (spec.remove) data.peers.delete(publicKey)
  if (spec.remove || (before === undefined && (spec.updateOnly || publicKey === data.publicKey))) return
  const peer = before ?? {
    publicKey,
    presharedKey: undefined,
    endpoint: undefined,
    persistentKeepalive: 0,
    allowedIps: [],
    session: newSession(),
  }
  data.peers.set(publicKey, peer)
  const { presharedKey, endpoint, persistentKeepalive } = spec
  if (presharedKey !== undefined) {
    const none = presharedKey === null || isZero(presharedKey)
    peer.presharedKey = none ? undefined : formatWireguardKey(presharedKey)
  }
  if (endpoint !== undefined) peer.endpoint = formatWireguardEndpoint(endpoint)
  if (spec.replaceAllowedIps) peer.allowedIps = []
  for (const prefix of spec.allowedIps ?? []) allow(data, peer, formatPrefix(networkOf(prefix)))
  if (persistentKeepalive !== undefined) peer.persistentKeepalive = persistentKeepalive
}

/** An address leads to one peer: given again it is the last of its list, given to another it moves there. */
function allow(data: WireguardData, peer: WireguardPeerData, prefix: string): void {
  for (const other of data.peers.values()) other.allowedIps = other.allowedIps.filter((one) => one !== prefix)
  peer.allowedIps.push(prefix)
}

function describePeer(peer: WireguardPeerData, secrets: boolean): WireguardPeer {
  const { publicKey, presharedKey, endpoint, persistentKeepalive, allowedIps, session } = peer
  return {
    publicKey,
    ...(secrets && presharedKey !== undefined ? { presharedKey } : {}),
    hasPresharedKey: presharedKey !== undefined,
    ...(endpoint === undefined ? {} : { endpoint }),
    persistentKeepalive,
    ...(session.lastHandshake === undefined ? {} : { lastHandshake: session.lastHandshake }),
    rxBytes: session.rxBytes,
    txBytes: session.txBytes,
    allowedIps: [...allowedIps],
    protocolVersion: 1,
    other: [],
  }
}
