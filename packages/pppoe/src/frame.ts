/** Frames of the session stage: Ethernet, PPPoE, and what PPP carries (RFC 2516 § 4, RFC 1661 § 2). @module */
import { DecodeError } from '@vnet/core'
import {
  decodeEthernet,
  decodePpp,
  decodePppoeSession,
  encodePpp,
  encodePppoeSession,
  etherTypes,
  writeEthernet,
} from '@vnet/wire'

/** Largest packet in PPPoE on an Ethernet of 1500, octets: 6 of PPPoE and 2 of PPP are in front (RFC 2516 § 7). */
export const pppoeMtu = 1492

/** Who sends what to whom. */
export interface Framed<Value> {
  /** MAC address of the sender. */
  readonly source: string
  /** MAC address of the receiver. */
  readonly destination: string
  /** What is in the frame. */
  readonly value: Value
}

/** What a session frame carries. */
export interface SessionContent {
  /** Number of the session, 16 bits. */
  readonly session: number
  /** Protocol of PPP: `pppProtocols` of `@vnet/wire`. */
  readonly protocol: number
  /** A control packet, or an IP packet. */
  readonly information: Uint8Array
}

/** The header of a frame, and where its payload lies. @throws DecodeError fewer than 14 octets */
export function unframed(frame: Uint8Array): {
  readonly source: string
  readonly destination: string
  readonly type: number
  readonly start: number
  readonly end: number
} {
  const { value, start, end } = decodeEthernet(frame)
  return { source: value.source, destination: value.destination, type: value.type, start, end }
}

/** A frame of a packet. @throws TypeError text that is no MAC address */
export function framed(destination: string, source: string, type: number, packet: Uint8Array): Uint8Array {
  const frame = new Uint8Array(14 + packet.length)
  writeEthernet({ destination, source, type }, frame, 0)
  frame.set(packet, 14)
  return frame
}

/** Decodes a session frame, from the Ethernet header on. @throws DecodeError what is cut, or no session frame */
export function decodeSession(frame: Uint8Array): Framed<SessionContent> {
  const { source, destination, type, start, end } = unframed(frame)
  if (type !== etherTypes.pppoeSession)
    throw new DecodeError('ethernet.type', 12, `0x${type.toString(16)} is not 0x8864`)
  const { value: header, start: at, end: stop } = decodePppoeSession(frame, start, end)
  if (header.version !== 1 || header.type !== 1 || header.code !== 0) {
    const problem = `version ${header.version}, type ${header.type} and code ${header.code}, must be 1, 1 and 0`
    throw new DecodeError('pppoe-session', start, problem)
  }
  const { value: ppp, start: first } = decodePpp(frame, at, stop)
  // A copy: the frame is the caller's, and a Buffer's `slice` would share it.
  const information = new Uint8Array(frame.subarray(first, stop))
  return { source, destination, value: { session: header.session, protocol: ppp.protocol, information } }
}

/** Encodes a session frame, from the Ethernet header on. @throws RangeError · TypeError what does not fit, no MAC */
export function encodeSession({ source, destination, value }: Framed<SessionContent>): Uint8Array {
  const packet = encodePpp({ protocol: value.protocol }, value.information)
  return framed(destination, source, etherTypes.pppoeSession, encodePppoeSession({ session: value.session }, packet))
}
