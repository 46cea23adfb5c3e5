/** Messages of WireGuard (wireguard.com/papers/wireguard.pdf § 5.4). Numbers are little-endian. @module */
import { joined } from '../bits.js'
import { keySize, mac1Of, tagSize, timeSize } from './noise.js'

/** Types by name. A cookie is only sent under load, which the mock never is. */
export const messageTypes = { beginning: 1, answer: 2, cookie: 3, data: 4 } as const

/** Octets of what a beginning and an answer hold, and of the header of data. */
const [beginningParts, answerParts] = [2 * keySize + 2 * tagSize + timeSize, keySize + tagSize]
export const dataHeader = 16

function word(value: number): Uint8Array {
  return Uint8Array.from({ length: 4 }, (_, i) => (value >>> (8 * i)) & 0xff)
}

/** 32 bits, little-endian. */
export const wordAt = (octets: Uint8Array, at: number): number =>
  [3, 2, 1, 0].reduce((sum, i) => sum * 256 + (octets[at + i] as number), 0)

const withMacs = (message: Uint8Array, receiver: Uint8Array): Uint8Array =>
  joined(message, mac1Of(receiver, message), new Uint8Array(tagSize))

/** A beginning. */
export const encodeBeginning = (own: number, parts: Uint8Array, receiver: Uint8Array): Uint8Array =>
  withMacs(joined(word(messageTypes.beginning), word(own), parts), receiver)

/** An answer. */
export const encodeAnswer = (own: number, theirs: number, parts: Uint8Array, receiver: Uint8Array): Uint8Array =>
  withMacs(joined(word(messageTypes.answer), word(own), word(theirs), parts), receiver)

/** Data, sealed. */
export function encodeData(theirs: number, counter: number, sealed: Uint8Array): Uint8Array {
  return joined(
    word(messageTypes.data),
    word(theirs),
    word(counter % 2 ** 32),
    word(Math.floor(counter / 2 ** 32)),
    sealed,
  )
}

/** The parts of a message. */
export type WireguardMessage =
  | { readonly type: 'beginning'; readonly theirs: number; readonly parts: Uint8Array }
  | { readonly type: 'answer'; readonly theirs: number; readonly own: number; readonly parts: Uint8Array }
  | { readonly type: 'data'; readonly own: number; readonly counter: number; readonly sealed: Uint8Array }

/** Reads a message; `undefined` for what is none, or a handshake of somebody who does not know whom it speaks to. */
export function decodeMessage(octets: Uint8Array, publicKey: Uint8Array): WireguardMessage | undefined {
  if (octets.length < dataHeader + tagSize) return undefined
  const type = wordAt(octets, 0)
  if (type === messageTypes.data) {
    const counter = wordAt(octets, 8) + wordAt(octets, 12) * 2 ** 32
    return { type: 'data', own: wordAt(octets, 4), counter, sealed: octets.subarray(dataHeader) }
  }
  const [head, size] = type === messageTypes.beginning ? [8, beginningParts] : [12, answerParts]
  if (type !== messageTypes.beginning && type !== messageTypes.answer) return undefined
  if (octets.length !== head + size + 2 * tagSize) return undefined
  const mac = mac1Of(publicKey, octets.subarray(0, head + size))
  if (mac.some((octet, i) => octet !== octets[head + size + i])) return undefined
  const parts = octets.slice(head, head + size)
  if (type === messageTypes.beginning) return { type: 'beginning', theirs: wordAt(octets, 4), parts }
  return { type: 'answer', theirs: wordAt(octets, 4), own: wordAt(octets, 8), parts }
}

/** A time as a beginning tells it: TAI64N, in steps of some milliseconds, as the kernel blurs it. */
export function timeOctets(now: number): Uint8Array {
  const octets = new Uint8Array(timeSize)
  const view = new DataView(octets.buffer)
  view.setUint32(0, 0x40000000)
  view.setUint32(4, (Math.floor(now) + 10) >>> 0)
  view.setUint32(8, Math.floor((now % 1) * 1e9) & ~0xffffff)
  return octets
}
