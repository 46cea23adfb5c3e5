/** An access concentrator as a state machine: who asks for a session gets one, each with PPP of its own (RFC 2516). @module */
import { isDecodeError } from '@vnet/core'
import { etherTypeAt, etherTypes } from '@vnet/wire'
import type { AuthenticationMethod } from './authentication.js'
import { checkGiven, checkMethods, checkTimes, ipv4Octets, macText, textOf, timeOf, wholeOf } from './check.js'
import { keepAliveDefault, type PppoeEnd, type PppoeEvent } from './client.js'
import { ClientAddresses } from './client-addresses.js'
import { type DiscoveryContent, decodeDiscovery, encodeDiscovery } from './discovery-packet.js'
import { decodeSession, encodeSession, type Framed, pppoeMtu } from './frame.js'
import type { Ipv4Wishes } from './ipcp-negotiation.js'
import { earliest, type KeepAlive } from './lcp.js'
import { hmacMd5 } from './md5.js'
import { type AutomatonLimits, automatonLimits } from './negotiation.js'
import { sameOctets } from './option.js'
import { PppSession } from './ppp-session.js'
import { type Random, randomOctets } from './random.js'
import { brief } from './text.js'

/** What a concentrator needs to know. */
export interface PppoeConcentratorOptions {
  /** MAC address of the link. */
  readonly mac: string
  /** Chance that nobody can foresee: {@link secureRandom}; seeded in tests. */
  readonly random: Random
  /** Its name, which clients are told; at most 255 octets. Default `vnet`. */
  readonly name?: string
  /** Services that it offers; one that is asked for must be among them. The empty text, which is the default, is any. */
  readonly services?: readonly string[]
  /** The password of a user; `undefined` for one that is not known. Without it everybody is let in, and nobody asked. */
  readonly secretOf?: (user: string) => string | undefined
  /** By what clients may say who they are, best first; default both, CHAP first. */
  readonly methods?: readonly AuthenticationMethod[]
  /** Seconds between two challenges of a client that has been let in; default 0: once. CHAP only. */
  readonly rechallenge?: number
  /** Our IPv4 address in every session, with `pool` or `addressOf`; without it there is no IPv4. */
  readonly local?: string
  /** IPv4 addresses for clients. */
  readonly pool?: { readonly first: string; readonly last: string }
  /** Address of a user, before the pool is asked. A session that has it by then, from the pool or by this user, is ended. */
  readonly addressOf?: (user: string) => string | undefined
  /** Name servers to tell clients (RFC 1877), at most two. */
  readonly dns?: readonly string[]
  /** Whether sessions have IPv6. Default `true`. */
  readonly ipv6?: boolean
  /** Largest packet to take, octets; beyond 1492 for clients that can, too (RFC 4638). Default 1492. */
  readonly mru?: number
  /** Most sessions, 1 to 65,534. Default 256. */
  readonly maxSessions?: number
  /** Most sessions of one MAC address, 1 to 65,534, so that no client takes all. Default 16. */
  readonly maxSessionsPerMac?: number
  /** Echo-Requests; default every 20 seconds, three without an answer end the session. */
  readonly keepAlive?: KeepAlive
  /** Times and limits of negotiation. */
  readonly limits?: AutomatonLimits
}

/** What a concentrator does to the world around it. */
export interface PppoeConcentratorHost {
  /** Sends a frame out of the link. */
  frame(frame: Uint8Array): void
  /** An IP packet has arrived in a session. */
  packet(session: number, packet: Uint8Array): void
  /** Something has happened to a session. */
  event(session: number, event: PppoeEvent, now: number): void
}

/** A session that is under way. */
interface Session {
  readonly number: number
  /** MAC address of the client. */
  readonly mac: string
  readonly hostUniq: Uint8Array | undefined
  readonly ppp: PppSession
  /** Its packet that confirmed it, for a client that did not get it. */
  readonly confirmation: DiscoveryContent
  /** Whether the client has said something in it. */
  heard: boolean
}

/** The last number of a session: 0xffff is reserved (RFC 2516 § 4). */
const LAST = 0xfffe

