/** A WireGuard link speaks to a peer: handshakes, data, keepalives, and the times of all that (`send.c`, `timers.c` of `drivers/net/wireguard`). @module */
import { formatIp, parseWireguardEndpoint, parseWireguardKey } from '@vnet/core'
import { encodeUdp, ipProtocols } from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import { isLocal4, isLocal6 } from '../object/address-type.js'
import type { Device } from '../object/device.js'
import { fraction, next, randomOctets } from '../random.js'
import { send } from '../stack/output.js'
import { beginHandshake, encrypt, keySize, type NoiseIdentity } from './noise.js'
import type { WireguardData, WireguardPeerData } from './wireguard.js'
import { encodeBeginning, encodeData, timeOctets } from './wireguard-message.js'
import { type AlarmName, forgetKeys, type KeyPair } from './wireguard-session.js'

/** Seconds (`messages.h`): keys are made anew, are not used any more; a handshake is tried again; silence is broken. */
const [rekeyAfter, rejectAfter, rekeyTimeout, keepaliveTimeout] = [120, 180, 5, 10]
/** Tries of one handshake, packets that wait for it, and the most that a try is put off by, seconds. */
const [mostTries, mostWaiting, jitter] = [18, 128, 1 / 3]
/** Octets to a multiple of which data are filled up. */
const padding = 16

/** A conversation: the link, what it keeps, and the peer. */
export interface Talk {
  readonly kernel: Kernel
  readonly device: Device
  readonly data: WireguardData
  readonly peer: WireguardPeerData
}

/** The octets of a key that was checked when it was given. */
export const keyOctets = (text: string): Uint8Array => parseWireguardKey(text) as Uint8Array

/** The own keys; `undefined` while there are none. */
export function identityOf({ privateKey, publicKey }: WireguardData): NoiseIdentity | undefined {
  if (privateKey === undefined || publicKey === undefined) return undefined
  return { privateKey: keyOctets(privateKey), publicKey: keyOctets(publicKey) }
}

/** Keys that still may be used. */
export const isFresh = (kernel: Kernel, pair: KeyPair | undefined): pair is KeyPair =>
  pair !== undefined && kernel.now() - pair.born < rejectAfter

/** A packet is to go to the peer: at once where there are keys, else after a handshake. */
export function sendPacket(talk: Talk, packet: Uint8Array): void {
  const { waiting } = talk.peer.session
  waiting.push(packet)
  if (waiting.length > mostWaiting) {
    const oldest = waiting.shift() as Uint8Array
    talk.device.counters.txDropped++
    talk.kernel.dropped(talk.device, oldest, 'queue-full')
  }
  sendWaiting(talk)
}

/** Sends what waits, or begins a handshake for it (`wg_packet_send_staged_packets`). */
export function sendWaiting(talk: Talk): void {
  const { kernel, device, peer } = talk
  const { session } = peer
  const pair = session.current
  if (session.waiting.length === 0) return
  if (!isFresh(kernel, pair)) {
    begin(talk, false)
    return
  }
  for (const packet of session.waiting.splice(0)) {
    const size = Math.min(Math.ceil(packet.length / padding) * padding, Math.max(device.mtu, packet.length))
    const padded = new Uint8Array(size)
    padded.set(packet)
    const message = encodeData(pair.theirs, pair.counter, encrypt(pair.sending, pair.counter, padded))
    pair.counter++
    passedAuthenticated(talk)
    setAlarm(talk, 'keepalive', undefined)
    if (sendMessage(talk, message) && packet.length > 0) {
      device.counters.txPackets++
      device.counters.txBytes += packet.length
    }
    if (packet.length > 0 && session.alarms.renew.at === undefined)
      setAlarm(talk, 'renew', keepaliveTimeout + rekeyTimeout + fraction(kernel.random) * jitter)
  }
  if (pair.isInitiator && kernel.now() - pair.born >= rekeyAfter) begin(talk, false)
}

/** Sends an empty packet (`wg_packet_send_keepalive`). */
export function sendKeepalive(talk: Talk): void {
  if (talk.peer.session.waiting.length === 0) talk.peer.session.waiting.push(new Uint8Array())
  sendWaiting(talk)
}

/** Begins a handshake, once in a while only (`wg_packet_queue_handshake_initiation`). */
export function begin(talk: Talk, isRetry: boolean): void {
  const { kernel, device, data, peer } = talk
  const { session } = peer
  if (!isRetry) session.tries = 0
  const own = identityOf(data)
  if (own === undefined || !device.up || kernel.now() - session.beganAt < rekeyTimeout) return
  session.beganAt = kernel.now()
  const number = next(kernel.random)
  const publicKey = keyOctets(peer.publicKey)
  const begun = beginHandshake(own, publicKey, randomOctets(kernel.random, keySize), timeOctets(kernel.now()))
  if (begun === undefined) return
  session.begun = { state: begun.state, own: number }
  passedAuthenticated(talk)
  setAlarm(talk, 'keepalive', undefined)
  sendMessage(talk, encodeBeginning(number, begun.parts, publicKey))
  setAlarm(talk, 'retry', rekeyTimeout + fraction(kernel.random) * jitter)
}

