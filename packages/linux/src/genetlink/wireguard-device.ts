/** Reading and changing a WireGuard device: several messages for what does not fit into one (`linux/wireguard.h`). @module */
import {
  type CleanWireguardPeer,
  formatWireguardEndpoint,
  formatWireguardKey,
  type Prefix,
  type Request,
  VnetError,
  type WireguardDevice,
  type WireguardPeer,
} from '@vnet/core'
import { indexOf } from '../link-lookup.js'
import { writeAttributes } from '../netlink/attribute.js'
import { NLM_F_DUMP, NLM_F_REQUEST } from '../netlink/message.js'
import * as k from './constants.js'
import type { Family, GenericCarrier } from './conversation.js'
import { beginGeneric, genlmsghdr } from './message.js'
import { type DevicePart, type PeerPart, readDevicePart, wireguardDeviceAttributes, writePeer } from './wireguard.js'

const family: Family = {
  name: 'wireguard',
  paths: { headerSize: genlmsghdr.size, table: wireguardDeviceAttributes, prefix: 'spec' },
  capability: 'link wireguard',
}

/** Reads a device; `undefined` where there is no such link. */
export async function readDevice(
  run: GenericCarrier,
  request: Request & { operation: 'wireguard get' },
): Promise<WireguardDevice | undefined> {
  const { link, secrets } = request.spec
  try {
    const index = await indexOf(run, request, link)
    const parts = await run.generic.list(
      request,
      family,
      (to, number) => {
        beginGeneric(to, number, NLM_F_REQUEST | NLM_F_DUMP, k.WG_CMD_GET_DEVICE)
        to.u32Attribute(wireguardDeviceAttributes.link.type, index)
        to.end()
      },
      (from, start, end) => readDevicePart(from, start + genlmsghdr.size, end),
    )
    return joinDevice(parts, secrets === true)
  } catch (error) {
    if (error instanceof VnetError && error.code === 'ENODEV') return undefined
    throw error
  }
}

/** Changes a device. What does not fit into one message goes in several; of those behind a refused one none is sent. */
export async function changeDevice(
  run: GenericCarrier,
  request: Request & { operation: 'wireguard set' },
): Promise<undefined> {
  const { link, privateKey, listenPort, fwmark, replacePeers, peers = [] } = request.spec
  const index = await indexOf(run, request, link)
  const messages = messagesOf(peers)
  let done = 0
  for (const [at, pieces] of messages.entries()) {
    const device = {
      privateKey: privateKey === null ? new Uint8Array(32) : privateKey,
      flags: replacePeers ? k.WGDEVICE_F_REPLACE_PEERS : undefined,
      listenPort,
      fwmark,
    }
    try {
      await run.generic.change(request, family, (to, number) => {
        beginGeneric(to, number, NLM_F_REQUEST, k.WG_CMD_SET_DEVICE)
        writeAttributes(to, wireguardDeviceAttributes, { link: index, ...(at === 0 ? device : {}) })
        if (pieces.length > 0) {
          const nest = to.nest(wireguardDeviceAttributes.peers.type)
          for (const { peer, allowedIps, first } of pieces) writePeer(to, peer, allowedIps, first)
          to.endNest(nest)
        }
        to.end()
      })
    } catch (error) {
      if (at === 0 || !(error instanceof VnetError)) throw error
      const hint = `of ${peers.length} peers the first ${done} are set; set the others again`
      throw new VnetError({ ...error.toJSON(), hint, cause: error })
    }
    done += pieces.filter(({ last }) => last).length
  }
}

/** A peer, or of one with many allowed addresses a part. */
interface Piece {
  readonly peer: CleanWireguardPeer
  readonly allowedIps: readonly Prefix[] | undefined
  readonly first: boolean
  readonly last: boolean
}

/** Octets of peers in one message: the length of a nest has 16 bits. */
const room = 48 * 1024
/** Most octets of a peer without its allowed addresses, and of one of those. */
const peerOctets = 160
const allowedIpOctets = 40
const mostAllowedIps = Math.floor((room - peerOctets) / allowedIpOctets)

/** The peers of each message; one message without peers where there are none. */
function messagesOf(peers: readonly CleanWireguardPeer[]): readonly (readonly Piece[])[] {
  let message: Piece[] = []
  const messages = [message]
  let used = 0
  for (const piece of peers.flatMap(piecesOf)) {
    const size = peerOctets + allowedIpOctets * (piece.allowedIps?.length ?? 0)
    if (message.length > 0 && used + size > room) {
      message = []
      messages.push(message)
      used = 0
    }
    message.push(piece)
    used += size
  }
  return messages
}

function piecesOf(peer: CleanWireguardPeer): readonly Piece[] {
  const { allowedIps } = peer
  if (allowedIps === undefined || allowedIps.length <= mostAllowedIps) {
    return [{ peer, allowedIps, first: true, last: true }]
  }
  const pieces: Piece[] = []
  for (let at = 0; at < allowedIps.length; at += mostAllowedIps) {
    const end = at + mostAllowedIps
    pieces.push({ peer, allowedIps: allowedIps.slice(at, end), first: at === 0, last: end >= allowedIps.length })
  }
  return pieces
}

/** The device that several messages tell: each begins with the rest of the peer that did not fit into the one before. */
export function joinDevice(parts: readonly DevicePart[], secrets: boolean): WireguardDevice | undefined {
  const [first] = parts
  if (first === undefined) return undefined
  const peers: PeerPart[] = []
  for (const part of parts.flatMap((one) => one.peers ?? [])) {
    const before = peers.at(-1)
    if (before === undefined || !equal(before.publicKey, part.publicKey)) peers.push(part)
    else peers.splice(-1, 1, { ...before, allowedIps: [...(before.allowedIps ?? []), ...(part.allowedIps ?? [])] })
  }
  const { link, name, publicKey, privateKey, listenPort = 0, fwmark = 0, other } = first
  return {
    link,
    name,
    ...(publicKey === undefined ? {} : { publicKey: formatWireguardKey(publicKey) }),
    ...(secrets && privateKey !== undefined ? { privateKey: formatWireguardKey(privateKey) } : {}),
    listenPort,
    fwmark,
    peers: peers.map((peer) => describePeer(peer, secrets)),
    other,
  }
}

function describePeer(part: PeerPart, secrets: boolean): WireguardPeer {
  const { publicKey, presharedKey, endpoint, lastHandshake, other } = part
  const hasPresharedKey = presharedKey?.some((octet) => octet !== 0) === true
  return {
    publicKey: formatWireguardKey(publicKey),
    ...(secrets && hasPresharedKey ? { presharedKey: formatWireguardKey(presharedKey as Uint8Array) } : {}),
    hasPresharedKey,
    ...(endpoint === undefined ? {} : { endpoint: formatWireguardEndpoint(endpoint) }),
    persistentKeepalive: part.persistentKeepalive ?? 0,
    ...(lastHandshake === undefined || lastHandshake === 0 ? {} : { lastHandshake }),
    rxBytes: part.rxBytes ?? 0,
    txBytes: part.txBytes ?? 0,
    allowedIps: part.allowedIps ?? [],
    protocolVersion: part.protocolVersion ?? 1,
    other,
  }
}

const equal = (a: Uint8Array, b: Uint8Array): boolean => a.every((octet, at) => octet === b[at])
