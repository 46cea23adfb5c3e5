/** The side that wants to know who the peer is, by PAP (RFC 1334) or by CHAP (RFC 1994). @module */
import {
  type AuthenticationMethod,
  chapResponse,
  decodeChapValue,
  decodePapRequest,
  encodeChapValue,
  encodePapMessage,
} from './authentication.js'
import { type ControlPacket, chapCodes, papCodes } from './control.js'
import { sameOctets } from './option.js'
import { type Random, randomOctets } from './random.js'

/** Whom to let in. */
export interface Gate {
  /** The name that the challenges come from. */
  readonly name: string
  /** The password of a user; `undefined` for one that is not known. */
  secretOf(user: string): string | undefined
  /** Chance, for challenges. */
  readonly random: Random
  /** Seconds until a challenge is repeated. */
  readonly restart: number
  /** Most challenges without an answer, and for PAP so many times `restart` is waited. */
  readonly attempts: number
  /** Seconds between two challenges of a peer that has been let in; 0 asks once. CHAP only. */
  readonly again: number
}

/** What an authenticator does to the world around it. */
export interface AuthenticatorHost {
  /** Sends a packet of the method's protocol. */
  send(packet: ControlPacket): void
  /** The peer is who it says. Told once. */
  accepted(user: string, now: number): void
  /** It is not, or says nothing. */
  refused(text: string, now: number): void
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()
const CHALLENGE = 16
const welcome = encoder.encode('welcome')
const wrong = encoder.encode('wrong name or password')

/** The authenticator of one session. */
export class Authenticator {
  /** When it wants to be called again. */
  deadline: number | undefined
  readonly method: AuthenticationMethod
  readonly #host: AuthenticatorHost
  readonly #gate: Gate
  #left: number
  #identifier: number
  #challenge = new Uint8Array(0)
  #user: string | undefined
  /** What the last response was answered with: one that is repeated gets the same again (RFC 1994 § 4.2). */
  #answered: { readonly identifier: number; readonly code: number } | undefined

  constructor(method: AuthenticationMethod, host: AuthenticatorHost, gate: Gate) {
    this.method = method
    this.#host = host
    this.#gate = gate
    this.#left = gate.attempts
    this.#identifier = Math.floor(gate.random() * 256)
  }

  /** Begins: asks, or waits to be told. */
  start(now: number): void {
    if (this.method === 'pap') this.deadline = now + this.#gate.restart * this.#gate.attempts
    else this.#ask(now)
  }

  /** Lets time pass up to `now`. */
  advance(now: number): void {
    while (this.deadline !== undefined && this.deadline <= now) {
      const at = this.deadline
      this.deadline = undefined
      const isAsking = this.method === 'pap' || this.#challenge.length > 0
      if (!isAsking) this.#ask(at)
      else if (this.method === 'chap-md5' && this.#left > 0) this.#send(at)
      else this.#host.refused('the peer does not say who it is', at)
    }
  }

  /** Takes a packet of the method's protocol. @throws DecodeError what is cut */
  receive({ code, identifier, data }: ControlPacket, now: number): void {
    if (this.method === 'pap') {
      if (code !== papCodes.request) return
      const { user, password } = decodePapRequest(data)
      const secret = this.#gate.secretOf(decoder.decode(user))
      this.#judge(identifier, user, secret !== undefined && sameOctets(encoder.encode(secret), password), now)
      return
    }
    if (code !== chapCodes.response) return
    const { value, name } = decodeChapValue(data)
    if (this.#answered?.identifier === identifier) {
      this.#host.send({ code: this.#answered.code, identifier, data: new Uint8Array(0) })
      return
    }
    if (identifier !== this.#identifier || this.#challenge.length === 0) return
    const secret = this.#gate.secretOf(decoder.decode(name))
    const expected = chapResponse(identifier, encoder.encode(secret ?? ''), this.#challenge)
    this.#judge(identifier, name, secret !== undefined && sameOctets(expected, value), now)
  }

  #judge(identifier: number, name: Uint8Array, isRight: boolean, now: number): void {
    const user = decoder.decode(name)
    const isPap = this.method === 'pap'
    const code = isPap ? (isRight ? papCodes.ack : papCodes.nak) : isRight ? chapCodes.success : chapCodes.failure
    const text = isRight ? welcome : wrong
    this.#host.send({ code, identifier, data: isPap ? encodePapMessage(text) : text })
    this.#answered = { identifier, code }
    this.#challenge = new Uint8Array(0)
    this.deadline = isRight && !isPap && this.#gate.again > 0 ? now + this.#gate.again : undefined
    // Whoever was let in as one may not go on as another.
    if (!isRight || (this.#user !== undefined && this.#user !== user)) {
      this.deadline = undefined
      this.#host.refused(`wrong name or password: ${JSON.stringify(user)}`, now)
      return
    }
    const isFirst = this.#user === undefined
    this.#user = user
    if (isFirst) this.#host.accepted(user, now)
  }

  /** Asks anew. */
  #ask(now: number): void {
    this.#left = this.#gate.attempts
    this.#identifier = (this.#identifier + 1) & 255
    this.#answered = undefined
    this.#challenge = new Uint8Array(randomOctets(this.#gate.random, CHALLENGE))
    this.#send(now)
  }

  #send(now: number): void {
    this.#left--
    this.deadline = now + this.#gate.restart
    const data = encodeChapValue({ value: this.#challenge, name: encoder.encode(this.#gate.name) })
    this.#host.send({ code: chapCodes.challenge, identifier: this.#identifier, data })
  }
}
