/**
 * Every number that vnet has of the kernel's interface, for `tools/check-uapi`, which compares them with the headers of
 * the system. Not part of the public interface.
 *
 * @module
 */

import {
  VIRTIO_NET_HDR_F_NEEDS_CSUM,
  VIRTIO_NET_HDR_GSO_ECN,
  VIRTIO_NET_HDR_GSO_NONE,
  VIRTIO_NET_HDR_GSO_TCPV4,
  VIRTIO_NET_HDR_GSO_TCPV6,
  VIRTIO_NET_HDR_GSO_UDP,
  VIRTIO_NET_HDR_GSO_UDP_L4,
} from '@vnet/wire/offload'
import * as diagnosisConstants from './diagnosis/constants.js'
import { inet_diag_msg, inet_diag_req_v2, socketAttributes } from './diagnosis/message.js'
import * as genericConstants from './genetlink/constants.js'
import { controllerAttributes } from './genetlink/controller.js'
import * as ethtool from './genetlink/ethtool.js'
import {
  macsecMessageAttributes,
  macsecOffloadAttributes,
  macsecSaAttributes,
  macsecScAttributes,
  macsecSecyAttributes,
} from './genetlink/macsec.js'
import {
  macsecAssociationStatistics,
  macsecLinkStatistics,
  macsecReceivingStatistics,
  macsecSendingStatistics,
} from './genetlink/macsec-statistics.js'
import { genlmsghdr } from './genetlink/message.js'
import {
  teamMessageAttributes,
  teamOptionAttributes,
  teamOptionItemAttributes,
  teamPortAttributes,
  teamPortItemAttributes,
} from './genetlink/team.js'
import {
  kernelTimespec,
  wireguardAllowedIpAttributes,
  wireguardDeviceAttributes,
  wireguardPeerAttributes,
} from './genetlink/wireguard.js'
import type { Attribute } from './netlink/attribute.js'
import {
  chainAttributes,
  generationAttributes,
  hookAttributes,
  ruleAttributes as nftRuleAttributes,
  tableAttributes,
} from './nftables/attributes.js'
import * as nftablesConstants from './nftables/constants.js'
import {
  bitwiseAttributes,
  cmpAttributes,
  counterAttributes,
  dataAttributes,
  expressionAttributes,
  fibAttributes,
  immediateAttributes,
  listAttributes,
  lookupAttributes,
  masqueradeAttributes,
  metaAttributes,
  natAttributes,
  payloadAttributes,
  redirectAttributes,
  verdictAttributes,
} from './nftables/expression.js'
import { nfgenmsg } from './nftables/message.js'
import { elementAttributes, elementListAttributes, setAttributes, setSizeAttributes } from './nftables/set.js'
import * as nicConstants from './nic/constants.js'
import * as packetConstants from './packet/constants.js'
import * as pppConstants from './ppp/constants.js'
import { addressAttributes } from './rtnetlink/address.js'
import { mstEntryAttributes } from './rtnetlink/bridge-mst.js'
import { querierAttributes } from './rtnetlink/bridge-querier.js'
import {
  br_vlan_msg,
  bridge_vlan_info,
  vlanEntryAttributes,
  vlanStatisticsAttributes,
  vlanTunnelAttributes,
} from './rtnetlink/bridge-vlan.js'
import { vlanGlobalAttributes } from './rtnetlink/bridge-vlan-global.js'
import {
  tunnel_msg,
  vniEntryAttributes,
  vniMessageAttributes,
  vniStatisticsAttributes,
} from './rtnetlink/bridge-vni.js'
import * as constants from './rtnetlink/constants.js'
import * as bridgeConstants from './rtnetlink/constants-bridge.js'
import * as ipConstants from './rtnetlink/constants-ip.js'
import { bondAggregatorAttributes, bondAttributes } from './rtnetlink/kind/bond.js'
import { bondPortAttributes } from './rtnetlink/kind/bond-port.js'
import { br_boolopt_multi, bridgeAttributes, ifla_bridge_id } from './rtnetlink/kind/bridge.js'
import { bridgePortAttributes } from './rtnetlink/kind/bridge-port.js'
import { geneveAttributes } from './rtnetlink/kind/geneve.js'
import { greAttributes } from './rtnetlink/kind/gre.js'
import { hsrAttributes } from './rtnetlink/kind/hsr.js'
import { ip6tnlAttributes, ipipAttributes, sitAttributes } from './rtnetlink/kind/ip-tunnel.js'
import { ipvlanAttributes } from './rtnetlink/kind/ipvlan.js'
import { macsecAttributes } from './rtnetlink/kind/macsec.js'
import { macvlanAttributes } from './rtnetlink/kind/macvlan.js'
import { ifla_vxlan_port_range } from './rtnetlink/kind/port-range.js'
import { tunAttributes } from './rtnetlink/kind/tun.js'
import { vethAttributes } from './rtnetlink/kind/veth.js'
import { ifla_vlan_flags, ifla_vlan_qos_mapping, vlanAttributes, vlanQosAttributes } from './rtnetlink/kind/vlan.js'
import { vrfAttributes, vrfPortAttributes } from './rtnetlink/kind/vrf.js'
import { vtiAttributes } from './rtnetlink/kind/vti.js'
import { vxlanAttributes } from './rtnetlink/kind/vxlan.js'
import {
  addressFamilyAttributes,
  ifinfomsg,
  inet6Attributes,
  linkAttributes,
  linkInfoAttributes,
  linkPropertyAttributes,
  unusedLinkAttributes,
} from './rtnetlink/link-attributes.js'
import { rtnl_link_stats64 } from './rtnetlink/link-statistics.js'
import {
  br_mdb_entry,
  br_port_msg,
  mdbAttributes,
  mdbRouterAttributes,
  mdbSetAttributes,
  mdbSetSourceAttributes,
  mdbSourceAttributes,
} from './rtnetlink/mdb-attributes.js'
import { neighbourAttributes } from './rtnetlink/neighbour.js'
import { metricAttributes, routeAttributes } from './rtnetlink/route-attributes.js'
import { ruleAttributes } from './rtnetlink/rule.js'
import type { Struct } from './rtnetlink/struct.js'
import {
  actionAttributes,
  gactAttributes,
  mirredAttributes,
  nla_bitfield32,
  tc_gact,
  tc_gact_p,
  tc_mirred,
} from './rtnetlink/traffic/action.js'
import { actionMessageAttributes, tcamsg } from './rtnetlink/traffic/action-message.js'
import { tcf_t } from './rtnetlink/traffic/action-times.js'
import * as trafficConstants from './rtnetlink/traffic/constants.js'
import { tc_fifo_qopt } from './rtnetlink/traffic/kind/fifo.js'
import { matchallAttributes, tc_matchall_pcnt } from './rtnetlink/traffic/kind/filter.js'
import { faultManagementAttributes, flowerAttributes } from './rtnetlink/traffic/kind/flower-attributes.js'
import { labelAttributes } from './rtnetlink/traffic/kind/flower-labels.js'
import {
  erspanOptionAttributes,
  geneveOptionAttributes,
  gtpOptionAttributes,
  pfcpOptionAttributes,
  tunnelOptionAttributes,
  vxlanOptionAttributes,
} from './rtnetlink/traffic/kind/flower-tunnel-options.js'
import { fqCodelAttributes, tc_fq_codel_qd_stats } from './rtnetlink/traffic/kind/fq-codel.js'
import { htbAttributes, tc_htb_glob } from './rtnetlink/traffic/kind/htb.js'
import { tc_htb_opt, tc_htb_xstats } from './rtnetlink/traffic/kind/htb-class.js'
import {
  netemAttributes,
  netemLossAttributes,
  tc_netem_corr,
  tc_netem_corrupt,
  tc_netem_gemodel,
  tc_netem_gimodel,
  tc_netem_qopt,
  tc_netem_rate,
  tc_netem_reorder,
  tc_netem_slot,
} from './rtnetlink/traffic/kind/netem.js'
import { tc_prio_qopt } from './rtnetlink/traffic/kind/prio.js'
import { tbfAttributes, tc_tbf_qopt } from './rtnetlink/traffic/kind/tbf.js'
import { tc_u32_key, tc_u32_mark, tc_u32_pcnt, tc_u32_sel, u32Attributes } from './rtnetlink/traffic/kind/u32.js'
import { skippedTrafficAttributes, tc_estimator, tcmsg, trafficAttributes } from './rtnetlink/traffic/message.js'
import { policeAttributes, tc_police } from './rtnetlink/traffic/police.js'
import { tc_ratespec } from './rtnetlink/traffic/rate.js'
import { sizeTableAttributes, tc_sizespec } from './rtnetlink/traffic/size-table.js'
import {
  gnet_stats_basic,
  gnet_stats_queue,
  gnet_stats_rate_est,
  gnet_stats_rate_est64,
  statisticsAttributes,
} from './rtnetlink/traffic/statistics.js'
import * as tunConstants from './tun/constants.js'

