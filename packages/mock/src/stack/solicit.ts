/** Asks for the MAC of a neighbour: ARP (RFC 826) and Neighbour Discovery (RFC 4861 § 7.2.2). @module */
import { formatIp, parseIp } from '@vnet/core'
import { arpOperations, icmpv6Types } from '@vnet/wire'
import { sameOctets } from '../bits.js'
import type { Kernel } from '../kernel.js'
import { isLocal4 } from '../object/address-type.js'
import { matches } from '../object/address4.js'
import type { Device } from '../object/device.js'
import { groupMac } from '../object/filter.js'
import type { NeighbourEntry } from '../object/neighbour.js'
import { scopeNumber } from '../object/scope.js'
import { source4 } from '../object/source-address.js'
import { most4 } from '../sysctl/conf.js'
import { linkLocalOf } from './group-report.js'
import { neighbourHops } from './nd-send.js'
import { sendLayers } from './own-frame.js'
import { solicitedGroup } from './solicited-group.js'

/** Asks once: everybody, or, of an entry that is doubted, the neighbour itself. */
export function solicit(kernel: Kernel, device: Device, entry: NeighbourEntry): void {
  const target = parseIp(entry.address)
  if (target === undefined || device.mac === undefined) return
  const known = entry.state === 'probe' ? entry.mac : undefined
  const ask = target.length === 4 ? arp : nd
  ask(kernel, device, entry, target, known)
}

function arp(kernel: Kernel, device: Device, entry: NeighbourEntry, target: Uint8Array, known?: string): void {
  // With the address that what waits is sent from, if it is one of ours.
  const wished = kernel.unresolved.sourceOf(entry)
  const isOurs = wished !== undefined && isLocal4(device.namespace, wished, device) && isTold(device, wished, target)
  const source = isOurs ? wished : source4(device, target, scopeNumber('link'))
  const mac = device.mac as string
  sendLayers(kernel, device, known ?? 'ff:ff:ff:ff:ff:ff', [
    {
      layer: 'arp',
      operation: arpOperations.request,
      senderMac: mac,
      senderIp: source === undefined ? '0.0.0.0' : formatIp(source),
      targetMac: known ?? '00:00:00:00:00:00',
      targetIp: formatIp(target),
    },
  ])
}

/** Whether an address may be told to a neighbour: any, one of its network only, or the first choice (`arp_announce`). */
function isTold(device: Device, source: Uint8Array, target: Uint8Array): boolean {
  const wish = most4(device.namespace.sysctls.conf4, device.conf4, 'arp_announce')
  if (wish === 1) return device.addresses4.some((entry) => matches(entry, target) && matches(entry, source))
  return wish !== 2
}

function nd(kernel: Kernel, device: Device, entry: NeighbourEntry, target: Uint8Array, known?: string): void {
  const source = askingAddress(device, kernel.unresolved.sourceOf(entry))
  if (source === undefined) return
  const group = solicitedGroup(target)
  const mac = device.mac as string
  sendLayers(kernel, device, known ?? groupMac(group), [
    {
      layer: 'ipv6',
      source: formatIp(source),
      destination: formatIp(known === undefined ? group : target),
      hopLimit: neighbourHops,
    },
    {
      layer: 'icmpv6',
      kind: 'neighbour-solicitation',
      type: icmpv6Types.neighbourSolicitation,
      target: formatIp(target),
      options: [{ kind: 'source-mac', mac }],
    },
  ])
}

/**
 * The address that asks: that which what waits is sent from, if the link has it; or the link-local one. While both are still
 * looked for at others nobody is asked, so a router that has just come up passes nothing on (`ndisc_solicit`).
 */
function askingAddress(device: Device, wished: Uint8Array | undefined): Uint8Array | undefined {
  const own = device.inet6?.addresses.find((entry) => !entry.tentative && wished && sameOctets(entry.octets, wished))
  return (own ?? linkLocalOf(device))?.octets
}
