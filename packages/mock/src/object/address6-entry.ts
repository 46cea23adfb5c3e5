/** An IPv6 address as the mock kernel keeps it, and as the kernel describes it. @module */
import { type Address, type DriverEvent, formatIp } from '@vnet/core'
import type { Kernel } from '../kernel.js'
import type { Timer } from '../timers.js'
import type { Device } from './device.js'
import { type Lifetime, left } from './lifetime.js'
import { scopeWord } from './scope.js'

/** An address (`struct inet6_ifaddr`). */
export interface Address6 extends Lifetime {
  readonly octets: Uint8Array
  readonly text: string
  peer: Uint8Array | undefined
  readonly length: number
  readonly scope: number
  tentative: boolean
  deprecated: boolean
  noDad: boolean
  optimistic: boolean
  homeAddress: boolean
  manageTemporary: boolean
  noPrefixRoute: boolean
  readonly autoJoin: boolean
  readonly stablePrivacy: boolean
  metric: number
  readonly protocol: 'kernel_lo' | 'kernel_ll' | undefined
  /** Kernel time when detection ends; `undefined` while it does not run. */
  dadEnds: number | undefined
  timer: Timer | undefined
}

/** An address in the words of {@link Address}. */
export function describeAddress6(device: Device, entry: Address6, now: number): Address {
  const flags = [
    ...(entry.noDad ? ['nodad'] : []),
    ...(entry.optimistic ? ['optimistic'] : []),
    ...(entry.homeAddress ? ['home'] : []),
    ...(entry.deprecated ? ['deprecated'] : []),
    ...(entry.tentative ? ['tentative'] : []),
    ...(entry.valid === Number.POSITIVE_INFINITY ? ['permanent'] : []),
    ...(entry.manageTemporary ? ['mngtmpaddr'] : []),
    ...(entry.noPrefixRoute ? ['noprefixroute'] : []),
    ...(entry.autoJoin ? ['autojoin'] : []),
    ...(entry.stablePrivacy ? ['stable-privacy'] : []),
  ]
  return {
    link: device.index,
    family: 6,
    address: entry.text,
    prefixLength: entry.length,
    ...(entry.peer === undefined ? {} : { peer: formatIp(entry.peer) }),
    scope: scopeWord(entry.scope),
    flags,
    ...left(entry, now),
    ...(entry.metric === 0 ? {} : { metric: entry.metric }),
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
