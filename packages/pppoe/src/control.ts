/** Control packets of PPP: code, identifier, length, data (RFC 1661 § 5). PAP, CHAP, IPCP and IPV6CP have the same form. @module */
import { DecodeError } from '@vnet/core'
import { setU16At, u16At } from '@vnet/wire'

/** A packet of LCP, PAP, CHAP, IPCP or IPV6CP. */
export interface ControlPacket {
  /** Which packet it is, 8 bits: see {@link controlCodes}, {@link papCodes}, {@link chapCodes}. */
  readonly code: number
  /** By which an answer is told from others, 8 bits. */
  readonly identifier: number
  /** What follows: options, or what the code has. */
  readonly data: Uint8Array
}

/** Codes of LCP by name (RFC 1661 § 5); IPCP and IPV6CP have the first seven. */
export const controlCodes = {
  configureRequest: 1,
  configureAck: 2,
  configureNak: 3,
  configureReject: 4,
  terminateRequest: 5,
  terminateAck: 6,
  codeReject: 7,
  protocolReject: 8,
  echoRequest: 9,
  echoReply: 10,
  discardRequest: 11,
} as const

/** Codes of PAP by name (RFC 1334 § 2.2). */
export const papCodes = { request: 1, ack: 2, nak: 3 } as const

/** Codes of CHAP by name (RFC 1994 § 4). */
export const chapCodes = { challenge: 1, response: 2, success: 3, failure: 4 } as const

/** Octets before the data. */
export const controlHeaderSize = 4

/** Decodes a packet; octets behind its length are padding. @throws DecodeError fewer than 4 octets, or than its length says */
export function decodeControl(bytes: Uint8Array, start = 0, end = bytes.length, layer = 'ppp'): ControlPacket {
  const size = Math.min(end, bytes.length) - start
  if (size < controlHeaderSize)
    throw new DecodeError(layer, start, `${Math.max(0, size)} octets, needs ${controlHeaderSize}`)
  const length = u16At(bytes, start + 2)
  if (length < controlHeaderSize || length > size) {
    throw new DecodeError(`${layer}.length`, start + 2, `${length} is not ${controlHeaderSize}–${size}`)
  }
  return {
    code: bytes[start] as number,
    identifier: bytes[start + 1] as number,
    data: new Uint8Array(bytes.subarray(start + controlHeaderSize, start + length)),
  }
}

/** Encodes a packet. @throws RangeError a number above 255, or more data than 65,531 octets */
export function encodeControl({ code, identifier, data }: ControlPacket): Uint8Array {
  for (const [field, value] of Object.entries({ code, identifier })) {
    if (!(Number.isInteger(value) && value >= 0 && value <= 255))
      throw new RangeError(`${field}: ${value} is not 0–255`)
  }
  const length = controlHeaderSize + data.length
  if (length > 0xffff) throw new RangeError(`data: ${data.length} octets, at most ${0xffff - controlHeaderSize} fit`)
  const out = new Uint8Array(length)
  out[0] = code
  out[1] = identifier
  setU16At(out, 2, length)
  out.set(data, controlHeaderSize)
  return out
}
