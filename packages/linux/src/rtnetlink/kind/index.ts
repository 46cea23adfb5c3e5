/** The kinds of link that have options of their own, by the kernel's word. @module */
import { bond } from './bond.js'
import { bondPort } from './bond-port.js'
import { bridge } from './bridge.js'
import { bridgePort } from './bridge-port.js'
import { geneve } from './geneve.js'
import { erspan, gre, gretap, ip6erspan, ip6gre, ip6gretap } from './gre.js'
import { hsr } from './hsr.js'
import { ip6tnl, ipip, sit } from './ip-tunnel.js'
import { ipvlan } from './ipvlan.js'
import type { LinkKind, PortKind } from './kind.js'
import { macsec } from './macsec.js'
import { macvlan } from './macvlan.js'
import { tun } from './tun.js'
import { vlan } from './vlan.js'
import { vrf, vrfPort } from './vrf.js'
import { vti, vti6 } from './vti.js'
import { vxlan } from './vxlan.js'

/** Kinds by the kernel's word. A veth has nothing but its peer, which only a new one is told: see veth.ts. */
// biome-ignore lint/suspicious/noExplicitAny: each kind has options and a state of its own
export const linkKinds: ReadonlyMap<string, LinkKind<any, any>> = new Map<string, LinkKind<any, any>>([
  ['bridge', bridge],
  ['vlan', vlan],
  ['macvlan', macvlan],
  ['macvtap', macvlan],
  ['ipvlan', ipvlan],
  ['ipvtap', ipvlan],
  ['vxlan', vxlan],
  ['hsr', hsr],
  ['macsec', macsec],
  ['vrf', vrf],
  ['bond', bond],
  ['tun', tun],
  ['erspan', erspan],
  ['geneve', geneve],
  ['gre', gre],
  ['gretap', gretap],
  ['ip6erspan', ip6erspan],
  ['ip6gre', ip6gre],
  ['ip6gretap', ip6gretap],
  ['ip6tnl', ip6tnl],
  ['ipip', ipip],
  ['sit', sit],
  ['vti', vti],
  ['vti6', vti6],
])

/** Ports by the kernel's word for the kind of their master. */
// biome-ignore lint/suspicious/noExplicitAny: each has a state of its own
export const portKinds: ReadonlyMap<string, PortKind<any>> = new Map<string, PortKind<any>>([
  ['bridge', bridgePort],
  ['bond', bondPort],
  ['vrf', vrfPort],
])
