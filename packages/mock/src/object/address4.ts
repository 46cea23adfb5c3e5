/** IPv4 addresses of links (`net/ipv4/devinet.c`). @module */
import {
  type Address,
  type CleanAddressKey,
  type CleanAddressSpec,
  type DriverEvent,
  formatIp,
  isMulticastIp,
} from '@vnet/core'
import { isLoopback, isZero, sameOctets, samePrefix } from '../bits.js'
import type { Kernel, Notice } from '../kernel.js'
import { endMasquerades } from '../nat/masquerade.js'
import { refuse } from '../refusal.js'
import { ownConf4 } from '../sysctl/conf.js'
import type { Timer } from '../timers.js'
import { addConnected, deleteConnected, modifyMetric } from './connected4.js'
import type { Device } from './device.js'
import { syncDown, syncUp } from './fib4.js'
import { refuseShared } from './ipvlan-address.js'
import { deprecatedAt, type Lifetime, left, lifetimeOf, removedAt } from './lifetime.js'
import { forgetGroups, groupsDown, groupsUp, joinGroup, leaveGroup } from './membership.js'
import { forgetNeighbours } from './neighbour.js'
import { scopeNumber, scopeWord } from './scope.js'

/** An address (`struct in_ifaddr`). */
export interface Address4 extends Lifetime {
  readonly local: Uint8Array
  /** The peer, or the address itself. */
  readonly address: Uint8Array
  readonly length: number
  readonly broadcast: Uint8Array | undefined
  label: string
  readonly scope: number
  secondary: boolean
  deprecated: boolean
  readonly noPrefixRoute: boolean
  readonly autoJoin: boolean
  metric: number
  timer: Timer | undefined
}

const allHosts = Uint8Array.of(224, 0, 0, 1)

/** An address in the words of {@link Address}. */
export function describeAddress4(device: Device, entry: Address4, now: number): Address {
  const flags = [
    ...(entry.secondary ? ['secondary'] : []),
    ...(entry.deprecated ? ['deprecated'] : []),
    ...(entry.valid === Number.POSITIVE_INFINITY ? ['permanent'] : []),
    ...(entry.noPrefixRoute ? ['noprefixroute'] : []),
    ...(entry.autoJoin ? ['autojoin'] : []),
  ]
  return {
    link: device.index,
    family: 4,
    address: formatIp(entry.local),
    prefixLength: entry.length,
    ...(sameOctets(entry.local, entry.address) ? {} : { peer: formatIp(entry.address) }),
    ...(entry.broadcast === undefined ? {} : { broadcast: formatIp(entry.broadcast) }),
    label: entry.label,
    scope: scopeWord(entry.scope),
    flags,
    ...left(entry, now),
    ...(entry.metric === 0 ? {} : { metric: entry.metric }),
    other: [],
  }
}

function tell(kernel: Kernel, device: Device, entry: Address4, kind: 'address set' | 'address delete'): void {
  device.namespace.tell(
    'address',
    () => ({ kind, group: 'address', object: describeAddress4(device, entry, kernel.now()) }) as DriverEvent,
  )
}

/** Adds an address, or changes one that is there when `replace`. */
export function setAddress4(kernel: Kernel, device: Device, spec: CleanAddressSpec, replace: boolean): void {
  const local = spec.address.octets
  const peer = spec.peer ?? spec.address
  const existing = device.addresses4.find(
    (entry) => entry.length === peer.length && sameOctets(entry.local, local) && matches(entry, peer.octets),
  )
  const lifetime = lifetimeOf(spec, kernel.now(), 'ipv4: address lifetime invalid')
  if (existing !== undefined) {
    if (!replace) {
      refuse('EEXIST', 'ipv4: Address already assigned', {
        attribute: 'spec.address',
        hint: 'use set to change the lifetimes or the metric of an address that is there',
      })
    }
    if ((spec.metric ?? 0) !== existing.metric) modifyMetric(kernel, device, existing, spec.metric ?? 0)
    Object.assign(existing, lifetime)
    existing.deprecated = lifetime.preferred === 0
    watchLifetime4(kernel, device, existing)
    tell(kernel, device, existing, 'address set')
    return
  }
  if (spec.autoJoin) {
    if (!isMulticastIp(local)) refuse('EINVAL', 'ipv4: Multicast auto join failed', { attribute: 'spec.autoJoin' })
    joinGroup(kernel, device, local)
  }
  insert(kernel, device, {
    local,
    address: peer.octets,
    length: peer.length,
    broadcast: spec.broadcast,
    label: spec.label ?? device.name,
    scope: scopeNumber(spec.scope ?? (isLoopback(local) ? 'host' : 'global')),
    secondary: false,
    deprecated: lifetime.preferred === 0,
    noPrefixRoute: spec.noPrefixRoute ?? false,
    autoJoin: spec.autoJoin ?? false,
    metric: spec.metric ?? 0,
    timer: undefined,
    ...lifetime,
  })
}

/** Whether an address lies in the network of another (`inet_ifa_match`). */
export function matches(entry: Address4, octets: Uint8Array): boolean {
  return samePrefix(entry.address, octets, entry.length)
}

