/** Which links of a namespace have an address: of IPv4 any, of IPv6 those that reach beyond the link. @module */
import { isLinkLocal, keyOf, sameOctets } from '../bits.js'
import type { Device } from './device.js'
import { emptyList } from './empty.js'
import { type Few, sizeOf, withOne, withoutOne } from './few.js'

/** Every link has a link-local address of its own, and mostly it is asked for by link; so those have no place here. */
export class AddressOwners {
  readonly #byKey = new Map<string, Few<Device>>()

  /** A link has an address now. */
  enter(device: Device, octets: Uint8Array): void {
    if (isLinkLocal(octets)) return
    const key = keyOf(octets, octets.length * 8)
    const there = this.#byKey.get(key) ?? emptyList
    if (![...there].includes(device)) this.#byKey.set(key, withOne(there, device))
  }

  /** It has it no longer, or has it once less. */
  leave(device: Device, octets: Uint8Array): void {
    const key = keyOf(octets, octets.length * 8)
    const there = this.#byKey.get(key)
    if (there === undefined || hasAddress(device, octets)) return
    const left = withoutOne(there, device)
    if (sizeOf(left) === 0) this.#byKey.delete(key)
    else this.#byKey.set(key, left)
  }

  /** All addresses of a link that was made without telling of each. */
  enterAll(device: Device): void {
    for (const { local } of device.addresses4) this.enter(device, local)
    for (const { octets } of device.inet6?.addresses ?? []) this.enter(device, octets)
  }

  /** The links that have an address; of a link-local one those of `links` are looked through. */
  of(octets: Uint8Array, links: Iterable<Device>): Iterable<Device> {
    if (isLinkLocal(octets)) return [...links].filter((device) => hasAddress(device, octets))
    return this.#byKey.get(keyOf(octets, octets.length * 8)) ?? emptyList
  }

  /** The one of `links` that comes first of those that have an address. */
  first(octets: Uint8Array, links: Iterable<Device>): Device | undefined {
    const [one, other] = this.of(octets, links)
    if (other === undefined) return one
    for (const device of links) if (hasAddress(device, octets)) return device
    return undefined
  }
}

/** Whether a link has an address. */
export function hasAddress(device: Device, octets: Uint8Array): boolean {
  if (octets.length === 4) return device.addresses4.some(({ local }) => sameOctets(local, octets))
  return device.inet6?.addresses.some((entry) => sameOctets(entry.octets, octets)) === true
}
