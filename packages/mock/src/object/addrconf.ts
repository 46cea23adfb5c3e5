/** What IPv6 does when something happens to a link (`addrconf_notify`). @module */
import { parseMac } from '@vnet/core'
import type { Kernel, Notice } from '../kernel.js'
import { randomOctets } from '../random.js'
import { addOwnAddress, forget } from './address6.js'
import { addGroupRoute, addHostRoute, addPrefixRoute } from './connected6.js'
import { repeatDad, startDad } from './dad.js'
import { type Device, isReady } from './device.js'
import { carrierLost6, ifDown6, syncUp6 } from './fib6.js'
import { addFilter, dropFilter, groupMac } from './filter.js'
import { flushNeighbours } from './neighbour.js'
import { eui64, tunnelAddress } from './tunnel-address.js'

/** Least MTU of IPv6 (RFC 8200 § 5). */
const leastMtu = 1280
const allNodes = groupMac(Uint8Array.of(0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1))

function addInet6(device: Device): void {
  device.inet6 = { ready: device.up && isReady(device), addresses: [] }
  if (!device.loopback && device.type === 'ether') addFilter(device, allNodes)
}

/** The listener. */
export function addrconfListener(kernel: Kernel, notice: Notice, device: Device): void {
  if (notice === 'register') {
    if (device.inet6 === undefined && device.mtu >= leastMtu) addInet6(device)
  } else if (notice === 'mtu') {
    if (device.mtu < leastMtu) {
      ifDown(kernel, device, !device.loopback)
      return
    }
    if (device.inet6 !== undefined) return
    addInet6(device)
    if (device.inet6 !== undefined && (device as Device).inet6?.ready) configure(kernel, device)
  } else if (notice === 'up') {
    // A port of a bond has no IPv6 of its own.
    if (device.isSlave) return
    restore(kernel, device)
    if (!isReady(device)) return
    if (device.inet6 === undefined && device.mtu >= leastMtu) addInet6(device)
    if (device.inet6 !== undefined) device.inet6.ready = true
    configure(kernel, device)
  } else if (notice === 'change') {
    if (device.isSlave) return
    if (!isReady(device)) {
      carrierLost6(device)
      return
    }
    if (device.inet6?.ready) {
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

/** Routes of addresses that were given while the link was down (`addrconf_permanent_addr`). */
function restore(kernel: Kernel, device: Device): void {
  for (const entry of [...(device.inet6?.addresses ?? [])]) {
    if (entry.valid !== Number.POSITIVE_INFINITY) continue
    if (!entry.noPrefixRoute) addPrefixRoute(kernel, device, entry)
    if (entry.noDad && !entry.tentative) addHostRoute(kernel, device, entry)
  }
}

function configure(kernel: Kernel, device: Device): void {
  const inet6 = device.inet6
  if (device.loopback) {
    const local = new Uint8Array(16)
    local[15] = 1
    addOwnAddress(kernel, device, local, 128, { protocol: 'kernel_lo' })
  } else if (inet6 !== undefined && device.type !== 'netlink' && device.vrfTable === undefined) {
    addGroupRoute(kernel, device)
    addLinkLocal(kernel, device)
  }
  if (inet6 === undefined) return
  for (const entry of [...inet6.addresses]) {
    if (entry.tentative && entry.dadEnds === undefined) startDad(kernel, device, entry)
  }
  syncUp6(device, true)
}

function addLinkLocal(kernel: Kernel, device: Device): void {
  const octets = new Uint8Array(16)
  octets[0] = 0xfe
  octets[1] = 0x80
  if (device.tunnel !== undefined && device.type !== 'ether' && device.type !== 'none') {
    const length = tunnelAddress(device, octets)
    if (length !== undefined) addOwnAddress(kernel, device, octets, length, { protocol: 'kernel_ll' })
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
  flushNeighbours(kernel, device, 6, true)
  const inet6 = device.inet6
  if (inet6 === undefined) return
  inet6.ready = false
  const { addresses } = inet6
  inet6.addresses = []
  for (const entry of addresses) forget(kernel, device, entry)
  if (!gone) return
  device.inet6 = undefined
  if (!device.loopback) dropFilter(device, allNodes)
}
