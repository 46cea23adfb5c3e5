/** A link of a router: the groups and anycast addresses that it has over those of a host (`dev_forward_change`, RFC 4291 § 2.6.1). @module */
import type { Kernel } from '../kernel.js'
import { addAnycastRoute, dropAnycastRoute } from './connected6.js'
import type { Device } from './device.js'
import { joinGroup, leaveGroup } from './membership.js'

/** All routers: of the host itself, of the link, and of the site. */
const allRouters = [1, 2, 5].map((reach) => Uint8Array.of(0xff, reach, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2))

/** Forwarding of IPv6 was switched for a link. */
export function beRouter(kernel: Kernel, device: Device, forwards: boolean): void {
  const { inet6 } = device
  if (inet6 === undefined) return
  if (device.multicast) for (const group of allRouters) (forwards ? joinGroup : leaveGroup)(kernel, device, group)
  for (const entry of inet6.addresses) {
    if (entry.tentative) continue
    if (forwards) addAnycastRoute(kernel, device, entry)
    else dropAnycastRoute(kernel, device, entry)
  }
}
