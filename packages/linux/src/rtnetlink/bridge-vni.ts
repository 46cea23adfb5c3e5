/**
 * Identifiers that external VXLANs receive (RTM_NEWTUNNEL, RTM_DELTUNNEL, RTM_GETTUNNEL;
 * `drivers/net/vxlan/vxlan_vnifilter.c`; Linux 5.18).
 *
 * @module
 */
import {
  type BridgeVni,
  type BridgeVniFilter,
  type BridgeVniStatistics,
  type CleanBridgeVniKey,
  type CleanBridgeVniSpec,
  DecodeError,
  type RawAttribute,
} from '@vnet/core'
import { attributes, ip, octets, u32, u64, writeAttributes } from '../netlink/attribute.js'
import { forEachAttribute, readAttributes } from '../netlink/attribute-run.js'
import { NLM_F_DUMP, NLM_F_REQUEST } from '../netlink/message.js'
import { counters, nested } from '../netlink/nested.js'
import type { Octets } from '../netlink/octets.js'
import type { MessageWriter } from '../netlink/writer.js'
import type { EncodeContext, OperationCodec } from './codec.js'
import { AF_BRIDGE } from './constants.js'
import * as k from './constants-bridge.js'
import { field, struct } from './struct.js'

/** What precedes the attributes of a message about identifiers. */
export const tunnel_msg = struct('struct tunnel_msg', 8, {
  family: field('family', 0, 'u8'),
  flags: field('flags', 1, 'u8'),
  link: field('ifindex', 4, 'u32'),
})

/** Counters of an identifier, enum VNIFILTER_ENTRY_STATS_*. */
export const vniStatisticsAttributes = attributes({
  rxBytes: u64(1, 'VNIFILTER_ENTRY_STATS_RX_BYTES'),
  rxPackets: u64(2, 'VNIFILTER_ENTRY_STATS_RX_PKTS'),
  rxDropped: u64(3, 'VNIFILTER_ENTRY_STATS_RX_DROPS'),
  rxErrors: u64(4, 'VNIFILTER_ENTRY_STATS_RX_ERRORS'),
  txBytes: u64(5, 'VNIFILTER_ENTRY_STATS_TX_BYTES'),
  txPackets: u64(6, 'VNIFILTER_ENTRY_STATS_TX_PKTS'),
  txDropped: u64(7, 'VNIFILTER_ENTRY_STATS_TX_DROPS'),
  txErrors: u64(8, 'VNIFILTER_ENTRY_STATS_TX_ERRORS'),
  pad: octets(9, 'VNIFILTER_ENTRY_STATS_PAD'),
})

/** Attributes of an identifier, or of several that follow one another, enum VXLAN_VNIFILTER_ENTRY_*. */
export const vniEntryAttributes = attributes({
  first: u32(1, 'VXLAN_VNIFILTER_ENTRY_START'),
  last: u32(2, 'VXLAN_VNIFILTER_ENTRY_END'),
  remote: ip(3, 'VXLAN_VNIFILTER_ENTRY_GROUP'),
  remote6: ip(4, 'VXLAN_VNIFILTER_ENTRY_GROUP6'),
  statistics: counters<BridgeVniStatistics>(5, 'VXLAN_VNIFILTER_ENTRY_STATS', vniStatisticsAttributes),
})

/** Attributes of a message about identifiers, enum VXLAN_VNIFILTER_*. */
export const vniMessageAttributes = attributes({
  entry: nested<object>(1, 'VXLAN_VNIFILTER_ENTRY', vniEntryAttributes),
})

function encodeHeader(to: MessageWriter, flags: number, link: number): void {
  to.u8(AF_BRIDGE)
  to.u8(flags)
  to.zeros(2)
  to.u32(link)
}

