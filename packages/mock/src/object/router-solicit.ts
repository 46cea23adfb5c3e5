/** Asking for routers (`addrconf_rs_timer`; RFC 4861 § 6.3.7, RFC 7559). @module */
import { formatIp } from '@vnet/core'
import type { Kernel } from '../kernel.js'
import { fraction } from '../random.js'
import { linkLocalOf } from '../stack/group-report.js'
import { sendRouterSolicitation } from '../stack/nd-send.js'
import type { Address6 } from './address6-entry.js'
import type { Device, Inet6 } from './device.js'

/** Seconds to the second question, and at most between two (`router_solicitation_interval`, `…_max_interval`). */
const interval = 4
const longest = 3600

/** A number, give or take a tenth of `spread`. */
const around = (kernel: Kernel, middle: number, spread: number): number =>
  middle + (fraction(kernel.random) * 2 - 1) * 0.1 * spread

/** The link has its first link-local address: asks at once, and then again and again until a router answers. */
export function beginSoliciting(kernel: Kernel, device: Device, { octets }: Address6): void {
  const { inet6 } = device
  if (inet6 === undefined || device.loopback || device.teamPort !== undefined || inet6.conf.forwarding !== 0) return
  // Tunnels over IPv4 other than GRE and SIT have nobody to ask (`ARPHRD_TUNNEL`).
  if (device.type === 'ipip') return
  sendRouterSolicitation(kernel, device, formatIp(octets))
  inet6.solicitInterval = around(kernel, interval, interval)
  inet6.solicitAt = kernel.now() + inet6.solicitInterval
  resumeSoliciting(kernel, device)
}

/** Waits for the next question; also after a snapshot was loaded. */
export function resumeSoliciting(kernel: Kernel, device: Device): void {
  const { inet6 } = device
  if (inet6?.solicitAt !== undefined) kernel.timers.at(inet6.solicitAt, solicitAgain, device, inet6)
}

function solicitAgain(kernel: Kernel, device: Device, inet6: Inet6): void {
  const { solicitAt } = inet6
  if (device.removed || device.inet6 !== inet6 || solicitAt === undefined || solicitAt > kernel.now()) return
  inet6.solicitAt = undefined
  const source = linkLocalOf(device)
  if (!inet6.ready || inet6.conf.forwarding !== 0 || inet6.routerHeard || source === undefined) return
  sendRouterSolicitation(kernel, device, formatIp(source.octets))
  inet6.solicitInterval = nextInterval(kernel, inet6.solicitInterval ?? interval)
  inet6.solicitAt = kernel.now() + inet6.solicitInterval
  resumeSoliciting(kernel, device)
}

/** Twice as long, give or take a tenth of what it was, up to about an hour (RFC 8415 § 15). */
function nextInterval(kernel: Kernel, last: number): number {
  const next = around(kernel, 2 * last, last)
  return next > longest ? around(kernel, longest, longest) : next
}
