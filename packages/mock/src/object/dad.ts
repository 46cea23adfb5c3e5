/** Duplicate address detection (`addrconf_dad_*` of `net/ipv6/addrconf.c`; RFC 4862 § 5.4). @module */
import type { Kernel } from '../kernel.js'
import { fraction } from '../random.js'
import { type Address6, tellAddress6 } from './address6-entry.js'
import { addHostRoute, addPrefixRoute } from './connected6.js'
import type { Device } from './device.js'
import { addFilter, groupMac } from './filter.js'

/** The MAC of an address's solicited-node group (RFC 4291 § 2.7.1). */
export function solicited(entry: Address6): string {
  const group = Uint8Array.of(0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, ...entry.octets.subarray(13))
  return groupMac(group)
}

/** Begins duplicate address detection, or ends it at once where it has no place (`addrconf_dad_begin`). */
export function startDad(kernel: Kernel, device: Device, entry: Address6): void {
  if (!device.loopback && !device.noArp) addFilter(device, solicited(entry))
  if (device.noArp || device.loopback || entry.noDad || !entry.tentative) {
    dadCompleted(kernel, device, entry)
    return
  }
  if (!device.inet6?.ready) return
  if (entry.optimistic) addHostRoute(kernel, device, entry)
  // A random delay of up to a second, then one probe and a second for the answer (RFC 4862 § 5.4.2).
  entry.dadEnds = kernel.now() + fraction(kernel.random) + 1
  resumeDad(kernel, device, entry)
}

/** Detection once more; an address that passed it is only announced again (`addrconf_dad_run` with `restart`). */
export function repeatDad(kernel: Kernel, device: Device, entry: Address6): void {
  const wait = entry.tentative && !device.noArp ? 1 : 0
  entry.dadEnds = kernel.now() + fraction(kernel.random) + wait
  resumeDad(kernel, device, entry)
}

/** Waits for the end of detection; also after a snapshot was loaded. */
export function resumeDad(kernel: Kernel, device: Device, entry: Address6): void {
  const end = entry.dadEnds
  if (end === undefined) return
  kernel.timers.at(end, () => {
    if (entry.dadEnds !== end || !device.inet6?.addresses.includes(entry)) return
    dadCompleted(kernel, device, entry)
  })
}

function dadCompleted(kernel: Kernel, device: Device, entry: Address6): void {
  entry.dadEnds = undefined
  entry.tentative = false
  entry.optimistic = false
  tellAddress6(kernel, device, entry, 'address set')
  addHostRoute(kernel, device, entry)
  if (entry.peer !== undefined) addPrefixRoute(kernel, device, entry, entry.peer)
}
