/** The questions of a bond: ARP for its IPv4 targets, Neighbour Discovery for those of IPv6 (`bond_arp_send_all`, `bond_ns_send_all`). @module */
import { formatIp, parseIp, type VlanOptions } from '@vnet/core'
import { arpOperations, encodeFrame, icmpv6Types, type LayerSpec, vlanTci } from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import { matches } from '../object/address4.js'
import type { Device } from '../object/device.js'
import { groupMac } from '../object/filter.js'
import { lookupRoute } from '../object/lookup-route.js'
import { scopeNumber } from '../object/scope.js'
import { source6 } from '../object/source-address.js'
import { nextAbove } from '../object/stacking.js'
import { Frame } from '../stack/frame.js'
import { neighbourHops } from '../stack/nd-send.js'
import { solicitedGroup } from '../stack/solicited-group.js'
import { transmit } from '../stack/transmit.js'
import { bondOf } from './bond-data.js'
import { tagTypeOf, withTag } from './vlan-frame.js'

/** Asks every target by a port. */
export function probeTargets(kernel: Kernel, master: Device, port: Device): void {
  const { arpIpTargets, neighbourTargets } = bondOf(master).options
  for (const target of arpIpTargets) askArp(kernel, master, port, target)
  for (const target of neighbourTargets) askNeighbour(kernel, master, port, target)
}

function askArp(kernel: Kernel, master: Device, port: Device, target: string): void {
  const to = parseIp(target) as Uint8Array
  const found = lookupRoute(master.namespace, 4, { to, scope: scopeNumber('link') })
  const out = 'route' in found ? found.hop?.device : undefined
  // Without a route it is asked from nobody, so that something is sent at all.
  const path = out === undefined ? [] : pathTo(master, out)
  if (path === undefined) return
  const source = out?.addresses4.find((entry) => matches(entry, to))?.local ?? new Uint8Array(4)
  send(kernel, port, 'ff:ff:ff:ff:ff:ff', path, [
    {
      layer: 'arp',
      operation: arpOperations.request,
      senderMac: port.mac as string,
      senderIp: formatIp(source),
      targetMac: '00:00:00:00:00:00',
      targetIp: target,
    },
  ])
}

function askNeighbour(kernel: Kernel, master: Device, port: Device, target: string): void {
  const to = parseIp(target) as Uint8Array
  const found = lookupRoute(master.namespace, 6, { to, output: master })
  const out = 'route' in found ? found.hop?.device : undefined
  const path = out === undefined ? [] : pathTo(master, out)
  if (path === undefined) return
  const source = out && source6(master.namespace, to, out)
  const group = solicitedGroup(to)
  send(kernel, port, groupMac(group), path, [
    {
      layer: 'ipv6',
      source: source === undefined ? '::' : formatIp(source),
      destination: formatIp(group),
      hopLimit: neighbourHops,
    },
    {
      layer: 'icmpv6',
      kind: 'neighbour-solicitation',
      type: icmpv6Types.neighbourSolicitation,
      target,
      options: source === undefined ? [] : [{ kind: 'source-mac', mac: port.mac as string }],
    },
  ])
}

/** The VLANs between a bond and a link above it, the uppermost first; `undefined` where that is not above (`bond_verify_device_path`). */
function pathTo(device: Device, end: Device): readonly VlanOptions[] | undefined {
  if (device === end) return []
  for (const upper of nextAbove(device)) {
    const path = pathTo(upper, end)
    if (path !== undefined) return upper.vlan === undefined ? path : [...path, upper.vlan]
  }
  return undefined
}

function send(
  kernel: Kernel,
  port: Device,
  destination: string,
  path: readonly VlanOptions[],
  layers: readonly LayerSpec[],
): void {
  const octets = encodeFrame([{ layer: 'ethernet', destination, source: port.mac as string }, ...layers])
  let frame = new Frame(octets)
  for (const { id, protocol } of path) frame = withTag(frame, vlanTci(id), tagTypeOf(protocol))
  if (port.bondPort !== undefined) port.bondPort.lastSent = kernel.now()
  transmit(kernel, port, frame)
}
