/** Groups that VXLANs send to and listen to (`vxlan_igmp_join`, `drivers/net/vxlan/vxlan_multicast.c`). @module */
import { isMulticastIp, parseIp } from '@vnet/core'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { joinGroup, leaveGroup } from '../object/membership.js'

/** Begins to listen to a far end that is a group, once; to no other there is anything to listen. */
export function joinTunnelGroup(kernel: Kernel, device: Device, remote: string): void {
  const octets = parseIp(remote) as Uint8Array
  const groups = device.vxlan?.groups
  if (groups === undefined || device.lower === undefined || !isMulticastIp(octets) || groups.has(remote)) return
  groups.add(remote)
  joinGroup(kernel, device.lower, octets)
}

/** Listens to it no longer. */
export function leaveTunnelGroup(kernel: Kernel, device: Device, group: string): void {
  if (device.vxlan?.groups.delete(group) && device.lower !== undefined)
    leaveGroup(kernel, device.lower, parseIp(group) as Uint8Array)
}
