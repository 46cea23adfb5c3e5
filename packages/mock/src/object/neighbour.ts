/** Neighbours: the MAC of an IP address on a link (`net/core/neighbour.c`). @module */

import type {
  CleanNeighbourKey,
  CleanNeighbourSpec,
  DriverEvent,
  IpFamily,
  Neighbour,
  NeighbourFilter,
  NeighbourState,
} from '@vnet/core'
import { familyOf, formatIp, formatMac, isMulticastIp } from '@vnet/core'
import { keyOf } from '../bits.js'
import type { Kernel } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import { fraction } from '../random.js'
import { refuse } from '../refusal.js'
import type { NeighbourConf } from '../sysctl/conf.js'
import type { Timer } from '../timers.js'
import { addressType4 } from './address-type.js'
import { type Device, hasMac } from './device.js'
import { dropValue, withValue } from './empty.js'
import { groupMac } from './filter.js'
import { linkOf } from './lookup.js'

/** An entry, or a proxy entry. */
export interface NeighbourEntry {
  readonly family: IpFamily
  readonly address: string
  mac: string | undefined
  state: NeighbourState
  router: boolean
  externallyLearned: boolean
  readonly proxy: boolean
  /** Kernel time when the state moves on, seconds. */
  ends: number | undefined
  /** Kernel time when its MAC or state was last heard of anew. */
  updated?: number
  /** Questions that were asked since the state began. */
  probes?: number
  timer: Timer | undefined
}

/** States in which the MAC counts (`NUD_VALID`). */
const valid: ReadonlySet<NeighbourState> = new Set(['permanent', 'noarp', 'reachable', 'probe', 'stale', 'delay'])

/** Whether the MAC of an entry counts. */
export const isValid = ({ state }: NeighbourEntry): boolean => valid.has(state)

/** An entry in the words of {@link Neighbour}. */
export function describeNeighbour(device: Device, entry: NeighbourEntry): Neighbour {
  const flags = [
    ...(entry.router ? ['router'] : []),
    ...(entry.proxy ? ['proxy'] : []),
    ...(entry.externallyLearned ? ['extern_learn'] : []),
  ]
  return {
    link: device.index,
    family: entry.family,
    address: entry.address,
    ...(entry.mac === undefined || !valid.has(entry.state) ? {} : { mac: entry.mac }),
    state: entry.state,
    flags,
    other: [],
  }
}

function tell(device: Device, entry: NeighbourEntry, kind: 'neighbour set' | 'neighbour delete'): void {
  device.namespace.tell(
    'neighbour',
    () => ({ kind, group: 'neighbour', object: describeNeighbour(device, entry) }) as DriverEvent,
  )
}

/** Where an address is kept. On loopback and point-to-point links all IPv4 neighbours are one (`arp_constructor`). */
function place(device: Device, octets: Uint8Array): { key: string; address: Uint8Array } {
  const one = octets.length === 4 && (device.loopback || device.pointToPoint)
  const address = one ? new Uint8Array(4) : octets
  return { key: exactly(address), address }
}

/** Where requests look for an address: the one neighbour of such links is found as 0.0.0.0 alone (`neigh_lookup`). */
const exactly = (octets: Uint8Array): string => keyOf(octets, octets.length * 8)

/** Adds an entry, or replaces it. */
export function setNeighbour(
  kernel: Kernel,
  namespace: Namespace,
  spec: CleanNeighbourSpec,
  replace: boolean,
): undefined {
  const device = linkOf(namespace, spec.link)
  const family = familyOf(spec.address)
  if (spec.proxy) {
    const key = exactly(spec.address)
    // Whoever has no IPv6 at all cannot listen to who asks for the address (`pndisc_constructor`).
    if (family === 6 && device.inet6 === undefined && !device.proxies.has(key)) refuse('ENOBUFS')
    device.proxies = withValue(device.proxies, key, {
      ...newEntry(family, spec.address),
      router: spec.router ?? false,
      externallyLearned: spec.externallyLearned ?? false,
      proxy: true,
    })
    return
  }
  if (family === 6 && (device.inet6?.conf.disable_ipv6 ?? 1) !== 0) {
    refuse('EINVAL', 'IPv6 is disabled on this device', { attribute: 'spec.link' })
  }
  const { key, address } = place(device, spec.address)
  let entry = device.neighbours.get(key)
  if (entry === undefined) {
    const { externallyLearned = false } = spec
    entry = { ...newEntry(family, address), ...constructed(device, address), externallyLearned }
    // An entry that is then refused stays behind in state none, as in the kernel.
    device.neighbours = withValue(device.neighbours, key, entry)
  } else if (!replace && key === exactly(spec.address)) refuse('EEXIST', undefined, { attribute: 'spec.address' })
  update(kernel, device, entry, spec)
}

/**
 * What an entry is before it is told anything (`arp_constructor`, `ndisc_constructor`): what needs no question to the
 * network has its MAC already.
 */
