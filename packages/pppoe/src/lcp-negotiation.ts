/** Which options of LCP are asked for and taken on PPPoE (RFC 1661 § 6, RFC 2516 § 7, RFC 4638). @module */
import { setU16At, setU32At, u16At, u32At } from '@vnet/wire'
import { type AuthenticationMethod, authenticationMethod, authenticationOption } from './authentication.js'
import type { Negotiation, Verdict } from './negotiation.js'
import { lcpOptions, type PppOption } from './option.js'
import { type Random, randomMagic } from './random.js'

/** The smallest MRU that is taken, octets; what must fit is smaller. */
export const leastMru = 128

/** The MRU that a side has which names none (RFC 1661 § 6.1), octets. */
const DEFAULT_MRU = 1500

/** What LCP is to agree on. */
export interface LcpWishes {
  /** Largest packet that we take, octets: 1492 on an Ethernet of 1500. */
  readonly mru: number
  /** Largest packet that the line carries at all, octets: a peer that names no MRU takes 1500, which may not get there. */
  readonly payload: number
  /** By what the peer may ask us to authenticate ourselves, best first; none refuses. */
  readonly answers: readonly AuthenticationMethod[]
  /** By what the peer is to authenticate itself, best first; none lets it in without. */
  readonly asks: readonly AuthenticationMethod[]
  /** Chance, for magic numbers. */
  readonly random: Random
}

/** What LCP has agreed on. */
export interface LcpAgreement {
  /** Largest packet that may be sent, octets. */
  readonly peerMru: number
  /** How we authenticate ourselves to the peer. */
  readonly answer: AuthenticationMethod | undefined
  /** How the peer authenticates itself. */
  readonly ask: AuthenticationMethod | undefined
  /** Our magic number; 0 where the peer wants none. */
  readonly magic: number
}

/** The options of LCP. */
export class LcpNegotiation implements Negotiation {
  readonly #wishes: LcpWishes
  readonly #refused = new Set<number>()
  #magic = 0
  #ask: AuthenticationMethod | undefined
  #asked = new Set<AuthenticationMethod>()
  #mru: number
  #granted: readonly PppOption[] = []
  /** How often the peer's magic number was ours. */
  #echoes = 0

  constructor(wishes: LcpWishes) {
    this.#wishes = wishes
    this.#mru = wishes.mru
    this.reset()
  }

  reset(): void {
    this.#refused.clear()
    this.#granted = []
    this.#magic = randomMagic(this.#wishes.random)
    this.#ask = this.#wishes.asks[0]
    this.#asked = new Set(this.#ask === undefined ? [] : [this.#ask])
    this.#mru = this.#wishes.mru
    this.#echoes = 0
  }

  /** What is agreed on. */
  get agreement(): LcpAgreement {
    const mru = this.#grantedOption(lcpOptions.mru)
    const method = this.#grantedOption(lcpOptions.authentication)
    return {
      peerMru: Math.min(mru === undefined ? DEFAULT_MRU : u16At(mru.value, 0), this.#wishes.payload),
      answer: method === undefined ? undefined : authenticationMethod(method),
      ask: this.#refused.has(lcpOptions.authentication) ? undefined : this.#ask,
      magic: this.#refused.has(lcpOptions.magic) ? 0 : this.#magic,
    }
  }

  request(): readonly PppOption[] {
    const mru = new Uint8Array(2)
    setU16At(mru, 0, this.#mru)
    const magic = new Uint8Array(4)
    setU32At(magic, 0, this.#magic)
    const wanted: PppOption[] = [
      { type: lcpOptions.mru, value: mru },
      ...(this.#ask === undefined ? [] : [authenticationOption(this.#ask)]),
      { type: lcpOptions.magic, value: magic },
    ]
    return wanted.filter(({ type }) => !this.#refused.has(type))
  }

  judge(options: readonly PppOption[], mayNak: boolean): Verdict {
    const naks: PppOption[] = []
    const rejects: PppOption[] = []
    for (const option of options) {
      const better = this.#better(option)
      if (better === undefined) continue
      if (better === 'reject' || !mayNak) rejects.push(option)
      else naks.push(better)
    }
    if (rejects.length > 0) return { answer: 'reject', options: rejects }
    return naks.length > 0 ? { answer: 'nak', options: naks } : { answer: 'ack', options }
  }

  /** Nothing for an option that is fine, what it should be, or that it should not be. */
  #better(option: PppOption): PppOption | 'reject' | undefined {
    const { type, value } = option
    if (type === lcpOptions.mru && value.length === 2) {
      if (u16At(value, 0) >= leastMru) return undefined
      const least = new Uint8Array(2)
      setU16At(least, 0, leastMru)
      return { type, value: least }
    }
    if (type === lcpOptions.magic && value.length === 4) {
      const magic = u32At(value, 0)
      if (magic !== 0 && magic !== this.#magic) return undefined
      if (magic !== 0) this.#echoes++
      const other = new Uint8Array(4)
      setU32At(other, 0, randomMagic(this.#wishes.random))
      return { type, value: other }
    }
    if (type === lcpOptions.authentication) {
      const [best] = this.#wishes.answers
      if (best === undefined) return 'reject'
      const method = authenticationMethod(option)
      return method !== undefined && this.#wishes.answers.includes(method) ? undefined : authenticationOption(best)
    }
    // Compression of fields, and what modems need, must not be on PPPoE (RFC 2516 § 7).
    return 'reject'
  }

  granted(options: readonly PppOption[]): void {
    this.#granted = options
  }

  naked(options: readonly PppOption[]): void {
    for (const option of options) {
      const { type, value } = option
      if (type === lcpOptions.mru && value.length === 2) {
        const size = u16At(value, 0)
        if (size >= leastMru && size <= this.#wishes.mru) this.#mru = size
      } else if (type === lcpOptions.magic) {
        this.#magic = randomMagic(this.#wishes.random)
      } else if (type === lcpOptions.authentication && this.#ask !== undefined) {
        this.#askOtherwise(authenticationMethod(option))
      }
    }
  }

  /** Asks for the method that the peer would like, else for one that it has not been asked for. */
  #askOtherwise(liked: AuthenticationMethod | undefined): void {
    const { asks } = this.#wishes
    const next = liked !== undefined && asks.includes(liked) ? liked : asks.find((method) => !this.#asked.has(method))
    if (next === undefined) return
    this.#ask = next
    this.#asked.add(next)
  }

  rejected(options: readonly PppOption[]): void {
    for (const { type } of options) this.#refused.add(type)
  }

  lacks(): string | undefined {
    if (this.#wishes.asks.length > 0 && this.#refused.has(lcpOptions.authentication)) {
      return 'the peer does not authenticate itself'
    }
    return this.#echoes >= LOOPS ? 'the line leads back to here: the peer has our magic numbers' : undefined
  }

  #grantedOption(type: number): PppOption | undefined {
    return this.#granted.find((option) => option.type === type)
  }
}

/** After so many of our own numbers it is no chance (RFC 1661 § 6.4). */
const LOOPS = 5
