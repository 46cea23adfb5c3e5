/**
 * VLANs of bridges and their ports. They are added and removed as options of a link (RTM_SETLINK, RTM_DELLINK of family
 * AF_BRIDGE), listed, changed and told by messages of their own (RTM_GETVLAN, RTM_NEWVLAN, RTM_DELVLAN; Linux 5.6).
 *
 * @module
 */
import {
  type BridgeVlan,
  type BridgeVlanFilter,
  type BridgeVlanStatistics,
  type CleanBridgeVlanChange,
  type CleanBridgeVlanKey,
  type CleanBridgeVlanSpec,
  DecodeError,
  portStates,
  type RawAttribute,
} from '@vnet/core'
import { attributes, bool, custom, octets, u8, u16, u32, u64, words, writeAttributes } from '../netlink/attribute.js'
import { forEachAttribute, readAttribute, readAttributes } from '../netlink/attribute-run.js'
import { NLM_F_DUMP, NLM_F_REQUEST } from '../netlink/message.js'
import { counters } from '../netlink/nested.js'
import type { Octets } from '../netlink/octets.js'
import type { MessageWriter } from '../netlink/writer.js'
import type { EncodeContext, OperationCodec } from './codec.js'
import { AF_BRIDGE, RTM_DELLINK, RTM_SETLINK } from './constants.js'
import * as k from './constants-bridge.js'
import { ifinfomsg, linkAttributes } from './link-attributes.js'
import { field, struct } from './struct.js'

const IFLA_AF_SPEC = linkAttributes.addressFamilies.type

/** What precedes the attributes of a message about VLANs. */
export const br_vlan_msg = struct('struct br_vlan_msg', 8, {
  family: field('family', 0, 'u8'),
  link: field('ifindex', 4, 'u32'),
})
/** A VLAN and its flags. */
export const bridge_vlan_info = struct('struct bridge_vlan_info', 4, {
  flags: field('flags', 0, 'u16'),
  vlan: field('vid', 2, 'u16'),
})

interface Info {
  readonly flags: number
  readonly vlan: number
}

/** Counters of a VLAN, enum BRIDGE_VLANDB_STATS_*. */
export const vlanStatisticsAttributes = attributes({
  rxBytes: u64(1, 'BRIDGE_VLANDB_STATS_RX_BYTES'),
  rxPackets: u64(2, 'BRIDGE_VLANDB_STATS_RX_PACKETS'),
  txBytes: u64(3, 'BRIDGE_VLANDB_STATS_TX_BYTES'),
  txPackets: u64(4, 'BRIDGE_VLANDB_STATS_TX_PACKETS'),
  pad: octets(5, 'BRIDGE_VLANDB_STATS_PAD'),
})
/** The tunnel that a VLAN is mapped to, enum BRIDGE_VLANDB_TINFO_*. */
export const vlanTunnelAttributes = attributes({
  id: u32(1, 'BRIDGE_VLANDB_TINFO_ID'),
  command: u32(2, 'BRIDGE_VLANDB_TINFO_CMD'),
})

