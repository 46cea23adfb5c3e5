/** The VRF that a link belongs to, and the table of its routes (`l3mdev_fib_table`). @module */
import type { Device } from './device.js'

/** The VRF that a link is, or is a port of. */
export function vrfOf(device: Device | undefined): Device | undefined {
  if (device?.vrfTable !== undefined) return device
  return device?.master?.vrfTable === undefined ? undefined : device.master
}

/** The table of the kernel's own routes by a link: that of the VRF, or the usual one. */
export const tableFor = (device: Device, usual: number): number => vrfOf(device)?.vrfTable ?? usual
