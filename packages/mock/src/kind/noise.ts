/** The handshake of WireGuard: Noise IKpsk2 with Curve25519, ChaCha20-Poly1305 and BLAKE2s (wireguard.com/papers/wireguard.pdf § 5.4). Pure. @module */
import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import { blake2s } from '@noble/hashes/blake2.js'
import { hkdf } from '@noble/hashes/hkdf.js'
import { joined } from '../bits.js'
import { publicKeyOf, sharedSecret } from '../x25519.js'

/** Octets of keys and hashes, of a check value, and of a time. */
export const [keySize, tagSize, timeSize] = [32, 16, 12]

const textOf = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0))
const hash = (...parts: Uint8Array[]): Uint8Array => blake2s(joined(...parts))
const nothing: Uint8Array = new Uint8Array()

const construction = hash(textOf('Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s'))
const identifier = hash(construction, textOf('WireGuard v1 zx2c4 Jason@zx2c4.com'))
const labelMac1 = textOf('mac1----')

/** Keys derived from a chain and an input, one after the other (HKDF, RFC 5869). */
function derive(chain: Uint8Array, input: Uint8Array, count: number): Uint8Array[] {
  const keys = hkdf(blake2s, input, chain, undefined, count * keySize)
  return Array.from({ length: count }, (_, i) => keys.slice(i * keySize, (i + 1) * keySize))
}

/** What no two messages under one key have in common: a counter. */
function nonceOf(counter: number): Uint8Array {
  const nonce = new Uint8Array(12)
  for (let i = 0, left = counter; i < 8; i++, left = Math.floor(left / 256)) nonce[4 + i] = left % 256
  return nonce
}

/** Encrypts, with a check value that also covers `covered`. */
export const encrypt = (
  key: Uint8Array,
  counter: number,
  plain: Uint8Array,
  covered: Uint8Array = nothing,
): Uint8Array => chacha20poly1305(key, nonceOf(counter), covered).encrypt(plain)

/** Decrypts; `undefined` where the check value is wrong. */
export function decrypt(
  key: Uint8Array,
  counter: number,
  sealed: Uint8Array,
  covered: Uint8Array = nothing,
): Uint8Array | undefined {
  if (sealed.length < tagSize) return undefined
  try {
    return chacha20poly1305(key, nonceOf(counter), covered).decrypt(sealed)
  } catch {
    // The library has no other reason to refuse octets of the right length.
    return undefined
  }
}

/** The check value that shows that a sender knows whom it speaks to (§ 5.4.4). */
export const mac1Of = (receiver: Uint8Array, message: Uint8Array): Uint8Array =>
  blake2s(message, { key: hash(labelMac1, receiver), dkLen: tagSize })

/** A handshake on its way. */
export interface Handshake {
  chain: Uint8Array
  hash: Uint8Array
  /** Own ephemeral private key, of the one who began. */
  readonly ephemeral: Uint8Array
  /** The ephemeral public key of the one who began. */
  readonly theirs: Uint8Array
}

/** The keys of a connection. */
export interface TransportKeys {
  readonly sending: Uint8Array
  readonly receiving: Uint8Array
}

/** What both ends know by themselves. */
export interface NoiseIdentity {
  readonly privateKey: Uint8Array
  readonly publicKey: Uint8Array
}

/** Begins a handshake: the ephemeral key, the encrypted own key and the encrypted time. */
export function beginHandshake(
  own: NoiseIdentity,
  peer: Uint8Array,
  ephemeral: Uint8Array,
  time: Uint8Array,
): { state: Handshake; parts: Uint8Array } | undefined {
  const theirs = publicKeyOf(ephemeral)
  let h = hash(hash(identifier, peer), theirs)
  const [c1] = derive(construction, theirs, 1) as [Uint8Array]
  const [first, second] = [sharedSecret(ephemeral, peer), sharedSecret(own.privateKey, peer)]
  if (first === undefined || second === undefined) return undefined
  const [c2, k1] = derive(c1, first, 2) as [Uint8Array, Uint8Array]
  const sealedKey = encrypt(k1, 0, own.publicKey, h)
  h = hash(h, sealedKey)
  const [chain, k2] = derive(c2, second, 2) as [Uint8Array, Uint8Array]
  const sealedTime = encrypt(k2, 0, time, h)
  h = hash(h, sealedTime)
  return { state: { chain, hash: h, ephemeral, theirs }, parts: joined(theirs, sealedKey, sealedTime) }
}

