/** What the filters of a link do with a packet (`tc filter`): only those of `clsact` and `ingress`; others choose classes. @module */
import {
  type Action,
  type FilterProtocol,
  type FlowerMatch,
  filterProtocols,
  type Link,
  type MirredTarget,
  parseIp,
  parseMac,
  type TrafficFilter,
} from '@vnet/core'
import type { Stop } from './explanation.js'
import { type Frame, isArp } from './frame.js'
import { isIn } from './net.js'
import type { Spot, World } from './world.js'

/** The packet goes on; or stops; or goes to another link. */
export type Verdict = { readonly goes: 'on' } | { readonly goes: 'stop'; readonly stop: Stop } | Elsewhere

/** It goes to a link, or to those of a block of filters. */
export type Elsewhere = { readonly goes: 'elsewhere'; readonly direction: 'egress' | 'ingress' } & MirredTarget<number>

const on: Verdict = { goes: 'on' }

/** Asks the filters of one side of a link. */
export async function filtered(
  world: World,
  spot: Spot,
  link: Link,
  side: 'ingress' | 'egress',
  frame: Frame,
): Promise<Verdict> {
  const qdiscs = await world.qdiscs(spot)
  if (side === 'egress') {
    const lossy = qdiscs.find((qdisc) => qdisc.kind === 'netem' && qdisc.parent === 'root' && qdisc.loss === 1)
    if (lossy !== undefined)
      return { goes: 'stop', stop: { ...world.step(spot.place, link, 'netem loses every packet'), cause: 'impaired' } }
  }
  if (!qdiscs.some(({ kind }) => kind === 'clsact' || (kind === 'ingress' && side === 'ingress'))) return on
  const filters = [...(await world.filters(spot, side))].sort((a, b) => a.priority - b.priority)
  let chain = 0
  for (let chains = 0; chains <= mostChains; chains++) {
    const outcome = inChain(filters.filter((filter) => filter.chain === chain))
    if (typeof outcome !== 'number') return outcome
    chain = outcome
  }
  return {
    goes: 'stop',
    stop: { ...world.step(spot.place, link, `chains of ${side} filters go on and on`), cause: 'filtered' },
  }

  /** What the filters of a chain say, or the chain that is next. */
  function inChain(own: readonly TrafficFilter[]): Verdict | number {
    for (const filter of own) {
      if (!isOfPacket(filter, link, side) || !matches(filter, frame)) continue
      const outcome = act(filter)
      if (outcome === undefined) continue
      if (typeof outcome !== 'string') return outcome
      const text = `an ${side} filter of priority ${filter.priority} (${filter.kind}) drops it`
      return { goes: 'stop', stop: { ...world.step(spot.place, link, text), cause: 'filtered' } }
    }
    return on
  }
}

/** Controls with which the packet itself goes to another link, and no copy of it. */
const ends: ReadonlySet<string> = new Set(['stolen', 'shot', 'trap'])

/** Chains that a packet may go through (`max_reclassify_loop`). */
const mostChains = 16

/**
 * What the actions of a filter that matches come to: a chain that is asked next; `undefined`: the next filter is asked;
 * `'drop'`: the packet is gone.
 */
function act({ actions }: TrafficFilter): Verdict | number | 'drop' | undefined {
  let jumps = 0
  for (let at = 0; at < actions.length; at++) {
    const action = actions[at] as Action
    // The link is gone, and with it what was to go there (`tcf_mirred_act`).
    if ('mode' in action && action.mode === 'redirect' && action.link === 0) return 'drop'
    if ('mode' in action && action.mode === 'redirect' && ends.has(action.control))
      return { ...targetOf(action), goes: 'elsewhere', direction: action.direction }
    const control = controlOf(action)
    if (control === 'continue') return undefined
    if (control === 'ok') return on
    if (control === 'pipe') continue
    const [, place, number] = /^(jump|goto chain) (\d+)$/.exec(control) ?? []
    if (place === undefined) return 'drop'
    if (place !== 'jump') return Number(number)
    // The kernel lets a packet pass that jumps too far or too often.
    if (Number(number) > actions.length || ++jumps > actions.length) return on
    at = Number(number) - 1
  }
  return on
}

