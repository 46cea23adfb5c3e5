/** Whether a frame may go on at a link (`is_skb_forwardable`). @module */
import type { Device } from '../object/device.js'

/** Octets before the payload: an Ethernet header and a tag. */
const headers = 18

/** The link is up, and the frame not longer than its MTU. */
export function isForwardable(device: Device, octets: number): boolean {
  return device.up && octets <= device.mtu + headers
}
