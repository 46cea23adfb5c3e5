/** How a link of each kind is made with as little as it takes, on what {@link addGround} makes. @module */
import type { Capability, KnownKind, LinkSpec, Namespace } from '@vnet/core'

const ends4 = { local: '10.0.0.1', remote: '10.0.0.9' }
const ends6 = { local: '2001:db8::1', remote: '2001:db8::9' }
const session = { ikey: 5, okey: 5 }

/** The links that kinds stand on: `g0` to `g3`, whose other ends are `h0` to `h3`. */
export async function addGround(ns: Namespace): Promise<void> {
  await ns.execute(
    [0, 1, 2, 3].map((i) => ({
      operation: 'link add' as const,
      spec: { kind: 'veth' as const, name: `g${i}`, peer: { name: `h${i}` } },
    })),
  )
}

/** The specification of a new link of each kind, without a name. */
export const kindBirths: { readonly [kind in KnownKind]: LinkSpec } = {
  bridge: { kind: 'bridge' },
  veth: { kind: 'veth' },
  vlan: { kind: 'vlan', parent: 'g0', vlan: { id: 5 } },
  macvlan: { kind: 'macvlan', parent: 'g1', macvlan: { mode: 'bridge' } },
  macvtap: { kind: 'macvtap', parent: 'g1', macvlan: { mode: 'bridge' } },
  ipvlan: { kind: 'ipvlan', parent: 'g2' },
  ipvtap: { kind: 'ipvtap', parent: 'g2' },
  vxlan: { kind: 'vxlan', vxlan: { id: 5, port: 4789 } },
  ifb: { kind: 'ifb' },
  dummy: { kind: 'dummy' },
  nlmon: { kind: 'nlmon' },
  wireguard: { kind: 'wireguard' },
  vrf: { kind: 'vrf', vrf: { table: 55 } },
  bond: { kind: 'bond' },
  team: { kind: 'team' },
  macsec: { kind: 'macsec', parent: 'g0' },
  hsr: { kind: 'hsr', hsr: { slave1: 'g3', slave2: 'h3' } },
  tun: { kind: 'tun', name: 'x0' },
  tap: { kind: 'tap', name: 'x0' },
  erspan: { kind: 'erspan', erspan: { ...ends4, ...session } },
  geneve: { kind: 'geneve', geneve: { id: 5, remote: '10.0.0.9' } },
  gre: { kind: 'gre', gre: ends4 },
  gretap: { kind: 'gretap', gretap: ends4 },
  ip6erspan: { kind: 'ip6erspan', ip6erspan: { ...ends6, ...session } },
  ip6gre: { kind: 'ip6gre', ip6gre: ends6 },
  ip6gretap: { kind: 'ip6gretap', ip6gretap: ends6 },
  ip6tnl: { kind: 'ip6tnl', ip6tnl: ends6 },
  ipip: { kind: 'ipip', ipip: ends4 },
  sit: { kind: 'sit', sit: ends4 },
  vti: { kind: 'vti', vti: ends4 },
  vti6: { kind: 'vti6', vti6: ends6 },
}

/** What a test of a kind needs. */
export const needsOf = (kind: KnownKind): readonly Capability[] => ['link veth', `link ${kind}`]
