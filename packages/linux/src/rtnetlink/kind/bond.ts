/** Bonds: options and state as attributes (`linux/if_link.h`, `IFLA_BOND_*`; `drivers/net/bonding/bond_netlink.c`). @module */
import { type BondAggregator, type BondOptions, type BondState, bondModes, formatIp, parseIp } from '@vnet/core'
import { attributes, bool, custom, mac, u8, u16, u32, words, writeAttributes } from '../../netlink/attribute.js'
import { forEachAttribute, readValues } from '../../netlink/attribute-run.js'
import { nested } from '../../netlink/nested.js'
import type { LinkKind } from './kind.js'

/** Addresses, one attribute each, numbered from 0. */
const addresses = (type: number, name: string) =>
  custom<readonly string[]>(
    type,
    name,
    'nested',
    0,
    (to, list) => {
      const at = to.nest(type)
      list.forEach((address, number) => {
        to.octetsAttribute(number, parseIp(address) as Uint8Array)
      })
      to.endNest(at)
    },
    (from, start, end) => {
      const list: string[] = []
      forEachAttribute(from, start, end, 'link.bond', (_, at, stop) => {
        if (stop - at === 4 || stop - at === 16) list.push(formatIp(from.bytes, at, stop - at))
      })
      return list
    },
  )

/** Attributes of the aggregator in use, in `IFLA_BOND_AD_INFO`. */
export const bondAggregatorAttributes = attributes({
  aggregator: u16(1, 'IFLA_BOND_AD_INFO_AGGREGATOR'),
  ports: u16(2, 'IFLA_BOND_AD_INFO_NUM_PORTS'),
  actorKey: u16(3, 'IFLA_BOND_AD_INFO_ACTOR_KEY'),
  partnerKey: u16(4, 'IFLA_BOND_AD_INFO_PARTNER_KEY'),
  partnerMac: mac(5, 'IFLA_BOND_AD_INFO_PARTNER_MAC'),
})

/** Attributes of a bond. */
export const bondAttributes = attributes({
  mode: words(u8(1, 'IFLA_BOND_MODE'), bondModes),
  activeSlave: u32(2, 'IFLA_BOND_ACTIVE_SLAVE'),
  miimon: u32(3, 'IFLA_BOND_MIIMON'),
  updelay: u32(4, 'IFLA_BOND_UPDELAY'),
  downdelay: u32(5, 'IFLA_BOND_DOWNDELAY'),
  useCarrier: bool(6, 'IFLA_BOND_USE_CARRIER'),
  arpInterval: u32(7, 'IFLA_BOND_ARP_INTERVAL'),
  arpIpTargets: addresses(8, 'IFLA_BOND_ARP_IP_TARGET'),
  arpValidate: words(u32(9, 'IFLA_BOND_ARP_VALIDATE'), [
    'none',
    'active',
    'backup',
    'all',
    'filter',
    'filter_active',
    'filter_backup',
  ]),
  arpAllTargets: words(u32(10, 'IFLA_BOND_ARP_ALL_TARGETS'), ['any', 'all']),
  primary: u32(11, 'IFLA_BOND_PRIMARY'),
  primaryReselect: words(u8(12, 'IFLA_BOND_PRIMARY_RESELECT'), ['always', 'better', 'failure']),
  failOverMac: words(u8(13, 'IFLA_BOND_FAIL_OVER_MAC'), ['none', 'active', 'follow']),
  xmitHashPolicy: words(u8(14, 'IFLA_BOND_XMIT_HASH_POLICY'), [
    'layer2',
    'layer3+4',
    'layer2+3',
    'encap2+3',
    'encap3+4',
    'vlan+srcmac',
  ]),
  resendIgmp: u32(15, 'IFLA_BOND_RESEND_IGMP'),
  peerNotifications: u8(16, 'IFLA_BOND_NUM_PEER_NOTIF'),
  allSlavesActive: bool(17, 'IFLA_BOND_ALL_SLAVES_ACTIVE'),
  minLinks: u32(18, 'IFLA_BOND_MIN_LINKS'),
  lpInterval: u32(19, 'IFLA_BOND_LP_INTERVAL'),
  packetsPerSlave: u32(20, 'IFLA_BOND_PACKETS_PER_SLAVE'),
  lacpRate: words(u8(21, 'IFLA_BOND_AD_LACP_RATE'), ['slow', 'fast']),
  adSelect: words(u8(22, 'IFLA_BOND_AD_SELECT'), ['stable', 'bandwidth', 'count']),
  adInfo: nested(23, 'IFLA_BOND_AD_INFO', bondAggregatorAttributes),
  adActorSystemPriority: u16(24, 'IFLA_BOND_AD_ACTOR_SYS_PRIO'),
  adUserPortKey: u16(25, 'IFLA_BOND_AD_USER_PORT_KEY'),
  adActorSystem: mac(26, 'IFLA_BOND_AD_ACTOR_SYSTEM'),
  tlbDynamicLb: bool(27, 'IFLA_BOND_TLB_DYNAMIC_LB'),
  peerNotifyDelay: u32(28, 'IFLA_BOND_PEER_NOTIF_DELAY'),
  lacpActive: bool(29, 'IFLA_BOND_AD_LACP_ACTIVE'),
  arpMissedMax: u8(30, 'IFLA_BOND_MISSED_MAX'),
  neighbourTargets: addresses(31, 'IFLA_BOND_NS_IP6_TARGET'),
  coupledControl: bool(32, 'IFLA_BOND_COUPLED_CONTROL'),
})

/** Bonds. */
export const bond: LinkKind<BondOptions, BondState> = {
  property: 'bond',
  attributes: bondAttributes,
  encode(to, options, context) {
    const { activeSlave, primary, ...values } = options
    const index = (ref: string | number | null | undefined) =>
      ref === undefined ? undefined : ref === null ? 0 : context.linkIndex(ref)
    writeAttributes(to, bondAttributes, { ...values, activeSlave: index(activeSlave), primary: index(primary) })
  },
  decode(from, start, end) {
    const state = readValues(bondAttributes, from, start, end, 'link.bond')
    // Left out by the kernel where there are none.
    state.arpIpTargets ??= []
    state.neighbourTargets ??= []
    return state as BondState & { readonly adInfo?: BondAggregator }
  },
}
