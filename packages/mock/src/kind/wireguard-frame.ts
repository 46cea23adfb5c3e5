/** A packet leaves by a WireGuard link (`wg_xmit`, `drivers/net/wireguard/device.c`). @module */
import type { ErrorCode } from '@vnet/core'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import type { Frame } from '../stack/frame.js'
import type { WireguardData } from './wireguard.js'
import { addressesOf, peerFor } from './wireguard-allowed.js'
import { sendPacket } from './wireguard-send.js'

/** Why a packet cannot be sent: no peer may have it, or nobody knows where the peer is. */
export function refusePeer(device: Device, packet: Uint8Array): ErrorCode | undefined {
  const data = device.wireguard as WireguardData
  const to = addressesOf(packet)?.to
  const peer = to && peerFor(data, to)
  if (peer === undefined) return 'ENOKEY'
  return peer.endpoint === undefined ? 'EDESTADDRREQ' : undefined
}

/** Sends a packet to the peer that its destination leads to. */
export function sendWireguard(kernel: Kernel, device: Device, { octets }: Frame): boolean {
  const data = device.wireguard as WireguardData
  const to = addressesOf(octets)?.to
  const peer = to && peerFor(data, to)
  if (peer === undefined || peer.endpoint === undefined) {
    device.counters.txErrors++
    kernel.dropped(device, octets, 'not-encrypted')
    return false
  }
  sendPacket({ kernel, device, data, peer }, octets)
  return true
}