const targetOf = ({ link, block }: MirredTarget<number>): MirredTarget<number> =>
  block === undefined ? { link } : { block }

/** What follows an action; one packet is within any rate. Of actions that have no name here the next is asked. */
function controlOf(action: Action): string {
  if ('control' in action) return action.control
  return 'exceed' in action ? (action.conform ?? 'ok') : 'pipe'
}

/** Whether the kernel looks at packets for the filter, and at those that come by its link; none has a mark. */
function isOfPacket({ skipSoftware, mark = 0, inputLink }: TrafficFilter, link: Link, side: string): boolean {
  if (skipSoftware === true || mark !== 0) return false
  return inputLink === undefined || (side === 'ingress' && link.name === inputLink)
}

function matches(filter: TrafficFilter, frame: Frame): boolean {
  const { protocol } = filter
  if (protocol !== 'all' && numberOf(protocol) !== typeOf(frame)) return false
  if (filter.kind === 'matchall') return true
  if (filter.kind === 'flower') return matchesFlower(filter, frame)
  return filter.kind === 'u32' && matchesU32(filter, frame)
}

/** What the frame is after its tags: EtherType. A tag itself is what a filter sees of a tagged frame. */
function typeOf(frame: Frame): number {
  if (frame.tags.length > 0) return 0x8100
  if (isArp(frame)) return 0x0806
  return frame.packet.to.includes(':') ? 0x86dd : 0x0800
}

const numberOf = (protocol: FilterProtocol): number =>
  typeof protocol === 'number' ? protocol : filterProtocols[protocol]

/** Tags of VLANs, and what is behind them; nothing here gives them a priority. */
function matchesTags(filter: TrafficFilter, frame: Frame): boolean {
  const { tags } = frame
  const behind = (count: number) => typeOf({ ...frame, tags: tags.slice(count) })
  const parts = [
    [filter.vlanCount, tags.length],
    [filter.vlan, tags[0]],
    [filter.vlanPriority, 0],
    [filter.vlanEtherType && numberOf(filter.vlanEtherType), behind(1)],
    [filter.innerVlan, tags[1]],
    [filter.innerVlanPriority, 0],
    [filter.innerVlanEtherType && numberOf(filter.innerVlanEtherType), behind(2)],
  ]
  return parts.every(([wanted, found]) => wanted === undefined || wanted === found)
}

function matchesFlower(filter: TrafficFilter, frame: Frame): boolean {
  const { to, from, packet } = frame
  const { sourceMac, destinationMac, ipProtocol } = filter
  // More than has a name: nobody knows what.
  if (filter.data !== undefined) return false
  if (!matchesMac(sourceMac, filter.sourceMacMask, from)) return false
  if (!matchesMac(destinationMac, filter.destinationMacMask, to)) return false
  if (!matchesTags(filter, frame)) return false
  // Nobody knows the flags of TCP, what an ARP message says, or what is kept beside a packet; and it is no fragment.
  if (unknown.some((name) => filter[name] !== undefined) || filter.fragment || filter.firstFragment) return false
  const ofPorts = portFields.some((name) => filter[name] !== undefined)
  if (!ofPorts && !inPackets.some((name) => filter[name] !== undefined)) return true
  // ARP is not looked at as a packet of IP, and an echo request has no ports.
  if (isArp(frame) || (ofPorts && packet.ports === undefined)) return false
  if (!matchesPort(filter.sourcePort, filter.sourcePorts, packet.ports?.from)) return false
  if (!matchesPort(filter.destinationPort, filter.destinationPorts, packet.ports?.to)) return false
  if (ipProtocol !== undefined && ipProtocol !== packet.protocol) return false
  if (!matchesBits(filter.tos, filter.tosMask, 0) || !matchesBits(filter.ttl, filter.ttlMask, packet.hops)) return false
  const ofIcmp = filter.icmpType !== undefined || filter.icmpCode !== undefined
  if (ofIcmp && packet.icmpType === undefined) return false
  if (!matchesBits(filter.icmpType, filter.icmpTypeMask, packet.icmpType ?? 0)) return false
  if (!matchesBits(filter.icmpCode, filter.icmpCodeMask, 0)) return false
  return isIn(packet.from, filter.from ?? packet.from) && isIn(packet.to, filter.to ?? packet.to)
}

