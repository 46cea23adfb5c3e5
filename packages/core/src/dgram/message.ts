/** What programs send and receive: octets in all the shapes that `node:dgram` takes. @module */

/** Octets, or text, which is written in UTF-8. */
export type DatagramMessage = string | ArrayBufferView

const encoder = new TextEncoder()

/** The octets of a message, or of several one behind the other. */
export function octetsOf(message: DatagramMessage | readonly DatagramMessage[]): Uint8Array {
  const parts = (Array.isArray(message) ? message : [message]).map(one)
  const octets = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    octets.set(part, at)
    at += part.length
  }
  return octets
}

function one(message: unknown): Uint8Array {
  if (typeof message === 'string') return encoder.encode(message)
  if (ArrayBuffer.isView(message)) return new Uint8Array(message.buffer, message.byteOffset, message.byteLength)
  throw new TypeError('msg must be text, octets, or a list of such')
}

type Wrap = (buffer: ArrayBufferLike, offset: number, length: number) => Uint8Array

/** A received message: a `Buffer` where the platform has such, for programs written for Node call its methods. */
export function messageOf(octets: Uint8Array): Uint8Array {
  const from = (globalThis as { readonly Buffer?: { readonly from?: Wrap } }).Buffer?.from
  return from === undefined ? octets : from(octets.buffer, octets.byteOffset, octets.length)
}
