/** The option negotiation automaton that LCP, IPCP and IPV6CP are each one of (RFC 1661 § 4). @module */
import { isDecodeError } from '@vnet/core'
import {
  type AutomatonAction,
  type AutomatonEvent,
  type AutomatonState,
  automatonStep,
  restartRuns,
} from './automaton-table.js'
import { type ControlPacket, controlCodes, controlHeaderSize, encodeControl } from './control.js'
import {
  type AutomatonEnd,
  type AutomatonLimits,
  automatonLimits,
  type Negotiation,
  type Verdict,
} from './negotiation.js'
import { decodeOptions, encodeOptions, sameOctets } from './option.js'
import { brief } from './text.js'

/** What an automaton does to the world around it. */
export interface AutomatonHost {
  /** Sends a packet of the protocol. */
  send(packet: ControlPacket): void
  /** The protocol is open: data may pass. */
  up(now: number): void
  /** It is open no more. */
  down(now: number): void
  /** It has ended, for the reason given. */
  finished(now: number, end: AutomatonEnd): void
  /** A packet of a code that only this protocol has; whether it has it. `open` says whether the protocol is open. */
  special(packet: ControlPacket, now: number, open: boolean): boolean
}

const decoder = new TextDecoder()
const encoder = new TextEncoder()

const nothingAsked = () => ({ identifier: -1, options: new Uint8Array(0), answered: true })

/** What an action is done for. */
interface Occasion {
  readonly event: AutomatonEvent
  readonly now: number
  readonly packet: ControlPacket | undefined
  readonly verdict: Verdict | undefined
}

const isTerminating = (state: AutomatonState) => state === 'closing' || state === 'stopping'

/** The automaton of a protocol. Time is an argument: call `advance` at `deadline`. */
export class Automaton {
  /** When it wants to be called again, seconds; `undefined` while it waits for nothing. */
  deadline: number | undefined
  #state: AutomatonState = 'initial'
  readonly #host: AutomatonHost
  readonly #negotiation: Negotiation
  readonly #limits: AutomatonLimits
  #counter = 0
  /** Naks that were sent since the last Ack. */
  #naks = 0
  /** Identifier of the last request that was answered with one. */
  #denied: number | undefined
  /** The last request that was answered with an Ack. */
  #granted: ControlPacket | undefined
  /** Naks and Rejects that were received since the last Ack. */
  #refusals = 0
  #identifier = 0
  /** The last Configure-Request: its identifier, its options, and whether a valid answer to it has come. */
  #asked: { identifier: number; options: Uint8Array; answered: boolean } = nothingAsked()
  #end: AutomatonEnd | undefined

  constructor(host: AutomatonHost, negotiation: Negotiation, limits: AutomatonLimits = automatonLimits) {
    this.#host = host
    this.#negotiation = negotiation
    this.#limits = limits
  }

  /** Where it is. */
  get state(): AutomatonState {
    return this.#state
  }

  /** The layer beneath can carry packets. */
  lowerUp(now: number): void {
    this.#begin()
    this.#happens('Up', now)
  }

  /** The layer beneath can carry none any more. */
  lowerDown(now: number): void {
    this.#happens('Down', now)
  }

