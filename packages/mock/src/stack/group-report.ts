/** Reports of groups: IGMP 1–3 (RFC 2236, RFC 3376) and MLD 1 and 2 (RFC 2710, RFC 3810). @module */
import { formatIp } from '@vnet/core'
import { type GroupRecord, icmpv6Types, igmpTypes, type LayerSpec } from '@vnet/wire'
import { isLinkLocal, sameOctets } from '../bits.js'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { groupMac } from '../object/filter.js'
import { scopeNumber } from '../object/scope.js'
import { source4 } from '../object/source-address.js'
import { allRouters } from './nd-send.js'
import { sendLayers } from './own-frame.js'

/** A group with what is said of it, one of `groupRecordTypes`. */
export type SaidOf = readonly [type: number, group: Uint8Array]

/** Where reports of version 3 of IGMP and version 2 of MLD go. */
const routers3 = Uint8Array.of(224, 0, 0, 22)
const routers2 = Uint8Array.of(0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x16)
/** Where it is told that a group is left, in the older versions: all routers. */
const allRouters4 = Uint8Array.of(224, 0, 0, 2)

/** Octets of headers before the records, and of a record without sources. */
const before = { 4: 32, 6: 56 } as const
const recordSize = { 4: 8, 6: 20 } as const

/** Tells records, as many in a packet as the link takes. */
export function reportRecords(kernel: Kernel, device: Device, family: 4 | 6, said: readonly SaidOf[]): void {
  const most = Math.max(1, Math.floor((device.mtu - before[family]) / recordSize[family]))
  for (let at = 0; at < said.length; at += most) {
    const records: GroupRecord[] = said.slice(at, at + most).map(([type, group]) => ({
      type,
      group: formatIp(group),
      sources: [],
      auxiliary: new Uint8Array(),
    }))
    if (family === 4)
      send4(kernel, device, routers3, { layer: 'igmp', kind: 'report3', type: igmpTypes.report3, records })
    else {
      const type = icmpv6Types.mldReport2
      send6(kernel, device, routers2, { layer: 'icmpv6', kind: 'mld-report2', type, records })
    }
  }
}

/** Tells an old querier of one group: that it is wanted, or no longer. `version` 1 and 2 are those of IGMP. */
export function reportOld(
  kernel: Kernel,
  device: Device,
  octets: Uint8Array,
  what: 'report' | 'leave',
  version: 1 | 2,
): void {
  const group = formatIp(octets)
  const isLeave = what === 'leave'
  if (octets.length === 4) {
    const type = isLeave ? igmpTypes.leave : version === 1 ? igmpTypes.report1 : igmpTypes.report2
    send4(kernel, device, isLeave ? allRouters4 : octets, { layer: 'igmp', kind: what, type, group })
  } else {
    const type = isLeave ? icmpv6Types.mldDone : icmpv6Types.mldReport1
    send6(kernel, device, isLeave ? allRouters : octets, { layer: 'icmpv6', kind: 'mld-report', type, group })
  }
}

/** With the router alert (RFC 2113), marked as control traffic of the network. */
export function send4(kernel: Kernel, device: Device, to: Uint8Array, message: LayerSpec, from = own4(device)): void {
  sendLayers(kernel, device, groupMac(to), [
    {
      layer: 'ipv4',
      source: from,
      destination: formatIp(to),
      ttl: 1,
      dscp: 0x30,
      dontFragment: true,
      options: [{ type: 148, bytes: new Uint8Array(2) }],
    },
    message,
  ])
}

/** With the router alert of MLD (RFC 2711). */
export function send6(kernel: Kernel, device: Device, to: Uint8Array, message: LayerSpec, from = own6(device)): void {
  sendLayers(kernel, device, groupMac(to), [
    { layer: 'ipv6', source: from, destination: formatIp(to), hopLimit: 1 },
    {
      layer: 'ipv6-options',
      kind: 'hop-by-hop',
      options: [
        { type: 5, bytes: new Uint8Array(2) },
        { type: 1, bytes: new Uint8Array(0) },
      ],
    },
    message,
  ])
}

/** An address of the link itself, or none (`igmpv3_get_srcaddr`). */
function own4(device: Device): string {
  const source = source4(device, allRouters4, scopeNumber('link'))
  const isOwn = device.addresses4.some(({ local }) => sameOctets(local, source))
  return source !== undefined && isOwn ? formatIp(source) : '0.0.0.0'
}

/** The link-local address, once nobody else claims it; `::` until then (RFC 3590). */
export function own6(device: Device): string {
  const own = linkLocalOf(device)
  return own === undefined ? '::' : formatIp(own.octets)
}

/** The link-local address that may be used (`ipv6_get_lladdr`). */
export function linkLocalOf(device: Device) {
  return device.inet6?.addresses.find((entry) => isLinkLocal(entry.octets) && !entry.tentative)
}
