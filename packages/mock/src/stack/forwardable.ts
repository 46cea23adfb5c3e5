/** Whether a frame may go on at a link (`is_skb_forwardable`). @module */
import { ethernetHeaderSize, vlanTagSize } from '@vnet/wire'
import type { Device } from '../object/device.js'
import type { DropCause } from './drop.js'

/** Octets before the payload: an Ethernet header and a tag. */
const headers = ethernetHeaderSize + vlanTagSize

/** The link is up, and the frame not longer than its MTU. */
export function isForwardable(device: Device, octets: number): boolean {
  return device.up && octets <= device.mtu + headers
}

/** Why a frame may not go on there. */
export const unforwardable = (device: Device): DropCause => (device.up ? 'mtu' : 'link-down')
