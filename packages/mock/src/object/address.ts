/** `address add`, `set`, `delete` and `list`, for both versions of IP. @module */
import type { Address, AddressFilter, CleanAddressKey, CleanAddressSpec } from '@vnet/core'
import type { Kernel } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import { deleteAddress4, describeAddress4, setAddress4 } from './address4.js'
import { deleteAddress6, setAddress6 } from './address6.js'
import { describeAddress6 } from './address6-entry.js'
import { linkOf } from './lookup.js'
import { scopeNumber } from './scope.js'

/** Adds an address, or makes or changes it. */
export function setAddress(kernel: Kernel, namespace: Namespace, spec: CleanAddressSpec, replace: boolean): undefined {
  const device = linkOf(namespace, spec.link)
  const set = spec.address.octets.length === 4 ? setAddress4 : setAddress6
  set(kernel, device, spec, replace)
}

/** Removes an address. */
export function deleteAddress(kernel: Kernel, namespace: Namespace, key: CleanAddressKey): undefined {
  const device = linkOf(namespace, key.link)
  const remove = key.address.octets.length === 4 ? deleteAddress4 : deleteAddress6
  remove(kernel, device, key)
}

/** The addresses that match: IPv4 before IPv6, links by index. */
export function listAddresses(kernel: Kernel, namespace: Namespace, filter: AddressFilter): Address[] {
  const devices = filter.link === undefined ? namespace.sorted() : [linkOf(namespace, filter.link)]
  const now = kernel.now()
  const found: Address[] = []
  for (const device of devices) {
    if (filter.family === 6) break
    for (const entry of device.addresses4) found.push(describeAddress4(device, entry, now))
  }
  for (const device of devices) {
    if (filter.family === 4) break
    for (const entry of device.inet6?.addresses ?? []) found.push(describeAddress6(device, entry, now))
  }
  return found.filter((address) => {
    if (filter.label !== undefined && address.label !== filter.label) return false
    return filter.scope === undefined || scopeNumber(address.scope) === scopeNumber(filter.scope)
  })
}
