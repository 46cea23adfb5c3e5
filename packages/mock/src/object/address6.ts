/** IPv6 addresses of links (`net/ipv6/addrconf.c`). @module */
import { type CleanAddressKey, type CleanAddressSpec, isMulticastIp } from '@vnet/core'
import { isLinkLocal, isLoopback, isZero, sameOctets } from '../bits.js'
import type { Kernel } from '../kernel.js'
import { endMasquerades } from '../nat/masquerade.js'
import { refuse } from '../refusal.js'
import { solicitedGroup } from '../stack/solicited-group.js'
import { type Address6, isPermanent, tellAddress6 } from './address6-entry.js'
import {
  addGroupRoute,
  addHostRoute,
  addPrefixRoute,
  dropHostRoute,
  dropPeerRoute,
  dropPrefixRoute,
  restorePrefixRoute,
} from './connected6.js'
import { startDad } from './dad.js'
import type { Device, Inet6 } from './device.js'
import { forgetSource6 } from './fib6.js'
import { refuseShared } from './ipvlan-address.js'
import { deprecatedAt, endless, type Lifetime, lifetimeOf, removedAt } from './lifetime.js'
import { groupsUp, joinGroup, leaveGroup } from './membership.js'
import { scopeNumber } from './scope.js'

/** How far an address reaches (`ipv6_addr_scope`). */
function scopeOf(octets: Uint8Array): number {
  if (isLoopback(octets)) return scopeNumber('host')
  if (isLinkLocal(octets)) return scopeNumber('link')
  const site = octets[0] === 0xfe && ((octets[1] as number) & 0xc0) === 0xc0
  return scopeNumber(site ? 'site' : 'global')
}

/** Adds an address, or changes one that is there when `replace`. */
export function setAddress6(kernel: Kernel, device: Device, spec: CleanAddressSpec, replace: boolean): void {
  if (spec.noDad && spec.optimistic) {
    refuse('EINVAL', 'ipv6: IFA_F_NODAD and IFA_F_OPTIMISTIC are mutually exclusive', { attribute: 'spec.optimistic' })
  }
  const inet6 =
    device.inet6 ?? refuse('EINVAL', undefined, { attribute: 'spec.link', hint: 'IPv6 needs an MTU of 1280' })
  if (inet6.conf.disable_ipv6) refuse('EACCES', 'ipv6: IPv6 is disabled on this device', { attribute: 'spec.link' })
  // Whoever asks for an address has the groups told again (`ipv6_find_idev`).
  if (device.up) groupsUp(kernel, device, 6)
  const existing = inet6.addresses.find((entry) => sameOctets(entry.octets, spec.address.octets))
  if (existing !== undefined && !replace) {
    refuse('EEXIST', 'ipv6: address already assigned', { attribute: 'spec.address' })
  }
  const lifetime = lifetimeOf(spec, kernel.now(), existing ? undefined : 'ipv6: address lifetime invalid')
  const peer = spec.peer !== undefined && !sameOctets(spec.peer.octets, spec.address.octets) ? spec.peer : undefined
  const length = (peer ?? spec.address).length
  if (spec.manageTemporary && length !== 64) {
    refuse('EINVAL', 'ipv6: address with "mngtmpaddr" flag must have a prefix length of 64', {
      attribute: 'spec.manageTemporary',
    })
  }
  if (existing !== undefined) {
    modify(kernel, device, existing, spec, lifetime)
    return
  }
  if (!device.loopback) addGroupRoute(kernel, device)
  const { octets } = spec.address
  const refused = isZero(octets)
    ? 'Invalid address'
    : isMulticastIp(octets) && !spec.autoJoin
      ? 'Cannot assign multicast address without "IFA_F_MCAUTOJOIN" flag'
      : isLoopback(octets) && !device.loopback
        ? 'Cannot assign loopback address on this device'
        : undefined
  if (refused !== undefined) refuse('EADDRNOTAVAIL', `ipv6: ${refused}`, { attribute: 'spec.address' })
  refuseShared(device, octets)
  if (spec.autoJoin) {
    if (!isMulticastIp(octets)) refuse('EINVAL', 'ipv6: Multicast auto join failed', { attribute: 'spec.autoJoin' })
    joinGroup(kernel, device, octets)
  }
  const entry = newAddress(octets, length, lifetime, {
    tentative: !spec.noDad,
    // `optimistic` is not taken from requests unless `optimistic_dad` is switched on.
    ...(peer === undefined ? {} : { peer: peer.octets }),
    ...(spec.noDad ? { noDad: true } : {}),
    ...(spec.homeAddress ? { homeAddress: true } : {}),
    ...(spec.manageTemporary ? { manageTemporary: true } : {}),
    ...(spec.noPrefixRoute ? { noPrefixRoute: true } : {}),
    ...(spec.autoJoin ? { autoJoin: true } : {}),
    ...(spec.metric ? { metric: spec.metric } : {}),
  })
  link(device, inet6, entry)
  if (!entry.noPrefixRoute) addPrefixRoute(kernel, device, entry)
  if (!entry.optimistic && !entry.noDad) tellAddress6(kernel, device, entry, 'address set')
  startDad(kernel, device, entry)
  watchLifetime6(kernel, device, entry)
}

