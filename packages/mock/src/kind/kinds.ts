/** The kinds of link that the mock has. @module */
import { bond } from './bond.js'
import { bridge } from './bridge.js'
import { geneve } from './geneve.js'
import { hsr } from './hsr.js'
import { ipvlan, ipvtap } from './ipvlan.js'
import type { LinkKind } from './kind.js'
import { macsec } from './macsec.js'
import { macvlan, macvtap } from './macvlan.js'
import { netkit } from './netkit.js'
import { dummy, ifb, nlmon } from './plain.js'
import { team } from './team.js'
import { teql } from './teql.js'
import { tun } from './tun.js'
import { tunnels } from './tunnel.js'
import { veth } from './veth.js'
import { vlan } from './vlan.js'
import { vrf } from './vrf.js'
import { vxlan } from './vxlan.js'
import { wireguard } from './wireguard.js'

/** Kinds by the word of a specification. */
export const kinds: ReadonlyMap<string, LinkKind> = new Map<string, LinkKind>([
  ['bridge', bridge],
  ['veth', veth],
  ['vlan', vlan],
  ['macvlan', macvlan],
  ['macvtap', macvtap],
  ['ipvlan', ipvlan],
  ['ipvtap', ipvtap],
  ['vxlan', vxlan],
  ['ifb', ifb],
  ['dummy', dummy],
  ['nlmon', nlmon],
  ['vrf', vrf],
  ['bond', bond],
  ['team', team],
  ['hsr', hsr],
  ['macsec', macsec],
  ['wireguard', wireguard],
  ['netkit', netkit],
  ['teql', teql],
  ['tun', tun],
  ['tap', tun],
  ['geneve', geneve],
  ...tunnels.map((tunnel): [string, LinkKind] => [tunnel.name, tunnel]),
])