  /** It is to come up. */
  open(now: number): void {
    this.#end = undefined
    if (this.#state === 'closed') this.#begin()
    this.#happens('Open', now)
  }

  /** It is to end, for the reason given, which the peer is told. */
  close(now: number, end: AutomatonEnd = { cause: 'closed', text: 'closed' }): void {
    this.#end ??= end
    this.#happens('Close', now)
  }

  /** The peer does not know the protocol (Protocol-Reject, § 5.7). */
  protocolRejected(now: number): void {
    this.#end ??= { cause: 'protocol-rejected', text: 'the peer does not know the protocol' }
    this.#happens('RXJ-', now)
  }

  /** Lets time pass up to `now`, seconds. */
  advance(now: number): void {
    while (this.deadline !== undefined && this.deadline <= now) {
      const at = this.deadline
      this.deadline = undefined
      if (this.#counter > 0) {
        this.#happens('TO+', at)
        continue
      }
      const text = `no answer to ${this.#limits.maxConfigure} requests`
      if (!isTerminating(this.#state)) this.#end ??= { cause: 'no-answer', text }
      this.#happens('TO-', at)
    }
  }

  /** Takes a packet; whether it could be made sense of. What cannot is left without an answer, as § 5 has it. */
  receive(packet: ControlPacket, now: number): boolean {
    if (this.#state === 'initial' || this.#state === 'starting') return true
    try {
      this.#take(packet, now)
      return true
    } catch (error) {
      if (isDecodeError(error)) return false
      throw error
    }
  }

  #take(packet: ControlPacket, now: number): void {
    const { code, data } = packet
    switch (code) {
      case controlCodes.configureRequest:
        this.#requested(packet, now)
        break
      case controlCodes.configureAck:
        this.#acknowledged(packet, now)
        break
      case controlCodes.configureNak:
      case controlCodes.configureReject:
        this.#refused(packet, now)
        break
      case controlCodes.terminateRequest:
        this.#end ??= { cause: 'terminated', text: decoder.decode(data) }
        this.#happens('RTR', now, packet)
        break
      case controlCodes.terminateAck:
        this.#happens('RTA', now, packet)
        break
      case controlCodes.codeReject: {
        const isVital = (data[0] ?? 0) >= 1 && (data[0] ?? 0) <= controlCodes.codeReject
        if (isVital) this.#end ??= { cause: 'no-agreement', text: `the peer does not know code ${data[0]}` }
        this.#happens(isVital ? 'RXJ-' : 'RXJ+', now, packet)
        break
      }
      default:
        this.#happens(this.#host.special(packet, now, this.#state === 'opened') ? 'RXR' : 'RUC', now, packet)
    }
  }

  /** Nothing has been said. */
  #begin(): void {
    this.#naks = 0
    this.#denied = undefined
    this.#granted = undefined
    this.#refusals = 0
    this.#negotiation.reset()
  }

  #requested(packet: ControlPacket, now: number): void {
    const options = decodeOptions(packet.data)
    const isSame = packet.identifier === this.#granted?.identifier && sameOctets(packet.data, this.#granted.data)
    if (this.#state === 'opened' && isSame) {
      // Our Ack was lost, or the request came twice. The RFC would begin anew and take down what is up.
      this.#send(controlCodes.configureAck, packet.identifier, packet.data)
      return
    }
    // A new beginning by the peer is one for what it had agreed to as well.
    if (this.#state === 'opened' || this.#state === 'stopped') this.#begin()
    const verdict = this.#negotiation.judge(options, this.#naks < this.#limits.maxFailure)
    if (verdict.answer === 'ack') {
      this.#negotiation.granted(verdict.options)
      this.#granted = packet
      this.#agreed('RCR+', 'ack-received', now, packet, verdict)
    } else {
      this.#happens('RCR-', now, packet, verdict)
    }
  }

  #acknowledged(packet: ControlPacket, now: number): void {
    // Anything but the very options that were sent is no answer to them (§ 5.2).
    if (!this.#answers(packet.identifier) || !sameOctets(packet.data, this.#asked.options)) return
    this.#asked.answered = true
    this.#refusals = 0
    this.#agreed('RCA', 'ack-sent', now, packet)
  }

  #refused(packet: ControlPacket, now: number): void {
    if (!this.#answers(packet.identifier)) return
    const options = decodeOptions(packet.data)
    if (packet.code === controlCodes.configureReject) {
      const asked = decodeOptions(this.#asked.options)
      if (!options.every(({ type }) => asked.some((one) => one.type === type))) return
      this.#negotiation.rejected(options)
    } else {
      this.#negotiation.naked(options)
    }
    this.#asked.answered = true
    // Two sides that never meet would go on for ever.
    if (++this.#refusals > 2 * this.#limits.maxFailure) {
      this.close(now, { cause: 'no-agreement', text: 'the peer refused what is needed again and again' })
    } else {
      this.#happens('RCN', now, packet)
    }
  }

  /** Whether it is the first answer to the last request: one that came twice is none, or it would end what is open. */
  #answers(identifier: number): boolean {
    return identifier === this.#asked.identifier && !this.#asked.answered
  }

  /** One of the two halves is agreed on; with both, as in the state `last`, it must be enough to go on. */
  #agreed(event: 'RCA' | 'RCR+', last: AutomatonState, now: number, packet: ControlPacket, verdict?: Verdict): void {
    const lack = this.#state === last ? this.#negotiation.lacks() : undefined
    if (lack === undefined) this.#happens(event, now, packet, verdict)
    else this.close(now, { cause: 'no-agreement', text: lack })
  }

  #happens(event: AutomatonEvent, now: number, packet?: ControlPacket, verdict?: Verdict): void {
    const step = automatonStep(this.#state, event)
    if (step === undefined) return
    // First, since what is done may make something else happen.
    this.#state = step.next
    if (!restartRuns(step.next)) this.deadline = undefined
    for (const action of step.actions) this.#do(action, { event, now, packet, verdict })
  }

  #do(action: AutomatonAction, { event, now, packet, verdict }: Occasion): void {
    switch (action) {
      case 'tlu':
        this.#end = undefined
        this.#host.up(now)
        break
      case 'tld':
        this.#host.down(now)
        break
      case 'tlf': {
        const end = this.#end ?? { cause: 'closed', text: 'closed' }
        this.#end = undefined
        this.#host.finished(now, end)
        break
      }
      case 'irc':
        this.#counter = isTerminating(this.#state) ? this.#limits.maxTerminate : this.#limits.maxConfigure
        break
      case 'zrc':
        this.#counter = 0
        this.deadline = now + this.#limits.restart
        break
      case 'scr':
        this.#configure(now, event === 'TO+')
        break
      case 'str':
        this.#counter--
        this.deadline = now + this.#limits.restart
        this.#send(controlCodes.terminateRequest, this.#next(), encoder.encode(brief(this.#end?.text ?? '')))
        break
      case 'sca':
        this.#naks = 0
        this.#answer(packet, controlCodes.configureAck, verdict)
        break
      case 'scn':
        // One that is asked again had its Nak lost: no sign of a peer that will not see reason.
        if (verdict?.answer === 'nak' && packet?.identifier !== this.#denied) this.#naks++
        this.#denied = packet?.identifier
        this.#answer(
          packet,
          verdict?.answer === 'nak' ? controlCodes.configureNak : controlCodes.configureReject,
          verdict,
        )
        break
      case 'sta': {
        const isAsked = packet?.code === controlCodes.terminateRequest
        this.#send(controlCodes.terminateAck, isAsked ? packet.identifier : this.#next(), new Uint8Array(0))
        break
      }
      case 'scj':
        if (packet === undefined) break
        this.#send(controlCodes.codeReject, this.#next(), encodeControl(packet).subarray(0, REJECTED))
        break
      case 'tls':
      case 'ser':
        // Nobody waits to be told that it starts; an Echo-Reply was sent by `special`, since LCP alone knows its number.
        break
    }
  }

  #configure(now: number, again: boolean): void {
    // What is sent again keeps its identifier; what has had an answer does not (§ 5.1).
    if (!again || this.#asked.answered) {
      const options = encodeOptions(this.#negotiation.request())
      this.#asked = { identifier: this.#next(), options, answered: false }
    }
    this.#counter--
    this.deadline = now + this.#limits.restart
    this.#send(controlCodes.configureRequest, this.#asked.identifier, this.#asked.options)
  }

  #answer(packet: ControlPacket | undefined, code: number, verdict: Verdict | undefined): void {
    if (packet !== undefined && verdict !== undefined)
      this.#send(code, packet.identifier, encodeOptions(verdict.options))
  }

  #next(): number {
    this.#identifier = (this.#identifier + 1) & 255
    return this.#identifier
  }

  #send(code: number, identifier: number, data: Uint8Array): void {
    this.#host.send({ code, identifier, data })
  }
}

/** Octets of a rejected packet that are sent back: the answer fits into the smallest MRU that is taken (§ 5.6). */
const REJECTED = 128 - controlHeaderSize
