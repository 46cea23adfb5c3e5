/** Duplicate address detection (`addrconf_dad_*` of `net/ipv6/addrconf.c`; RFC 4862 § 5.4, RFC 7527). @module */
import { keyOf, octetsOf } from '../bits.js'
import type { Kernel } from '../kernel.js'
import { fraction, randomOctets } from '../random.js'
import { sendProbe } from '../stack/nd-send.js'
import { solicitedGroup } from '../stack/solicited-group.js'
import { type Address6, isPermanent, tellAddress6 } from './address6-entry.js'
import { addHostRoute, addPrefixRoute } from './connected6.js'
import type { Device, Inet6 } from './device.js'
import { groupsAgain, joinGroup } from './membership.js'
import { beginSoliciting } from './router-solicit.js'
import { scopeNumber } from './scope.js'

/** Octets that tell one's own probes from others'. */
const nonceSize = 6
const link = scopeNumber('link')

/** Begins duplicate address detection, or ends it at once where it has no place (`addrconf_dad_begin`). */
export function startDad(kernel: Kernel, device: Device, entry: Address6): void {
  if (!device.loopback && !device.noArp && !entry.joined) {
    entry.joined = true
    joinGroup(kernel, device, solicitedGroup(entry.octets))
  }
  if (device.noArp || device.loopback || entry.noDad || !entry.tentative || !detects(device)) {
    dadCompleted(kernel, device, entry)
    return
  }
  if (!device.inet6?.ready) return
  if (entry.optimistic) addHostRoute(kernel, device, entry)
  kick(kernel, device, entry)
}

/** Whether duplicates are looked for at all. */
const detects = ({ inet6, namespace }: Device): boolean =>
  (inet6?.conf.accept_dad ?? 0) >= 1 || namespace.sysctls.conf6.all.accept_dad >= 1

/** A random delay, of up to a second as a rule, then the probes, and time for the answer to each (RFC 4862 § 5.4.2). */
function kick(kernel: Kernel, device: Device, entry: Address6): void {
  const { dad_transmits, router_solicitation_delay } = (device.inet6 as Inet6).conf
  entry.dadNonce = keyOf(randomOctets(kernel.random, nonceSize), nonceSize * 8)
  entry.dadProbes = dad_transmits & 0xff
  entry.dadNext = kernel.now() + (entry.optimistic ? 0 : fraction(kernel.random) * router_solicitation_delay)
  resumeDad(kernel, device, entry)
}

/** Detection once more; an address that passed it is only announced again (`addrconf_dad_run` with `restart`). */
export function repeatDad(kernel: Kernel, device: Device, entry: Address6): void {
  entry.dadAgain = true
  kick(kernel, device, entry)
}

/** Waits for the next step of detection; also after a snapshot was loaded. */
export function resumeDad(kernel: Kernel, device: Device, entry: Address6): void {
  const next = entry.dadNext
  if (next === undefined) return
  kernel.timers.at(next, () => {
    if (entry.dadNext === next && device.inet6?.addresses.includes(entry)) step(kernel, device, entry)
  })
}

function step(kernel: Kernel, device: Device, entry: Address6): void {
  entry.dadNext = undefined
  if (entry.dadAgain) {
    entry.dadAgain = false
    startDad(kernel, device, entry)
  } else if (!device.inet6?.ready) return
  else if (entry.dadProbes === 0) dadCompleted(kernel, device, entry)
  else {
    entry.dadProbes--
    entry.dadNext = kernel.now() + device.neighbourConf[6].retrans_time_ms / 1000
    resumeDad(kernel, device, entry)
    sendProbe(kernel, device, entry.octets, octetsOf(entry.dadNonce as string))
  }
}

/**
 * Somebody else claims an address that is being looked at, or asks whether it is free (`addrconf_dad_failure`). One for a time
 * goes; others stay, and are not used. `false` where nobody was looking any more.
 */
export function dadFailed(kernel: Kernel, device: Device, entry: Address6, remove: (entry: Address6) => void): boolean {
  if (entry.dadNext === undefined) return false
  entry.dadNext = undefined
  entry.dadFailed = true
  if (!isPermanent(entry)) {
    remove(entry)
    return true
  }
  entry.tentative = true
  entry.optimistic = false
  tellAddress6(kernel, device, entry, 'address set')
  return true
}

function dadCompleted(kernel: Kernel, device: Device, entry: Address6): void {
  const isFirst = entry.scope === link && isOnlyLinkLocal(device, entry)
  entry.dadNext = undefined
  entry.dadNonce = undefined
  entry.tentative = false
  if (entry.optimistic) entry.optimistic = false
  if (entry.dadFailed) entry.dadFailed = false
  tellAddress6(kernel, device, entry, 'address set')
  addHostRoute(kernel, device, entry)
  if (entry.peer !== undefined) addPrefixRoute(kernel, device, entry, entry.peer)
  if (!isFirst) return
  groupsAgain(kernel, device)
  beginSoliciting(kernel, device, entry)
}

/** No other link-local address may be used (`ipv6_lonely_lladdr`). */
function isOnlyLinkLocal(device: Device, entry: Address6): boolean {
  const others = device.inet6?.addresses.filter((one) => one !== entry && one.scope === link) ?? []
  return others.every((one) => one.tentative || !isPermanent(one))
}
