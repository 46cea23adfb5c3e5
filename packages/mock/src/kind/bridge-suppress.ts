/** A bridge that answers for neighbours whom it knows: proxy ARP and neighbour suppression (`net/bridge/br_arp_nd_proxy.c`). @module */
import { formatIp, isMulticastIp, parseIp, parseMac } from '@vnet/core'
import {
  type Arp,
  arpOperations,
  decodeArp,
  decodeIcmpv6,
  encodeFrame,
  ethernetHeaderSize,
  etherTypeAt,
  etherTypes,
  type Icmpv6,
  icmpv6Types,
  ipProtocols,
  ipv6HeaderSize,
  isDecodeError,
  isGroupMacAt,
  macAt,
  macFromNumber,
  macToNumber,
} from '@vnet/wire'
import { isLoopback, isZero, sameOctets } from '../bits.js'
import type { Kernel } from '../kernel.js'
import { isLocal4, isLocal6 } from '../object/address-type.js'
import type { Device } from '../object/device.js'
import { findNeighbour, isValid, type NeighbourEntry } from '../object/neighbour.js'
import { Frame } from '../stack/frame.js'
import { macIn } from '../stack/nd.js'
import { advertisementLayers } from '../stack/nd-send.js'
import { transmit } from '../stack/transmit.js'
import type { BridgeData, BridgePort, FdbRecord } from './bridge-data.js'
import { leaving, VlanFrame } from './bridge-frame.js'
import { findRecord } from './bridge-learn.js'
import { ipAt } from './bridge-snoop.js'
import { tagTypeOf } from './vlan-frame.js'

/** A frame in a bridge that may ask for a neighbour. */
interface Asked {
  readonly kernel: Kernel
  readonly bridge: Device
  /** Where it came in; `undefined` for the bridge's own host. */
  readonly port: Device | undefined
  readonly octets: Uint8Array
  readonly vlan: number
}

/** Whether nothing that asks for neighbours is to be heard behind a port (`br_is_neigh_suppress_enabled`). */
export function suppresses(port: BridgePort | undefined, vlan: number): boolean {
  if (port === undefined) return false
  const { neighbourSuppress, neighbourVlanSuppress } = port.options
  if (vlan === 0 || !neighbourVlanSuppress) return neighbourSuppress === true
  return port.vlans.get(vlan)?.neighbourSuppress ?? false
}

const suppressesAnywhere = (bridge: Device): boolean =>
  (bridge.bridge as BridgeData).ports.some(
    ({ port }) => port?.options.neighbourSuppress || port?.options.neighbourVlanSuppress,
  )

/** Answers a question where the answer is known. Whether the frame is kept from ports that are spared such questions. */
export function answerFor(
  kernel: Kernel,
  bridge: Device,
  port: Device | undefined,
  octets: Uint8Array,
  vlan: number,
): boolean {
  const at = ipAt(octets)
  const type = etherTypeAt(octets, at - ethernetHeaderSize)
  const asked = { kernel, bridge, port, octets, vlan }
  try {
    if (type === etherTypes.arp) return answerArp(asked, decodeArp(octets, at))
    if (type !== etherTypes.ipv6 || octets[at + 6] !== ipProtocols.icmpv6 || !suppressesAnywhere(bridge)) return false
    const start = at + ipv6HeaderSize
    const kind = octets[start]
    if (kind !== icmpv6Types.neighbourSolicitation && kind !== icmpv6Types.neighbourAdvertisement) return false
    return answerNd(asked, decodeIcmpv6(octets, start), octets.slice(at + 8, at + 24), octets.slice(at + 24, at + 40))
  } catch (error) {
    if (isDecodeError(error)) return false
    throw error
  }
}

