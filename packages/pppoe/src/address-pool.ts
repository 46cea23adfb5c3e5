/** A range of IPv4 addresses that a concentrator gives to its clients. @module */
import { formatIp, wrongArgument } from '@vnet/core'
import { setU32At, u32At } from '@vnet/wire'
import { ipv4Octets } from './check.js'

/** Addresses from the first to the last. */
export class AddressPool {
  readonly #first: number
  readonly #last: number
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

  /** The next address that is free; `undefined` where none is. */
  take(isFree: (address: string) => boolean): string | undefined {
    const octets = new Uint8Array(4)
    for (let left = this.#last - this.#first + 1; left > 0; left--) {
      setU32At(octets, 0, this.#next)
      this.#next = this.#next === this.#last ? this.#first : this.#next + 1
      const address = formatIp(octets)
      if (isFree(address)) return address
    }
    return undefined
  }
}