/** An address that is on no link yet. */
export function newAddress(octets: Uint8Array, length: number, lifetime: Lifetime, more: Partial<Address6>): Address6 {
  return {
    octets,
    length,
    scope: scopeOf(octets),
    lifetime,
    tentative: true,
    protocol: undefined,
    dadNext: undefined,
    dadProbes: 0,
    dadNonce: undefined,
    joined: false,
    ...(lifetime.preferred === 0 ? { deprecated: true } : {}),
    ...more,
  }
}

/** In order of reach, the latest first of those that reach as far. */
export function link(device: Device, inet6: Inet6, entry: Address6): void {
  const index = inet6.addresses.findIndex((other) => entry.scope <= other.scope)
  inet6.addresses = inet6.addresses.toSpliced(index === -1 ? inet6.addresses.length : index, 0, entry)
  device.namespace.owners.enter(device, entry.octets)
}

/** An address that the kernel makes itself. */
export function addOwnAddress(
  kernel: Kernel,
  device: Device,
  octets: Uint8Array,
  length: number,
  more: Partial<Address6>,
): void {
  const inet6 = device.inet6
  if (inet6 === undefined || inet6.addresses.some((entry) => sameOctets(entry.octets, octets))) return
  const entry = newAddress(octets, length, endless, more)
  link(device, inet6, entry)
  if (device.loopback) {
    entry.tentative = false
    tellAddress6(kernel, device, entry, 'address set')
    addHostRoute(kernel, device, entry)
    return
  }
  addPrefixRoute(kernel, device, entry)
  startDad(kernel, device, entry)
}

/** `inet6_addr_modify`. */
function modify(kernel: Kernel, device: Device, entry: Address6, spec: CleanAddressSpec, lifetime: Lifetime): void {
  const hadRoute = entry.lifetime.valid === Number.POSITIVE_INFINITY && !entry.noPrefixRoute
  entry.lifetime = lifetime
  entry.deprecated = lifetime.preferred === 0
  entry.noDad = spec.noDad ?? false
  entry.homeAddress = spec.homeAddress ?? false
  entry.manageTemporary = spec.manageTemporary ?? false
  entry.noPrefixRoute = spec.noPrefixRoute ?? false
  if (spec.metric !== undefined && spec.metric !== 0) entry.metric = spec.metric
  if (spec.peer !== undefined && !sameOctets(spec.peer.octets, entry.octets)) entry.peer = spec.peer.octets
  if (!entry.tentative) tellAddress6(kernel, device, entry, 'address set')
  if (!entry.noPrefixRoute) restorePrefixRoute(kernel, device, entry, hadRoute)
  else if (hadRoute) dropPrefixRoute(kernel, device, entry)
  watchLifetime6(kernel, device, entry)
}

/** Removes an address. */
export function deleteAddress6(kernel: Kernel, device: Device, key: CleanAddressKey): void {
  // An MTU below that of IPv6 has ended it.
  if (device.inet6 === undefined) refuse('ENXIO', 'ipv6: IPv6 is disabled on this device', { attribute: 'spec.link' })
  const length = (key.peer ?? key.address).length
  const entry = device.inet6.addresses.find(
    (other) => other.length === length && sameOctets(other.octets, key.address.octets),
  )
  if (entry === undefined) refuse('EADDRNOTAVAIL', 'ipv6: address not found', { attribute: 'spec.address' })
  remove(kernel, device, entry)
}

/** Takes an address off a link (`ipv6_del_addr`). */
export function remove(kernel: Kernel, device: Device, entry: Address6): void {
  const inet6 = device.inet6 as Inet6
  inet6.addresses = inet6.addresses.filter((other) => other !== entry)
  device.namespace.owners.leave(device, entry.octets)
  forget(kernel, device, entry)
  if (isMulticastIp(entry.octets)) leaveGroup(kernel, device, entry.octets)
  if (isPermanent(entry) && !entry.noPrefixRoute) dropPrefixRoute(kernel, device, entry)
  forgetSource6(device.namespace, entry.octets)
}

/** Takes back what an address brought about (`__ipv6_ifa_notify(RTM_DELADDR)`). */
export function forget(kernel: Kernel, device: Device, entry: Address6): void {
  stopTimer(kernel, entry)
  entry.dadNext = undefined
  tellAddress6(kernel, device, entry, 'address delete')
  endMasquerades(kernel, device, entry.octets)
  if (entry.joined) leaveGroup(kernel, device, solicitedGroup(entry.octets))
  entry.joined = false
  if (entry.peer !== undefined) dropPeerRoute(kernel, device, entry)
  dropHostRoute(kernel, device, entry)
}

function stopTimer(kernel: Kernel, entry: Address6): void {
  if (entry.timer === undefined) return
  kernel.timers.cancel(entry.timer)
  entry.timer = undefined
}

/** Waits for the end of the lifetimes; also after a snapshot was loaded. */
export function watchLifetime6(kernel: Kernel, device: Device, entry: Address6): void {
  stopTimer(kernel, entry)
  const { lifetime } = entry
  const next = entry.deprecated ? removedAt(lifetime) : Math.min(removedAt(lifetime), deprecatedAt(lifetime))
  if (next === Number.POSITIVE_INFINITY) return
  entry.timer = kernel.timers.at(next, () => {
    if (!device.inet6?.addresses.includes(entry)) return
    if (removedAt(entry.lifetime) <= kernel.now()) {
      remove(kernel, device, entry)
      return
    }
    if (!entry.deprecated && deprecatedAt(entry.lifetime) <= kernel.now()) {
      entry.deprecated = true
      tellAddress6(kernel, device, entry, 'address set')
    }
    watchLifetime6(kernel, device, entry)
  })
}
