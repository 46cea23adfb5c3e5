/** PPP from the first LCP packet to the last: its phases, authentication, and the protocols that carry IP (RFC 1661 § 3). @module */
import { isDecodeError } from '@vnet/core'
import { pppProtocols } from '@vnet/wire'
import type { AuthenticationMethod } from './authentication.js'
import { Authenticator, type Gate } from './authenticator.js'
import { Automaton } from './automaton.js'
import { type ControlPacket, decodeControl, encodeControl } from './control.js'
import { IpcpNegotiation, type Ipv4Agreement, type Ipv4Wishes } from './ipcp-negotiation.js'
import { type Ipv6Agreement, Ipv6cpNegotiation } from './ipv6cp-negotiation.js'
import { earliest, type KeepAlive, Lcp } from './lcp.js'
import { type AutomatonEnd, type AutomatonLimits, automatonLimits, type Negotiation } from './negotiation.js'
import type { Random } from './random.js'
import { type Credentials, Supplicant } from './supplicant.js'

/** Phases of a session (RFC 1661 § 3.2). */
export type PppPhase = 'dead' | 'establish' | 'authenticate' | 'network' | 'terminate'

/** What a session is made of. */
export interface PppOptions {
  /** Largest packet that we take, octets: 1492 on an Ethernet of 1500. */
  readonly mru: number
  /** Largest packet that the line carries at all, octets, whatever the peer takes: 1492 on an Ethernet of 1500. */
  readonly payload: number
  /** Chance, for magic numbers, identifiers and challenges. */
  readonly random: Random
  /** Who we are; without it a peer that asks is refused. */
  readonly credentials?: Credentials
  /** By what we say who we are, best first. */
  readonly answers?: readonly AuthenticationMethod[]
  /** Whom we let in; without it everybody. */
  readonly gate?: Gate
  /** By what the peer is to say who it is, best first. */
  readonly asks?: readonly AuthenticationMethod[]
  /** The IPv4 of the session, once it is known who the peer is; `undefined` has none, a text is why there can be none. */
  ipv4(user: string | undefined, now: number): Ipv4Wishes | string | undefined
  /** Whether the session has IPv6. */
  readonly ipv6: boolean
  /** Echo-Requests. */
  readonly keepAlive: KeepAlive
  /** Times and limits of negotiation. */
  readonly limits?: AutomatonLimits
}

/** Why a session ended. */
export interface PppEnd {
  /**
   * `closed` here, `terminated` by the peer, `no-answer` to requests, `silent`: no echoes any more, `authentication`: one of
   * the two was not let in, `no-agreement` on options, `protocol-rejected`: the peer knows neither IPv4 nor IPv6 as it should.
   */
  readonly cause: AutomatonEnd['cause'] | 'silent' | 'authentication'
  /** In words; of the peer's, what it said. */
  readonly text: string
}

/** What happens to a session. */
export type PppEvent =
  /** The line is up; so many octets may be sent in a packet. */
  | { readonly kind: 'line'; readonly mtu: number }
  /** The peer has been let in, or has let us in; or both, one after the other. */
  | {
      readonly kind: 'authenticated'
      readonly method: AuthenticationMethod
      readonly user: string
      readonly by: 'peer' | 'us'
    }
  /** IPv4 may pass. */
  | { readonly kind: 'ipv4-up'; readonly ipv4: Ipv4Agreement }
  /** IPv6 may pass. */
  | { readonly kind: 'ipv6-up'; readonly ipv6: Ipv6Agreement }
  /** IPv4, or IPv6, may not pass any more; it may come up again. */
  | { readonly kind: 'ipv4-down' | 'ipv6-down' }
  /** The peer has no IPv4, or no IPv6, or not as it should, or the line is too narrow; the session goes on with the other. */
  | { readonly kind: 'ipv4-refused' | 'ipv6-refused'; readonly text: string }
  /** It is over. */
  | { readonly kind: 'end'; readonly end: PppEnd }

