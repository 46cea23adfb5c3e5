/** Addresses of ipvlans: those of one parent are told apart by them (`ipvlan_addr_busy`). @module */
import { sameOctets } from '../bits.js'
import { refuse } from '../refusal.js'
import type { Device } from './device.js'

/** Refuses an address that an ipvlan of the same parent has. */
export function refuseShared(device: Device, octets: Uint8Array): void {
  const { lower } = device
  if (lower?.ipvlanPort === undefined) return
  const sharers = sharersOf(lower)
  if (!sharers.includes(device) || !sharers.some((other) => has(other, octets))) return
  refuse('EADDRINUSE', 'Address already assigned to an ipvlan device', {
    attribute: 'spec.address',
    hint: `ipvlans of ${lower.name} are told apart by their addresses: choose another`,
  })
}

const has = (device: Device, octets: Uint8Array): boolean =>
  device.addresses4.some((entry) => sameOctets(entry.local, octets)) ||
  device.inet6?.addresses.some((entry) => sameOctets(entry.octets, octets)) === true

/** The ipvlans of a parent. */
export const sharersOf = (lower: Device): Device[] => [...lower.uppers].filter((upper) => upper.sharerId !== 0)

/** The one of them that is up and has an address. */
export const holderOf = (lower: Device, address: Uint8Array): Device | undefined =>
  sharersOf(lower).find((device) => device.up && has(device, address))

/** The ipvlan of a packet that has passed the routes in mode l3s (`ipvlan_l3_rcv`). */
export function ipvlanForPacket(lower: Device, address: Uint8Array): Device | undefined {
  return lower.ipvlanPort?.mode === 'l3s' ? holderOf(lower, address) : undefined
}