/** Who begins a handshake with this end, and when; `undefined` where it is for somebody else or not whole. */
export function readBeginning(
  own: NoiseIdentity,
  parts: Uint8Array,
): { peer: Uint8Array; time: Uint8Array; state: Handshake } | undefined {
  const theirs = parts.slice(0, keySize)
  const sealedKey = parts.subarray(keySize, 2 * keySize + tagSize)
  const sealedTime = parts.subarray(2 * keySize + tagSize, 2 * keySize + 2 * tagSize + timeSize)
  let h = hash(hash(identifier, own.publicKey), theirs)
  const [c1] = derive(construction, theirs, 1) as [Uint8Array]
  const first = sharedSecret(own.privateKey, theirs)
  if (first === undefined) return undefined
  const [c2, k1] = derive(c1, first, 2) as [Uint8Array, Uint8Array]
  const peer = decrypt(k1, 0, sealedKey, h)
  const second = peer && sharedSecret(own.privateKey, peer)
  if (peer === undefined || second === undefined) return undefined
  h = hash(h, sealedKey)
  const [chain, k2] = derive(c2, second, 2) as [Uint8Array, Uint8Array]
  const time = decrypt(k2, 0, sealedTime, h)
  if (time === undefined) return undefined
  return { peer, time, state: { chain, hash: hash(h, sealedTime), ephemeral: nothing, theirs } }
}

/** The end of a handshake that both compute: the shared key goes in, the keys of the connection come out. */
function finish(chain: Uint8Array, h: Uint8Array, presharedKey: Uint8Array) {
  const [c, tau, key] = derive(chain, presharedKey, 3) as [Uint8Array, Uint8Array, Uint8Array]
  const [begun, answered] = derive(c, nothing, 2) as [Uint8Array, Uint8Array]
  return { covered: hash(h, tau), key, begun, answered }
}

function mixed(state: Handshake, answer: Uint8Array, secrets: readonly (Uint8Array | undefined)[]) {
  let [chain] = derive(state.chain, answer, 1) as [Uint8Array]
  for (const secret of secrets) {
    if (secret === undefined) return undefined
    ;[chain] = derive(chain, secret, 1) as [Uint8Array]
  }
  return { chain, hash: hash(state.hash, answer) }
}

/** Answers a beginning: the ephemeral key, and the proof that all keys were known. */
export function answerHandshake(
  state: Handshake,
  peer: Uint8Array,
  presharedKey: Uint8Array,
  ephemeral: Uint8Array,
): { parts: Uint8Array; keys: TransportKeys } | undefined {
  const own = publicKeyOf(ephemeral)
  const both = mixed(state, own, [sharedSecret(ephemeral, state.theirs), sharedSecret(ephemeral, peer)])
  if (both === undefined) return undefined
  const { covered, key, begun, answered } = finish(both.chain, both.hash, presharedKey)
  return {
    parts: joined(own, encrypt(key, 0, nothing, covered)),
    keys: { sending: answered, receiving: begun },
  }
}

/** Reads the answer to a beginning of this end; `undefined` where a key is another. */
export function readAnswer(
  state: Handshake,
  own: NoiseIdentity,
  presharedKey: Uint8Array,
  parts: Uint8Array,
): TransportKeys | undefined {
  const theirs = parts.slice(0, keySize)
  const both = mixed(state, theirs, [sharedSecret(state.ephemeral, theirs), sharedSecret(own.privateKey, theirs)])
  if (both === undefined) return undefined
  const { covered, key, begun, answered } = finish(both.chain, both.hash, presharedKey)
  if (decrypt(key, 0, parts.subarray(keySize, keySize + tagSize), covered) === undefined) return undefined
  return { sending: begun, receiving: answered }
}
