/** Attributes of link messages (`linux/if_link.h`, `IFLA_*`; policies in `net/core/rtnetlink.c`), and their header. @module */
import {
  type AttributeTable,
  attributes,
  bareText,
  bool,
  custom,
  flag,
  ip,
  mac,
  octets,
  s32,
  text,
  u8,
  u16,
  u32,
} from '../netlink/attribute.js'
import { nested } from '../netlink/nested.js'
import { readStatistics } from './link-statistics.js'
import { field, struct } from './struct.js'

/** Header of a link message. */
export const ifinfomsg = struct('struct ifinfomsg', 16, {
  family: field('ifi_family', 0, 'u8'),
  type: field('ifi_type', 2, 'u16'),
  index: field('ifi_index', 4, 's32'),
  flags: field('ifi_flags', 8, 'u32'),
  change: field('ifi_change', 12, 'u32'),
})

/** What is inside `IFLA_LINKINFO`. `data` and `port` have tables of their own, which `kind` and `portKind` choose. */
export const linkInfoAttributes = attributes({
  kind: bareText(1, 'IFLA_INFO_KIND'),
  data: nested(2, 'IFLA_INFO_DATA', {}),
  statistics: octets(3, 'IFLA_INFO_XSTATS'),
  portKind: bareText(4, 'IFLA_INFO_SLAVE_KIND'),
  port: nested(5, 'IFLA_INFO_SLAVE_DATA', {}),
})

/** What is inside `IFLA_PROP_LIST`; as many as the link has. */
export const linkPropertyAttributes = attributes({
  altNames: text(53, 'IFLA_ALT_IFNAME'),
})

/** The IPv6 part of `IFLA_AF_SPEC`. */
export const inet6Attributes = attributes({
  token: ip(7, 'IFLA_INET6_TOKEN'),
  addrGenMode: u8(8, 'IFLA_INET6_ADDR_GEN_MODE'),
})

/** What is inside `IFLA_AF_SPEC`, by address family. */
export const addressFamilyAttributes = attributes({
  inet6: nested(10, 'AF_INET6', inet6Attributes),
})

/** Attributes of a link that vnet reads or writes. */
export const linkAttributes = attributes({
  mac: mac(1, 'IFLA_ADDRESS'),
  broadcast: mac(2, 'IFLA_BROADCAST'),
  name: text(3, 'IFLA_IFNAME'),
  mtu: u32(4, 'IFLA_MTU'),
  parent: u32(5, 'IFLA_LINK'),
  qdisc: text(6, 'IFLA_QDISC'),
  master: u32(10, 'IFLA_MASTER'),
  txQueueLength: u32(13, 'IFLA_TXQLEN'),
  operationalState: u8(16, 'IFLA_OPERSTATE'),
  linkMode: u8(17, 'IFLA_LINKMODE'),
  linkInfo: nested(18, 'IFLA_LINKINFO', linkInfoAttributes),
  alias: bareText(20, 'IFLA_IFALIAS'),
  statistics: custom(23, 'IFLA_STATS64', 'struct', 0, () => {}, readStatistics),
  addressFamilies: nested(26, 'IFLA_AF_SPEC', addressFamilyAttributes),
  group: u32(27, 'IFLA_GROUP'),
  namespace: u32(28, 'IFLA_NET_NS_FD'),
  extendedMask: u32(29, 'IFLA_EXT_MASK'),
  promiscuity: u32(30, 'IFLA_PROMISCUITY'),
  txQueues: u32(31, 'IFLA_NUM_TX_QUEUES'),
  rxQueues: u32(32, 'IFLA_NUM_RX_QUEUES'),
  carrier: bool(33, 'IFLA_CARRIER'),
  linkNamespaceId: s32(37, 'IFLA_LINK_NETNSID'),
  gsoMaxSegments: u32(40, 'IFLA_GSO_MAX_SEGS'),
  gsoMaxSize: u32(41, 'IFLA_GSO_MAX_SIZE'),
  minMtu: u32(50, 'IFLA_MIN_MTU'),
  maxMtu: u32(51, 'IFLA_MAX_MTU'),
  properties: nested(52, 'IFLA_PROP_LIST', linkPropertyAttributes),
  altName: text(53, 'IFLA_ALT_IFNAME'),
  permanentMac: mac(54, 'IFLA_PERM_ADDRESS'),
  parentDevice: text(56, 'IFLA_PARENT_DEV_NAME'),
  parentBus: text(57, 'IFLA_PARENT_DEV_BUS_NAME'),
  groMaxSize: u32(58, 'IFLA_GRO_MAX_SIZE'),
  tsoMaxSize: u32(59, 'IFLA_TSO_MAX_SIZE'),
  tsoMaxSegments: u32(60, 'IFLA_TSO_MAX_SEGS'),
  allMulticast: u32(61, 'IFLA_ALLMULTI'),
  gsoIpv4MaxSize: u32(63, 'IFLA_GSO_IPV4_MAX_SIZE'),
  groIpv4MaxSize: u32(64, 'IFLA_GRO_IPV4_MAX_SIZE'),
})

/** Attributes of a link that are known and of no use here; a decoder drops them instead of keeping them as unknown. */
export const unusedLinkAttributes: AttributeTable = attributes({
  oldStatistics: octets(7, 'IFLA_STATS'),
  cost: octets(8, 'IFLA_COST'),
  priority: octets(9, 'IFLA_PRIORITY'),
  wireless: octets(11, 'IFLA_WIRELESS'),
  protocolInfo: octets(12, 'IFLA_PROTINFO'),
  map: octets(14, 'IFLA_MAP'),
  weight: u32(15, 'IFLA_WEIGHT'),
  namespacePid: u32(19, 'IFLA_NET_NS_PID'),
  virtualFunctions: u32(21, 'IFLA_NUM_VF'),
  virtualFunctionList: octets(22, 'IFLA_VFINFO_LIST'),
  virtualFunctionPorts: octets(24, 'IFLA_VF_PORTS'),
  portSelf: octets(25, 'IFLA_PORT_SELF'),
  physicalPortId: octets(34, 'IFLA_PHYS_PORT_ID'),
  carrierChanges: u32(35, 'IFLA_CARRIER_CHANGES'),
  physicalSwitchId: octets(36, 'IFLA_PHYS_SWITCH_ID'),
  physicalPortName: text(38, 'IFLA_PHYS_PORT_NAME'),
  protocolDown: bool(39, 'IFLA_PROTO_DOWN'),
  padding: flag(42, 'IFLA_PAD'),
  xdp: octets(43, 'IFLA_XDP'),
  event: u32(44, 'IFLA_EVENT'),
  newNamespaceId: s32(45, 'IFLA_NEW_NETNSID'),
  targetNamespaceId: s32(46, 'IFLA_TARGET_NETNSID'),
  carrierUpCount: u32(47, 'IFLA_CARRIER_UP_COUNT'),
  carrierDownCount: u32(48, 'IFLA_CARRIER_DOWN_COUNT'),
  newIndex: s32(49, 'IFLA_NEW_IFINDEX'),
  protocolDownReason: octets(55, 'IFLA_PROTO_DOWN_REASON'),
  devlinkPort: octets(62, 'IFLA_DEVLINK_PORT'),
  dpllPin: octets(65, 'IFLA_DPLL_PIN'),
  pacingHorizon: octets(66, 'IFLA_MAX_PACING_OFFLOAD_HORIZON'),
  namespaceImmutable: bool(67, 'IFLA_NETNS_IMMUTABLE'),
  headroom: u16(68, 'IFLA_HEADROOM'),
  tailroom: u16(69, 'IFLA_TAILROOM'),
})
