/** An IPv6 address as the mock kernel keeps it, and as the kernel describes it. @module */
import { type Address, type DriverEvent, formatIp } from '@vnet/core'
import type { Kernel } from '../kernel.js'
import type { Timer } from '../timers.js'
import type { Device } from './device.js'
import { type Lifetime, left } from './lifetime.js'
import { scopeWord } from './scope.js'

/** An address (`struct inet6_ifaddr`). What most lack has no field in them: each link that is up has an address. */
export interface Address6 {
  readonly octets: Uint8Array
  peer?: Uint8Array | undefined
  readonly length: number
  readonly scope: number
  lifetime: Lifetime
  tentative: boolean
  deprecated?: boolean
  noDad?: boolean
  optimistic?: boolean
  homeAddress?: boolean
  manageTemporary?: boolean
  /** It has the token of the link. */
  tokenised?: boolean
  noPrefixRoute?: boolean
  readonly autoJoin?: boolean
  readonly stablePrivacy?: boolean
  /** Of its routes, where it was given one. */
  metric?: number
  readonly protocol: 'kernel_lo' | 'kernel_ll' | 'kernel_ra' | undefined
  /** Kernel time of the next step of detection; `undefined` while it does not run. */
  dadNext: number | undefined
  /** Probes that are still to be sent, and what tells them from others', one character an octet. */
  dadProbes: number
  dadNonce: string | undefined
  /** The next step is to begin once more. */
  dadAgain?: boolean
  /** Somebody else has it. */
  dadFailed?: boolean
  /** The link listens to the solicited-node group of it. */
  joined: boolean
  /** Of the end of a lifetime. */
  timer?: Timer | undefined
}

/** Whether an address is there for good: what a router announced never is (`IFA_F_PERMANENT`). */
export const isPermanent = ({ lifetime, protocol }: Address6): boolean =>
  lifetime.valid === Number.POSITIVE_INFINITY && protocol !== 'kernel_ra'

/** An address in the words of {@link Address}. */
export function describeAddress6(device: Device, entry: Address6, now: number): Address {
  const flags = [
    ...(entry.noDad ? ['nodad'] : []),
    ...(entry.optimistic ? ['optimistic'] : []),
    ...(entry.dadFailed ? ['dadfailed'] : []),
    ...(entry.homeAddress ? ['home'] : []),
    ...(entry.deprecated ? ['deprecated'] : []),
    ...(entry.tentative ? ['tentative'] : []),
    ...(isPermanent(entry) ? ['permanent'] : []),
    ...(entry.manageTemporary ? ['mngtmpaddr'] : []),
    ...(entry.noPrefixRoute ? ['noprefixroute'] : []),
    ...(entry.autoJoin ? ['autojoin'] : []),
    ...(entry.stablePrivacy ? ['stable-privacy'] : []),
  ]
  return {
    link: device.index,
    family: 6,
    address: formatIp(entry.octets),
    prefixLength: entry.length,
    ...(entry.peer === undefined ? {} : { peer: formatIp(entry.peer) }),
    scope: scopeWord(entry.scope),
    flags,
    ...left(entry.lifetime, now),
    ...(entry.metric ? { metric: entry.metric } : {}),
    ...(entry.protocol === undefined ? {} : { protocol: entry.protocol }),
    other: [],
  }
}

/** Tells of an address. */
export function tellAddress6(
  kernel: Kernel,
  device: Device,
  entry: Address6,
  kind: 'address set' | 'address delete',
): void {
  device.namespace.tell(
    'address',
    () => ({ kind, group: 'address', object: describeAddress6(device, entry, kernel.now()) }) as DriverEvent,
  )
}
