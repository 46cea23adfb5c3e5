/** The one option of IPV6CP that is asked for and taken: the interface identifier (RFC 5072 § 4.1). @module */
import { formatIp } from '@vnet/core'
import type { Negotiation, Verdict } from './negotiation.js'
import { ipv6cpOptions, type PppOption, sameOctets } from './option.js'
import { type Random, randomOctets } from './random.js'

/** The IPv6 of a session, as both sides agreed: link-local addresses; further ones come by other protocols. */
export interface Ipv6Agreement {
  /** Our address, of fe80::/64. */
  readonly local: string
  /** The peer's address; absent where it names none. */
  readonly remote?: string
}

const none = new Uint8Array(8)

/** An identifier by chance: not 0, and marked as nobody's worldwide (the bit 0x02 of the first octet is 0). */
function randomIdentifier(random: Random): Uint8Array {
  const octets = randomOctets(random, 8)
  octets[0] = (octets[0] as number) & ~0x02
  if (sameOctets(octets, none)) octets[7] = 1
  return octets
}

const linkLocal = (identifier: Uint8Array) => formatIp(Uint8Array.of(0xfe, 0x80, 0, 0, 0, 0, 0, 0, ...identifier))

/** The options of IPV6CP. */
export class Ipv6cpNegotiation implements Negotiation {
  readonly #random: Random
  #own: Uint8Array
  #refused = false
  #peer: Uint8Array | undefined

  constructor(random: Random) {
    this.#random = random
    this.#own = randomIdentifier(random)
  }

  reset(): void {
    this.#refused = false
    this.#peer = undefined
  }

  /** What is agreed on. */
  get agreement(): Ipv6Agreement {
    return { local: linkLocal(this.#own), ...(this.#peer === undefined ? {} : { remote: linkLocal(this.#peer) }) }
  }

  request(): readonly PppOption[] {
    return this.#refused ? [] : [{ type: ipv6cpOptions.identifier, value: this.#own }]
  }

  judge(options: readonly PppOption[], mayNak: boolean): Verdict {
    const isIdentifier = ({ type, value }: PppOption) => type === ipv6cpOptions.identifier && value.length === 8
    const rejects = options.filter((option) => !isIdentifier(option))
    const usable = ({ value }: PppOption) => !sameOctets(value, none) && !sameOctets(value, this.#own)
    if (rejects.length === 0 && options.every(usable)) return { answer: 'ack', options }
    if (rejects.length > 0 || !mayNak) return { answer: 'reject', options: rejects.length > 0 ? rejects : options }
    const value = randomIdentifier(this.#random)
    return { answer: 'nak', options: options.map(({ type }) => ({ type, value })) }
  }

  granted(options: readonly PppOption[]): void {
    this.#peer = options.find(({ type }) => type === ipv6cpOptions.identifier)?.value
  }

  naked(options: readonly PppOption[]): void {
    const wish = options.find(({ type, value }) => type === ipv6cpOptions.identifier && value.length === 8)?.value
    // Zero is no wish but a refusal to choose; both then have to be different by chance.
    if (wish !== undefined) this.#own = sameOctets(wish, none) ? randomIdentifier(this.#random) : wish
  }

  rejected(): void {
    this.#refused = true
  }

  lacks(): string | undefined {
    return this.#refused ? 'the peer takes no interface identifier' : undefined
  }
}
