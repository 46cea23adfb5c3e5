/** Bridges: options and state as attributes (`linux/if_link.h`, `IFLA_BR_*`; `net/bridge/br_netlink.c`). @module */
import type { BridgeOptions, BridgeState } from '@vnet/core'
import {
  attributes,
  bool,
  bool32,
  centiseconds,
  centiseconds64,
  custom,
  flag,
  mac,
  u8,
  u16,
  u16be,
  u32,
  words,
  writeAttributes,
} from '../../netlink/attribute.js'
import { type Found, readValues } from '../../netlink/attribute-run.js'
import type { Octets } from '../../netlink/octets.js'
import { querierState } from '../bridge-querier.js'
import {
  BR_BOOLOPT_MCAST_VLAN_SNOOPING,
  BR_BOOLOPT_MDB_OFFLOAD_FAIL_NOTIFICATION,
  BR_BOOLOPT_MST_ENABLE,
  BR_BOOLOPT_NO_LL_LEARN,
  ETH_P_8021AD,
  ETH_P_8021Q,
} from '../constants.js'
import { sharedMac } from '../link-texts.js'
import { field, struct } from '../struct.js'
import type { LinkKind } from './kind.js'

/** Priority and MAC of a bridge, as STP sends them; both in network order. */
export const ifla_bridge_id = struct('struct ifla_bridge_id', 8, {
  prio: field('prio', 0, 'bytes'),
  addr: field('addr', 2, 'bytes'),
})
/** Switches of a bridge, a bit each, and which of them are meant. */
export const br_boolopt_multi = struct('struct br_boolopt_multi', 8, {
  values: field('optval', 0, 'u32'),
  mask: field('optmask', 4, 'u32'),
})

/** A bridge's identity as text: `8000.02:00:00:00:00:01`. */
export const bridgeId = (from: Octets, at: number) =>
  `${from.u16be(at).toString(16).padStart(4, '0')}.${sharedMac(from, at + 2, at + 8)}`
const identity = (type: number, name: string) => custom(type, name, 'struct', 8, () => {}, bridgeId)

interface Switches {
  readonly values: number
  readonly mask: number
}