/** What a session does to the world around it. */
export interface PppHost {
  /** Sends what a protocol has to say. */
  send(protocol: number, information: Uint8Array): void
  /** An IP packet has arrived. */
  packet(packet: Uint8Array): void
  /** Something has happened. */
  event(event: PppEvent, now: number): void
}

/** The smallest packet that must pass on a link of IPv6, octets (RFC 8200 § 5). */
const IPV6_LEAST = 1280

/** A protocol that carries packets, and the one that negotiates it. */
interface Network {
  readonly name: 'ipv4' | 'ipv6'
  readonly control: number
  readonly automaton: Automaton
  over: boolean
}

/** PPP over anything that carries packets. Time is an argument: call `advance` at `deadline`. */
export class PppSession {
  readonly #host: PppHost
  readonly #options: PppOptions
  readonly #lcp: Lcp
  #phase: PppPhase = 'dead'
  #authenticator: Authenticator | undefined
  #supplicant: Supplicant | undefined
  /** What is still to be let in: the peer, and we. */
  readonly #awaited = new Set<'peer' | 'us'>()
  #user: string | undefined
  #networks: Network[] = []
  /** What ends it for another reason than LCP's own is told once LCP has ended. */
  #reason: PppEnd | undefined

  constructor(host: PppHost, options: PppOptions) {
    this.#host = host
    this.#options = options
    const { mru, payload, random, credentials, gate, keepAlive, limits } = options
    const answers = credentials === undefined ? [] : (options.answers ?? ['chap-md5', 'pap'])
    const asks = gate === undefined ? [] : (options.asks ?? ['chap-md5', 'pap'])
    this.#lcp = new Lcp(
      {
        send: (packet) => this.#send(pppProtocols.lcp, packet),
        up: (now) => this.#established(now),
        down: (now) => this.#lineDown(now),
        finished: (now, end) => this.#finish(now, end),
        protocolRejected: (protocol, now) => this.#networkOf(protocol)?.automaton.protocolRejected(now),
      },
      { mru, payload, answers, asks, random },
      keepAlive,
      limits,
    )
  }

  /** Which phase it is in. */
  get phase(): PppPhase {
    return this.#phase
  }

  /** Why it is being ended here; `undefined` where it is not. */
  get reason(): PppEnd | undefined {
    return this.#reason
  }

  /** When it wants to be called again, seconds. */
  get deadline(): number | undefined {
    if (this.#phase === 'dead') return undefined
    const networks = this.#networks.map(({ automaton }) => automaton.deadline)
    return earliest(this.#lcp.deadline, this.#authenticator?.deadline, this.#supplicant?.deadline, ...networks)
  }

  /** Begins. */
  start(now: number): void {
    this.#phase = 'establish'
    this.#lcp.start(now)
  }

  /** Ends in good order; the event `end` follows when the peer has agreed, or does not answer. */
  close(now: number, text = 'closed'): void {
    this.#close(now, { cause: 'closed', text })
  }

  /** There is nothing beneath any more: IP may not pass, and nobody is told. No event `end` follows. */
  abandon(now: number): void {
    if (this.#phase === 'dead') return
    this.#phase = 'dead'
    this.#lcp.abandon(now)
  }

  /** Lets time pass up to `now`. */
  advance(now: number): void {
    // Each goes on to its own time first, so that what one does at a time is seen by the others at that time.
    for (let at = this.deadline; at !== undefined && at <= now; at = this.deadline) {
      this.#lcp.advance(at)
      this.#authenticator?.advance(at)
      this.#supplicant?.advance(at)
      for (const { automaton } of this.#networks) automaton.advance(at)
    }
  }

  /** Takes what has arrived for a protocol; whether it made sense, and came when it should. */
  receive(protocol: number, information: Uint8Array, now: number): boolean {
    this.advance(now)
    if (this.#phase === 'dead') return false
    try {
      return this.#take(protocol, information, now)
    } catch (error) {
      if (!isDecodeError(error)) throw error
      return false
    }
  }

  /** Sends an IP packet; `false` where its version may not pass, or it is longer than the peer takes. */
  write(packet: Uint8Array): boolean {
    const version = (packet[0] ?? 0) >> 4
    const [name, protocol] =
      version === 6 ? (['ipv6', pppProtocols.ipv6] as const) : (['ipv4', pppProtocols.ipv4] as const)
    if ((version !== 4 && version !== 6) || !this.isOpen(name) || packet.length > this.#lcp.agreement.peerMru)
      return false
    this.#host.send(protocol, packet)
    return true
  }

  /** Whether packets of a version of IP may pass. */
  isOpen(name: 'ipv4' | 'ipv6'): boolean {
    return this.#networks.find((network) => network.name === name)?.automaton.state === 'opened'
  }

  #take(protocol: number, information: Uint8Array, now: number): boolean {
    if (protocol === pppProtocols.lcp)
      return this.#lcp.receive(decodeControl(information, 0, information.length, 'lcp'), now)
    // Nothing but LCP before the line is up, nor when it goes down (§ 3.4, § 3.7).
    if (!this.#lcp.isOpen) return false
    switch (protocol) {
      case pppProtocols.pap:
      case pppProtocols.chap: {
        const method = protocol === pppProtocols.pap ? 'pap' : 'chap-md5'
        const name = method === 'pap' ? 'pap' : 'chap'
        const sides = [this.#authenticator, this.#supplicant].filter((side) => side?.method === method)
        const packet = decodeControl(information, 0, information.length, name)
        for (const side of sides) side?.receive(packet, now)
        return sides.length > 0
      }
      case pppProtocols.ipv4:
      case pppProtocols.ipv6: {
        const isIpv4 = protocol === pppProtocols.ipv4
        const isPacket = (information[0] ?? 0) >> 4 === (isIpv4 ? 4 : 6)
        if (!isPacket || !this.isOpen(isIpv4 ? 'ipv4' : 'ipv6')) return false
        this.#host.packet(information)
        return true
      }
    }
    // No negotiation of networks before it is clear who is there (§ 3.5).
    if (this.#phase !== 'network') return false
    const network = this.#networkOf(protocol)
    if (network === undefined || network.over) {
      this.#lcp.rejectProtocol(protocol, information)
      return true
    }
    return network.automaton.receive(decodeControl(information, 0, information.length, `${network.name}cp`), now)
  }

  #networkOf(protocol: number): Network | undefined {
    return this.#networks.find(({ control }) => control === protocol)
  }

  #established(now: number): void {
    const { peerMru, ask, answer } = this.#lcp.agreement
    this.#phase = 'authenticate'
    this.#host.event({ kind: 'line', mtu: peerMru }, now)
    const { gate, credentials, limits = automatonLimits } = this.#options
    this.#awaited.clear()
    const refused = (text: string, at: number) => this.#close(at, { cause: 'authentication', text })
    if (ask !== undefined && gate !== undefined) {
      const accepted = (user: string, at: number) => {
        this.#user = user
        this.#accepted('peer', ask, user, at)
      }
      const send = (packet: ControlPacket) => this.#send(protocolOf(ask), packet)
      this.#authenticator = new Authenticator(ask, { send, accepted, refused }, gate)
      this.#awaited.add('peer')
    }
    if (answer !== undefined && credentials !== undefined) {
      const accepted = (at: number) => this.#accepted('us', answer, credentials.user, at)
      const send = (packet: ControlPacket) => this.#send(protocolOf(answer), packet)
      const host = { send, accepted, refused }
      this.#supplicant = new Supplicant(answer, host, credentials, limits.restart, limits.maxConfigure)
      this.#awaited.add('us')
    }
    this.#authenticator?.start(now)
    this.#supplicant?.start(now)
    if (this.#awaited.size === 0) this.#openNetworks(now)
  }

  #accepted(who: 'peer' | 'us', method: AuthenticationMethod, user: string, now: number): void {
    this.#host.event({ kind: 'authenticated', method, user, by: who === 'peer' ? 'us' : 'peer' }, now)
    this.#awaited.delete(who)
    if (this.#awaited.size === 0 && this.#phase === 'authenticate') this.#openNetworks(now)
  }

  #openNetworks(now: number): void {
    this.#phase = 'network'
    const wishes = this.#options.ipv4(this.#user, now)
    if (typeof wishes === 'string') {
      this.#close(now, { cause: 'no-agreement', text: wishes })
      return
    }
    if (wishes !== undefined) {
      const negotiation = new IpcpNegotiation(wishes)
      const up = () => ({ kind: 'ipv4-up', ipv4: negotiation.agreement }) as const
      this.#addNetwork('ipv4', pppProtocols.ipcp, negotiation, up)
    }
    const mtu = Math.min(this.#options.mru, this.#lcp.agreement.peerMru)
    if (this.#options.ipv6 && mtu < IPV6_LEAST) {
      this.#host.event({ kind: 'ipv6-refused', text: `IPv6 needs packets of ${IPV6_LEAST} octets, not ${mtu}` }, now)
    } else if (this.#options.ipv6) {
      const negotiation = new Ipv6cpNegotiation(this.#options.random)
      const up = () => ({ kind: 'ipv6-up', ipv6: negotiation.agreement }) as const
      this.#addNetwork('ipv6', pppProtocols.ipv6cp, negotiation, up)
    }
    if (this.#networks.length === 0) this.#close(now, { cause: 'no-agreement', text: 'there is neither IPv4 nor IPv6' })
    for (const { automaton } of this.#networks) {
      automaton.open(now)
      automaton.lowerUp(now)
    }
  }

  #addNetwork(name: Network['name'], control: number, negotiation: Negotiation, up: () => PppEvent): void {
    const automaton = new Automaton(
      {
        send: (packet) => this.#send(control, packet),
        up: (now) => this.#host.event(up(), now),
        down: (now) => this.#host.event({ kind: `${name}-down` }, now),
        finished: (now, end) => this.#networkFinished(network, now, end),
        special: () => false,
      },
      negotiation,
      this.#options.limits,
    )
    const network: Network = { name, control, automaton, over: false }
    this.#networks.push(network)
  }

  /** Without any network left the line is of no use. */
  #networkFinished(network: Network, now: number, end: AutomatonEnd): void {
    if (network.over) return
    network.over = true
    if (this.#phase !== 'network') return
    this.#host.event({ kind: `${network.name}-refused`, text: end.text }, now)
    if (!this.#networks.every(({ over }) => over)) return
    this.#close(now, {
      cause: end.cause === 'closed' ? 'no-agreement' : end.cause,
      text: `${network.name}: ${end.text}`,
    })
  }

  #lineDown(now: number): void {
    this.#authenticator = undefined
    this.#supplicant = undefined
    const networks = this.#networks
    this.#networks = []
    if (this.#phase === 'authenticate' || this.#phase === 'network') this.#phase = 'establish'
    for (const { automaton } of networks) automaton.lowerDown(now)
  }

  #close(now: number, end: PppEnd): void {
    if (this.#phase === 'dead' || this.#phase === 'terminate') return
    this.#reason = end
    this.#phase = 'terminate'
    this.#lcp.close(now, { cause: 'closed', text: end.text })
  }

  #finish(now: number, end: PppEnd): void {
    if (this.#phase === 'dead') return
    this.#phase = 'dead'
    this.#lcp.abandon(now)
    this.#host.event({ kind: 'end', end: this.#reason ?? end }, now)
  }

  #send(protocol: number, packet: ControlPacket): void {
    this.#host.send(protocol, encodeControl(packet))
  }
}

const protocolOf = (method: AuthenticationMethod) => (method === 'pap' ? pppProtocols.pap : pppProtocols.chap)
