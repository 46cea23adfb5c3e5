/** Checks of requests about WireGuard devices. No message repeats a key: any of them may be a secret. @module */
import { Fault, rangeFault } from '../argument.js'
import type { CleanWireguardChange, CleanWireguardPeer, WireguardEndpoint, WireguardQuery } from '../wireguard.js'
import { parseWireguardEndpoint } from '../wireguard-endpoint.js'
import { parseWireguardKey } from '../wireguard-key.js'
import { listOf, objectOf } from './object.js'
import { boolean, type Check, ipPrefix, linkRef, textOf, wholeNumber } from './scalar.js'

const keyHint = 'give 44 characters of base64 as `wg genkey` and `wg pubkey` write them, or 32 octets'

const key: Check<Uint8Array> = (value, path) => {
  if (typeof value === 'string') {
    const octets = parseWireguardKey(value)
    if (octets === undefined) throw rangeFault(path, 'the text is not a key', keyHint)
    return octets
  }
  if (!(value instanceof Uint8Array)) throw new Fault('VNET_TYPE', path, 'a key is needed', keyHint)
  if (value.length !== 32) throw rangeFault(path, `a key has 32 octets, not ${value.length}`, keyHint)
  return value
}

const keyOrNull: Check<Uint8Array | null> = (value, path) => (value === null ? null : key(value, path))

const endpoint: Check<WireguardEndpoint> = (value, path) => {
  const text = textOf(80)(value, path)
  const found = parseWireguardEndpoint(text)
  if (found !== undefined) return found
  const hint =
    'write it as 192.0.2.1:51820 or [2001:db8::1]:51820; names are not looked up, a zone is the index of a link'
  throw rangeFault(path, `${JSON.stringify(text)} is not an address with a port`, hint)
}

const peerChecks = {
  publicKey: key,
  presharedKey: keyOrNull,
  endpoint,
  persistentKeepalive: wholeNumber(0, 0xffff, 'seconds'),
  allowedIps: listOf(ipPrefix),
  replaceAllowedIps: boolean,
  remove: boolean,
  updateOnly: boolean,
}
const peerObject = objectOf(peerChecks, ['publicKey'])

const peer: Check<CleanWireguardPeer> = (value, path) => {
  const clean = peerObject(value, path) as unknown as CleanWireguardPeer
  const more = Object.keys(clean).find((name) => name !== 'publicKey' && name !== 'remove')
  if (clean.remove && more !== undefined) {
    throw rangeFault(`${path}.${more}`, 'the peer is removed', `leave out ${more} or remove`)
  }
  return clean
}

const change = objectOf(
  {
    link: linkRef,
    privateKey: keyOrNull,
    listenPort: wholeNumber(0, 0xffff),
    fwmark: wholeNumber(0, 0xffffffff),
    replacePeers: boolean,
    peers: listOf(peer),
  },
  ['link'],
)
const query = objectOf({ link: linkRef, secrets: boolean }, ['link'])

/** `wireguard set`. */
export function wireguardChange(value: unknown): CleanWireguardChange {
  return change(value, 'spec') as unknown as CleanWireguardChange
}

/** `wireguard get`. */
export function wireguardQuery(value: unknown): WireguardQuery {
  return query(value, 'spec') as unknown as WireguardQuery
}
