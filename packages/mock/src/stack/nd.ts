/** Neighbour Discovery that comes in (`net/ipv6/ndisc.c`; RFC 4861 § 6, § 7.2). @module */
import { formatIp, isMulticastIp, parseIp, parseMac } from '@vnet/core'
import { type Icmpv6, macAt, macFromNumber } from '@vnet/wire'
import { isZero, keyOf, sameOctets } from '../bits.js'
import type { Kernel } from '../kernel.js'
import { disableIpv6 } from '../object/addrconf.js'
import { remove } from '../object/address6.js'
import type { Address6 } from '../object/address6-entry.js'
import { dadFailed } from '../object/dad.js'
import type { Device, Inet6 } from '../object/device.js'
import { findNeighbour, heardOf, neighbourFor } from '../object/neighbour.js'
import { forgetGateway } from '../object/route-exception.js'
import { receiveRouter } from '../object/router-advertisement.js'
import { eui64 } from '../object/tunnel-address.js'
import type { LocalPacket } from './icmp.js'
import { announceAddress6, neighbourHops, nonceOption, sendAdvertisement } from './nd-send.js'
import { receiveRedirect6 } from './redirect-input.js'

type Of<Kind extends Icmpv6['kind']> = Extract<Icmpv6, { kind: Kind }>

/** Somebody asks for an address of this link, or answers, or a router tells of itself or of another. */
export function receiveNd(kernel: Kernel, packet: LocalPacket, icmp: Icmpv6): void {
  const { device, octets, hops } = packet
  const isRouter = icmp.kind === 'router-advertisement'
  const isWrong = hops !== neighbourHops || icmp.code !== 0
  if (isWrong || (!isRouter && (device.noArp || device.mac === undefined))) {
    kernel.dropped(device, octets, isWrong ? 'malformed' : 'ignored')
    return
  }
  if (isRouter) receiveRouter(kernel, packet, icmp)
  else if (icmp.kind === 'neighbour-solicitation') receiveSolicitation(kernel, packet, icmp)
  else if (icmp.kind === 'neighbour-advertisement') receiveAdvertisement(kernel, device, icmp)
  else if (icmp.kind === 'redirect') receiveRedirect6(kernel, packet, icmp)
}

/** The MAC that an option tells. */
export function macIn(icmp: Icmpv6, kind: 'source-mac' | 'target-mac'): string | undefined {
  if (!('options' in icmp)) return undefined
  for (const option of icmp.options) if (option.kind === kind && 'mac' in option) return option.mac as string
  return undefined
}

/** The address of a link that a message is about. */
function entryOf(device: Device, target: string): Address6 | undefined {
  const wanted = parseIp(target)
  return device.inet6?.addresses.find((each) => sameOctets(each.octets, wanted))
}

function receiveSolicitation(kernel: Kernel, packet: LocalPacket, icmp: Of<'neighbour-solicitation'>): void {
  const { device, from, to, octets } = packet
  const { target } = icmp
  const sender = macIn(icmp, 'source-mac')
  const isProbe = isZero(from)
  // Who has no address yet asks the group of the address, and tells no MAC (RFC 4861 § 7.1.1).
  if (isProbe && (sender !== undefined || !isSolicitedGroup(to))) {
    kernel.dropped(device, octets, 'malformed')
    return
  }
  const entry = entryOf(device, target)
  if (entry === undefined) return
  if (entry.tentative || entry.optimistic) {
    if (isProbe) {
      // One's own question that came back says nothing (RFC 7527).
      if (!isOwn(entry, icmp)) isDuplicate(kernel, device, entry)
      return
    }
    // An address that may be somebody else's yet is not answered for (RFC 4862 § 5.4.3).
    if (!entry.optimistic) return
  }
  if (isProbe) {
    announceAddress6(kernel, device, target)
    return
  }
  if (sender !== undefined) heardOf(kernel, device, neighbourFor(device, from), sender, 'stale', true)
  const toMac = sender ?? macFromNumber(macAt(octets, 6))
  // Who asks the address itself knows its MAC.
  const override = isMulticastIp(to)
  sendAdvertisement(kernel, device, { target, to: formatIp(from), toMac, solicited: true, override })
}

/** An address that is being looked at is somebody else's; a link whose own MAC seems to be taken may lose IPv6 (`accept_dad`). */
function isDuplicate(kernel: Kernel, device: Device, entry: Address6): void {
  const inet6 = device.inet6 as Inet6
  const wish = Math.max(inet6.conf.accept_dad, device.namespace.sysctls.conf6.all.accept_dad)
  const isOfMac = wish > 1 && !entry.stablePrivacy && sameOctets(entry.octets, linkLocalOfMac(device))
  if (!dadFailed(kernel, device, entry, (gone) => remove(kernel, device, gone)) || !isOfMac) return
  inet6.conf = { ...inet6.conf, disable_ipv6: 1 }
  disableIpv6(kernel, device)
}

function linkLocalOfMac({ mac, sharerId }: Device): Uint8Array | undefined {
  const octets = parseMac(mac ?? '')
  return octets && Uint8Array.of(0xfe, 0x80, 0, 0, 0, 0, 0, 0, ...eui64(octets, sharerId))
}

const isSolicitedGroup = (octets: Uint8Array): boolean =>
  octets[0] === 0xff && octets[1] === 2 && octets[11] === 1 && octets[12] === 0xff && isZero(octets.subarray(2, 11))

function isOwn(entry: Address6, { options }: Of<'neighbour-solicitation'>): boolean {
  return options.some(
    (one) =>
      one.kind === 'other' && one.type === nonceOption && keyOf(one.bytes, one.bytes.length * 8) === entry.dadNonce,
  )
}

function receiveAdvertisement(kernel: Kernel, device: Device, icmp: Of<'neighbour-advertisement'>): void {
  const own = entryOf(device, icmp.target)
  if (own !== undefined) {
    if (own.tentative) isDuplicate(kernel, device, own)
    return
  }
  const target = parseIp(icmp.target) as Uint8Array
  const entry = findNeighbour(device, target)
  // Without a MAC it confirms the one that is known.
  const mac = macIn(icmp, 'target-mac') ?? entry?.mac
  if (entry === undefined || mac === undefined) return
  if (entry.router && !icmp.router) forgetGateway(device, target)
  entry.router = icmp.router
  heardOf(kernel, device, entry, mac, icmp.solicited ? 'reachable' : 'stale', icmp.override)
}
