/** A bond or a port of one as `ip -d -j link` writes its `info_data` or `info_slave_data`. @module */
import type { BondPortState, BondState } from '@vnet/core'
import type { Names } from '../../../names.js'
import { bit, type JsonObject, ordered } from '../object.js'

/** The `info_data` of a bond. */
export function bondJson(state: BondState, names: Names): JsonObject {
  const { activeSlave, primary, adInfo, arpIpTargets = [], neighbourTargets = [] } = state
  return ordered([
    ['mode', state.mode],
    ['active_slave', activeSlave === undefined ? undefined : names.link(activeSlave)],
    ['miimon', state.miimon],
    ['updelay', state.updelay],
    ['downdelay', state.downdelay],
    ['peer_notify_delay', state.peerNotifyDelay],
    ['use_carrier', bit(state.useCarrier)],
    ['arp_interval', state.arpInterval],
    ['arp_missed_max', state.arpMissedMax],
    arpIpTargets.length > 0 && ['arp_ip_target', arpIpTargets],
    neighbourTargets.length > 0 && ['ns_ip6_target', neighbourTargets],
    // `ip` writes no word for none.
    ['arp_validate', state.arpValidate === 'none' ? null : state.arpValidate],
    ['arp_all_targets', state.arpAllTargets],
    ['primary', primary === undefined ? undefined : names.link(primary)],
    ['primary_reselect', state.primaryReselect],
    ['fail_over_mac', state.failOverMac],
    ['xmit_hash_policy', state.xmitHashPolicy],
    ['resend_igmp', state.resendIgmp],
    ['num_peer_notif', state.peerNotifications],
    ['all_slaves_active', bit(state.allSlavesActive)],
    ['min_links', state.minLinks],
    ['lp_interval', state.lpInterval],
    ['packets_per_slave', state.packetsPerSlave],
    state.lacpActive !== undefined && ['ad_lacp_active', state.lacpActive ? 'on' : 'off'],
    ['ad_lacp_rate', state.lacpRate],
    ['ad_select', state.adSelect],
    adInfo !== undefined && [
      'ad_info',
      ordered([
        ['aggregator', adInfo.aggregator],
        ['num_ports', adInfo.ports],
        ['actor_key', adInfo.actorKey],
        ['partner_key', adInfo.partnerKey],
        ['partner_mac', adInfo.partnerMac],
      ]),
    ],
    ['ad_actor_sys_prio', state.adActorSystemPriority],
    ['ad_user_port_key', state.adUserPortKey],
    ['ad_actor_system', state.adActorSystem],
    ['tlb_dynamic_lb', bit(state.tlbDynamicLb)],
  ])
}

/** The bits of an LACP state in `ip`'s words (IEEE 802.1AX § 6.4.2.3). */
const lacpWords = [
  'active',
  'short_timeout',
  'aggregating',
  'in_sync',
  'collecting',
  'distributing',
  'defaulted',
  'expired',
]
const words = (bits: number) => lacpWords.filter((_, number) => (bits >> number) & 1)

/** The `info_slave_data` of a port of a bond. */
export function bondPortJson(port: BondPortState): JsonObject {
  const { actorPortState, partnerPortState } = port
  return ordered([
    ['state', port.state?.toUpperCase()],
    [
      'mii_status',
      port.miiStatus === 'fail' || port.miiStatus === 'back'
        ? `GOING_${port.miiStatus === 'fail' ? 'DOWN' : 'BACK'}`
        : port.miiStatus?.toUpperCase(),
    ],
    ['link_failure_count', port.linkFailures],
    ['perm_hwaddr', port.permanentMac],
    ['queue_id', port.queueId],
    ['prio', port.priority],
    ['ad_aggregator_id', port.aggregator],
    ['ad_actor_oper_port_state', actorPortState],
    actorPortState !== undefined && ['ad_actor_oper_port_state_str', words(actorPortState)],
    ['ad_partner_oper_port_state', partnerPortState],
    partnerPortState !== undefined && ['ad_partner_oper_port_state_str', words(partnerPortState)],
  ])
}
