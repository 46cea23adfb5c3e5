/** Groups that VXLANs send to and listen to (`vxlan_igmp_join`, `drivers/net/vxlan/vxlan_multicast.c`). @module */
import { isMulticastIp, parseIp } from '@vnet/core'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { dropEntry, withEntry } from '../object/empty.js'
import { joinGroup, leaveGroup } from '../object/membership.js'

/** Begins to listen to a far end that is a group, once; to no other there is anything to listen. */
export function joinTunnelGroup(kernel: Kernel, device: Device, remote: string): void {
  const octets = parseIp(remote) as Uint8Array
  const { vxlan, lower } = device
  if (vxlan === undefined || lower === undefined || !isMulticastIp(octets) || vxlan.groups.has(remote)) return
  vxlan.groups = withEntry(vxlan.groups, remote)
  joinGroup(kernel, lower, octets)
}

/** Listens to it no longer. */
export function leaveTunnelGroup(kernel: Kernel, device: Device, group: string): void {
  const { vxlan, lower } = device
  if (vxlan !== undefined && dropEntry(vxlan.groups, group) && lower !== undefined)
    leaveGroup(kernel, lower, parseIp(group) as Uint8Array)
}
