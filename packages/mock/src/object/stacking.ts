/** Links above links: a link cannot be, directly or not, above itself (`__netdev_upper_dev_link`). @module */
import type { Device } from './device.js'

/** Whether `upper` lies above a link: its master, a link on top of it, a VXLAN that leaves by it, or above one of those. */
export function isAbove(upper: Device, device: Device, seen = new Set<Device>()): boolean {
  if (seen.has(device)) return false
  seen.add(device)
  for (const next of [device.master, ...device.uppers, ...device.carried]) {
    if (next !== undefined && (next === upper || isAbove(upper, next, seen))) return true
  }
  return false
}
