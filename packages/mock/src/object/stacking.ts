/** Links above links: a link cannot be, directly or not, above itself (`__netdev_upper_dev_link`). @module */
import type { Device } from './device.js'

/** The links that stand on a link itself, and its master. */
export const nextAbove = ({ uppers, master }: Device): Device[] => [
  ...uppers,
  ...(master === undefined ? [] : [master]),
]

/** Whether `upper` lies above a link: its master, a link on top of it, a VXLAN that leaves by it, or above one of those. */
export function isAbove(upper: Device, device: Device, seen = new Set<Device>()): boolean {
  if (seen.has(device)) return false
  seen.add(device)
  for (const next of [...nextAbove(device), ...device.carried]) {
    if (next === upper || isAbove(upper, next, seen)) return true
  }
  return false
}
