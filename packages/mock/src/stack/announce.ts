/** A host tells its neighbours where its addresses are (`inetdev_send_gratuitous_arp`, `ndisc_send_unsol_na`). @module */
import { formatIp } from '@vnet/core'
import { arpOperations } from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { announceAddress6 } from './nd-send.js'
import { sendLayers } from './own-frame.js'

/** Sends a gratuitous ARP for each IPv4 address of a link, and an unsolicited advertisement for each IPv6 address (`NETDEV_NOTIFY_PEERS`). */
export function announceAddresses(kernel: Kernel, device: Device): void {
  const { mac } = device
  if (mac === undefined || device.noArp) return
  for (const { local } of device.addresses4) announceAddress4(kernel, device, mac, formatIp(local))
  for (const { octets, tentative, optimistic } of device.inet6?.addresses ?? []) {
    if (!tentative || optimistic) announceAddress6(kernel, device, formatIp(octets))
  }
}

function announceAddress4(kernel: Kernel, device: Device, mac: string, address: string): void {
  sendLayers(kernel, device, 'ff:ff:ff:ff:ff:ff', [
    {
      layer: 'arp',
      operation: arpOperations.request,
      senderMac: mac,
      senderIp: address,
      targetMac: '00:00:00:00:00:00',
      targetIp: address,
    },
  ])
}
