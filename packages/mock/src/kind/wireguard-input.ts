/** Messages of peers that come in by UDP (`receive.c` of `drivers/net/wireguard`). @module */
import { formatWireguardEndpoint, formatWireguardKey } from '@vnet/core'
import { destinationPortAt, sourcePortAt, udpHeaderSize } from '@vnet/wire'
import { isLinkLocal } from '../bits.js'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { next, randomOctets } from '../random.js'
import { countRare, countReceived } from '../stack/counters.js'
import type { DropCause } from '../stack/drop.js'
import { Frame } from '../stack/frame.js'
import type { LocalPacket } from '../stack/icmp.js'
import { answerHandshake, decrypt, keySize, readAnswer, readBeginning, type TransportKeys } from './noise.js'
import type { WireguardData, WireguardPeerData } from './wireguard.js'
import { addressesOf, peerFor } from './wireguard-allowed.js'
import { decodeMessage, encodeAnswer, type WireguardMessage } from './wireguard-message.js'
import {
  completed,
  dataReceived,
  derived,
  identityOf,
  isFresh,
  keepFresh,
  keyOctets,
  passedAuthenticated,
  sendKeepalive,
  sendMessage,
  sendWaiting,
  setAlarm,
  type Talk,
} from './wireguard-send.js'
import { isFirst, type KeyPair } from './wireguard-session.js'

/** Takes a UDP packet for a WireGuard link that was made in this namespace; `false` where none has the port. */
export function receiveWireguard(kernel: Kernel, packet: LocalPacket): boolean {
  const { octets, start, end } = packet
  if (end - start < udpHeaderSize) return false
  const port = destinationPortAt(octets, start)
  for (const device of packet.device.namespace.wireguards) {
    const data = device.wireguard as WireguardData
    if (!device.up || data.listenPort !== port) continue
    receive(kernel, device, data, packet)
    return true
  }
  return false
}

function receive(kernel: Kernel, device: Device, data: WireguardData, packet: LocalPacket): void {
  const { octets, start, end } = packet
  const own = identityOf(data)
  const dropped = (cause: DropCause) => kernel.dropped(packet.device, octets, cause)
  const body = octets.slice(start + udpHeaderSize, end)
  const message = own && decodeMessage(body, own.publicKey)
  if (own === undefined || message === undefined) {
    dropped(own === undefined ? 'no-tunnel' : 'not-decrypted')
    return
  }
  const talkOf = (peer: WireguardPeerData): Talk => ({ kernel, device, data, peer })
  if (message.type === 'beginning') {
    const read = readBeginning(own, message.parts)
    const peer = read && data.peers.get(formatWireguardKey(read.peer))
    const isAnswered =
      peer !== undefined && read !== undefined && answer(talkOf(peer), read, message.theirs, packet, body.length)
    if (!isAnswered) dropped('not-decrypted')
    return
  }
  if (message.type === 'answer') {
    const peer = [...data.peers.values()].find(({ session }) => session.begun?.own === message.own)
    if (peer === undefined || !hearAnswer(talkOf(peer), message, packet, body.length)) dropped('not-decrypted')
    return
  }
  for (const peer of data.peers.values()) {
    const { current, previous, next: unconfirmed } = peer.session
    const pair = [unconfirmed, current, previous].find((one) => one?.own === message.own)
    if (pair === undefined) continue
    hearData(talkOf(peer), pair, message, packet, body.length)
    return
  }
  dropped('no-tunnel')
}

/** The peer is where it was heard from last. */
function remember({ peer }: Talk, { from, to, octets, start, device }: LocalPacket): void {
  const scope = isLinkLocal(from) ? device.index : 0
  peer.endpoint = formatWireguardEndpoint({ octets: from, port: sourcePortAt(octets, start), scope })
  peer.session.source = to
}

function heard(talk: Talk, packet: LocalPacket, size: number): void {
  remember(talk, packet)
  talk.peer.session.rxBytes += size
  setAlarm(talk, 'renew', undefined)
  passedAuthenticated(talk)
}