const inPackets = ['from', 'to', 'ipProtocol', 'tos', 'ttl', 'icmpType', 'icmpCode'] as const
const portFields = ['sourcePort', 'sourcePorts', 'destinationPort', 'destinationPorts'] as const
const unknown: readonly (keyof FlowerMatch)[] = [
  ...(['tcpFlags', 'arpOperation', 'arpSender', 'arpTarget', 'arpSenderMac', 'arpTargetMac'] as const),
  ...(['pppoeSession', 'pppProtocol', 'mpls', 'l2tpSession', 'hash'] as const),
  ...(['spi', 'cfmLevel', 'cfmOpcode', 'l2Miss'] as const),
  ...(['tunnelChecksum', 'tunnelDontFragment', 'tunnelOam', 'tunnelCritical'] as const),
  ...(['tunnelKey', 'tunnelFrom', 'tunnelTo', 'tunnelSourcePort', 'tunnelDestinationPort'] as const),
  ...(['geneveOptions', 'vxlanOptions', 'erspanOptions', 'gtpOptions', 'pfcpOptions'] as const),
  ...(['tunnelTos', 'tunnelTtl', 'connectionZone', 'connectionMark', 'connectionLabel'] as const),
  ...(['connectionTracked', 'connectionNew', 'connectionEstablished', 'connectionRelated'] as const),
  ...(['connectionInvalid', 'connectionReply'] as const),
]

function matchesPort(wanted: number | undefined, range: readonly [number, number] | undefined, port = -1): boolean {
  if (wanted !== undefined && wanted !== port) return false
  return range === undefined || (port >= range[0] && port <= range[1])
}

const matchesBits = (value: number | undefined, mask = 0xff, of: number): boolean =>
  value === undefined || (of & mask) === value

function matchesMac(wanted: string | undefined, maskText: string | undefined, mac: string): boolean {
  if (wanted === undefined || maskText === undefined) return wanted === undefined || wanted === mac
  const [value, mask, octets] = [wanted, maskText, mac].map((text) => parseMac(text) ?? new Uint8Array(6))
  return value?.every((octet, at) => ((octets?.[at] ?? 0) & (mask?.[at] ?? 0)) === octet) ?? false
}

/** Bits of the headers as far as they are known: Ethernet, the fixed part of IPv4 or IPv6, and the ports behind it. */
function matchesU32(filter: TrafficFilter, frame: Frame): boolean {
  if (isArp(frame) || filter.divisor !== undefined || filter.nextTable !== undefined) return false
  const octets = headersOf(frame)
  const view = new DataView(octets.buffer)
  return (filter.keys ?? []).every(({ offset, value, mask }) => {
    const at = 14 + offset
    return at >= 0 && at + 4 <= octets.length && ((view.getUint32(at) ^ value) & mask) === 0
  })
}

function headersOf({ to, from, packet }: Frame): Uint8Array {
  const [source, destination] = [parseIp(packet.from), parseIp(packet.to)]
  const behind = 14 + (destination?.length === 16 ? 40 : 20)
  const octets = new Uint8Array(behind + (packet.ports === undefined ? 0 : 4))
  const view = new DataView(octets.buffer)
  octets.set(parseMac(to) ?? [], 0)
  octets.set(parseMac(from) ?? [], 6)
  if (packet.ports !== undefined) {
    view.setUint16(behind, packet.ports.from)
    view.setUint16(behind + 2, packet.ports.to)
  }
  if (source === undefined || destination === undefined) return octets
  if (destination.length === 4) {
    view.setUint16(12, 0x0800)
    octets[14] = 0x45
    view.setUint16(16, packet.size)
    view.setUint16(20, packet.whole ? 0x4000 : 0)
    octets.set([packet.hops, packet.protocol], 22)
    octets.set(source, 26)
    octets.set(destination, 30)
  } else {
    view.setUint16(12, 0x86dd)
    octets[14] = 0x60
    view.setUint16(18, packet.size - 40)
    octets.set([packet.protocol, packet.hops], 20)
    octets.set(source, 22)
    octets.set(destination, 38)
  }
  return octets
}