/** Sends a message by UDP from where the link was made; `false` where the peer is nowhere. */
export function sendMessage({ kernel, data, peer }: Talk, message: Uint8Array): boolean {
  const endpoint = peer.endpoint === undefined ? undefined : parseWireguardEndpoint(peer.endpoint)
  if (endpoint === undefined) return false
  const { octets: to, port, scope } = endpoint
  const { session } = peer
  // An address that this host has lost is not sent from.
  const { source: known } = session
  const isOurs = known !== undefined && (known.length === 4 ? isLocal4(data.home, known) : isLocal6(data.home, known))
  if (!isOurs) session.source = undefined
  const from = isOurs && known.length === to.length ? { from: known } : {}
  const output = scope === 0 ? undefined : data.home.links.get(scope)
  const header = { to, protocol: ipProtocols.udp, ...from, output, mark: data.fwmark }
  const ports = { sourcePort: data.listenPort, destinationPort: port }
  send(kernel, data.home, header, (source) =>
    encodeUdp(ports, message, { source: formatIp(source), destination: formatIp(to) }),
  )
  session.txBytes += message.length
  return true
}

/** Something authenticated was sent or came in (`wg_timers_any_authenticated_packet_traversal`). */
export function passedAuthenticated(talk: Talk): void {
  const { persistentKeepalive } = talk.peer
  if (persistentKeepalive > 0) setAlarm(talk, 'persistent', persistentKeepalive)
}

/** A handshake is over: both ends have shown that they have the keys (`wg_timers_handshake_complete`). */
export function completed(talk: Talk): void {
  const { kernel, peer } = talk
  setAlarm(talk, 'retry', undefined)
  peer.session.tries = 0
  peer.session.isLastMinute = false
  peer.session.lastHandshake = kernel.now()
}

/** Keys are new: they are forgotten after a while (`wg_timers_session_derived`). */
export const derived = (talk: Talk): void => setAlarm(talk, 'forget', 3 * rejectAfter)

/** Data came in: unless something is sent anyway, the peer is told after a while (`wg_timers_data_received`). */
export function dataReceived(talk: Talk): void {
  const { session } = talk.peer
  if (session.alarms.keepalive.at === undefined) setAlarm(talk, 'keepalive', keepaliveTimeout)
  else session.needsAnotherKeepalive = true
}

/** Keys that this end asked for are about to end: new ones are made while data still come in (`keep_key_fresh`). */
export function keepFresh(talk: Talk): void {
  const { kernel, peer } = talk
  const { session } = peer
  const pair = session.current
  if (pair === undefined || !pair.isInitiator || session.isLastMinute) return
  if (kernel.now() - pair.born < rejectAfter - keepaliveTimeout - rekeyTimeout) return
  session.isLastMinute = true
  begin(talk, false)
}

/** Has something happen after some seconds; `undefined` takes it back. */
export function setAlarm(talk: Talk, name: AlarmName, seconds: number | undefined): void {
  talk.peer.session.alarms[name].at = seconds === undefined ? undefined : talk.kernel.now() + seconds
  wait(talk, name)
}

/** Waits for an alarm; also after a snapshot was loaded. */
function wait(talk: Talk, name: AlarmName): void {
  const { kernel, peer, device, data } = talk
  const alarm = peer.session.alarms[name]
  kernel.timers.cancel(alarm.timer)
  alarm.timer = undefined
  if (alarm.at === undefined) return
  alarm.timer = kernel.timers.at(alarm.at, () => {
    alarm.at = undefined
    if (device.up && !device.removed && data.peers.get(peer.publicKey) === peer) actions[name](talk)
  })
}

/** What happens at each alarm. */
const actions: { readonly [A in AlarmName]: (talk: Talk) => void } = {
  retry(talk) {
    const { session } = talk.peer
    if (session.tries > mostTries) {
      setAlarm(talk, 'keepalive', undefined)
      loseWaiting(talk)
      if (session.alarms.forget.at === undefined) setAlarm(talk, 'forget', 3 * rejectAfter)
      return
    }
    session.tries++
    // Perhaps this host has another address now.
    session.source = undefined
    begin(talk, true)
  },
  keepalive(talk) {
    const { session } = talk.peer
    sendKeepalive(talk)
    if (!session.needsAnotherKeepalive) return
    session.needsAnotherKeepalive = false
    setAlarm(talk, 'keepalive', keepaliveTimeout)
  },
  renew(talk) {
    talk.peer.session.source = undefined
    begin(talk, false)
  },
  forget: ({ peer }) => forgetKeys(peer.session),
  persistent(talk) {
    if (talk.peer.persistentKeepalive > 0) sendKeepalive(talk)
  },
}

/** All alarms of a link's peers wait again, after a snapshot was loaded. */
export function resumeWireguard(kernel: Kernel, device: Device): void {
  for (const talk of talksOf(kernel, device)) {
    for (const name of Object.keys(actions) as AlarmName[]) wait(talk, name)
  }
}

/** The conversations of a link. */
export function talksOf(kernel: Kernel, device: Device): Talk[] {
  const data = device.wireguard as WireguardData
  return [...data.peers.values()].map((peer) => ({ kernel, device, data, peer }))
}

/** The link is up: what waits is sent, and who is to be kept awake is (`wg_open`). */
export function startTalks(kernel: Kernel, device: Device): void {
  for (const talk of talksOf(kernel, device)) {
    sendWaiting(talk)
    if (talk.peer.persistentKeepalive > 0) sendKeepalive(talk)
  }
}

/** Nothing comes of what waits for keys; what is empty only was to make some. */
function loseWaiting({ kernel, device, peer }: Talk): void {
  for (const packet of peer.session.waiting.splice(0))
    if (packet.length > 0) kernel.dropped(device, packet, 'not-encrypted')
}

/** The link is down, or a peer goes: nothing waits any more, and all keys are forgotten (`wg_stop`). */
export function endTalk(talk: Talk): void {
  const { session } = talk.peer
  loseWaiting(talk)
  forgetKeys(session)
  session.beganAt = talk.kernel.now() - rekeyTimeout
  for (const name of Object.keys(actions) as AlarmName[]) setAlarm(talk, name, undefined)
}
