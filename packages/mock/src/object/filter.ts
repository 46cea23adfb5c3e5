/** MAC filters of a link: the groups it listens to, as `bridge fdb` lists them with `self`. @module */
import type { Device } from './device.js'

/** Listens to a group; counted. */
export function addFilter(device: Device, mac: string): void {
  device.filters.set(mac, (device.filters.get(mac) ?? 0) + 1)
}

/** Stops listening to it. */
export function dropFilter(device: Device, mac: string): void {
  const users = device.filters.get(mac)
  if (users === undefined) return
  if (users === 1) device.filters.delete(mac)
  else device.filters.set(mac, users - 1)
}

/** The MAC of a multicast IP address (RFC 1112 § 6.4, RFC 2464 § 7). */
export function groupMac(octets: Uint8Array): string {
  const tail = octets.length === 4 ? [octets[1] as number & 0x7f, octets[2], octets[3]] : [...octets.subarray(12)]
  const head = octets.length === 4 ? '01:00:5e' : '33:33'
  return `${head}:${tail.map((octet) => (octet as number).toString(16).padStart(2, '0')).join(':')}`
}