function constructed(device: Device, address: Uint8Array): Pick<NeighbourEntry, 'state' | 'mac'> {
  const type = address.length === 4 ? addressType4(device.namespace, address) : undefined
  if (!hasMac(device)) return { state: 'noarp', mac: undefined }
  if (isMulticastIp(address)) return { state: 'noarp', mac: groupMac(address) }
  if (device.noArp || device.loopback) return { state: 'noarp', mac: device.mac }
  if (type === 'broadcast' || device.pointToPoint) return { state: 'noarp', mac: device.broadcast }
  return { state: 'none', mac: undefined }
}

function newEntry(family: IpFamily, address: Uint8Array): NeighbourEntry {
  return {
    family,
    address: formatIp(address),
    mac: undefined,
    state: 'none',
    router: false,
    externallyLearned: false,
    proxy: false,
    ends: undefined,
    timer: undefined,
  }
}

/** `__neigh_update`. */
function update(kernel: Kernel, device: Device, entry: NeighbourEntry, spec: CleanNeighbourSpec): void {
  const old = entry.state
  const state = spec.state ?? 'permanent'
  const externallyLearned = spec.externallyLearned ?? false
  const learnedElsewise = externallyLearned !== entry.externallyLearned
  entry.externallyLearned = externallyLearned
  if (!valid.has(state)) {
    change(kernel, device, entry, state)
    if (valid.has(old) || (old === 'incomplete' && state === 'failed')) tell(device, entry, 'neighbour set')
    return
  }
  // A link without link-layer addresses keeps none.
  const mac = !hasMac(device) ? undefined : spec.mac === undefined ? entry.mac : formatMac(spec.mac)
  if (hasMac(device) && spec.mac === undefined && !valid.has(old)) {
    // What the entry is learned by has been changed before.
    if (learnedElsewise) tell(device, entry, 'neighbour set')
    refuse('EINVAL', 'No link layer address given', { attribute: 'spec.mac' })
  }
  const router = spec.router ?? false
  const notify = state !== old || mac !== entry.mac || router !== entry.router || learnedElsewise
  entry.mac = mac
  entry.router = router
  if (state !== old) change(kernel, device, entry, state)
  if (notify) tell(device, entry, 'neighbour set')
}

/** Seconds that an IPv4 neighbour keeps its MAC whatever others say (`locktime`). */
const lockTime = 1

/** How the link of an entry asks. */
const confOf = (device: Device, { family }: NeighbourEntry): NeighbourConf => device.neighbourConf[family]

/** Seconds between two questions. */
const probeInterval = (device: Device, entry: NeighbourEntry): number => confOf(device, entry).retrans_time_ms / 1000

function change(kernel: Kernel, device: Device, entry: NeighbourEntry, state: NeighbourState): void {
  entry.state = state
  kernel.timers.cancel(entry.timer)
  entry.timer = undefined
  entry.ends = undefined
  // Give or take half (RFC 4861 § 6.3.2).
  const reachable = confOf(device, entry).base_reachable_time_ms / 1000
  if (state === 'reachable') entry.ends = kernel.now() + reachable * (0.5 + fraction(kernel.random))
  else if (state === 'delay' || state === 'probe') entry.ends = kernel.now()
  entry.probes = 0
  resumeNeighbour(kernel, device, entry)
}

/** Waits for the next state; also after a snapshot was loaded. */
export function resumeNeighbour(kernel: Kernel, device: Device, entry: NeighbourEntry): void {
  if (entry.ends === undefined) return
  entry.timer = kernel.timers.at(entry.ends, () => {
    if (device.removed) return
    if (entry.state === 'probe' || entry.state === 'incomplete') {
      const asked = entry.probes ?? 0
      const { mcast_solicit: ofAll, ucast_solicit: ofItself } = confOf(device, entry)
      if (asked < (entry.state === 'probe' ? ofItself : ofAll)) {
        entry.probes = asked + 1
        entry.ends = (entry.ends ?? kernel.now()) + probeInterval(device, entry)
        resumeNeighbour(kernel, device, entry)
        kernel.solicit(device, entry)
        return
      }
    }
    const next = entry.state === 'reachable' ? 'stale' : entry.state === 'delay' ? 'probe' : 'failed'
    change(kernel, device, entry, next)
    tell(device, entry, 'neighbour set')
    if (next === 'failed') kernel.unreachable(device, entry)
  })
}

/** The entry of an address, which is made where it is not there. */
export function neighbourFor(device: Device, octets: Uint8Array): NeighbourEntry {
  const { key, address } = place(device, octets)
  let entry = device.neighbours.get(key)
  if (entry === undefined) {
    entry = { ...newEntry(familyOf(address), address), ...constructed(device, address) }
    device.neighbours = withValue(device.neighbours, key, entry)
  }
  return entry
}

/** The entry of an address, where there is one. */
export function findNeighbour(device: Device, octets: Uint8Array): NeighbourEntry | undefined {
  return device.neighbours.get(place(device, octets).key)
}

/** The MAC to send to, where it is known; what has not been heard of for a while is asked again soon (`neigh_event_send`). */
export function macOf(kernel: Kernel, device: Device, entry: NeighbourEntry): string | undefined {
  if (!valid.has(entry.state)) return undefined
  if (entry.state === 'stale') {
    change(kernel, device, entry, 'delay')
    entry.ends = kernel.now() + confOf(device, entry).delay_first_probe_time
    kernel.timers.cancel(entry.timer)
    resumeNeighbour(kernel, device, entry)
  }
  return entry.mac
}

