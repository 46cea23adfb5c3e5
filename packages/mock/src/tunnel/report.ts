/** What is told to those whose packets a tunnel cannot send (`icmp_ndo_send`, `icmpv6_ndo_send`, `dst_link_failure`). @module */
import { icmpTypes, icmpv6Types } from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { reports4, reports6, sendError4, sendError6 } from '../stack/icmp-error.js'

/**
 * What became of a packet: the far end is not there, it is longer than the way takes, octets, or (IPv6) the octet at a place
 * of it is wrong.
 */
export type Loss = 'host' | { readonly mtu: number } | { readonly parameter: number }

/** Tells the sender of a packet, from its IP header on, that it was lost at a link. */
export function reportLost(kernel: Kernel, device: Device, packet: Uint8Array, loss: Loss): void {
  const faulty = { device, packet, isForHost: true }
  const isIpv4 = (packet[0] as number) >> 4 === 4
  if (loss === 'host') {
    if (isIpv4) sendError4(kernel, faulty, reports4.host)
    else sendError6(kernel, faulty, reports6.host)
  } else if ('parameter' in loss) sendError6(kernel, faulty, [icmpv6Types.parameterProblem, 0, loss.parameter])
  else if (isIpv4) sendError4(kernel, faulty, [icmpTypes.unreachable, 4, loss.mtu])
  else sendError6(kernel, faulty, [icmpv6Types.packetTooBig, 0, loss.mtu])
}
