/** Which session of a concentrator has which IPv4 address. @module */
import { formatIp, parseIp } from '@vnet/core'
import { AddressPool } from './address-pool.js'
import { checkGiven, ipv4Octets } from './check.js'

/** Where addresses come from. */
export interface AddressSources {
  /** Our own address, which no client gets. */
  readonly local?: string
  /** Addresses for everybody. */
  readonly pool?: { readonly first: string; readonly last: string }
  /** Address of a user. */
  readonly addressOf?: (user: string) => string | undefined
}

/** An address that a session may have, why it can have none, or `undefined` where there are none. */
export type Grant = { readonly address: string; readonly before?: number } | { readonly problem: string } | undefined

/** Addresses of sessions, each of one session: those of users go before those of the pool. */
export class ClientAddresses {
  readonly #sources: AddressSources
  readonly #local: string | undefined
  readonly #pool: AddressPool | undefined
  readonly #held = new Map<number, string>()
  readonly #holders = new Map<string, number>()

  /** @throws TypeError · RangeError (`VNET_TYPE`, `VNET_RANGE`) for what is not allowed */
  constructor(sources: AddressSources) {
    const { local, pool, addressOf } = sources
    this.#sources = sources
    this.#local = local === undefined ? undefined : formatIp(ipv4Octets(local, 'local'))
    this.#pool = pool === undefined ? undefined : new AddressPool(pool.first, pool.last)
    const hasAddresses = pool !== undefined || addressOf !== undefined
    const hint = 'give a pool, or users their addresses'
    checkGiven(local === undefined || hasAddresses, 'local', 'clients have no addresses', hint)
  }

  /**
   * The address of a session; the same again where the line was negotiated anew. A user's own may be held by another
   * session, which is `before` and is to end: a user who is here already, or one whom the pool gave it to.
   */
  grant(session: number, user: string | undefined): Grant {
    if (this.#local === undefined) return undefined
    const own = user === undefined ? undefined : this.#sources.addressOf?.(user)
    if (own !== undefined) return this.#grantOwn(session, own)
    const isFree = (address: string) => address !== this.#local && !this.#holders.has(address)
    const address = this.#held.get(session) ?? this.#pool?.take(isFree)
    if (address === undefined) return this.#pool === undefined ? undefined : { problem: 'there is no free address' }
    this.#hold(session, address)
    return { address }
  }

  /** The address of a session is free again. */
  release(session: number): void {
    const address = this.#held.get(session)
    this.#held.delete(session)
    // It may be another's by now.
    if (address !== undefined && this.#holders.get(address) === session) this.#holders.delete(address)
  }

  /** It comes from outside, and late: what is wrong with it is to end this session alone. */
  #grantOwn(session: number, own: string): Grant {
    const octets = parseIp(own)
    if (octets?.length !== 4) return { problem: `the address of this user is none: ${JSON.stringify(own)}` }
    const address = formatIp(octets)
    if (address === this.#local) return { problem: `the address of this user is ours: ${address}` }
    const holder = this.#holders.get(address)
    this.#hold(session, address)
    return { address, ...(holder === undefined || holder === session ? {} : { before: holder }) }
  }

  #hold(session: number, address: string): void {
    if (this.#held.get(session) !== address) this.release(session)
    this.#held.set(session, address)
    this.#holders.set(address, session)
  }
}
