/** Names of EtherTypes, as tcpdump has them. @module */
import { etherTypes } from './ethernet.js'

const names = new Map<number, string>([
  [etherTypes.ipv4, 'IPv4'],
  [etherTypes.arp, 'ARP'],
  [etherTypes.ethernet, 'TEB'],
  [etherTypes.vlan, '802.1Q'],
  [etherTypes.ipv6, 'IPv6'],
  [etherTypes.pppoeDiscovery, 'PPPoE D'],
  [etherTypes.pppoeSession, 'PPPoE S'],
  [etherTypes.serviceVlan, '802.1Q-QinQ'],
  [etherTypes.lldp, 'LLDP'],
])

/** The name of an EtherType; `Unknown` where there is none. */
export function etherTypeName(type: number): string {
  return names.get(type) ?? 'Unknown'
}
