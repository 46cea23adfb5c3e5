/** Frames that the mock makes layer by layer, for what it says by itself. @module */
import { encodeFrame, ethernetHeaderSize, type LayerSpec } from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import { type Device, hasMac } from '../object/device.js'
import { Frame } from './frame.js'
import { transmit } from './transmit.js'

/** In the place of a MAC that is not known yet, or that a link without MACs does not have. */
export const noMac = '00:00:00:00:00:00'

/** Sends a packet from a link to a MAC, without an Ethernet header where the link has none. */
export function sendLayers(kernel: Kernel, device: Device, destination: string, layers: readonly LayerSpec[]): boolean {
  const isFramed = hasMac(device)
  const source = isFramed ? (device.mac as string) : noMac
  const octets = encodeFrame([{ layer: 'ethernet', destination, source }, ...layers])
  return transmit(kernel, device, new Frame(isFramed ? octets : octets.subarray(ethernetHeaderSize)))
}
