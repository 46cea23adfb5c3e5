/** The discovery stage of a client: PADI, PADO, PADR, PADS, and PADT in the end (RFC 2516 § 5). @module */
import { isDecodeError } from '@vnet/core'
import { macText, timeOf, wholeOf } from './check.js'
import { type DiscoveryContent, decodeDiscovery, encodeDiscovery } from './discovery-packet.js'
import { pppoeMtu } from './frame.js'
import { sameOctets } from './option.js'
import { type Random, randomOctets } from './random.js'
import { brief } from './text.js'

/** What a client looks for. */
export interface DiscoveryWishes {
  /** MAC address of the client's link. */
  readonly mac: string
  /** Chance, by which it knows its own answers. */
  readonly random: Random
  /** The service to ask for; any when absent. */
  readonly service?: string
  /** Name of the only concentrator to take; any when absent. */
  readonly concentrator?: string
  /** Largest PPP payload to ask for beyond 1492, octets (RFC 4638). */
  readonly maxPayload?: number
  /** Seconds until what was sent is repeated; each further time is twice as long, up to a minute. Default 1. */
  readonly restart?: number
  /** Most PADI. Default 5: then half a minute has passed. */
  readonly attempts?: number
}

/** A session that a concentrator has opened. */
export interface DiscoveredSession {
  /** Its number. */
  readonly session: number
  /** MAC address of the concentrator. */
  readonly mac: string
  /** Name of the concentrator. */
  readonly concentrator: string
  /** Largest PPP payload beyond 1492 that both can do; absent where they can not. */
  readonly maxPayload?: number
}

/** Why there is no session. */
export interface DiscoveryEnd {
  /** No offer that fits, a refusal, or a PADT in the session. */
  readonly cause: 'no-offer' | 'refused' | 'terminated'
  /** In words; of the concentrator's, what it said. */
  readonly text: string
}

/** What discovery does to the world around it. */
export interface DiscoveryHost {
  /** Sends a frame. */
  frame(frame: Uint8Array): void
  /** There is a session. */
  opened(session: DiscoveredSession, now: number): void
  /** There is none, or none any more. */
  ended(end: DiscoveryEnd, now: number): void
}

const broadcast = 'ff:ff:ff:ff:ff:ff'

/** PADR that are sent to one concentrator before others are looked for. */
const REQUESTS = 3

/** Seconds; who is switched on again is found within this time. */
const LONGEST_WAIT = 60

/** The discovery stage of one client. */
export class DiscoveryClient {
  /** When it wants to be called again, seconds. */
  deadline: number | undefined
  readonly #host: DiscoveryHost
  readonly #wishes: DiscoveryWishes
  readonly #mac: string
  readonly #hostUniq: Uint8Array
  #state: 'idle' | 'soliciting' | 'requesting' | 'session' = 'idle'
  #wait = 0
  #solicitations = 0
  #requests = 0
  #offer: { readonly mac: string; readonly content: DiscoveryContent } | undefined
  #session: DiscoveredSession | undefined
  /** Offers that did not fit, for the message. */
  readonly #unfit = new Set<string>()

  /** @throws TypeError · RangeError (`VNET_TYPE`, `VNET_RANGE`) for what is not allowed */
  constructor(host: DiscoveryHost, wishes: DiscoveryWishes) {
    this.#host = host
    this.#wishes = wishes
    this.#mac = macText(wishes.mac, 'mac')
    timeOf(wishes.restart ?? 1, 'discovery.restart')
    wholeOf(wishes.attempts ?? 5, 1, 1000, 'discovery.attempts')
    this.#hostUniq = randomOctets(wishes.random, 8)
  }

  /** The session, while there is one. */
  get session(): DiscoveredSession | undefined {
    return this.#session
  }