const encodeChange =
  (message: number) =>
  (to: MessageWriter, spec: CleanBridgeVniKey | CleanBridgeVniSpec, context: EncodeContext): void => {
    const index = context.linkIndex(spec.link)
    const [first, last] = spec.vni
    to.begin(message, NLM_F_REQUEST)
    encodeHeader(to, 0, index)
    const at = to.nest(vniMessageAttributes.entry.type)
    // The kernel takes one number as both.
    writeAttributes(to, vniEntryAttributes, { first, ...(first === last ? {} : { last }) })
    const remote = 'remote' in spec ? spec.remote : undefined
    if (remote !== undefined) {
      to.octetsAttribute(vniEntryAttributes[remote.length === 4 ? 'remote' : 'remote6'].type, remote)
    }
    to.endNest(at)
    to.end()
  }

/** Links are left to us: the kernel refuses one that is no VXLAN, and other lists are empty then. */
function filter(spec: BridgeVniFilter, context: EncodeContext): ((entry: BridgeVni) => boolean) | undefined {
  const link = spec.link === undefined ? undefined : context.linkIndex(spec.link)
  const { vni } = spec
  if (link === undefined && vni === undefined) return undefined
  return (entry) => (link === undefined || entry.link === link) && (vni === undefined || entry.vni === vni)
}

interface Values extends Pick<BridgeVni, 'statistics'> {
  readonly first?: number
  readonly last?: number
  readonly remote?: string
  readonly remote6?: string
}

/** 24 bits (RFC 7348). */
const mostVni = 0xff_ffff
/** More in a row would take the memory of the program, which nobody has but who sends wrong octets. */
const mostInRange = 1 << 20

/** Reads the identifiers of a message, each by itself: the kernel tells equal ones as a range. */
export function decodeBridgeVnis(from: Octets, start: number, end: number): readonly BridgeVni[] {
  if (end - start < tunnel_msg.size)
    throw new DecodeError('bridgeVni', start, `${end - start} octets, needs ${tunnel_msg.size}`)
  const found: BridgeVni[] = []
  if (from.bytes[start] !== AF_BRIDGE) return found
  const link = from.u32(start + 4)
  forEachAttribute(from, start + tunnel_msg.size, end, 'bridgeVni', (type, at, stop) => {
    if (type !== vniMessageAttributes.entry.type) return
    const { values, other } = readAttributes(vniEntryAttributes, from, at, stop, 'bridgeVni')
    const { first, last = first, remote, remote6, statistics } = values as Values
    if (first === undefined || last === undefined)
      throw new DecodeError('bridgeVni', at, 'no VXLAN_VNIFILTER_ENTRY_START')
    if (last < first || last > mostVni || last - first >= mostInRange)
      throw new DecodeError('bridgeVni', at, `identifiers from ${first} to ${last}: more than are listed one by one`)
    const far = remote ?? remote6
    for (let vni = first; vni <= last; vni++) {
      found.push({
        link,
        vni,
        ...(far === undefined ? {} : { remote: far }),
        ...(statistics === undefined ? {} : { statistics }),
        other: other as readonly RawAttribute[],
      })
    }
  })
  return found
}

/** The codecs. */
export const bridgeVniCodecs: {
  readonly 'bridgeVni add': OperationCodec<'bridgeVni add'>
  readonly 'bridgeVni delete': OperationCodec<'bridgeVni delete'>
  readonly 'bridgeVni list': OperationCodec<'bridgeVni list'>
} = {
  'bridgeVni add': { encode: encodeChange(k.RTM_NEWTUNNEL), answer: 'ack' },
  'bridgeVni delete': { encode: encodeChange(k.RTM_DELTUNNEL), answer: 'ack' },
  'bridgeVni list': {
    encode(to, { statistics }) {
      to.begin(k.RTM_GETTUNNEL, NLM_F_REQUEST | NLM_F_DUMP)
      encodeHeader(to, statistics ? k.TUNNEL_MSG_FLAG_STATS : 0, 0)
      to.end()
    },
    answer: 'dump',
    decode: decodeBridgeVnis,
    filter,
    // A kernel without VXLAN, or before Linux 5.18, does not know the question.
    missing: ['EOPNOTSUPP'],
  },
}