/** Attributes of a VLAN, enum BRIDGE_VLANDB_ENTRY_*. */
export const vlanEntryAttributes = attributes({
  info: custom<Info>(
    1,
    'BRIDGE_VLANDB_ENTRY_INFO',
    'struct',
    bridge_vlan_info.size,
    (to, { flags, vlan }) => {
      const at = to.nestPlain(1)
      to.u16(flags)
      to.u16(vlan)
      to.endNest(at)
    },
    (from, at) => ({ flags: from.u16(at), vlan: from.u16(at + 2) }),
  ),
  last: u16(2, 'BRIDGE_VLANDB_ENTRY_RANGE'),
  state: words(u8(3, 'BRIDGE_VLANDB_ENTRY_STATE'), portStates),
  tunnel: custom<number | null>(
    4,
    'BRIDGE_VLANDB_ENTRY_TUNNEL_INFO',
    'nested',
    0,
    (to, id) => {
      const at = to.nest(4)
      if (id !== null) vlanTunnelAttributes.id.write(to, id)
      vlanTunnelAttributes.command.write(to, id === null ? RTM_DELLINK : RTM_SETLINK)
      to.endNest(at)
    },
    (from, start, end) => readAttribute(vlanTunnelAttributes.id, from, start, end, 'bridgeVlan.tunnel') ?? 0,
  ),
  statistics: counters<BridgeVlanStatistics>(5, 'BRIDGE_VLANDB_ENTRY_STATS', vlanStatisticsAttributes),
  multicastRouter: u8(6, 'BRIDGE_VLANDB_ENTRY_MCAST_ROUTER'),
  multicastGroups: u32(7, 'BRIDGE_VLANDB_ENTRY_MCAST_N_GROUPS'),
  multicastMaxGroups: u32(8, 'BRIDGE_VLANDB_ENTRY_MCAST_MAX_GROUPS'),
  neighbourSuppress: bool(9, 'BRIDGE_VLANDB_ENTRY_NEIGH_SUPPRESS'),
})

function encodeInfo(to: MessageWriter, flags: number, vlan: number): void {
  const at = to.nestPlain(k.IFLA_BRIDGE_VLAN_INFO)
  to.u16(flags)
  to.u16(vlan)
  to.endNest(at)
}

const encodeMembership =
  (message: number) =>
  (to: MessageWriter, spec: CleanBridgeVlanKey | CleanBridgeVlanSpec, context: EncodeContext): void => {
    const index = context.linkIndex(spec.link)
    const [first, last] = spec.vlan
    to.begin(message, NLM_F_REQUEST)
    to.u8(AF_BRIDGE)
    to.zeros(3)
    to.u32(index)
    to.zeros(ifinfomsg.size - 8)
    const at = to.nestPlain(IFLA_AF_SPEC)
    const keeper = (spec.self ? k.BRIDGE_FLAGS_SELF : 0) | (spec.master ? k.BRIDGE_FLAGS_MASTER : 0)
    if (keeper !== 0) to.u16Attribute(k.IFLA_BRIDGE_FLAGS, keeper)
    const flags =
      ('pvid' in spec && spec.pvid ? k.BRIDGE_VLAN_INFO_PVID : 0) |
      ('untagged' in spec && spec.untagged ? k.BRIDGE_VLAN_INFO_UNTAGGED : 0)
    if (first === last) encodeInfo(to, flags, first)
    else {
      encodeInfo(to, flags | k.BRIDGE_VLAN_INFO_RANGE_BEGIN, first)
      encodeInfo(to, flags | k.BRIDGE_VLAN_INFO_RANGE_END, last)
    }
    to.endNest(at)
    to.end()
  }

/** What precedes the attributes of a request. */
export function encodeVlanHeader(to: MessageWriter, index: number): void {
  to.u8(AF_BRIDGE)
  to.zeros(3)
  to.u32(index)
}

function encodeChange(to: MessageWriter, spec: CleanBridgeVlanChange, context: EncodeContext): void {
  const { link, vlan, ...options } = spec
  const index = context.linkIndex(link)
  const [first, last] = vlan
  to.begin(k.RTM_NEWVLAN, NLM_F_REQUEST)
  encodeVlanHeader(to, index)
  const at = to.nest(k.BRIDGE_VLANDB_ENTRY)
  const info = { flags: k.BRIDGE_VLAN_INFO_ONLY_OPTS, vlan: first }
  writeAttributes(to, vlanEntryAttributes, { info, ...(first === last ? {} : { last }), ...options })
  to.endNest(at)
  to.end()
}

/** Asks for the VLANs of all links; `flags` says what of them. */
export function encodeVlanList(to: MessageWriter, flags: number): void {
  to.begin(k.RTM_GETVLAN, NLM_F_REQUEST | NLM_F_DUMP)
  encodeVlanHeader(to, 0)
  to.u32Attribute(k.BRIDGE_VLANDB_DUMP_FLAGS, flags)
  to.end()
}

