/** LCP: the automaton of the line itself, with echoes and rejected protocols (RFC 1661 § 5.7 to 5.9). @module */
import { pppProtocols, setU16At, setU32At, u16At, u32At } from '@vnet/wire'
import { Automaton, type AutomatonHost } from './automaton.js'
import { type ControlPacket, controlCodes, controlHeaderSize } from './control.js'
import { type LcpAgreement, LcpNegotiation, type LcpWishes } from './lcp-negotiation.js'
import type { AutomatonEnd, AutomatonLimits } from './negotiation.js'

/** Asking whether the peer is still there. */
export interface KeepAlive {
  /** Seconds between two Echo-Requests; 0 asks never. */
  readonly interval: number
  /** So many in a row without an answer end the session. */
  readonly failures: number
}

/** What LCP does to the world around it. */
export interface LcpHost {
  /** Sends a packet of LCP. */
  send(packet: ControlPacket): void
  /** The line is up. */
  up(now: number): void
  /** It is up no more; it may come up again. */
  down(now: number): void
  /** It has ended. */
  finished(now: number, end: AutomatonEnd | SilentEnd): void
  /** The peer does not know a protocol. */
  protocolRejected(protocol: number, now: number): void
}

/** The peer answers no echo any more. */
export interface SilentEnd {
  readonly cause: 'silent'
  /** In words. */
  readonly text: string
}

/** LCP of one session. */
export class Lcp {
  readonly #automaton: Automaton
  readonly #negotiation: LcpNegotiation
  readonly #host: LcpHost
  readonly #keepAlive: KeepAlive
  #echoAt: number | undefined
  /** Echo-Requests without an answer. */
  #unanswered = 0
  #identifier = 0

  constructor(host: LcpHost, wishes: LcpWishes, keepAlive: KeepAlive, limits?: AutomatonLimits) {
    this.#host = host
    this.#keepAlive = keepAlive
    this.#negotiation = new LcpNegotiation(wishes)
    const around: AutomatonHost = {
      send: (packet) => host.send(packet),
      up: (now) => {
        this.#unanswered = 0
        this.#echoAt = keepAlive.interval > 0 ? now + keepAlive.interval : undefined
        host.up(now)
      },
      down: (now) => {
        this.#echoAt = undefined
        host.down(now)
      },
      finished: (now, end) => host.finished(now, end),
      special: (packet, now, open) => this.#special(packet, now, open),
    }
    this.#automaton = new Automaton(around, this.#negotiation, limits)
  }

  /** What is agreed on. */
  get agreement(): LcpAgreement {
    return this.#negotiation.agreement
  }

  /** Whether the line is up. */
  get isOpen(): boolean {
    return this.#automaton.state === 'opened'
  }

  /** When it wants to be called again. */
  get deadline(): number | undefined {
    return earliest(this.#automaton.deadline, this.#echoAt)
  }

  /** Begins. */
  start(now: number): void {
    this.#automaton.open(now)
    this.#automaton.lowerUp(now)
  }

  /** Ends in good order: the peer is told why, and asked to agree. */
  close(now: number, end?: AutomatonEnd): void {
    this.#automaton.close(now, end)
  }

  /** There is nothing beneath any more, and nobody to be told. */
  abandon(now: number): void {
    this.#automaton.lowerDown(now)
  }

  /** Takes a packet; whether it could be made sense of. */
  receive(packet: ControlPacket, now: number): boolean {
    return this.#automaton.receive(packet, now)
  }

  /** Tells the peer that nobody here knows a protocol (§ 5.7). */
  rejectProtocol(protocol: number, information: Uint8Array): void {
    const room = Math.min(information.length, this.agreement.peerMru - controlHeaderSize - 2)
    const data = new Uint8Array(2 + room)
    setU16At(data, 0, protocol)
    data.set(information.subarray(0, room), 2)
    this.#host.send({ code: controlCodes.protocolReject, identifier: this.#next(), data })
  }

  /** Lets time pass up to `now`. */
  advance(now: number): void {
    this.#automaton.advance(now)
    while (this.#echoAt !== undefined && this.#echoAt <= now) this.#echo(this.#echoAt)
  }

  #echo(at: number): void {
    if (this.#unanswered >= this.#keepAlive.failures) {
      this.#echoAt = undefined
      this.#host.finished(at, { cause: 'silent', text: `no answer to ${this.#unanswered} echo requests` })
      return
    }
    this.#unanswered++
    this.#echoAt = at + this.#keepAlive.interval
    this.#host.send({ code: controlCodes.echoRequest, identifier: this.#next(), data: this.#magic() })
  }

  #special({ code, identifier, data }: ControlPacket, now: number, open: boolean): boolean {
    switch (code) {
      case controlCodes.echoRequest: {
        // One with our own number comes from here: the line leads back.
        if (!open || data.length < 4 || this.#isOwn(data)) return true
        const reply = Uint8Array.from(data)
        reply.set(this.#magic())
        this.#host.send({ code: controlCodes.echoReply, identifier, data: reply })
        return true
      }
      case controlCodes.echoReply:
        if (open && data.length >= 4 && !this.#isOwn(data)) this.#unanswered = 0
        return true
      case controlCodes.discardRequest:
        return true
      case controlCodes.protocolReject: {
        if (!open || data.length < 2) return true
        const protocol = u16At(data, 0)
        if (protocol === pppProtocols.lcp) this.#automaton.protocolRejected(now)
        else this.#host.protocolRejected(protocol, now)
        return true
      }
      default:
        return false
    }
  }

  #isOwn(data: Uint8Array): boolean {
    const { magic } = this.agreement
    return magic !== 0 && u32At(data, 0) === magic
  }

  #magic(): Uint8Array {
    const octets = new Uint8Array(4)
    setU32At(octets, 0, this.agreement.magic)
    return octets
  }

  #next(): number {
    this.#identifier = (this.#identifier + 1) & 255
    return this.#identifier
  }
}

/** The first of some times; `undefined` where there is none. */
export function earliest(...times: readonly (number | undefined)[]): number | undefined {
  let first: number | undefined
  for (const time of times) if (time !== undefined && (first === undefined || time < first)) first = time
  return first
}