/** Octets of the longest discovery frame: an Ethernet of 1500 carries none that is longer, and wider ones need none. */
const LONGEST = 14 + 1500

/** An access concentrator. It reads no clock and no link, as {@link PppoeClient} does not. Call `advance` at `deadline`. */
export class PppoeConcentrator {
  /** Frames that made no sense, came when they should not, or for which there is no session. */
  discarded = 0
  readonly #host: PppoeConcentratorHost
  readonly #options: PppoeConcentratorOptions
  readonly #mac: string
  readonly #name: string
  readonly #services: readonly string[]
  readonly #addresses: ClientAddresses
  /** By which a cookie is known to be ours. */
  readonly #key: Uint8Array
  readonly #sessions = new Map<number, Session>()
  #last = 0
  #isOpen = true

  /** @throws TypeError · RangeError (`VNET_TYPE`, `VNET_RANGE`) for what is not allowed */
  constructor(host: PppoeConcentratorHost, options: PppoeConcentratorOptions) {
    this.#host = host
    this.#options = options
    this.#mac = macText(options.mac, 'mac')
    this.#name = textOf(options.name ?? 'vnet', 255, 'name')
    this.#services = options.services ?? ['']
    this.#addresses = new ClientAddresses(options)
    this.#key = randomOctets(options.random, 16)
    const { local, dns = [], ipv6 = true } = options
    for (const server of dns) ipv4Octets(server, 'dns')
    checkGiven(dns.length <= 2, 'dns', `${dns.length} name servers, at most two can be told`, 'choose two')
    const needsLocal = options.pool !== undefined || dns.length > 0
    checkGiven(local !== undefined || !needsLocal, 'local', 'there is no IPv4 without it', 'give our address')
    checkGiven(
      local !== undefined || ipv6,
      'ipv6',
      'there is neither IPv4 nor IPv6',
      'give local and pool, or leave it out',
    )
    if (options.methods !== undefined) checkMethods(options.methods)
    if ((options.rechallenge ?? 0) !== 0) timeOf(options.rechallenge ?? 0, 'rechallenge')
    checkTimes(options.keepAlive ?? keepAliveDefault, options.limits ?? automatonLimits)
    wholeOf(options.mru ?? pppoeMtu, 128, 0xffff, 'mru')
    wholeOf(options.maxSessions ?? 1, 1, LAST, 'maxSessions')
    wholeOf(options.maxSessionsPerMac ?? 1, 1, LAST, 'maxSessionsPerMac')
  }

