/** A small pool of IPv4 addresses: hands out the lowest free one of a network. @module */
import { formatIp, formatPrefix, networkOf, type Prefix, parsePrefix, VnetError } from '@vnet/core'

/** Hands out addresses of a network, never its own address, its broadcast address, or one that is in use. */
export class AddressPool {
  /** Bits of the network part. */
  readonly length: number
  private readonly network: Prefix
  private readonly used: Set<string>

  /** Begins with the addresses that are in use, the gateway among them. */
  constructor(network: string, used: Iterable<string>) {
    const prefix = parsePrefix(network)
    if (prefix === undefined || prefix.octets.length !== 4) throw new TypeError(`${network} is no IPv4 network`)
    this.network = networkOf(prefix)
    this.length = prefix.length
    this.used = new Set(used)
  }

  /** The lowest free address. Throws `ENOSPC` when there is none. */
  take(): string {
    const first = toNumber(this.network.octets)
    const last = first + 2 ** (32 - this.length) - 1
    for (let number = first + 1; number < last; number++) {
      const address = formatIp(toOctets(number))
      if (this.used.has(address)) continue
      this.used.add(address)
      return address
    }
    throw new VnetError({
      code: 'ENOSPC',
      operation: 'demo',
      subject: formatPrefix(this.network),
      detail: 'every address of the network is in use',
    })
  }
}

function toNumber(octets: Uint8Array): number {
  return octets.reduce((number, octet) => number * 256 + octet, 0)
}

function toOctets(number: number): Uint8Array {
  return Uint8Array.of(number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255)
}