function answerArp(asked: Asked, arp: Arp): boolean {
  const { bridge, port, octets, vlan } = asked
  const [sender, target] = [parseIp(arp.senderIp), parseIp(arp.targetIp)]
  if (bridge.noArp || sender?.length !== 4 || target?.length !== 4) return false
  if (isLoopback(target) || isMulticastIp(target)) return false
  const suppressed = suppressesAnywhere(bridge)
  const isRequest = arp.operation === arpOperations.request
  if (suppressed) {
    if (suppresses(port?.port, vlan) || (isRequest && !isGroupMacAt(octets, 0))) return false
    // Who asks whether an address is free, and who tells of one, has no answer; those who are spared need not hear it.
    if (sender[0] === 0 || sameOctets(sender, target)) return true
  }
  if (!isRequest) return false
  const host = hostOf(bridge, vlan)
  if (host === undefined) return false
  if (suppressed && isLocal4(host.namespace, target) && host.addresses4.some((one) => sameOctets(one.local, target)))
    return true
  const known = knownAt(asked, host, target)
  if (known === undefined) return false
  const { entry, record } = known
  const answers =
    port?.port?.options.proxyArp || record.port?.port?.options.proxyArpWifi || suppresses(record.port?.port, vlan)
  if (answers) {
    const mac = entry.mac as string
    const layers = [
      { layer: 'ethernet', destination: arp.senderMac, source: mac },
      {
        layer: 'arp',
        operation: arpOperations.reply,
        senderMac: mac,
        senderIp: arp.targetIp,
        targetMac: arp.senderMac,
        targetIp: arp.senderIp,
      },
    ] as const
    reply(asked, encodeFrame(layers))
  }
  return answers === true || suppressed
}

function answerNd(asked: Asked, icmp: Icmpv6, from: Uint8Array, to: Uint8Array): boolean {
  const { port, vlan, octets, bridge } = asked
  if (icmp.code !== 0 || suppresses(port?.port, vlan)) return false
  if (icmp.kind === 'neighbour-advertisement') return !icmp.solicited
  if (icmp.kind !== 'neighbour-solicitation' || !isGroupMacAt(octets, 0)) return false
  if (isZero(from) || sameOctets(from, to)) return true
  const target = parseIp(icmp.target) as Uint8Array
  const host = hostOf(bridge, vlan)
  if (host === undefined) return false
  if (isLocal6(host.namespace, target, host)) return true
  const known = knownAt(asked, host, target)
  if (known === undefined) return false
  const { entry, record } = known
  if (suppresses(record.port?.port, vlan)) {
    const mac = entry.mac as string
    const toMac = macIn(icmp, 'source-mac') ?? macFromNumber(macAt(octets, 6))
    const said = {
      target: icmp.target,
      to: formatIp(from),
      toMac,
      solicited: true,
      override: true,
      router: entry.router,
    }
    reply(
      asked,
      encodeFrame([{ layer: 'ethernet', destination: toMac, source: mac }, ...advertisementLayers(mac, said)]),
    )
  }
  return true
}

/** The link of the bridge's own host in a VLAN: the bridge, or the VLAN link on it. */
function hostOf(bridge: Device, vlan: number): Device | undefined {
  if (vlan === 0) return bridge
  for (const upper of bridge.uppers) if (upper.vlan?.id === vlan) return upper
  return undefined
}

/** What the host knows of an address, and where the bridge knows its MAC to be. */
function knownAt(
  { bridge, vlan }: Asked,
  host: Device,
  target: Uint8Array,
): { entry: NeighbourEntry; record: FdbRecord } | undefined {
  const entry = findNeighbour(host, target)
  if (entry?.mac === undefined || !isValid(entry) || parseMac(entry.mac) === undefined) return undefined
  const record = findRecord(bridge, macToNumber(entry.mac), vlan)
  return record === undefined ? undefined : { entry, record }
}

/** Sends an answer back where the question came from, in its VLAN. */
function reply({ kernel, bridge, port, vlan }: Asked, octets: Uint8Array): void {
  const data = bridge.bridge as BridgeData
  const frame = new Frame(octets)
  const keeper = port?.port ?? data
  const inside = vlan === 0 ? undefined : new VlanFrame(frame, false, vlan, tagTypeOf(data.options.vlanProtocol))
  const out = inside === undefined ? frame : leaving(data, keeper, inside)
  if (out === undefined) return
  if (port === undefined) kernel.backlog.add(bridge, out)
  else transmit(kernel, port, out)
}
