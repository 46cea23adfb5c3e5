/** What a host does about a router that tells of itself (`ndisc_router_discovery`; RFC 4861 § 6.3.4, RFC 4862 § 5.5.3). @module */
import { isMulticastIp, parseIp, parseMac } from '@vnet/core'
import type { Icmpv6, NdOption } from '@vnet/wire'
import { isLinkLocal, sameOctets } from '../bits.js'
import type { Kernel } from '../kernel.js'
import type { LocalPacket } from '../stack/icmp.js'
import { changedConfs, type NeighbourConf } from '../sysctl/conf.js'
import { isLocal6 } from './address-type.js'
import { link, newAddress, watchLifetime6 } from './address6.js'
import { tellAddress6 } from './address6-entry.js'
import { setOnLinkRoute } from './connected6.js'
import { startDad } from './dad.js'
import { setDefaultRouter } from './default-router.js'
import type { Device, Inet6 } from './device.js'
import { heardOf, neighbourFor } from './neighbour.js'
import { receiveRoute, routeInformation } from './route-information.js'
import { eui64 } from './tunnel-address.js'

type Advertisement = Extract<Icmpv6, { kind: 'router-advertisement' }>
type Prefix = Extract<NdOption, { kind: 'prefix' }>

/** A lifetime without end, seconds. */
const endless = 0xffffffff
/** Least lifetime that a router may leave an address that is there, seconds (RFC 4862 § 5.5.3 e). */
const leastLifetime = 7200
/** Addresses that a link makes itself at most (`max_addresses`). */
const mostAddresses = 16
/** Least MTU of IPv6 (RFC 8200 § 5). */
const leastMtu = 1280

const secondsOf = (lifetime: number): number => (lifetime === endless ? Number.POSITIVE_INFINITY : lifetime)

/** A router told of itself, in a packet from `from`. */
export function receiveRouter(kernel: Kernel, { device, octets, from }: LocalPacket, said: Advertisement): void {
  const { inet6 } = device
  // A router takes nothing from others (`accept_ra`).
  if (inet6 === undefined || inet6.conf.forwarding !== 0 || !isLinkLocal(from)) {
    kernel.dropped(device, octets, isLinkLocal(from) ? 'ignored' : 'malformed')
    return
  }
  inet6.routerHeard = true
  const source = said.options.find((option) => option.kind === 'source-mac')
  const mac = source !== undefined && 'mac' in source ? source.mac : undefined
  if (said.hopLimit !== 0) inet6.conf = { ...inet6.conf, hop_limit: said.hopLimit }
  // What this host itself says makes it no router.
  if (!isLocal6(device.namespace, from)) setDefaultRouter(kernel, device, from, said)
  const { retransmitTime, reachableTime } = said
  const setConf = (name: keyof NeighbourConf, value: number) => {
    device.neighbourConf = changedConfs(device.neighbourConf, 6, name, value)
  }
  if (retransmitTime !== 0) setConf('retrans_time_ms', Math.max(retransmitTime, 10))
  if (reachableTime !== 0) setConf('base_reachable_time_ms', reachableTime)
  if (mac !== undefined) {
    const entry = neighbourFor(device, from)
    entry.router = true
    heardOf(kernel, device, entry, mac, 'stale', true)
  }
  if (!isLocal6(device.namespace, from) && inet6.conf.accept_ra_rtr_pref !== 0) {
    for (const option of said.options)
      if (option.kind === 'other' && option.type === routeInformation) receiveRoute(kernel, device, from, option.bytes)
  }
  for (const option of said.options) {
    if (option.kind === 'prefix') receivePrefix(kernel, device, inet6, option)
    else if (option.kind === 'mtu' && option.mtu >= leastMtu && option.mtu <= device.mtu)
      inet6.conf = { ...inet6.conf, mtu: option.mtu }
  }
}

function receivePrefix(kernel: Kernel, device: Device, inet6: Inet6, said: Prefix): void {
  const octets = parseIp(said.prefix) as Uint8Array
  if (isMulticastIp(octets) || isLinkLocal(octets) || said.preferred > said.valid) return
  const valid = secondsOf(said.valid)
  if (said.onLink) setOnLinkRoute(kernel, device, octets, said.length, valid)
  if (!said.autonomous || said.length !== 64) return
  const mac = parseMac(device.type === 'ether' ? (device.mac ?? '') : '')
  // A link without a MAC has the second half of its link-local address.
  const own = inet6.addresses.find((entry) => isLinkLocal(entry.octets) && !entry.tentative)
  const { token } = inet6
  const half = token?.subarray(8) ?? (mac === undefined ? own?.octets.subarray(8) : eui64(mac, device.sharerId))
  if (half === undefined) return
  setOwnAddress(
    kernel,
    device,
    inet6,
    Uint8Array.of(...octets.subarray(0, 8), ...half),
    valid,
    secondsOf(said.preferred),
  )
}

/** The link's address of a prefix: made, or kept longer (`addrconf_prefix_rcv_add_addr`). */
function setOwnAddress(
  kernel: Kernel,
  device: Device,
  inet6: Inet6,
  octets: Uint8Array,
  valid: number,
  preferred: number,
): void {
  const now = kernel.now()
  const there = inet6.addresses.find((entry) => sameOctets(entry.octets, octets))
  if (there === undefined) {
    if (valid === 0 || inet6.addresses.length >= mostAddresses) return
    const lifetime = { valid, preferred, since: now }
    const entry = newAddress(octets, 64, lifetime, {
      protocol: 'kernel_ra',
      manageTemporary: true,
      tokenised: inet6.token !== undefined,
    })
    link(device, inet6, entry)
    startDad(kernel, device, entry)
    watchLifetime6(kernel, device, entry)
    return
  }
  const left = Math.max(0, there.lifetime.valid - Math.floor(now - there.lifetime.since))
  if (left === 0) return
  // Nobody who merely claims to be a router may end an address soon.
  there.lifetime = { valid: Math.max(valid, Math.min(left, leastLifetime)), preferred, since: now }
  there.deprecated = preferred === 0
  if (!there.tentative) tellAddress6(kernel, device, there, 'address set')
  watchLifetime6(kernel, device, there)
}
