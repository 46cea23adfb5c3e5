/** IPv4 addresses that a concentrator gives to its clients. @module */
import { formatIp, wrongArgument } from '@vnet/core'
import { setU32At, u32At } from '@vnet/wire'
import { ipv4Octets } from './check.js'

/** Addresses from the first to the last, each at most once. */
export class AddressPool {
  readonly #first: number
  readonly #last: number
  readonly #taken = new Set<number>()
  /** Where the search goes on: an address that was given back is the last to be given again. */
  #next: number

  /** @throws TypeError text that is no IPv4 address · RangeError a last one before the first */
  constructor(first: string, last: string) {
    this.#first = u32At(ipv4Octets(first, 'pool.first'), 0)
    this.#last = u32At(ipv4Octets(last, 'pool.last'), 0)
    this.#next = this.#first
    if (this.#last >= this.#first) return
    throw wrongArgument('VNET_RANGE', 'pppoe', 'pool.last', `${last} is before ${first}`, 'exchange the two')
  }

  /** A free address but the one given; `undefined` where there is none. */
  take(except?: string): string | undefined {
    const size = this.#last - this.#first + 1
    const own = except === undefined ? undefined : u32At(ipv4Octets(except, 'local'), 0)
    for (let tried = 0; tried < size && this.#taken.size < size; tried++) {
      const number = this.#next
      this.#next = number === this.#last ? this.#first : number + 1
      if (this.#taken.has(number) || number === own) continue
      this.#taken.add(number)
      const octets = new Uint8Array(4)
      setU32At(octets, 0, number)
      return formatIp(octets)
    }
    return undefined
  }

  /** Takes a certain address, where it is one of these and free; whether it was. */
  reserve(address: string): boolean {
    const number = u32At(ipv4Octets(address, 'address'), 0)
    if (number < this.#first || number > this.#last || this.#taken.has(number)) return false
    this.#taken.add(number)
    return true
  }

  /** Gives an address back. */
  release(address: string): void {
    this.#taken.delete(u32At(ipv4Octets(address, 'address'), 0))
  }
}