/** The struct of that module, and an offset, are no constants. */
const { drvinfo, IFR_DATA: _, ...nicNumbers } = nicConstants

/** A table of attributes and the header that numbers them. */
export interface AttributeFacts {
  /** File under `/usr/include`: `linux/if_link.h`. */
  readonly header: string
  /** The attributes by our names. */
  readonly fields: Readonly<Record<string, Pick<Attribute<unknown>, 'type' | 'name' | 'kind'>>>
}

const inHeader = (header: string, ...tables: AttributeFacts['fields'][]): AttributeFacts[] =>
  tables.map((fields) => ({ header, fields }))

const classifier = (...tables: AttributeFacts['fields'][]): AttributeFacts[] =>
  tables.map((fields) => ({ header: 'linux/pkt_cls.h', fields }))

const scheduler = (...tables: AttributeFacts['fields'][]): AttributeFacts[] =>
  tables.map((fields) => ({ header: 'linux/pkt_sched.h', fields }))

/** The numbers. */
export const uapi: {
  /** Constants by the kernel's name. */
  readonly constants: Readonly<Record<string, number>>
  /** Attribute tables. */
  readonly attributes: readonly AttributeFacts[]
  /** Structs. */
  readonly structs: readonly Struct[]
  /** Headers of which each name of an enumeration is here, or left for a reason (`tools/check-uapi/left.mjs`). */
  readonly covers: readonly string[]
} = {
  constants: {
    ...constants,
    ...ipConstants,
    ...bridgeConstants,
    ...trafficConstants,
    ...tunConstants,
    VIRTIO_NET_HDR_F_NEEDS_CSUM,
    VIRTIO_NET_HDR_GSO_ECN,
    VIRTIO_NET_HDR_GSO_NONE,
    VIRTIO_NET_HDR_GSO_TCPV4,
    VIRTIO_NET_HDR_GSO_TCPV6,
    VIRTIO_NET_HDR_GSO_UDP,
    VIRTIO_NET_HDR_GSO_UDP_L4,
    ...pppConstants,
    ...packetConstants,
    ...diagnosisConstants,
    ...genericConstants,
    ...nftablesConstants,
    ...nicNumbers,
  },
  attributes: [
    ...inHeader(
      'linux/if_link.h',
      linkAttributes,
      unusedLinkAttributes,
      linkInfoAttributes,
      linkPropertyAttributes,
      inet6Attributes,
      bondAttributes,
      bondAggregatorAttributes,
      bondPortAttributes,
      bridgeAttributes,
      bridgePortAttributes,
      geneveAttributes,
      hsrAttributes,
      ipvlanAttributes,
      macsecAttributes,
      macvlanAttributes,
      tunAttributes,
      vlanAttributes,
      vlanQosAttributes,
      vrfAttributes,
      vrfPortAttributes,
      vniEntryAttributes,
      vniMessageAttributes,
      vniStatisticsAttributes,
      vxlanAttributes,
    ),
    ...inHeader('linux/if_tunnel.h', greAttributes, ip6tnlAttributes, ipipAttributes, sitAttributes, vtiAttributes),
    { header: 'sys/socket.h', fields: addressFamilyAttributes },
    { header: 'linux/veth.h', fields: vethAttributes },
    { header: 'linux/if_addr.h', fields: addressAttributes },
    ...inHeader(
      'linux/if_bridge.h',
      vlanGlobalAttributes,
      vlanEntryAttributes,
      vlanStatisticsAttributes,
      vlanTunnelAttributes,
      mstEntryAttributes,
      querierAttributes,
    ),
    ...inHeader('linux/inet_diag.h', socketAttributes),
    ...inHeader('linux/if_bridge.h', mdbAttributes, mdbRouterAttributes, mdbSourceAttributes),
    ...inHeader('linux/if_bridge.h', mdbSetAttributes, mdbSetSourceAttributes),
    { header: 'linux/rtnetlink.h', fields: routeAttributes },
    { header: 'linux/rtnetlink.h', fields: metricAttributes },
    { header: 'linux/fib_rules.h', fields: ruleAttributes },
    { header: 'linux/neighbour.h', fields: neighbourAttributes },
    { header: 'linux/rtnetlink.h', fields: trafficAttributes },
    { header: 'linux/rtnetlink.h', fields: skippedTrafficAttributes },
    { header: 'linux/rtnetlink.h', fields: actionMessageAttributes },
    ...classifier(
      actionAttributes,
      flowerAttributes,
      faultManagementAttributes,
      labelAttributes,
      tunnelOptionAttributes,
      geneveOptionAttributes,
      vxlanOptionAttributes,
      erspanOptionAttributes,
      gtpOptionAttributes,
      pfcpOptionAttributes,
      matchallAttributes,
      policeAttributes,
      u32Attributes,
    ),
    { header: 'linux/tc_act/tc_gact.h', fields: gactAttributes },
    { header: 'linux/tc_act/tc_mirred.h', fields: mirredAttributes },
    { header: 'linux/gen_stats.h', fields: statisticsAttributes },
    ...inHeader('linux/genetlink.h', controllerAttributes),
    ...inHeader(
      'linux/if_macsec.h',
      macsecMessageAttributes,
      macsecSecyAttributes,
      macsecScAttributes,
      macsecSaAttributes,
      macsecOffloadAttributes,
      macsecLinkStatistics,
      macsecSendingStatistics,
      macsecReceivingStatistics,
      macsecAssociationStatistics,
    ),
    ...inHeader(
      'linux/if_team.h',
      teamMessageAttributes,
      teamOptionItemAttributes,
      teamOptionAttributes,
      teamPortItemAttributes,
      teamPortAttributes,
    ),
    ...inHeader(
      'linux/ethtool_netlink.h',
      ethtool.ethtoolHeaderAttributes,
      ethtool.bitsetAttributes,
      ethtool.bitAttributes,
      ethtool.linkInfoMessage,
      ethtool.linkModesMessage,
      ethtool.linkStateMessage,
      ethtool.featuresMessage,
      ethtool.privateFlagsMessage,
      ethtool.ringsMessage,
      ethtool.channelsMessage,
    ),
    { header: 'linux/nl80211.h', fields: ethtool.wirelessAttributes },
    ...inHeader('linux/wireguard.h', wireguardDeviceAttributes, wireguardPeerAttributes, wireguardAllowedIpAttributes),
    ...inHeader(
      'linux/netfilter/nf_tables.h',
      tableAttributes,
      hookAttributes,
      chainAttributes,
      nftRuleAttributes,
      generationAttributes,
      listAttributes,
      expressionAttributes,
      dataAttributes,
      metaAttributes,
      payloadAttributes,
      fibAttributes,
      bitwiseAttributes,
      cmpAttributes,
      immediateAttributes,
      counterAttributes,
      natAttributes,
      masqueradeAttributes,
      redirectAttributes,
      lookupAttributes,
      verdictAttributes,
      setAttributes,
      setSizeAttributes,
      elementAttributes,
      elementListAttributes,
    ),
    ...scheduler(
      sizeTableAttributes,
      fqCodelAttributes,
      htbAttributes,
      netemAttributes,
      netemLossAttributes,
      tbfAttributes,
    ),
  ],
  covers: [
    'linux/if_link.h',
    'linux/if_tunnel.h',
    'linux/if_bridge.h',
    'linux/if_macsec.h',
    'linux/if_team.h',
    'linux/veth.h',
    'linux/wireguard.h',
    'linux/pkt_cls.h',
    'linux/pkt_sched.h',
    'linux/gen_stats.h',
    'linux/tc_act/tc_gact.h',
    'linux/tc_act/tc_mirred.h',
  ],
  structs: [
    ifinfomsg,
    rtnl_link_stats64,
    ifla_bridge_id,
    br_boolopt_multi,
    ifla_vlan_flags,
    ifla_vlan_qos_mapping,
    ifla_vxlan_port_range,
    br_vlan_msg,
    bridge_vlan_info,
    tunnel_msg,
    genlmsghdr,
    nfgenmsg,
    inet_diag_req_v2,
    inet_diag_msg,
    drvinfo,
    kernelTimespec,
    br_port_msg,
    br_mdb_entry,
    tcamsg,
    tcmsg,
    tcf_t,
    tc_matchall_pcnt,
    tc_sizespec,
    tc_u32_mark,
    tc_u32_pcnt,
    gnet_stats_basic,
    gnet_stats_queue,
    gnet_stats_rate_est,
    gnet_stats_rate_est64,
    tc_estimator,
    nla_bitfield32,
    tc_ratespec,
    tc_fifo_qopt,
    tc_fq_codel_qd_stats,
    tc_gact,
    tc_gact_p,
    tc_mirred,
    tc_police,
    tc_u32_key,
    tc_u32_sel,
    tc_htb_glob,
    tc_htb_opt,
    tc_htb_xstats,
    tc_netem_corr,
    tc_netem_corrupt,
    tc_netem_gemodel,
    tc_netem_gimodel,
    tc_netem_qopt,
    tc_netem_rate,
    tc_netem_reorder,
    tc_netem_slot,
    tc_prio_qopt,
    tc_tbf_qopt,
  ],
}