function insert(kernel: Kernel, device: Device, entry: Address4): void {
  if (isZero(entry.local)) return
  let lastPrimary = 0
  device.addresses4.forEach((other, index) => {
    if (!other.secondary && entry.scope <= other.scope) lastPrimary = index + 1
    if (other.length !== entry.length || !matches(other, entry.address)) return
    if (sameOctets(other.local, entry.local)) {
      refuse('EEXIST', undefined, { attribute: 'spec.address', hint: 'the link has this address with another peer' })
    }
    if (other.scope !== entry.scope) {
      refuse('EINVAL', 'ipv4: Invalid scope value', {
        attribute: 'spec.scope',
        hint: 'all addresses of a network on a link have one scope',
      })
    }
    entry.secondary = true
  })
  refuseShared(device, entry.local)
  device.conf4 = ownConf4(device.conf4)
  device.addresses4 = device.addresses4.toSpliced(entry.secondary ? device.addresses4.length : lastPrimary, 0, entry)
  device.namespace.owners.enter(device, entry.local)
  watchLifetime4(kernel, device, entry)
  tell(kernel, device, entry, 'address set')
  addConnected(kernel, device, entry)
  syncUp(device, true)
}

/** Removes an address. */
export function deleteAddress4(kernel: Kernel, device: Device, key: CleanAddressKey): void {
  const peer = key.peer ?? key.address
  const entry = device.addresses4.find(
    (other) =>
      sameOctets(other.local, key.address.octets) &&
      (key.label === undefined || other.label === key.label) &&
      other.length === peer.length &&
      matches(other, peer.octets),
  )
  if (entry === undefined) refuse('EADDRNOTAVAIL', 'ipv4: Address not found', { attribute: 'spec.address' })
  if (entry.autoJoin) leaveGroup(kernel, device, entry.local)
  remove(kernel, device, entry)
}

/** `__inet_del_ifa`; `dead` when IPv4 leaves the link altogether. */
function remove(kernel: Kernel, device: Device, entry: Address4, dead = false): void {
  if (!dead && !entry.secondary) {
    // The secondaries of its network go with it (`promote_secondaries` is off unless somebody sets it).
    for (const other of [...device.addresses4]) {
      if (other.secondary && other.length === entry.length && matches(other, entry.address)) {
        unlink(kernel, device, other, dead)
      }
    }
  }
  unlink(kernel, device, entry, dead)
}

function unlink(kernel: Kernel, device: Device, entry: Address4, dead: boolean): void {
  device.addresses4 = device.addresses4.filter((other) => other !== entry)
  device.namespace.owners.leave(device, entry.local)
  kernel.timers.cancel(entry.timer)
  entry.timer = undefined
  tell(kernel, device, entry, 'address delete')
  endMasquerades(kernel, device, entry.local)
  deleteConnected(kernel, device, entry, dead)
  if (device.addresses4.length > 0) return
  syncDown(device, 'down', true)
  forgetNeighbours(kernel, device, 4)
}

/** Waits for the end of the lifetimes; also after a snapshot was loaded. */
export function watchLifetime4(kernel: Kernel, device: Device, entry: Address4): void {
  kernel.timers.cancel(entry.timer)
  entry.timer = undefined
  const next = entry.deprecated ? removedAt(entry) : Math.min(removedAt(entry), deprecatedAt(entry))
  if (next === Number.POSITIVE_INFINITY) return
  entry.timer = kernel.timers.at(next, () => {
    if (!device.addresses4.includes(entry)) return
    if (removedAt(entry) <= kernel.now()) {
      remove(kernel, device, entry)
      return
    }
    if (!entry.deprecated && deprecatedAt(entry) <= kernel.now()) {
      entry.deprecated = true
      tell(kernel, device, entry, 'address set')
    }
    watchLifetime4(kernel, device, entry)
  })
}

/** What IPv4 does when something happens to a link (`inetdev_event`). */
export function inet4Listener(kernel: Kernel, notice: Notice, device: Device): void {
  if (notice === 'register') device.conf4 = device.namespace.sharedConf.newConf4(device.namespace.sysctls)
  else if (notice === 'up') {
    if (device.mtu < 68) return
    const local = Uint8Array.of(127, 0, 0, 1)
    if (device.loopback && !device.addresses4.some((entry) => entry.length === 8 && sameOctets(entry.local, local))) {
      insert(kernel, device, {
        local,
        address: local,
        length: 8,
        broadcast: undefined,
        label: device.name,
        scope: scopeNumber('host'),
        secondary: false,
        deprecated: false,
        noPrefixRoute: false,
        autoJoin: false,
        metric: 0,
        timer: undefined,
        valid: Number.POSITIVE_INFINITY,
        preferred: Number.POSITIVE_INFINITY,
        since: kernel.now(),
      })
    }
    joinGroup(kernel, device, allHosts)
    groupsUp(kernel, device, 4)
  } else if (notice === 'down') {
    groupsDown(kernel, device, 4)
    leaveGroup(kernel, device, allHosts)
  } else if (notice === 'name') {
    // The first label becomes the new name; others keep what comes behind the colon, or get a number.
    device.addresses4.forEach((entry, index) => {
      const colon = entry.label.indexOf(':')
      const tail = index === 0 ? '' : colon === -1 ? `:${index + 1}` : entry.label.slice(colon)
      entry.label = device.name.slice(0, 15 - tail.length) + tail
      tell(kernel, device, entry, 'address set')
    })
  } else if (notice === 'unregister' || (notice === 'mtu' && device.mtu < 68)) {
    for (const entry of [...device.addresses4])
      if (device.addresses4.includes(entry)) remove(kernel, device, entry, true)
    syncDown(device, 'unregister', true)
    forgetGroups(kernel, device, 4)
    // Those too of a link that was never up and had no address (`inetdev_destroy`).
    forgetNeighbours(kernel, device, 4)
  }
}
