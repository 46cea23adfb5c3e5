/** MAC filters of a link: the groups it listens to, as `bridge fdb` lists them with `self`. @module */

import { broadcastMac, macFromNumber } from '@vnet/wire'
import type { Device } from './device.js'
import { dropValue, withValue } from './empty.js'
import type { Membership } from './membership-data.js'

/** A filter that is there for others than the groups of IP: links on top, and protocols. */
export interface Filter {
  readonly users: number
  /** Its place among the filters of the link, those of groups of IP included. */
  readonly order: number
}

/** Takes the frames of a MAC; counted. */
export function addFilter(device: Device, mac: string): void {
  const { users, order } = device.filters.get(mac) ?? { users: 0, order: ++device.lastFilter }
  device.filters = withValue(device.filters, mac, { users: users + 1, order })
}

/** Takes them no longer. */
export function dropFilter(device: Device, mac: string): void {
  const there = device.filters.get(mac)
  if (there === undefined) return
  if (there.users === 1) dropValue(device.filters, mac)
  else device.filters = withValue(device.filters, mac, { ...there, users: there.users - 1 })
}

/** Whether a link takes the frames of a group, which is a MAC as a number. */
export function listensTo(device: Device, group: number): boolean {
  if (group === broadcastMac || device.promiscuity > 0 || device.allMulti > 0) return true
  const { members } = group >= ipv6Groups ? device.memberships6 : device.memberships4
  if (members.some((one) => one.filtered > 0 && numberOf(one) === group)) return true
  if (device.filters.size === 0 && device.ownFilters.size === 0) return false
  const mac = macFromNumber(group)
  return device.filters.has(mac) || device.ownFilters.has(mac)
}

/** The filters that nobody set by hand, in the order in which they came. */
export function filtersOf(device: Device): string[] {
  const ofGroups = (one: Membership) => ({ mac: macFromNumber(numberOf(one)), order: one.filtered })
  const members = [...device.memberships4.members, ...device.memberships6.members]
  const all = [
    ...Array.from(device.filters, ([mac, { order }]) => ({ mac, order })),
    ...members.filter(({ filtered }) => filtered > 0).map(ofGroups),
  ]
  return all.sort((a, b) => a.order - b.order).map(({ mac }) => mac)
}

/** MACs as numbers: the first for groups of IPv6, of IPv4. */
const ipv6Groups = 0x3333_0000_0000
const ipv4Groups = 0x0100_5e00_0000

/** The MAC of a group that is listened to. */
const numberOf = (one: Membership): number =>
  one.low === undefined ? groupNumber(one.octets) : ipv6Groups + 0xff00_0000 + one.low

/** The MAC of a multicast IP address, as a number (RFC 1112 § 6.4, RFC 2464 § 7). */
function groupNumber(octets: Uint8Array): number {
  const at = octets.length - 3
  const low = ((octets[at] as number) << 16) | ((octets[at + 1] as number) << 8) | (octets[at + 2] as number)
  return octets.length === 4 ? ipv4Groups + (low & 0x7f_ffff) : ipv6Groups + (octets[12] as number) * 0x100_0000 + low
}

/** The same as text. */
export const groupMac = (octets: Uint8Array): string => macFromNumber(groupNumber(octets))