const presharedOf = ({ presharedKey }: WireguardPeerData): Uint8Array =>
  presharedKey === undefined ? new Uint8Array(keySize) : keyOctets(presharedKey)

const pairOf = (talk: Talk, keys: TransportKeys, own: number, theirs: number, isInitiator: boolean): KeyPair => ({
  ...keys,
  ...{ own, theirs, isInitiator },
  born: talk.kernel.now(),
  counter: 0,
  largest: -1,
  seen: new Set(),
})

/** A peer begins a handshake, later than any it began before: it is answered. `false` where it is not. */
function answer(
  talk: Talk,
  read: NonNullable<ReturnType<typeof readBeginning>>,
  theirs: number,
  packet: LocalPacket,
  size: number,
): boolean {
  const { kernel, peer } = talk
  const { session } = peer
  if (!isLater(read.time, session.latest)) return false
  session.latest = read.time
  const own = next(kernel.random)
  const publicKey = keyOctets(peer.publicKey)
  const answered = answerHandshake(read.state, publicKey, presharedOf(peer), randomOctets(kernel.random, keySize))
  if (answered === undefined) return false
  session.begun = undefined
  heard(talk, packet, size)
  // Not used to send before the peer has shown that it has the keys too.
  session.next = pairOf(talk, answered.keys, own, theirs, false)
  session.previous = undefined
  derived(talk)
  setAlarm(talk, 'keepalive', undefined)
  sendMessage(talk, encodeAnswer(own, theirs, answered.parts, publicKey))
  return true
}

function isLater(time: Uint8Array, than: Uint8Array): boolean {
  const at = time.findIndex((octet, i) => octet !== than[i])
  return at >= 0 && (time[at] as number) > (than[at] as number)
}

/** The answer to a handshake that this end began; `false` where it is none. */
function hearAnswer(
  talk: Talk,
  { parts, own, theirs }: Extract<WireguardMessage, { type: 'answer' }>,
  packet: LocalPacket,
  size: number,
): boolean {
  const { session } = talk.peer
  const identity = identityOf(talk.data)
  const { begun } = session
  if (identity === undefined || begun === undefined) return false
  const keys = readAnswer(begun.state, identity, presharedOf(talk.peer), parts)
  if (keys === undefined) return false
  session.begun = undefined
  heard(talk, packet, size)
  session.previous = session.next ?? session.current
  session.next = undefined
  session.current = pairOf(talk, keys, own, theirs, true)
  derived(talk)
  completed(talk)
  // By this the peer learns that the keys work, also where nothing else is to be said.
  sendKeepalive(talk)
  return true
}

/** Data under keys of this conversation. */
function hearData(
  talk: Talk,
  pair: KeyPair,
  { counter, sealed }: Extract<WireguardMessage, { type: 'data' }>,
  packet: LocalPacket,
  size: number,
): void {
  const { kernel, device, data, peer } = talk
  const { session } = peer
  const plain = isFresh(kernel, pair) ? decrypt(pair.receiving, counter, sealed) : undefined
  if (plain === undefined || !isFirst(pair, counter)) {
    kernel.dropped(packet.device, packet.octets, 'not-decrypted')
    return
  }
  if (pair === session.next) {
    session.previous = session.current
    session.current = pair
    session.next = undefined
    completed(talk)
    sendWaiting(talk)
  }
  keepFresh(talk)
  heard(talk, packet, size)
  if (plain.length === 0) return
  dataReceived(talk)
  const addresses = addressesOf(plain)
  if (addresses === undefined || addresses.length > plain.length) {
    device.counters.rxErrors++
    device.counters[addresses === undefined ? 'rxFrameErrors' : 'rxLengthErrors']++
    kernel.dropped(device, plain, 'malformed')
    return
  }
  // What a peer sends must be from where its own addresses are.
  if (peerFor(data, addresses.from) !== peer) {
    device.counters.rxErrors++
    countRare(device.counters, 'rxFrameErrors')
    kernel.dropped(device, plain, 'invalid-source')
    return
  }
  const inner = plain.slice(0, addresses.length)
  if (kernel.backlog.add(device, new Frame(inner))) countReceived(device, inner.length)
}
