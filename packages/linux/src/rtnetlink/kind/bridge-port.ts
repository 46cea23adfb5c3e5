/** Ports of bridges: options and state as attributes (`linux/if_link.h`, `IFLA_BRPORT_*`; `net/bridge/br_netlink.c`). @module */
import { type BridgePortOptions, type BridgePortState, portStates } from '@vnet/core'
import {
  attributes,
  bool,
  centiseconds64,
  custom,
  flag,
  u8,
  u16,
  u32,
  words,
  writeAttributes,
} from '../../netlink/attribute.js'
import { readValues } from '../../netlink/attribute-run.js'
import { bridgeId } from './bridge.js'
import type { LinkKind } from './kind.js'

const identity = (type: number, name: string) => custom(type, name, 'struct', 8, () => {}, bridgeId)

/** Attributes of a bridge port, in `IFLA_INFO_SLAVE_DATA`. The kernel's YNL spec calls many of the bits flags: they are u8. */
export const bridgePortAttributes = attributes({
  state: words(u8(1, 'IFLA_BRPORT_STATE'), portStates),
  priority: u16(2, 'IFLA_BRPORT_PRIORITY'),
  cost: u32(3, 'IFLA_BRPORT_COST'),
  hairpin: bool(4, 'IFLA_BRPORT_MODE'),
  guard: bool(5, 'IFLA_BRPORT_GUARD'),
  rootBlock: bool(6, 'IFLA_BRPORT_PROTECT'),
  fastLeave: bool(7, 'IFLA_BRPORT_FAST_LEAVE'),
  learning: bool(8, 'IFLA_BRPORT_LEARNING'),
  flood: bool(9, 'IFLA_BRPORT_UNICAST_FLOOD'),
  proxyArp: bool(10, 'IFLA_BRPORT_PROXYARP'),
  proxyArpWifi: bool(12, 'IFLA_BRPORT_PROXYARP_WIFI'),
  rootId: identity(13, 'IFLA_BRPORT_ROOT_ID'),
  bridgeId: identity(14, 'IFLA_BRPORT_BRIDGE_ID'),
  designatedPort: u16(15, 'IFLA_BRPORT_DESIGNATED_PORT'),
  designatedCost: u16(16, 'IFLA_BRPORT_DESIGNATED_COST'),
  id: u16(17, 'IFLA_BRPORT_ID'),
  number: u16(18, 'IFLA_BRPORT_NO'),
  topologyChangeAck: bool(19, 'IFLA_BRPORT_TOPOLOGY_CHANGE_ACK'),
  configPending: bool(20, 'IFLA_BRPORT_CONFIG_PENDING'),
  messageAgeTimer: centiseconds64(21, 'IFLA_BRPORT_MESSAGE_AGE_TIMER'),
  forwardDelayTimer: centiseconds64(22, 'IFLA_BRPORT_FORWARD_DELAY_TIMER'),
  holdTimer: centiseconds64(23, 'IFLA_BRPORT_HOLD_TIMER'),
  fdbFlush: flag(24, 'IFLA_BRPORT_FLUSH'),
  multicastRouter: u8(25, 'IFLA_BRPORT_MULTICAST_ROUTER'),
  multicastFlood: bool(27, 'IFLA_BRPORT_MCAST_FLOOD'),
  multicastToUnicast: bool(28, 'IFLA_BRPORT_MCAST_TO_UCAST'),
  vlanTunnel: bool(29, 'IFLA_BRPORT_VLAN_TUNNEL'),
  broadcastFlood: bool(30, 'IFLA_BRPORT_BCAST_FLOOD'),
  groupForwardMask: u16(31, 'IFLA_BRPORT_GROUP_FWD_MASK'),
  neighbourSuppress: bool(32, 'IFLA_BRPORT_NEIGH_SUPPRESS'),
  isolated: bool(33, 'IFLA_BRPORT_ISOLATED'),
  backupPort: u32(34, 'IFLA_BRPORT_BACKUP_PORT'),
  mrpRingOpen: bool(35, 'IFLA_BRPORT_MRP_RING_OPEN'),
  mrpInOpen: bool(36, 'IFLA_BRPORT_MRP_IN_OPEN'),
  multicastEhtHostsLimit: u32(37, 'IFLA_BRPORT_MCAST_EHT_HOSTS_LIMIT'),
  multicastEhtHosts: u32(38, 'IFLA_BRPORT_MCAST_EHT_HOSTS_CNT'),
  locked: bool(39, 'IFLA_BRPORT_LOCKED'),
  macAuthenticationBypass: bool(40, 'IFLA_BRPORT_MAB'),
  multicastGroups: u32(41, 'IFLA_BRPORT_MCAST_N_GROUPS'),
  multicastMaxGroups: u32(42, 'IFLA_BRPORT_MCAST_MAX_GROUPS'),
  neighbourVlanSuppress: bool(43, 'IFLA_BRPORT_NEIGH_VLAN_SUPPRESS'),
  backupNexthop: u32(44, 'IFLA_BRPORT_BACKUP_NHID'),
})

/** Ports of bridges. */
export const bridgePort: LinkKind<BridgePortOptions, BridgePortState> = {
  property: 'port',
  attributes: bridgePortAttributes,
  encode: (to, options) => writeAttributes(to, bridgePortAttributes, options),
  decode: (from, start, end) => readValues(bridgePortAttributes, from, start, end, 'link.port') as BridgePortState,
}
