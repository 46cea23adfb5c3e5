/** What IPv6 does when something happens to a link (`addrconf_notify`). @module */
import { parseMac, pooledOctets } from '@vnet/core'
import type { Kernel, Notice } from '../kernel.js'
import { tunnelIsatap } from '../kind/tunnel.js'
import { randomOctets } from '../random.js'
import { allNodes } from '../stack/nd-send.js'
import { addOwnAddress, forget } from './address6.js'
import { addGroupRoute, addHostRoute, addPrefixRoute } from './connected6.js'
import { repeatDad, startDad } from './dad.js'
import { type Device, isReady } from './device.js'
import { emptyList } from './empty.js'
import { carrierLost6, ifDown6, syncUp6 } from './fib6.js'
import { forgetGroups, groupsDown, groupsUp, joinGroup } from './membership.js'
import { forgetNeighbours } from './neighbour.js'
import { eui64, tunnelAddress } from './tunnel-address.js'

/** Least MTU of IPv6 (RFC 8200 § 5). */
const leastMtu = 1280
const ownNode = Uint8Array.of(0xff, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)

function addInet6(kernel: Kernel, device: Device): void {
  const hearsOthers = !device.noArp && !device.loopback && device.type === 'ether'
  const { sharedConf, sysctls } = device.namespace
  const conf = sharedConf.newConf6(sysctls, device.mtu, hearsOthers)
  device.inet6 = {
    ready: device.up && isReady(device),
    addresses: emptyList,
    conf,
    solicitAt: undefined,
    solicitInterval: undefined,
  }
  for (const group of [ownNode, allNodes]) joinGroup(kernel, device, group)
}

/** The listener. */
export function addrconfListener(kernel: Kernel, notice: Notice, device: Device): void {
  if (notice === 'register') {
    if (device.inet6 === undefined && device.mtu >= leastMtu) addInet6(kernel, device)
  } else if (notice === 'mtu') {
    if (device.mtu < leastMtu) {
      ifDown(kernel, device, !device.loopback)
      return
    }
    if (device.inet6 !== undefined) {
      device.inet6.conf = { ...device.inet6.conf, mtu: device.mtu }
      return
    }
    addInet6(kernel, device)
    if (device.inet6 !== undefined && (device as Device).inet6?.ready) configure(kernel, device)
  } else if (notice === 'up') {
    // A port of a bond has no IPv6 of its own.
    if (device.isSlave || device.inet6?.conf.disable_ipv6) return
    restore(kernel, device)
    if (!isReady(device)) return
    if (device.inet6 === undefined && device.mtu >= leastMtu) addInet6(kernel, device)
    if (device.inet6 !== undefined) device.inet6.ready = true
    configure(kernel, device)
  } else if (notice === 'change') {
    if (device.isSlave || device.inet6?.conf.disable_ipv6) return
    if (!isReady(device)) {
      carrierLost6(device)
      return
    }
    if (device.inet6?.ready) {
      // It may have come to another network.
      groupsUp(kernel, device, 6)
      syncUp6(device, false)
      return
    }
    if (device.inet6 !== undefined) device.inet6.ready = true
    configure(kernel, device)
  } else if (notice === 'arp') {
    // Detection runs again, also for addresses that passed it.
    for (const entry of device.inet6?.addresses ?? []) if (device.inet6?.ready) repeatDad(kernel, device, entry)
  } else if (notice === 'down' || notice === 'unregister') ifDown(kernel, device, notice === 'unregister')
}

/** IPv6 was switched off for a link: what it had goes (`dev_disable_change`). */
export function disableIpv6(kernel: Kernel, device: Device): void {
  ifDown(kernel, device, false)
}

/** It was switched on again, as if the link had come up. */
export function enableIpv6(kernel: Kernel, device: Device): void {
  if (device.up) addrconfListener(kernel, 'up', device)
}

/** Routes of addresses that were given while the link was down (`addrconf_permanent_addr`). */
function restore(kernel: Kernel, device: Device): void {
  for (const entry of [...(device.inet6?.addresses ?? [])]) {
    if (entry.lifetime.valid !== Number.POSITIVE_INFINITY) continue
    if (!entry.noPrefixRoute) addPrefixRoute(kernel, device, entry)
    if (entry.noDad && !entry.tentative) addHostRoute(kernel, device, entry)
  }
}

function configure(kernel: Kernel, device: Device): void {
  const inet6 = device.inet6
  if (inet6 !== undefined) groupsUp(kernel, device, 6)
  if (device.loopback) {
    const local = new Uint8Array(16)
    local[15] = 1
    addOwnAddress(kernel, device, local, 128, { protocol: 'kernel_lo' })
  } else if (
    inet6 !== undefined &&
    device.type !== 'netlink' &&
    device.type !== 'void' &&
    device.vrfTable === undefined
  ) {
    addGroupRoute(kernel, device)
    addLinkLocal(kernel, device)
  }
  if (inet6 === undefined) return
  for (const entry of [...inet6.addresses]) {
    if (entry.tentative && !entry.dadFailed && entry.dadNext === undefined) startDad(kernel, device, entry)
  }
  syncUp6(device, true)
}

function addLinkLocal(kernel: Kernel, device: Device): void {
  const octets = pooledOctets(16)
  octets[0] = 0xfe
  octets[1] = 0x80
  if (device.tunnel !== undefined && device.type !== 'ether' && device.type !== 'none') {
    const length = tunnelAddress(device, octets)
    // Who made an address out of one of IPv4 is not told (`add_v4_addrs`).
    const isMapped = device.type === 'sit' && !tunnelIsatap(device)
    if (length !== undefined) addOwnAddress(kernel, device, octets, length, isMapped ? {} : { protocol: 'kernel_ll' })
    return
  }
  if (device.type === 'none') {
    // No MAC to make it from: a random one, that stays (RFC 7217).
    if (device.addrGenMode === 0) device.addrGenMode = 3
    if (device.addrGenMode === 1 || device.inet6?.addresses.some((entry) => entry.stablePrivacy)) return
    octets.set(randomOctets(kernel.random, 8), 8)
    addOwnAddress(kernel, device, octets, 64, { stablePrivacy: true, protocol: 'kernel_ll' })
    return
  }
  const mac = parseMac(device.mac ?? '')
  if (mac === undefined) return
  octets.set(eui64(mac, device.sharerId), 8)
  addOwnAddress(kernel, device, octets, 64, { protocol: 'kernel_ll' })
}

/** Takes IPv6 off a link: its addresses go with its routes (`addrconf_ifdown`). */
export function ifDown(kernel: Kernel, device: Device, gone: boolean): void {
  ifDown6(kernel, device, gone)
  forgetNeighbours(kernel, device, 6)
  const inet6 = device.inet6
  if (inet6 === undefined) return
  inet6.ready = false
  Object.assign(inet6, { solicitAt: undefined, routerHeard: false })
  const { addresses } = inet6
  inet6.addresses = emptyList
  for (const entry of addresses) {
    device.namespace.owners.leave(device, entry.octets)
    forget(kernel, device, entry)
  }
  if (gone) {
    forgetGroups(kernel, device, 6)
    device.inet6 = undefined
    // The next one begins anew (`ipv6_add_dev`).
    device.addrGenMode = 0
  } else groupsDown(kernel, device, 6)
}
