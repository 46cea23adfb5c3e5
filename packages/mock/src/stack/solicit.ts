/** Asks for the MAC of a neighbour: ARP (RFC 826) and Neighbour Discovery (RFC 4861 § 7.2.2). @module */
import { formatIp, parseIp } from '@vnet/core'
import { arpOperations, encodeFrame, icmpv6Types } from '@vnet/wire'
import { isZero } from '../bits.js'
import type { Kernel } from '../kernel.js'
import { isLocal4, isLocal6 } from '../object/address-type.js'
import type { Device } from '../object/device.js'
import { groupMac } from '../object/filter.js'
import type { NeighbourEntry } from '../object/neighbour.js'
import { scopeNumber } from '../object/scope.js'
import { source4, source6 } from '../object/source-address.js'
import { Frame } from './frame.js'
import { transmit } from './transmit.js'

/** Hops of what must not cross a router (RFC 4861 § 7.1.1). */
const neighbourHops = 255

/** The group that an address's owner listens to (RFC 4291 § 2.7.1). */
export const solicitedGroup = (octets: Uint8Array): Uint8Array =>
  Uint8Array.of(0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, ...octets.subarray(13))

/** Asks once: everybody, or, of an entry that is doubted, the neighbour itself. */
export function solicit(kernel: Kernel, device: Device, entry: NeighbourEntry): void {
  const target = parseIp(entry.address)
  if (target === undefined || device.mac === undefined) return
  const known = entry.state === 'probe' ? entry.mac : undefined
  const octets =
    target.length === 4 ? arp(kernel, device, entry, target, known) : nd(kernel, device, entry, target, known)
  transmit(kernel, device, new Frame(octets))
}

function arp(kernel: Kernel, device: Device, entry: NeighbourEntry, target: Uint8Array, known?: string): Uint8Array {
  // With the address that what waits is sent from, if it is one of ours.
  const wished = kernel.unresolved.sourceOf(entry)
  const source =
    wished !== undefined && isLocal4(device.namespace, wished) ? wished : source4(device, target, scopeNumber('link'))
  const mac = device.mac as string
  return encodeFrame([
    { layer: 'ethernet', destination: known ?? 'ff:ff:ff:ff:ff:ff', source: mac },
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

function nd(kernel: Kernel, device: Device, entry: NeighbourEntry, target: Uint8Array, known?: string): Uint8Array {
  const wished = kernel.unresolved.sourceOf(entry)
  const isOurs = wished !== undefined && !isZero(wished) && isLocal6(device.namespace, wished, device)
  const source = isOurs ? wished : source6(device.namespace, target, device)
  const group = solicitedGroup(target)
  const mac = device.mac as string
  return encodeFrame([
    { layer: 'ethernet', destination: known ?? groupMac(group), source: mac },
    {
      layer: 'ipv6',
      source: source === undefined ? '::' : formatIp(source),
      destination: formatIp(known === undefined ? group : target),
      hopLimit: neighbourHops,
    },
    {
      layer: 'icmpv6',
      kind: 'neighbour-solicitation',
      type: icmpv6Types.neighbourSolicitation,
      target: formatIp(target),
      options: source === undefined ? [] : [{ kind: 'source-mac', mac }],
    },
  ])
}
