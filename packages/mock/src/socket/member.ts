/** Groups that sockets are members of (`ip_mc_join_group`, `__ipv6_sock_mc_join`). @module */
import type { CleanGroupLink, LinkRef } from '@vnet/core'
import { isZero, sameOctets } from '../bits.js'
import type { Kernel } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import type { Device } from '../object/device.js'
import { countSocket, joinGroup, leaveGroup } from '../object/membership.js'
import { refuse } from '../refusal.js'
import type { InetSocket } from './inet.js'
import { deviceOf, groupDevice } from './route.js'

/** The link that somebody named. */
export function scopeOf(namespace: Namespace, link: LinkRef | undefined): Device | undefined {
  if (link === undefined) return undefined
  return namespace.find(link) ?? refuse('ENODEV')
}

/** The link that is meant, by name, index, or an address that it has. */
export function groupLinkOf(namespace: Namespace, link: CleanGroupLink | undefined): Device | undefined {
  if (!(link instanceof Uint8Array)) return scopeOf(namespace, link)
  return isZero(link) ? undefined : (deviceOf(namespace, link) ?? refuse('ENODEV'))
}

/** Becomes a member. */
export function joinSocket(
  kernel: Kernel,
  namespace: Namespace,
  socket: InetSocket,
  group: Uint8Array,
  link: CleanGroupLink | undefined,
): void {
  const device = groupLinkOf(namespace, link) ?? groupDevice(namespace, group) ?? refuse('ENODEV')
  const isThere = socket.memberships.some((one) => one.device === device && sameOctets(one.group, group))
  if (isThere) refuse('EADDRINUSE')
  socket.memberships.push({ group, device })
  joinGroup(kernel, device, group)
  countSocket(device, group, 1)
}

/** Ceases to be one. */
export function leaveSocket(
  kernel: Kernel,
  namespace: Namespace,
  socket: InetSocket,
  group: Uint8Array,
  link: CleanGroupLink | undefined,
): void {
  const device = groupLinkOf(namespace, link)
  const at = socket.memberships.findIndex(
    (one) => sameOctets(one.group, group) && (device === undefined || one.device === device),
  )
  const one = socket.memberships[at] ?? refuse('EADDRNOTAVAIL')
  socket.memberships.splice(at, 1)
  leave(kernel, one.device, group)
}

/** A socket is closed: it is a member of nothing. */
export function leaveAll(kernel: Kernel, socket: InetSocket): void {
  for (const { device, group } of socket.memberships.splice(0)) leave(kernel, device, group)
}

function leave(kernel: Kernel, device: Device, group: Uint8Array): void {
  if (device.removed) return
  countSocket(device, group, -1)
  leaveGroup(kernel, device, group)
}
