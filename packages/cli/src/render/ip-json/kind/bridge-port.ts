/** A port of a bridge as `ip -d -j link` writes its `info_slave_data`. @module */
import type { BridgePortState } from '@vnet/core'
import type { Names } from '../../../names.js'
import { bit, bridgeId, hex, type JsonObject, ordered } from '../object.js'

/** The `info_slave_data` of a bridge port. */
export function bridgePortJson(port: BridgePortState, names: Names): JsonObject {
  return ordered([
    ['state', port.state],
    ['priority', port.priority],
    ['cost', port.cost],
    ['hairpin', port.hairpin],
    ['guard', port.guard],
    ['root_block', port.rootBlock],
    ['fastleave', port.fastLeave],
    ['learning', port.learning],
    ['flood', port.flood],
    ['id', hex(port.id)],
    ['no', hex(port.number)],
    ['designated_port', port.designatedPort],
    ['designated_cost', port.designatedCost],
    ['bridge_id', bridgeId(port.bridgeId)],
    ['root_id', bridgeId(port.rootId)],
    ['hold_timer', port.holdTimer],
    ['message_age_timer', port.messageAgeTimer],
    ['forward_delay_timer', port.forwardDelayTimer],
    ['topology_change_ack', bit(port.topologyChangeAck)],
    ['config_pending', bit(port.configPending)],
    ['proxy_arp', port.proxyArp],
    ['proxy_arp_wifi', port.proxyArpWifi],
    ['multicast_router', port.multicastRouter],
    ['mcast_flood', port.multicastFlood],
    ['bcast_flood', port.broadcastFlood],
    ['mcast_to_unicast', port.multicastToUnicast],
    ['neigh_suppress', port.neighbourSuppress],
    ['group_fwd_mask', hex(port.groupForwardMask)],
    ['group_fwd_mask_str', port.groupForwardMask === undefined ? undefined : maskWords(port.groupForwardMask)],
    ['vlan_tunnel', port.vlanTunnel],
    ['isolated', port.isolated],
    ['locked', port.locked],
    ['backup_port', port.backupPort ? names.link(port.backupPort) : undefined],
  ])
}

/** Names of the link-local groups that have one (IEEE 802.1D table 7-10). */
const groupNames: Readonly<Record<number, string>> = { 0: 'stp', 2: 'lacp', 14: 'lldp' }

function maskWords(mask: number): string {
  const words: string[] = []
  for (let bitNumber = 0; bitNumber < 16; bitNumber++) {
    if ((mask >> bitNumber) & 1) words.push(groupNames[bitNumber] ?? `0x${(1 << bitNumber).toString(16)}`)
  }
  return words.length === 0 ? '0x0' : words.join(',')
}
