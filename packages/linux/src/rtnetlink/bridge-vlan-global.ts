/** Options of VLANs of bridges as a whole: RTM_GETVLAN, RTM_NEWVLAN with BRIDGE_VLANDB_GLOBAL_OPTIONS (Linux 5.15). @module */
import {
  type BridgeVlanGlobal,
  type BridgeVlanGlobalFilter,
  type CleanBridgeVlanGlobalChange,
  DecodeError,
} from '@vnet/core'
import { attributes, bool, centiseconds64, u8, u16, u32, writeAttributes } from '../netlink/attribute.js'
import { readAttributes } from '../netlink/attribute-run.js'
import { NLM_F_REQUEST } from '../netlink/message.js'
import type { Octets } from '../netlink/octets.js'
import type { MessageWriter } from '../netlink/writer.js'
import { querierState } from './bridge-querier.js'
import { encodeVlanHeader, encodeVlanList, forEachVlanNest } from './bridge-vlan.js'
import type { EncodeContext, OperationCodec } from './codec.js'
import * as k from './constants-bridge.js'

/** The options, enum BRIDGE_VLANDB_GOPTS_*, in the order in which `bridge` sends them. */
export const vlanGlobalAttributes = attributes({
  vlan: u16(1, 'BRIDGE_VLANDB_GOPTS_ID'),
  last: u16(2, 'BRIDGE_VLANDB_GOPTS_RANGE'),
  multicastSnooping: bool(3, 'BRIDGE_VLANDB_GOPTS_MCAST_SNOOPING'),
  multicastQuerier: bool(15, 'BRIDGE_VLANDB_GOPTS_MCAST_QUERIER'),
  multicastIgmpVersion: u8(4, 'BRIDGE_VLANDB_GOPTS_MCAST_IGMP_VERSION'),
  multicastMldVersion: u8(5, 'BRIDGE_VLANDB_GOPTS_MCAST_MLD_VERSION'),
  multicastLastMemberCount: u32(6, 'BRIDGE_VLANDB_GOPTS_MCAST_LAST_MEMBER_CNT'),
  multicastLastMemberInterval: centiseconds64(8, 'BRIDGE_VLANDB_GOPTS_MCAST_LAST_MEMBER_INTVL'),
  multicastStartupQueryCount: u32(7, 'BRIDGE_VLANDB_GOPTS_MCAST_STARTUP_QUERY_CNT'),
  multicastStartupQueryInterval: centiseconds64(14, 'BRIDGE_VLANDB_GOPTS_MCAST_STARTUP_QUERY_INTVL'),
  multicastMembershipInterval: centiseconds64(10, 'BRIDGE_VLANDB_GOPTS_MCAST_MEMBERSHIP_INTVL'),
  multicastQuerierInterval: centiseconds64(11, 'BRIDGE_VLANDB_GOPTS_MCAST_QUERIER_INTVL'),
  multicastQueryInterval: centiseconds64(12, 'BRIDGE_VLANDB_GOPTS_MCAST_QUERY_INTVL'),
  multicastQueryResponseInterval: centiseconds64(13, 'BRIDGE_VLANDB_GOPTS_MCAST_QUERY_RESPONSE_INTVL'),
  multicastQuerierState: querierState(17, 'BRIDGE_VLANDB_GOPTS_MCAST_QUERIER_STATE'),
  msti: u16(18, 'BRIDGE_VLANDB_GOPTS_MSTI'),
})
/** Alignment of 64-bit numbers. */
const BRIDGE_VLANDB_GOPTS_PAD = 9

function encodeChange(to: MessageWriter, spec: CleanBridgeVlanGlobalChange, context: EncodeContext): void {
  const { bridge, vlan, ...options } = spec
  const index = context.linkIndex(bridge)
  const [first, last] = vlan
  to.begin(k.RTM_NEWVLAN, NLM_F_REQUEST)
  encodeVlanHeader(to, index)
  const at = to.nest(k.BRIDGE_VLANDB_GLOBAL_OPTIONS)
  writeAttributes(to, vlanGlobalAttributes, { vlan: first, ...(first === last ? {} : { last }), ...options })
  to.endNest(at)
  to.end()
}

function filter(spec: BridgeVlanGlobalFilter, context: EncodeContext): (entry: BridgeVlanGlobal) => boolean {
  const bridge = spec.bridge === undefined ? undefined : context.linkIndex(spec.bridge)
  const { vlan } = spec
  return (entry) => (bridge === undefined || entry.bridge === bridge) && (vlan === undefined || entry.vlan === vlan)
}

/** Reads the VLANs of the payload of RTM_NEWVLAN, each by itself: the kernel tells equal ones as a range. */
export function decodeBridgeVlanGlobals(from: Octets, start: number, end: number): readonly BridgeVlanGlobal[] {
  const found: BridgeVlanGlobal[] = []
  forEachVlanNest(from, start, end, k.BRIDGE_VLANDB_GLOBAL_OPTIONS, 'bridgeVlanGlobal', (bridge, at, stop) => {
    const read = readAttributes(vlanGlobalAttributes, from, at, stop, 'bridgeVlanGlobal')
    const {
      vlan,
      last = vlan,
      ...options
    } = read.values as Omit<BridgeVlanGlobal, 'bridge'> & { readonly last?: number }
    if (vlan === undefined) throw new DecodeError('bridgeVlanGlobal', at, 'no BRIDGE_VLANDB_GOPTS_ID')
    const other = read.other.filter((attribute) => attribute.type !== BRIDGE_VLANDB_GOPTS_PAD)
    for (let number = vlan; number <= last; number++) found.push({ bridge, ...options, vlan: number, other })
  })
  return found
}

/** The codecs. */
export const bridgeVlanGlobalCodecs: {
  readonly 'bridgeVlanGlobal set': OperationCodec<'bridgeVlanGlobal set'>
  readonly 'bridgeVlanGlobal list': OperationCodec<'bridgeVlanGlobal list'>
} = {
  'bridgeVlanGlobal set': { encode: encodeChange, answer: 'ack' },
  'bridgeVlanGlobal list': {
    encode: (to) => encodeVlanList(to, k.BRIDGE_VLANDB_DUMPF_GLOBAL),
    answer: 'dump',
    decode: decodeBridgeVlanGlobals,
    filter,
    // A kernel that tells no VLANs apart does not know the question.
    missing: ['EOPNOTSUPP'],
  },
}
