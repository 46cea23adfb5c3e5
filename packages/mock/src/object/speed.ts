/** The speed that drivers tell `ethtool`. @module */
import type { Device } from './device.js'

/** Mbit/s, full duplex; of VLANs and macvlans that of the link below. `undefined` where the driver tells none. */
export function speedOf(device: Device): number | undefined {
  if (device.lower !== undefined) return speedOf(device.lower)
  if (device.kind?.name === 'veth') return 10_000
  return device.kind?.name === 'tun' ? 10 : undefined
}
