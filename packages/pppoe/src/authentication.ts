/** What the packets of PAP (RFC 1334 § 2.2) and CHAP with MD5 (RFC 1994 § 4) hold. @module */
import { DecodeError } from '@vnet/core'
import { pppProtocols, setU16At, u16At } from '@vnet/wire'
import { md5 } from './md5.js'
import { lcpOptions, type PppOption } from './option.js'

/** How a side says who it is: the password in clear text, or the answer to a challenge. */
export type AuthenticationMethod = 'pap' | 'chap-md5'

/** The algorithm of CHAP that is MD5 (RFC 1994 § 3). */
const CHAP_MD5 = 5

/** Who asks to be let in by PAP. */
export interface PapRequest {
  /** Octets of the name, at most 255. */
  readonly user: Uint8Array
  /** Octets of the password, at most 255. */
  readonly password: Uint8Array
}

/** A challenge of CHAP, or the response to one. */
export interface ChapValue {
  /** The octets of the challenge, at least one, or the 16 of the response. */
  readonly value: Uint8Array
  /** Octets of the name of who sends it. */
  readonly name: Uint8Array
}

/** The option of LCP that asks for a method. */
export function authenticationOption(method: AuthenticationMethod): PppOption {
  const isChap = method === 'chap-md5'
  const value = new Uint8Array(isChap ? 3 : 2)
  setU16At(value, 0, isChap ? pppProtocols.chap : pppProtocols.pap)
  if (isChap) value[2] = CHAP_MD5
  return { type: lcpOptions.authentication, value }
}

/** The method that an option of LCP asks for; `undefined` for one that is not spoken here, such as EAP or MS-CHAP. */
export function authenticationMethod({ value }: PppOption): AuthenticationMethod | undefined {
  if (value.length === 2 && u16At(value, 0) === pppProtocols.pap) return 'pap'
  return value.length === 3 && u16At(value, 0) === pppProtocols.chap && value[2] === CHAP_MD5 ? 'chap-md5' : undefined
}

/** A counted value at `at`. */
function countedAt(data: Uint8Array, at: number, field: string): Uint8Array {
  const size = data[at]
  if (size === undefined) throw new DecodeError(field, at, '0 octets, needs 1')
  if (at + 1 + size > data.length) throw new DecodeError(field, at, `${size} octets in ${data.length - at - 1}`)
  return new Uint8Array(data.subarray(at + 1, at + 1 + size))
}

function counted(parts: readonly Uint8Array[], rest: Uint8Array, field: string): Uint8Array {
  const out = new Uint8Array(parts.reduce((size, { length }) => size + 1 + length, rest.length))
  let at = 0
  for (const part of parts) {
    if (part.length > 255) throw new RangeError(`${field}: ${part.length} octets, at most 255 fit`)
    out[at] = part.length
    out.set(part, at + 1)
    at += 1 + part.length
  }
  out.set(rest, at)
  return out
}

/** Decodes the data of an Authenticate-Request. @throws DecodeError lengths beyond the data */
export function decodePapRequest(data: Uint8Array): PapRequest {
  const user = countedAt(data, 0, 'pap.user')
  return { user, password: countedAt(data, 1 + user.length, 'pap.password') }
}

/** Encodes the data of an Authenticate-Request. @throws RangeError a name or password of more than 255 octets */
export function encodePapRequest({ user, password }: PapRequest): Uint8Array {
  return counted([user, password], new Uint8Array(0), 'pap')
}

/** Decodes the text of an Authenticate-Ack or -Nak. @throws DecodeError a length beyond the data */
export function decodePapMessage(data: Uint8Array): Uint8Array {
  // Some send no length at all where they have nothing to say.
  return data.length === 0 ? data : countedAt(data, 0, 'pap.message')
}

/** Encodes the text of an Authenticate-Ack or -Nak. @throws RangeError more than 255 octets */
export function encodePapMessage(message: Uint8Array): Uint8Array {
  return counted([message], new Uint8Array(0), 'pap.message')
}

/** Decodes the data of a Challenge or Response. @throws DecodeError no value, or one beyond the data */
export function decodeChapValue(data: Uint8Array): ChapValue {
  const value = countedAt(data, 0, 'chap.value')
  if (value.length === 0) throw new DecodeError('chap.value', 0, 'a length of 0, at least 1 is needed')
  return { value, name: new Uint8Array(data.subarray(1 + value.length)) }
}

/** Encodes the data of a Challenge or Response. @throws RangeError a value of more than 255 octets */
export function encodeChapValue({ value, name }: ChapValue): Uint8Array {
  return counted([value], name, 'chap.value')
}

/** The response to a challenge: MD5 over identifier, password and challenge (RFC 1994 § 4.1). */
export function chapResponse(identifier: number, password: Uint8Array, challenge: Uint8Array): Uint8Array {
  return md5(Uint8Array.of(identifier), password, challenge)
}