/** Attributes of a bridge. */
export const bridgeAttributes = attributes({
  forwardDelay: centiseconds(1, 'IFLA_BR_FORWARD_DELAY'),
  helloTime: centiseconds(2, 'IFLA_BR_HELLO_TIME'),
  maxAge: centiseconds(3, 'IFLA_BR_MAX_AGE'),
  ageingTime: centiseconds(4, 'IFLA_BR_AGEING_TIME'),
  stp: bool32(5, 'IFLA_BR_STP_STATE'),
  priority: u16(6, 'IFLA_BR_PRIORITY'),
  vlanFiltering: bool(7, 'IFLA_BR_VLAN_FILTERING'),
  vlanProtocol: words(u16be(8, 'IFLA_BR_VLAN_PROTOCOL'), { '802.1Q': ETH_P_8021Q, '802.1ad': ETH_P_8021AD }),
  groupForwardMask: u16(9, 'IFLA_BR_GROUP_FWD_MASK'),
  rootId: identity(10, 'IFLA_BR_ROOT_ID'),
  bridgeId: identity(11, 'IFLA_BR_BRIDGE_ID'),
  rootPort: u16(12, 'IFLA_BR_ROOT_PORT'),
  rootPathCost: u32(13, 'IFLA_BR_ROOT_PATH_COST'),
  topologyChange: bool(14, 'IFLA_BR_TOPOLOGY_CHANGE'),
  topologyChangeDetected: bool(15, 'IFLA_BR_TOPOLOGY_CHANGE_DETECTED'),
  helloTimer: centiseconds64(16, 'IFLA_BR_HELLO_TIMER'),
  tcnTimer: centiseconds64(17, 'IFLA_BR_TCN_TIMER'),
  topologyChangeTimer: centiseconds64(18, 'IFLA_BR_TOPOLOGY_CHANGE_TIMER'),
  gcTimer: centiseconds64(19, 'IFLA_BR_GC_TIMER'),
  groupAddress: mac(20, 'IFLA_BR_GROUP_ADDR'),
  fdbFlush: flag(21, 'IFLA_BR_FDB_FLUSH'),
  multicastRouter: u8(22, 'IFLA_BR_MCAST_ROUTER'),
  multicastSnooping: bool(23, 'IFLA_BR_MCAST_SNOOPING'),
  multicastQueryUseIfaddr: bool(24, 'IFLA_BR_MCAST_QUERY_USE_IFADDR'),
  multicastQuerier: bool(25, 'IFLA_BR_MCAST_QUERIER'),
  multicastHashElasticity: u32(26, 'IFLA_BR_MCAST_HASH_ELASTICITY'),
  multicastHashMax: u32(27, 'IFLA_BR_MCAST_HASH_MAX'),
  multicastLastMemberCount: u32(28, 'IFLA_BR_MCAST_LAST_MEMBER_CNT'),
  multicastStartupQueryCount: u32(29, 'IFLA_BR_MCAST_STARTUP_QUERY_CNT'),
  multicastLastMemberInterval: centiseconds64(30, 'IFLA_BR_MCAST_LAST_MEMBER_INTVL'),
  multicastMembershipInterval: centiseconds64(31, 'IFLA_BR_MCAST_MEMBERSHIP_INTVL'),
  multicastQuerierInterval: centiseconds64(32, 'IFLA_BR_MCAST_QUERIER_INTVL'),
  multicastQueryInterval: centiseconds64(33, 'IFLA_BR_MCAST_QUERY_INTVL'),
  multicastQueryResponseInterval: centiseconds64(34, 'IFLA_BR_MCAST_QUERY_RESPONSE_INTVL'),
  multicastStartupQueryInterval: centiseconds64(35, 'IFLA_BR_MCAST_STARTUP_QUERY_INTVL'),
  nfCallIptables: bool(36, 'IFLA_BR_NF_CALL_IPTABLES'),
  nfCallIp6tables: bool(37, 'IFLA_BR_NF_CALL_IP6TABLES'),
  nfCallArptables: bool(38, 'IFLA_BR_NF_CALL_ARPTABLES'),
  vlanDefaultPvid: u16(39, 'IFLA_BR_VLAN_DEFAULT_PVID'),
  vlanStatsEnabled: bool(41, 'IFLA_BR_VLAN_STATS_ENABLED'),
  multicastStatsEnabled: bool(42, 'IFLA_BR_MCAST_STATS_ENABLED'),
  multicastIgmpVersion: u8(43, 'IFLA_BR_MCAST_IGMP_VERSION'),
  multicastMldVersion: u8(44, 'IFLA_BR_MCAST_MLD_VERSION'),
  vlanStatsPerPort: bool(45, 'IFLA_BR_VLAN_STATS_PER_PORT'),
  switches: custom<Switches>(
    46,
    'IFLA_BR_MULTI_BOOLOPT',
    'struct',
    8,
    (to, { values, mask }) => {
      const at = to.nestPlain(46)
      to.u32(values)
      to.u32(mask)
      to.endNest(at)
    },
    (from, at) => ({ values: from.u32(at), mask: from.u32(at + 4) }),
  ),
  multicastQuerierState: querierState(47, 'IFLA_BR_MCAST_QUERIER_STATE'),
  fdbLearned: u32(48, 'IFLA_BR_FDB_N_LEARNED'),
  fdbMaxLearned: u32(49, 'IFLA_BR_FDB_MAX_LEARNED'),
})

const NO_LL_LEARN = 1 << BR_BOOLOPT_NO_LL_LEARN
const MCAST_VLAN_SNOOPING = 1 << BR_BOOLOPT_MCAST_VLAN_SNOOPING
const MST_ENABLE = 1 << BR_BOOLOPT_MST_ENABLE
const MDB_OFFLOAD_FAIL_NOTIFICATION = 1 << BR_BOOLOPT_MDB_OFFLOAD_FAIL_NOTIFICATION
const switches = [
  ['noLinkLocalLearn', NO_LL_LEARN],
  ['multicastVlanSnooping', MCAST_VLAN_SNOOPING],
  ['mstEnabled', MST_ENABLE],
  ['mdbOffloadFailNotification', MDB_OFFLOAD_FAIL_NOTIFICATION],
] as const

type State = { -readonly [K in keyof BridgeState]: BridgeState[K] }

/** The kernel tells in the mask which switches it has. */
function switchesApart(state: Found): void {
  const told = state.get('switches') as Switches | undefined
  if (told === undefined) return
  state.set('switches', undefined)
  for (const [name, bit] of switches) if (told.mask & bit) state.set(name, (told.values & bit) !== 0)
}

/** Bridges. */
export const bridge: LinkKind<BridgeOptions, BridgeState> = {
  property: 'bridge',
  attributes: bridgeAttributes,
  paths: { switches: '' },
  encode(to, options) {
    writeAttributes(to, bridgeAttributes, options)
    let values = 0
    let mask = 0
    for (const [name, bit] of switches) {
      if (options[name] === undefined) continue
      mask |= bit
      if (options[name]) values |= bit
    }
    if (mask !== 0) bridgeAttributes.switches.write(to, { values, mask })
  },
  decode: (from, start, end) => readValues(bridgeAttributes, from, start, end, 'link.bridge', switchesApart) as State,
}
