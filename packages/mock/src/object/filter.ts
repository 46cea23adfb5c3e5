/** MAC filters of a link: the groups it listens to, as `bridge fdb` lists them with `self`. @module */

import { formatMac } from '@vnet/core'
import { broadcastMac, macFromNumber } from '@vnet/wire'
import type { Device } from './device.js'
import { dropValue, withValue } from './empty.js'

/** The groups of all hosts, which nearly every link listens to: one text for all of them. */
const common = ['33:33:00:00:00:01', '01:00:5e:00:00:01']

/** Listens to a group; counted. */
export function addFilter(device: Device, mac: string): void {
  const key = common.find((one) => one === mac) ?? mac
  device.filters = withValue(device.filters, key, (device.filters.get(key) ?? 0) + 1)
}

/** Stops listening to it. */
export function dropFilter(device: Device, mac: string): void {
  const users = device.filters.get(mac)
  if (users === undefined) return
  if (users === 1) dropValue(device.filters, mac)
  else device.filters = withValue(device.filters, mac, users - 1)
}

/** Whether a link takes the frames of a group, which is a MAC as a number. */
export function listensTo(device: Device, group: number): boolean {
  if (group === broadcastMac || device.promiscuity > 0 || device.allMulti > 0) return true
  const mac = macFromNumber(group)
  return device.filters.has(mac) || device.ownFilters.has(mac)
}

/** The MAC of a multicast IP address (RFC 1112 § 6.4, RFC 2464 § 7). */
export function groupMac(octets: Uint8Array): string {
  const [, first, second, third] = octets as unknown as readonly [number, number, number, number]
  const mac = octets.length === 4 ? [1, 0, 0x5e, first & 0x7f, second, third] : [0x33, 0x33, ...octets.subarray(12)]
  return formatMac(Uint8Array.from(mac))
}
