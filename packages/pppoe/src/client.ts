/** A PPPoE client as a state machine: frames and packets in, frames and packets out (RFC 2516). @module */
import { isDecodeError } from '@vnet/core'
import { etherTypeAt, etherTypes } from '@vnet/wire'
import type { AuthenticationMethod } from './authentication.js'
import { checkGiven, checkMethods, checkTimes, ipv4Octets, macText, textOf, wholeOf } from './check.js'
import { type DiscoveredSession, DiscoveryClient, type DiscoveryEnd } from './discovery-client.js'
import { decodeSession, encodeSession, pppoeMtu } from './frame.js'
import { earliest, type KeepAlive } from './lcp.js'
import { type AutomatonLimits, automatonLimits } from './negotiation.js'
import { type PppEnd, type PppEvent, PppSession } from './ppp-session.js'
import type { Random } from './random.js'

/** What a client needs to know. */
export interface PppoeClientOptions {
  /** MAC address of the link. */
  readonly mac: string
  /** Chance: {@link secureRandom}, or seeded in tests. */
  readonly random: Random
  /** The service to ask for; any when absent. */
  readonly service?: string
  /** Name of the only concentrator to take; any when absent. */
  readonly concentrator?: string
  /** Name of the user; without it a concentrator that asks is refused. */
  readonly user?: string
  /** The password. */
  readonly password?: string
  /** By what the password may be told, best first; default both, CHAP first. PAP tells it in clear text. */
  readonly methods?: readonly AuthenticationMethod[]
  /** Largest packet to take, octets, 128 to 65,535; beyond 1492 where the concentrator can, too (RFC 4638). Default 1492. */
  readonly mru?: number
  /** Whether to have IPv4. Default `true`. */
  readonly ipv4?: boolean
  /** The IPv4 address to have; the concentrator's choice when absent. */
  readonly address?: string
  /** Whether to have IPv6. Default `true`. */
  readonly ipv6?: boolean
  /** Whether to ask for name servers (RFC 1877). Default `true`. */
  readonly dns?: boolean
  /** Echo-Requests; default every 20 seconds, three without an answer end the session. */
  readonly keepAlive?: KeepAlive
  /** Seconds until a PADI is repeated at first, each time twice as long, and most of them. Default 1 and 5. */
  readonly discovery?: { readonly restart: number; readonly attempts: number }
  /** Times and limits of negotiation. */
  readonly limits?: AutomatonLimits
}

/** Why a connection ended, or never came to be. */
export interface PppoeEnd {
  /** See {@link PppEnd} and {@link DiscoveryEnd}. */
  readonly cause: PppEnd['cause'] | DiscoveryEnd['cause']
  /** In words. */
  readonly text: string
}

/** What happens to a client. */
export type PppoeEvent =
  | Exclude<PppEvent, { kind: 'end' }>
  /** A concentrator has opened a session. */
  | ({ readonly kind: 'session' } & DiscoveredSession)
  /** It is over. */
  | { readonly kind: 'end'; readonly end: PppoeEnd }

/** What a client does to the world around it. */
export interface PppoeClientHost {
  /** Sends a frame out of the link. */
  frame(frame: Uint8Array): void
  /** An IP packet has arrived. */
  packet(packet: Uint8Array): void
  /** Something has happened. */
  event(event: PppoeEvent, now: number): void
}

/** The usual echoes. */
export const keepAliveDefault: KeepAlive = { interval: 20, failures: 3 }

/**
 * A PPPoE client. It reads no clock and no link: time is an argument, frames are given to `receive`, and what it has to say
 * goes to its host. Call `advance` at `deadline`.
 */
export class PppoeClient {
  /** Session frames that made no sense, came from others, or when they should not. */
  discarded = 0
  readonly #host: PppoeClientHost
  readonly #options: PppoeClientOptions
  readonly #mac: string
  readonly #discovery: DiscoveryClient
  #ppp: PppSession | undefined

