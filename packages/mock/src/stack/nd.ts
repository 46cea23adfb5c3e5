/** Neighbour Discovery that comes in (`net/ipv6/ndisc.c`; RFC 4861 § 7.2). @module */
import { formatIp, parseIp } from '@vnet/core'
import { encodeFrame, type Icmpv6, icmpv6Types, macAt, macFromNumber } from '@vnet/wire'
import { isZero, sameOctets } from '../bits.js'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { findNeighbour, heardOf, neighbourFor } from '../object/neighbour.js'
import { Frame } from './frame.js'
import { transmit } from './transmit.js'

/** Hops of what must not have crossed a router (RFC 4861 § 7.1). */
const neighbourHops = 255
const allNodes = { ip: 'ff02::1', mac: '33:33:00:00:00:01' } as const

/** Somebody asks for an address of this link, or answers. */
export function receiveNd(
  kernel: Kernel,
  device: Device,
  octets: Uint8Array,
  source: Uint8Array,
  hops: number,
  icmp: Icmpv6,
): void {
  if (hops !== neighbourHops || icmp.code !== 0 || device.noArp || device.mac === undefined) return
  if (icmp.kind === 'neighbour-solicitation')
    answer(kernel, device, octets, source, icmp.target, macIn(icmp, 'source-mac'))
  else if (icmp.kind === 'neighbour-advertisement') learn(kernel, device, icmp)
}

function macIn(icmp: Icmpv6, kind: 'source-mac' | 'target-mac'): string | undefined {
  if (!('options' in icmp)) return undefined
  for (const option of icmp.options) if (option.kind === kind && 'mac' in option) return option.mac as string
  return undefined
}

function answer(
  kernel: Kernel,
  device: Device,
  octets: Uint8Array,
  source: Uint8Array,
  target: string,
  sender: string | undefined,
): void {
  const wanted = parseIp(target)
  const entry = device.inet6?.addresses.find((each) => sameOctets(each.octets, wanted))
  // An address that may be somebody else's yet is not answered for (RFC 4862 § 5.4.3).
  if (entry === undefined || (entry.tentative && !entry.optimistic)) return
  const isProbe = isZero(source)
  if (!isProbe && sender !== undefined) heardOf(kernel, device, neighbourFor(device, source), sender, 'stale', true)
  const mac = device.mac as string
  const to = sender ?? macFromNumber(macAt(octets, 6))
  const frame = encodeFrame([
    { layer: 'ethernet', destination: isProbe ? allNodes.mac : to, source: mac },
    { layer: 'ipv6', source: target, destination: isProbe ? allNodes.ip : formatIp(source), hopLimit: neighbourHops },
    {
      layer: 'icmpv6',
      kind: 'neighbour-advertisement',
      type: icmpv6Types.neighbourAdvertisement,
      router: false,
      solicited: !isProbe,
      override: true,
      target,
      options: [{ kind: 'target-mac', mac }],
    },
  ])
  transmit(kernel, device, new Frame(frame))
}

function learn(kernel: Kernel, device: Device, icmp: Extract<Icmpv6, { kind: 'neighbour-advertisement' }>): void {
  const target = parseIp(icmp.target)
  const entry = target && findNeighbour(device, target)
  const mac = macIn(icmp, 'target-mac')
  if (entry === undefined || mac === undefined) return
  entry.router = icmp.router
  heardOf(kernel, device, entry, mac, icmp.solicited ? 'reachable' : 'stale', icmp.override)
}
