/** What a VXLAN answers itself, from the neighbour table (`arp_reduce`, `neigh_reduce`, `route_shortcircuit`). @module */
import { formatIp, isMulticastIp, parseIp } from '@vnet/core'
import {
  arpOperations,
  decodeIcmpv6,
  encodeFrame,
  ethernetHeaderSize,
  etherTypeAt,
  etherTypes,
  type Icmpv6,
  icmpv6Types,
  ipProtocols,
  ipv6HeaderSize,
  ipv6PayloadLengthAt,
  isDecodeError,
  isGroupMacAt,
  macAt,
  macFromNumber,
  macToNumber,
  setMacAt,
} from '@vnet/wire'
import { isLoopback } from '../bits.js'
import type { Kernel } from '../kernel.js'
import { findVxlan } from '../kind/vxlan-table.js'
import type { Device } from '../object/device.js'
import { findNeighbour } from '../object/neighbour.js'
import { readArp } from '../stack/arp.js'
import { Frame } from '../stack/frame.js'
import { macIn } from '../stack/nd.js'
import { advertisementLayers } from '../stack/nd-send.js'
import { innerOf } from './inner.js'

/** States in which a neighbour is there for certain (`NUD_CONNECTED`). */
const connected: ReadonlySet<string> = new Set(['permanent', 'noarp', 'reachable'])

/** Answers a question for a neighbour that is known. `true` for every question: none of them leaves the link. */
export function answerForNeighbour(kernel: Kernel, device: Device, { octets }: Frame, vni: number): boolean {
  const type = etherTypeAt(octets, 0)
  const isArp = type === etherTypes.arp
  if (!isArp && !isSolicitation(octets, type)) return false
  const answer = isArp ? arpAnswer(kernel, device, octets, vni) : ndAnswer(kernel, device, octets, vni)
  if (answer === undefined) kernel.dropped(device, octets, 'neighbour-failed')
  else kernel.backlog.add(device, new Frame(answer))
  return true
}

function isSolicitation(octets: Uint8Array, type: number): boolean {
  const message = ethernetHeaderSize + ipv6HeaderSize
  if (type !== etherTypes.ipv6 || octets.length < message + 24) return false
  if (octets[ethernetHeaderSize + 6] !== ipProtocols.icmpv6) return false
  return octets[message] === icmpv6Types.neighbourSolicitation && octets[message + 1] === 0
}

/** The MAC of a neighbour that is there and not behind this host itself, and whether it is a router. */
function known(
  kernel: Kernel,
  device: Device,
  address: Uint8Array,
  vni: number,
): { mac: string; router: boolean } | undefined {
  const entry = findNeighbour(device, address)
  if (entry?.mac === undefined || !connected.has(entry.state)) return undefined
  const record = findVxlan(kernel, device, entry.mac, vni)
  const first = record?.remotes[0]?.address
  if (first === '0.0.0.0' || first === '::') return undefined
  return { mac: entry.mac, router: record?.router === true }
}

function arpAnswer(kernel: Kernel, device: Device, octets: Uint8Array, vni: number): Uint8Array | undefined {
  const arp = readArp(octets)
  const target = arp === undefined ? undefined : parseIp(arp.targetIp)
  if (arp?.operation !== arpOperations.request || target?.length !== 4 || device.noArp) return undefined
  if (isLoopback(target) || isMulticastIp(target)) return undefined
  const found = known(kernel, device, target, vni)
  if (found === undefined) return undefined
  return encodeFrame([
    { layer: 'ethernet', destination: arp.senderMac, source: found.mac },
    {
      layer: 'arp',
      operation: arpOperations.reply,
      senderMac: found.mac,
      senderIp: arp.targetIp,
      targetMac: arp.senderMac,
      targetIp: arp.senderIp,
    },
  ])
}

function ndAnswer(kernel: Kernel, device: Device, octets: Uint8Array, vni: number): Uint8Array | undefined {
  const start = ethernetHeaderSize + ipv6HeaderSize
  const end = start + ipv6PayloadLengthAt(octets, ethernetHeaderSize)
  const asked = read(octets, start, end)
  if (asked?.kind !== 'neighbour-solicitation') return undefined
  const target = parseIp(asked.target) as Uint8Array
  if (isMulticastIp(target)) return undefined
  const found = known(kernel, device, target, vni)
  if (found === undefined) return undefined
  const toMac = macIn(asked, 'source-mac') ?? macFromNumber(macAt(octets, 6))
  const said = {
    target: asked.target,
    to: formatIp(octets, ethernetHeaderSize + 8, 16),
    toMac,
    solicited: true,
    override: true,
    router: found.router,
  }
  const ethernet = { layer: 'ethernet', destination: toMac, source: found.mac } as const
  return encodeFrame([ethernet, ...advertisementLayers(found.mac, said)])
}

/**
 * A frame to a router whose next stop is known goes there directly: it gets the MAC of that one, and the router's as source.
 * `undefined` where it goes the usual way.
 */
export function shortCircuit(device: Device, octets: Uint8Array): Uint8Array | undefined {
  const { version, at } = innerOf(octets, true)
  if (isGroupMacAt(octets, 0) || version === undefined || at !== ethernetHeaderSize) return undefined
  const to = version === 4 ? octets.slice(at + 16, at + 20) : octets.slice(at + 24, at + 40)
  const entry = findNeighbour(device, to)
  if (entry?.mac === undefined || macToNumber(entry.mac) === macAt(octets, 0)) return undefined
  const frame = octets.slice()
  setMacAt(frame, 6, macAt(octets, 0))
  setMacAt(frame, 0, macToNumber(entry.mac))
  return frame
}

function read(octets: Uint8Array, start: number, end: number): Icmpv6 | undefined {
  try {
    return decodeIcmpv6(octets, start, end)
  } catch (error) {
    if (isDecodeError(error)) return undefined
    throw error
  }
}