/** Links are left to us: the kernel refuses one that is no port of a bridge, and other lists are empty then. */
function filter(spec: BridgeVlanFilter, context: EncodeContext): ((entry: BridgeVlan) => boolean) | undefined {
  const link = spec.link === undefined ? undefined : context.linkIndex(spec.link)
  const { vlan } = spec
  if (link === undefined && vlan === undefined) return undefined
  return (entry) => (link === undefined || entry.link === link) && (vlan === undefined || entry.vlan === vlan)
}

interface Values extends Partial<Omit<BridgeVlan, 'link' | 'vlan' | 'pvid' | 'untagged' | 'other'>> {
  readonly info?: Info
  readonly last?: number
}

/** Reads the VLANs of the payload of RTM_NEWVLAN or RTM_DELVLAN, each by itself: the kernel tells equal ones as a range. */
export function decodeBridgeVlans(from: Octets, start: number, end: number): readonly BridgeVlan[] {
  const found: BridgeVlan[] = []
  forEachVlanNest(from, start, end, k.BRIDGE_VLANDB_ENTRY, 'bridgeVlan', (link, at, stop) =>
    decodeEntry(link, from, at, stop, found),
  )
  return found
}

/** Calls `visit` for each nest of one type in a message about VLANs: `visit(link, start, end)`. */
export function forEachVlanNest(
  from: Octets,
  start: number,
  end: number,
  wanted: number,
  path: string,
  visit: (link: number, start: number, end: number) => void,
): void {
  if (end - start < br_vlan_msg.size)
    throw new DecodeError(path, start, `${end - start} octets, needs ${br_vlan_msg.size}`)
  if (from.bytes[start] !== AF_BRIDGE) return
  const link = from.u32(start + 4)
  forEachAttribute(from, start + br_vlan_msg.size, end, path, (type, at, stop) => {
    if (type === wanted) visit(link, at, stop)
  })
}

function decodeEntry(link: number, from: Octets, start: number, end: number, found: BridgeVlan[]): void {
  const { values, other } = readAttributes(vlanEntryAttributes, from, start, end, 'bridgeVlan')
  const { info, last, tunnel, ...rest } = values as Values
  if (info === undefined) throw new DecodeError('bridgeVlan', start, 'no BRIDGE_VLANDB_ENTRY_INFO')
  const { flags, vlan } = info
  for (let number = vlan; number <= (last ?? vlan); number++) {
    found.push({
      link,
      vlan: number,
      pvid: (flags & k.BRIDGE_VLAN_INFO_PVID) !== 0,
      untagged: (flags & k.BRIDGE_VLAN_INFO_UNTAGGED) !== 0,
      ...rest,
      // The identifiers of a range follow one another as its VLANs do.
      ...(tunnel === undefined ? {} : { tunnel: tunnel + number - vlan }),
      other: other as readonly RawAttribute[],
    })
  }
}

/** The codecs. */
export const bridgeVlanCodecs: {
  readonly 'bridgeVlan add': OperationCodec<'bridgeVlan add'>
  readonly 'bridgeVlan set': OperationCodec<'bridgeVlan set'>
  readonly 'bridgeVlan delete': OperationCodec<'bridgeVlan delete'>
  readonly 'bridgeVlan list': OperationCodec<'bridgeVlan list'>
} = {
  'bridgeVlan add': { encode: encodeMembership(RTM_SETLINK), answer: 'ack' },
  'bridgeVlan set': { encode: encodeChange, answer: 'ack' },
  'bridgeVlan delete': { encode: encodeMembership(RTM_DELLINK), answer: 'ack' },
  'bridgeVlan list': {
    encode: (to, spec) => encodeVlanList(to, spec.statistics ? k.BRIDGE_VLANDB_DUMPF_STATS : 0),
    answer: 'dump',
    decode: decodeBridgeVlans,
    filter,
    // A kernel that tells no VLANs apart does not know the question.
    missing: ['EOPNOTSUPP'],
  },
}