  /** When it wants to be called again, seconds; `undefined` while it waits for nothing. */
  get deadline(): number | undefined {
    return earliest(...[...this.#sessions.values()].map(({ ppp }) => ppp.deadline))
  }

  /** Numbers of the sessions that are under way. */
  get sessions(): readonly number[] {
    return [...this.#sessions.keys()]
  }

  /** Lets time pass up to `now`. */
  advance(now: number): void {
    for (let at = this.deadline; at !== undefined && at <= now; at = this.deadline) {
      for (const { ppp } of [...this.#sessions.values()]) ppp.advance(at)
    }
  }

  /** Takes a frame, from its Ethernet header on. What is not PPPoE is left alone. */
  receive(frame: Uint8Array, now: number): void {
    this.advance(now)
    if (frame.length < 14 || !this.#isOpen) return
    const type = etherTypeAt(frame, 0)
    try {
      // Long ones could not be answered: an answer says what was asked for again.
      if (type === etherTypes.pppoeDiscovery && frame.length > LONGEST) this.discarded++
      else if (type === etherTypes.pppoeDiscovery) this.#discovery(decodeDiscovery(frame), now)
      if (type === etherTypes.pppoeSession) this.#session(frame, now)
    } catch (error) {
      if (!isDecodeError(error)) throw error
      this.discarded++
    }
  }

  /** Sends an IP packet in a session; `false` where it may not pass now, or is longer than the client takes. */
  write(session: number, packet: Uint8Array): boolean {
    return this.#sessions.get(session)?.ppp.write(packet) ?? false
  }

  /** Ends a session in good order, for a reason that the client is told; its event `end` follows. */
  closeSession(session: number, now: number, text?: string): void {
    this.#sessions.get(session)?.ppp.close(now, text)
  }

  /** Ends at once: every client gets a PADT, and new ones no answer. */
  close(now: number): void {
    this.#isOpen = false
    for (const session of [...this.#sessions.values()])
      this.#end(session, { cause: 'closed', text: 'closed' }, now, true)
  }

  #discovery({ source, destination, value }: Framed<DiscoveryContent>, now: number): void {
    if (isGroup(source) || source === this.#mac) return
    if (value.kind === 'PADI' && value.session === 0) this.#solicited(source, value)
    if (destination !== this.#mac) return
    if (value.kind === 'PADR' && value.session === 0) this.#requested(source, value, now)
    if (value.kind !== 'PADT') return
    const session = this.#sessions.get(value.session)
    if (session?.mac !== source) return
    this.#end(session, { cause: 'terminated', text: value.fault?.text || 'the client ended the session' }, now, false)
  }

  /** Whether a service is offered: any is, where the empty text is among them. */
  #offers([service = '']: readonly string[]): boolean {
    return service === '' || this.#services.includes('') || this.#services.includes(service)
  }

  #solicited(mac: string, asked: DiscoveryContent): void {
    if (!this.#offers(asked.services)) return
    const services = [...new Set([...asked.services.slice(0, 1), ...this.#services])]
    this.#send(mac, { kind: 'PADO', session: 0, services, cookie: this.#cookie(mac), ...this.#echoed(asked) })
  }

  #requested(mac: string, asked: DiscoveryContent, now: number): void {
    // Only who has got the PADO has this cookie: nobody takes sessions for others.
    if (asked.cookie === undefined || !sameOctets(asked.cookie, this.#cookie(mac))) return
    const { hostUniq } = asked
    const isSame = (one: Session) => one.mac === mac && !one.heard && sameOctets(one.hostUniq ?? none, hostUniq ?? none)
    const before = [...this.#sessions.values()].find(isSame)
    if (before !== undefined) {
      this.#send(mac, before.confirmation)
      return
    }
    const refuse = (kind: 'service-name' | 'system', text: string) =>
      this.#send(mac, {
        kind: 'PADS',
        session: 0,
        services: [],
        ...this.#echoed(asked),
        fault: { kind, text: brief(text) },
      })
    if (!this.#offers(asked.services)) {
      refuse('service-name', `there is no service ${JSON.stringify(asked.services[0] ?? '')}`)
      return
    }
    if (this.#sessions.size >= (this.#options.maxSessions ?? 256)) {
      refuse('system', 'there are too many sessions')
      return
    }
    const own = [...this.#sessions.values()].filter((session) => session.mac === mac)
    if (own.length >= (this.#options.maxSessionsPerMac ?? 16)) {
      refuse('system', `there are too many sessions of ${mac}`)
      return
    }
    this.#open(mac, asked, now)
  }

  #open(mac: string, asked: DiscoveryContent, now: number): void {
    const number = this.#free()
    const { maxPayload } = this.#payload(asked)
    const services = asked.services.slice(0, 1)
    const confirmation: DiscoveryContent = { kind: 'PADS', session: number, services, ...this.#echoed(asked) }
    const ppp = this.#pppOf(number, mac, maxPayload ?? pppoeMtu)
    const { hostUniq } = asked
    const session: Session = { number, mac, hostUniq, ppp, confirmation, heard: false }
    this.#sessions.set(number, session)
    const content = { session: number, mac, concentrator: this.#name, ...this.#payload(asked) }
    // Before the client hears of it: then it speaks at once.
    this.#host.event(number, { kind: 'session', ...content }, now)
    this.#send(mac, confirmation)
    ppp.start(now)
  }

  #pppOf(number: number, mac: string, payload: number): PppSession {
    const { random, methods, limits = automatonLimits, keepAlive = keepAliveDefault } = this.#options
    const { ipv6 = true, rechallenge: again = 0 } = this.#options
    const { restart, maxConfigure: attempts } = limits
    const secretOf = (user: string) => this.#options.secretOf?.(user)
    const isGuarded = this.#options.secretOf !== undefined
    const gate = { name: this.#name, secretOf, random, restart, attempts, again }
    return new PppSession(
      {
        send: (protocol, information) => {
          const value = { session: number, protocol, information }
          this.#host.frame(encodeSession({ source: this.#mac, destination: mac, value }))
        },
        packet: (packet) => this.#host.packet(number, packet),
        event: (event, at) => {
          const session = this.#sessions.get(number)
          if (event.kind !== 'end') this.#host.event(number, event, at)
          else if (session !== undefined) this.#end(session, event.end, at, true)
        },
      },
      {
        mru: Math.min(this.#options.mru ?? pppoeMtu, payload),
        payload,
        random,
        ...(isGuarded ? { gate } : {}),
        ...(methods === undefined ? {} : { asks: methods }),
        ipv4: (user, at) => this.#ipv4(number, user, at),
        ipv6,
        keepAlive,
        limits,
      },
    )
  }

  /** Addresses of a session. */
  #ipv4(number: number, user: string | undefined, now: number): Ipv4Wishes | string | undefined {
    const { local, dns = [] } = this.#options
    const grant = this.#addresses.grant(number, user)
    if (local === undefined || grant === undefined) return undefined
    if ('problem' in grant) return grant.problem
    const before = this.#sessions.get(grant.before ?? 0)
    const text = `its address ${grant.address} is given to session ${number}`
    if (before !== undefined) this.#end(before, { cause: 'closed', text }, now, true)
    return { local, remote: grant.address, dns }
  }

  #session(frame: Uint8Array, now: number): void {
    const { source, destination, value } = decodeSession(frame)
    if (destination !== this.#mac || isGroup(source) || source === this.#mac) return
    const session = this.#sessions.get(value.session)
    if (session?.mac === source) {
      session.heard = true
      if (!session.ppp.receive(value.protocol, value.information, now)) this.discarded++
      return
    }
    this.discarded++
    // A client that believes in a session of before is to look for a new one, and not to wait for its echoes.
    this.#send(source, { kind: 'PADT', session: value.session, services: [] })
  }

  #end(session: Session, end: PppoeEnd, now: number, tell: boolean): void {
    if (!this.#sessions.delete(session.number)) return
    session.ppp.abandon(now)
    this.#addresses.release(session.number)
    if (tell) {
      const fault = end.text === 'closed' ? {} : { fault: { kind: 'generic', text: brief(end.text) } as const }
      this.#send(session.mac, { kind: 'PADT', session: session.number, services: [], ...fault })
    }
    this.#host.event(session.number, { kind: 'end', end: session.ppp.reason ?? end }, now)
  }

  /** The next number that is free: one of an old session is not soon that of a new one. */
  #free(): number {
    do this.#last = this.#last >= LAST ? 1 : this.#last + 1
    while (this.#sessions.has(this.#last))
    return this.#last
  }

  #cookie(mac: string): Uint8Array {
    return hmacMd5(this.#key, new TextEncoder().encode(mac))
  }

  /** What every answer has: our name, and what the client and the relays on the way know theirs by. */
  #echoed(asked: DiscoveryContent): Partial<DiscoveryContent> {
    const { hostUniq, relay } = asked
    return {
      concentrator: this.#name,
      ...(hostUniq === undefined ? {} : { hostUniq }),
      ...(relay === undefined ? {} : { relay }),
      ...this.#payload(asked),
    }
  }

  /** Largest payload, where both can do more than the usual; a tag that says less is as none (RFC 4638). */
  #payload({ maxPayload = pppoeMtu }: DiscoveryContent): { readonly maxPayload?: number } {
    const most = Math.min(maxPayload, this.#options.mru ?? pppoeMtu)
    return most > pppoeMtu ? { maxPayload: most } : {}
  }

  #send(destination: string, value: DiscoveryContent): void {
    this.#host.frame(encodeDiscovery({ source: this.#mac, destination, value }))
  }
}

const none = new Uint8Array(0)

/** Whether a MAC address is one of many: nobody sends from it, and an answer would go to all. */
const isGroup = (mac: string) => (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1
