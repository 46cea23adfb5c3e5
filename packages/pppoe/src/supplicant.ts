/** The side that says who it is, by PAP (RFC 1334) or by CHAP (RFC 1994). @module */
import {
  type AuthenticationMethod,
  chapResponse,
  decodeChapValue,
  decodePapMessage,
  encodeChapValue,
  encodePapRequest,
} from './authentication.js'
import { type ControlPacket, chapCodes, papCodes } from './control.js'

/** Who we are. */
export interface Credentials {
  /** Name of the user, at most 255 octets. */
  readonly user: string
  /** The password, at most 255 octets. */
  readonly password: string
}

/** What a supplicant does to the world around it. */
export interface SupplicantHost {
  /** Sends a packet of the method's protocol. */
  send(packet: ControlPacket): void
  /** The peer lets us in. Told once. */
  accepted(now: number): void
  /** It does not, or says nothing. */
  refused(text: string, now: number): void
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** The supplicant of one session. */
export class Supplicant {
  /** When it wants to be called again. */
  deadline: number | undefined
  readonly method: AuthenticationMethod
  readonly #host: SupplicantHost
  readonly #credentials: Credentials
  readonly #restart: number
  readonly #attempts: number
  #left: number
  #identifier: number
  /** What is sent again while there is no answer. */
  #said: ControlPacket | undefined
  #isIn = false

  /**
   * @param restart Seconds until what was said is repeated.
   * @param attempts How often it is said; for the first challenge of CHAP so many times `restart` is waited.
   */
  constructor(
    method: AuthenticationMethod,
    host: SupplicantHost,
    credentials: Credentials,
    restart: number,
    attempts: number,
  ) {
    this.method = method
    this.#host = host
    this.#credentials = credentials
    this.#restart = restart
    this.#attempts = attempts
    this.#left = attempts
    // Of CHAP the peer chooses; before it has, no number is right.
    this.#identifier = method === 'pap' ? 1 : -1
  }

  /** Begins: says who we are, or waits to be asked. */
  start(now: number): void {
    if (this.method === 'pap') {
      const { user, password } = this.#credentials
      const data = encodePapRequest({ user: encoder.encode(user), password: encoder.encode(password) })
      this.#say({ code: papCodes.request, identifier: this.#identifier, data }, now)
    } else {
      this.deadline = now + this.#restart * this.#attempts
      this.#left = 0
    }
  }

  /** Lets time pass up to `now`. */
  advance(now: number): void {
    while (this.deadline !== undefined && this.deadline <= now) {
      const at = this.deadline
      this.deadline = undefined
      if (this.#left > 0 && this.#said !== undefined) this.#send(this.#said, at)
      else this.#host.refused('the peer does not say whether we may', at)
    }
  }

  /** Takes a packet of the method's protocol. @throws DecodeError what is cut */
  receive({ code, identifier, data }: ControlPacket, now: number): void {
    if (this.method === 'chap-md5' && code === chapCodes.challenge) {
      this.#respond(identifier, data, now)
      return
    }
    if (identifier !== this.#identifier) return
    const [yes, no] = this.method === 'pap' ? [papCodes.ack, papCodes.nak] : [chapCodes.success, chapCodes.failure]
    if (code === yes) this.#accept(now)
    else if (code === no) this.#refuse(this.method === 'pap' ? decodePapMessage(data) : data, now)
  }

  /** A challenge may come again at any time (RFC 1994 § 2). */
  #respond(identifier: number, data: Uint8Array, now: number): void {
    const { user, password } = this.#credentials
    const { value: challenge } = decodeChapValue(data)
    this.#identifier = identifier
    const value = chapResponse(identifier, encoder.encode(password), challenge)
    this.#say(
      { code: chapCodes.response, identifier, data: encodeChapValue({ value, name: encoder.encode(user) }) },
      now,
    )
  }

  #say(packet: ControlPacket, now: number): void {
    this.#said = packet
    this.#left = this.#attempts
    this.#send(packet, now)
  }

  #send(packet: ControlPacket, now: number): void {
    this.#left--
    // The answer may be lost, so what was said is repeated (RFC 1994 § 4.2); once we are in, the peer asks again itself.
    if (!this.#isIn) this.deadline = now + this.#restart
    this.#host.send(packet)
  }

  #accept(now: number): void {
    this.deadline = undefined
    if (this.#isIn) return
    this.#isIn = true
    this.#host.accepted(now)
  }

  #refuse(message: Uint8Array, now: number): void {
    this.deadline = undefined
    const text = decoder.decode(message)
    this.#host.refused(text === '' ? 'the peer gives no reason' : text, now)
  }
}
