/** Addresses of ipvlans: those of one parent are told apart by them (`ipvlan_addr_busy`). @module */
import { sameOctets } from '../bits.js'
import { refuse } from '../refusal.js'
import type { Device } from './device.js'

/** Refuses an address that an ipvlan of the same parent has. */
export function refuseShared(device: Device, octets: Uint8Array): void {
  const { lower } = device
  if (lower?.ipvlanPort === undefined) return
  const sharers = [...lower.uppers].filter((upper) => upper.sharerId !== 0)
  if (!sharers.includes(device) || !sharers.some((other) => has(other, octets))) return
  refuse('EADDRINUSE', 'Address already assigned to an ipvlan device', {
    attribute: 'spec.address',
    hint: `ipvlans of ${lower.name} are told apart by their addresses: choose another`,
  })
}

const has = (device: Device, octets: Uint8Array): boolean =>
  device.addresses4.some((entry) => sameOctets(entry.local, octets)) ||
  device.inet6?.addresses.some((entry) => sameOctets(entry.octets, octets)) === true
