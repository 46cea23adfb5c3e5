/** Groups that VXLANs send to and listen to (`vxlan_multicast_join`, `drivers/net/vxlan/vxlan_multicast.c`). @module */
import { isMulticastIp, parseIp } from '@vnet/core'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { joinGroup, leaveGroup } from '../object/membership.js'

/** The group that a VXLAN has for its far end. */
function groupOf(device: Device): Uint8Array | undefined {
  const remote = device.vxlan?.options.remote
  const octets = remote === undefined ? undefined : parseIp(remote)
  return octets !== undefined && isMulticastIp(octets) ? octets : undefined
}

/** Begins to listen, when the VXLAN goes up. */
export function joinTunnelGroup(kernel: Kernel, device: Device): void {
  const group = groupOf(device)
  if (group !== undefined && device.lower !== undefined) joinGroup(kernel, device.lower, group)
}

/** Listens no longer, when it goes down. */
export function leaveTunnelGroup(kernel: Kernel, device: Device): void {
  const group = groupOf(device)
  if (group !== undefined && device.lower !== undefined) leaveGroup(kernel, device.lower, group)
}