/** Begins to ask for an address, unless that goes on already. */
export function askFor(kernel: Kernel, device: Device, entry: NeighbourEntry): void {
  if (entry.state === 'incomplete' && entry.ends !== undefined) return
  change(kernel, device, entry, 'incomplete')
  entry.probes = 1
  entry.ends = kernel.now() + probeInterval(device, entry)
  resumeNeighbour(kernel, device, entry)
  kernel.solicit(device, entry)
}

/**
 * A neighbour was heard of (`__neigh_update`).
 *
 * @param state `reachable` for an answer, `stale` for anything else.
 * @param overrides Whether another MAC replaces one that is known; of IPv4 also one that was heard of within a second.
 */
export function heardOf(
  kernel: Kernel,
  device: Device,
  entry: NeighbourEntry,
  mac: string,
  state: 'reachable' | 'stale',
  overrides: boolean,
): void {
  const old = entry.state
  if (old === 'permanent' || old === 'noarp') return
  const wasValid = valid.has(old)
  const isOther = wasValid && entry.mac !== mac
  // Of several answers the first counts, for a while.
  const isLocked = kernel.now() - (entry.updated ?? Number.NEGATIVE_INFINITY) <= lockTime
  if (isOther && !overrides && (entry.family === 6 || isLocked)) return
  // The same again is no reason to doubt.
  const next = !isOther && wasValid && state === 'stale' ? old : state
  entry.mac = mac
  if (next !== old || isOther) entry.updated = kernel.now()
  if (next !== old || next === 'reachable') change(kernel, device, entry, next)
  if (next !== old || isOther || !wasValid) tell(device, entry, 'neighbour set')
  kernel.unresolved.resolve(kernel, device, entry)
}

/** Removes an entry. */
export function deleteNeighbour(kernel: Kernel, namespace: Namespace, key: CleanNeighbourKey): undefined {
  const device = linkOf(namespace, key.link)
  if (key.proxy) {
    if (!dropValue(device.proxies, exactly(key.address))) {
      refuse('ENOENT', undefined, { attribute: 'spec.address' })
    }
    return
  }
  const at = exactly(key.address)
  const entry = device.neighbours.get(at)
  if (entry === undefined) refuse('ENOENT', undefined, { attribute: 'spec.address' })
  const wasValid = valid.has(entry.state)
  // The kernel gives it the state `failed` first, as a request without flags would.
  entry.externallyLearned = false
  change(kernel, device, entry, 'failed')
  if (wasValid) tell(device, entry, 'neighbour set')
  dropValue(device.neighbours, at)
  tell(device, entry, 'neighbour delete')
}

/** One entry. */
export function getNeighbour(namespace: Namespace, key: CleanNeighbourKey): Neighbour | undefined {
  const device = linkOf(namespace, key.link)
  const entry = (key.proxy ? device.proxies : device.neighbours).get(exactly(key.address))
  return entry === undefined ? undefined : describeNeighbour(device, entry)
}

/** The entries that match. Those without a state, and those without ARP, are left out as `ip` does. */
export function listNeighbours(namespace: Namespace, filter: NeighbourFilter): Neighbour[] {
  const devices = filter.link === undefined ? namespace.sorted() : [linkOf(namespace, filter.link)]
  const found: Neighbour[] = []
  for (const family of [4, 6] as const) {
    if (filter.family !== undefined && filter.family !== family) continue
    for (const device of devices) {
      for (const entry of (filter.proxy ? device.proxies : device.neighbours).values()) {
        if (entry.family !== family) continue
        if (filter.state !== undefined) {
          if (entry.state !== filter.state) continue
        } else if (!filter.proxy && hidden(entry)) continue
        found.push(describeNeighbour(device, entry))
      }
    }
  }
  return found
}

function hidden(entry: NeighbourEntry): boolean {
  return (entry.state === 'noarp' || entry.state === 'none') && !entry.externallyLearned
}

/** The link is down or lost its carrier, or changed its MAC: its neighbours are forgotten, the permanent ones if `all`. */
export function flushNeighbours(kernel: Kernel, device: Device, family: IpFamily, all: boolean): void {
  // The latest first, as the link's list has them.
  for (const [key, entry] of [...device.neighbours].reverse()) {
    if (entry.family !== family || (!all && entry.state === 'permanent')) continue
    kernel.timers.cancel(entry.timer)
    for (const { octets } of kernel.unresolved.take(entry)) kernel.dropped(device, octets, 'neighbour-failed')
    dropValue(device.neighbours, key)
    tell(device, entry, 'neighbour delete')
  }
}

/** The link no longer speaks the protocol: neither neighbours nor proxy entries stay (`neigh_ifdown`). */
export function forgetNeighbours(kernel: Kernel, device: Device, family: IpFamily): void {
  flushNeighbours(kernel, device, family, true)
  for (const [key, entry] of device.proxies) if (entry.family === family) dropValue(device.proxies, key)
}