  /** @throws TypeError · RangeError (`VNET_TYPE`, `VNET_RANGE`) for what is not allowed */
  constructor(host: PppoeClientHost, options: PppoeClientOptions) {
    const { mac, random, service, concentrator, mru = pppoeMtu, ipv4 = true, ipv6 = true } = options
    wholeOf(mru, 128, 0xffff, 'mru')
    textOf(options.user ?? '', 255, 'user')
    textOf(options.password ?? '', 255, 'password')
    if (options.address !== undefined) ipv4Octets(options.address, 'address')
    if (options.methods !== undefined) checkMethods(options.methods)
    checkTimes(options.keepAlive ?? keepAliveDefault, options.limits ?? automatonLimits)
    checkGiven(ipv4 || ipv6, 'ipv6', 'neither IPv4 nor IPv6 is wanted', 'leave out one of the two')
    this.#host = host
    this.#options = options
    this.#mac = macText(mac, 'mac')
    this.#discovery = new DiscoveryClient(
      {
        frame: (frame) => host.frame(frame),
        opened: (session, now) => this.#opened(session, now),
        ended: (end, now) => this.#discoveryEnded(end, now),
      },
      {
        mac,
        random,
        ...(service === undefined ? {} : { service }),
        ...(concentrator === undefined ? {} : { concentrator }),
        ...(mru > pppoeMtu ? { maxPayload: mru } : {}),
        ...options.discovery,
      },
    )
  }

  /** When it wants to be called again, seconds; `undefined` while it waits for nothing. */
  get deadline(): number | undefined {
    return earliest(this.#discovery.deadline, this.#ppp?.deadline)
  }

  /** The session, while there is one. */
  get session(): DiscoveredSession | undefined {
    return this.#discovery.session
  }

  /** Begins to look for a concentrator; again after an end. */
  start(now: number): void {
    this.#discovery.start(now)
  }

  /** Ends: the concentrator is told and asked to agree. The event `end` follows, at the latest after some seconds. */
  close(now: number): void {
    if (this.#ppp !== undefined) this.#ppp.close(now)
    else this.#over({ cause: 'closed', text: 'closed' }, now)
  }

  /** Ends at once: the concentrator gets a PADT, and nobody is waited for. */
  abandon(now: number): void {
    this.#over({ cause: 'closed', text: 'closed' }, now)
  }

  /** Lets time pass up to `now`. */
  advance(now: number): void {
    for (let at = this.deadline; at !== undefined && at <= now; at = this.deadline) {
      this.#discovery.advance(at)
      this.#ppp?.advance(at)
    }
  }

  /** Takes a frame, from its Ethernet header on. What is not PPPoE is left alone. */
  receive(frame: Uint8Array, now: number): void {
    this.advance(now)
    if (frame.length < 14) return
    const type = etherTypeAt(frame, 0)
    if (type === etherTypes.pppoeDiscovery) this.#discovery.receive(frame, now)
    if (type !== etherTypes.pppoeSession) return
    try {
      const { source, destination, value } = decodeSession(frame)
      const { session } = this
      const isOurs = source === session?.mac && destination === this.#mac && value.session === session.session
      if (!isOurs || this.#ppp?.receive(value.protocol, value.information, now) !== true) this.discarded++
    } catch (error) {
      if (!isDecodeError(error)) throw error
      this.discarded++
    }
  }

  /** Sends an IP packet; `false` where its version may not pass now, or it is longer than the concentrator takes. */
  write(packet: Uint8Array): boolean {
    return this.#ppp?.write(packet) ?? false
  }

  #opened(session: DiscoveredSession, now: number): void {
    const { random, user, password = '', methods, limits, keepAlive = keepAliveDefault } = this.#options
    const { ipv4 = true, ipv6 = true, dns = true, address } = this.#options
    const payload = session.maxPayload ?? pppoeMtu
    const { mac: destination, session: number } = session
    this.#host.event({ kind: 'session', ...session }, now)
    this.#ppp = new PppSession(
      {
        send: (protocol, information) => {
          const value = { session: number, protocol, information }
          this.#host.frame(encodeSession({ source: this.#mac, destination, value }))
        },
        packet: (packet) => this.#host.packet(packet),
        event: (event, at) => {
          if (event.kind === 'end') this.#over(event.end, at)
          else this.#host.event(event, at)
        },
      },
      {
        mru: Math.min(this.#options.mru ?? pppoeMtu, payload),
        payload,
        random,
        ...(user === undefined ? {} : { credentials: { user, password } }),
        ...(methods === undefined ? {} : { answers: methods }),
        ipv4: () => (ipv4 ? { askDns: dns, ...(address === undefined ? {} : { local: address }) } : undefined),
        ipv6,
        keepAlive,
        ...(limits === undefined ? {} : { limits }),
      },
    )
    this.#ppp.start(now)
  }

  /** The concentrator ended the session, or there is none: PPP has nothing beneath it. */
  #discoveryEnded(end: DiscoveryEnd, now: number): void {
    const ppp = this.#ppp
    this.#ppp = undefined
    ppp?.abandon(now)
    // Where we were ending it ourselves, the reason is ours.
    this.#host.event({ kind: 'end', end: ppp?.reason ?? end }, now)
  }

  #over(end: PppoeEnd, now: number): void {
    const ppp = this.#ppp
    this.#ppp = undefined
    ppp?.abandon(now)
    this.#discovery.close(end.cause === 'closed' ? '' : end.text)
    this.#host.event({ kind: 'end', end }, now)
  }
}
