/** What is planned of a NAT box: its outside, and how it behaves. @module */
import { formatIp, wrongArgument } from '@vnet/core'
import type { PlannedEnd } from '../plan.js'
import { behaviourOf, type NatBehaviour, type NatOptions } from './type.js'

/** A NAT box. */
export interface PlannedNat {
  /** Its link to the outside. */
  readonly link: string
  /** Its address outside. */
  readonly address: string
  readonly behaviour: NatBehaviour
  /** The seed of its own, if any. */
  readonly seed: number | undefined
}

/** Plans a box, or refuses one that has no address to translate to, or one of IPv6 (`VNET_RANGE`). */
export function planNat(name: string, options: NatOptions, ends: readonly PlannedEnd[]): PlannedNat {
  const outside = ends.find(({ side }) => side === 'outside')
  for (const { addresses } of ends) {
    if (addresses.every(({ octets }) => octets.length === 4)) continue
    refuse(name, `${name} has an address of IPv6`, 'give it addresses of IPv4 alone: IPv6 is not translated')
  }
  const address = outside?.addresses[0]
  if (outside === undefined || address === undefined)
    return refuse(name, `${name} has no IPv4 address outside`, 'give it one, or leave its addresses and families out')
  return {
    link: outside.link,
    address: formatIp(address.octets),
    behaviour: behaviourOf(options),
    seed: options.seed,
  }
}

function refuse(name: string, problem: string, hint: string): never {
  throw wrongArgument('VNET_RANGE', 'lab create', `nats.${name}`, problem, hint)
}