  /** Begins to look for a concentrator. */
  start(now: number): void {
    if (this.#state !== 'idle') return
    this.#solicitations = 0
    this.#unfit.clear()
    this.#solicit(now, this.#wishes.restart ?? 1)
  }

  /** Ends: a session by PADT. Nobody answers to that. */
  close(text = ''): void {
    const { session } = this
    if (session !== undefined) {
      const fault = text === '' ? {} : { fault: { kind: 'generic', text: brief(text) } as const }
      this.#send(session.mac, { kind: 'PADT', session: session.session, services: [], ...this.#own(), ...fault })
    }
    this.#reset()
  }

  /** Lets time pass up to `now`. */
  advance(now: number): void {
    while (this.deadline !== undefined && this.deadline <= now) {
      const at = this.deadline
      const wait = Math.max(this.#wait, Math.min(this.#wait * 2, LONGEST_WAIT))
      if (this.#state === 'requesting' && this.#requests < REQUESTS) this.#request(at, wait)
      else if (this.#solicitations < (this.#wishes.attempts ?? 5)) this.#solicit(at, wait)
      else this.#end({ cause: 'no-offer', text: this.#silence() }, at)
    }
  }

  /** Takes a frame of the discovery stage; whether it was for this client and made sense. */
  receive(frame: Uint8Array, now: number): boolean {
    this.advance(now)
    try {
      const { source, destination, value } = decodeDiscovery(frame)
      if (destination !== this.#mac) return false
      return this.#take(source, value, now)
    } catch (error) {
      if (isDecodeError(error)) return false
      throw error
    }
  }

  #take(source: string, content: DiscoveryContent, now: number): boolean {
    const { kind, session, hostUniq } = content
    if (kind === 'PADT') {
      if (session === 0 || session !== this.#session?.session || source !== this.#session.mac) return false
      this.#end({ cause: 'terminated', text: content.fault?.text ?? 'the concentrator ended the session' }, now)
      return true
    }
    // Others on the same link get answers, too.
    if (hostUniq === undefined || !sameOctets(hostUniq, this.#hostUniq)) return false
    if (kind === 'PADO' && this.#state === 'soliciting') return this.#offered(source, content, now)
    if (kind === 'PADS' && this.#state === 'requesting' && source === this.#offer?.mac) {
      this.#confirmed(source, content, now)
      return true
    }
    return false
  }

  #offered(source: string, content: DiscoveryContent, now: number): boolean {
    const { concentrator: name = '', services, fault } = content
    const { service, concentrator } = this.#wishes
    const fits = fault === undefined && (concentrator === undefined || concentrator === name)
    if (!fits || (service !== undefined && service !== '' && !services.includes(service))) {
      const offered = fault?.text ?? services.map((one) => JSON.stringify(one)).join(', ')
      if (this.#unfit.size < 8) this.#unfit.add(brief(`${name} (${offered})`))
      return true
    }
    this.#offer = { mac: source, content }
    this.#state = 'requesting'
    this.#requests = 0
    this.#request(now, this.#wishes.restart ?? 1)
    return true
  }

  #confirmed(mac: string, { session, fault, maxPayload }: DiscoveryContent, now: number): void {
    if (fault !== undefined || session === 0) {
      this.#end(
        { cause: 'refused', text: fault?.text || `the concentrator refused (${fault?.kind ?? 'no session'})` },
        now,
      )
      return
    }
    const concentrator = this.#offer?.content.concentrator ?? ''
    const asked = this.#wishes.maxPayload
    // One of 1492 or less is as none (RFC 4638).
    const payload = Math.min(asked ?? pppoeMtu, maxPayload ?? pppoeMtu)
    this.#session = { session, mac, concentrator, ...(payload > pppoeMtu ? { maxPayload: payload } : {}) }
    this.#state = 'session'
    this.deadline = undefined
    this.#host.opened(this.#session, now)
  }

  #solicit(now: number, wait: number): void {
    this.#state = 'soliciting'
    this.#offer = undefined
    this.#solicitations++
    this.#wait = wait
    this.deadline = now + wait
    this.#send(broadcast, { kind: 'PADI', ...this.#asking() })
  }

  #request(now: number, wait: number): void {
    if (this.#offer === undefined) return
    this.#requests++
    this.#wait = wait
    this.deadline = now + wait
    this.#send(this.#offer.mac, { kind: 'PADR', ...this.#asking(), ...this.#echoed() })
  }

  #asking(): Omit<DiscoveryContent, 'kind'> {
    const { service = '', maxPayload } = this.#wishes
    const payload = maxPayload === undefined ? {} : { maxPayload }
    return { session: 0, services: [service], ...this.#own(), ...payload }
  }

  #own(): { readonly hostUniq: Uint8Array; readonly cookie?: Uint8Array; readonly relay?: Uint8Array } {
    return { hostUniq: this.#hostUniq, ...this.#echoed() }
  }

  /** What the concentrator, and relays on the way to it, want to see again. */
  #echoed(): { readonly cookie?: Uint8Array; readonly relay?: Uint8Array } {
    const { cookie, relay } = this.#offer?.content ?? {}
    return { ...(cookie === undefined ? {} : { cookie }), ...(relay === undefined ? {} : { relay }) }
  }

  #silence(): string {
    if (this.#unfit.size > 0) return `there were offers, but none that fits: ${[...this.#unfit].join('; ')}`
    if (this.#requests > 0) return 'a concentrator made an offer, but does not confirm it'
    return `no concentrator answered ${this.#solicitations} PADI`
  }

  #end(end: DiscoveryEnd, now: number): void {
    this.#reset()
    this.#host.ended(end, now)
  }

  #reset(): void {
    this.#state = 'idle'
    this.deadline = undefined
    this.#offer = undefined
    this.#session = undefined
    this.#requests = 0
  }

  #send(destination: string, value: DiscoveryContent): void {
    this.#host.frame(encodeDiscovery({ source: this.#mac, destination, value }))
  }
}
