/** IP in IP: options as attributes (`linux/if_tunnel.h`, `IFLA_IPTUN_*`; `net/ipv4/ipip.c`, `net/ipv6/sit.c`, `ip6_tunnel.c`). @module */
import { attributes, bool, flag, ip, u8, u16, u32, words } from '../../netlink/attribute.js'
import { IPPROTO_IPIP, IPPROTO_IPV6, IPPROTO_MPLS, SIT_ISATAP } from '../constants.js'
import type { LinkKind } from './kind.js'
import {
  encapAttributes,
  endAttributes,
  header6Attributes,
  type Loose,
  readTunnel,
  tunnelPaths,
  writeTunnel,
} from './tunnel.js'

const shared = {
  ...endAttributes('IFLA_IPTUN', 1, 2, 3, 4),
  ...encapAttributes('IFLA_IPTUN', { type: 15, flags: 16, sport: 17, dport: 18 }),
  fwmark: u32(20, 'IFLA_IPTUN_FWMARK'),
}
const external = flag(19, 'IFLA_IPTUN_COLLECT_METADATA')
const header4 = { tos: u8(5, 'IFLA_IPTUN_TOS'), pmtudisc: bool(10, 'IFLA_IPTUN_PMTUDISC') }
/** What is carried; the words differ with what the tunnel runs over. */
const mode = <W extends string>(numbers: Readonly<Record<W, number>>) => words(u8(9, 'IFLA_IPTUN_PROTO'), numbers)

/** Attributes of an ipip. */
export const ipipAttributes = attributes({
  ...shared,
  ...header4,
  external,
  mode: mode({ any: 0, ipip: IPPROTO_IPIP, mplsip: IPPROTO_MPLS }),
})

/** Attributes of a sit. The flags have 16 bits here. */
export const sitAttributes = attributes({
  ...shared,
  ...header4,
  mode: mode({ any: 0, ip6ip: IPPROTO_IPV6, ipip: IPPROTO_IPIP, mplsip: IPPROTO_MPLS }),
  flags: u16(8, 'IFLA_IPTUN_FLAGS'),
  sixrdPrefix: ip(11, 'IFLA_IPTUN_6RD_PREFIX'),
  sixrdRelayPrefix: ip(12, 'IFLA_IPTUN_6RD_RELAY_PREFIX'),
  sixrdPrefixLength: u16(13, 'IFLA_IPTUN_6RD_PREFIXLEN'),
  sixrdRelayPrefixLength: u16(14, 'IFLA_IPTUN_6RD_RELAY_PREFIXLEN'),
})

/** Attributes of an ip6tnl. */
export const ip6tnlAttributes = attributes({
  ...shared,
  external,
  mode: mode({ any: 0, ip6ip6: IPPROTO_IPV6, ipip6: IPPROTO_IPIP }),
  ...header6Attributes('IFLA_IPTUN', 6, 7, 8),
})

/** Tunnels of IPv4 in IPv4. */
export const ipip: LinkKind<Loose, Loose> = {
  property: 'ipip',
  attributes: ipipAttributes,
  paths: tunnelPaths,
  replaces: true,
  encode: (to, options, context, making) => writeTunnel(to, ipipAttributes, options, { version: 4, context, making }),
  decode: (from, start, end) => readTunnel(ipipAttributes, 4, from, start, end, 'link.ipip'),
}

/** Tunnels of IPv6 in IPv4. */
export const sit: LinkKind<Loose, Loose> = {
  property: 'sit',
  attributes: sitAttributes,
  paths: { ...tunnelPaths, flags: 'isatap' },
  replaces: true,
  encode(to, options, context, making) {
    const flags = options.isatap === undefined ? undefined : options.isatap === true ? SIT_ISATAP : 0
    writeTunnel(to, sitAttributes, options, { version: 4, context, making }, { flags })
  },
  decode: (from, start, end) =>
    readTunnel(sitAttributes, 4, from, start, end, 'link.sit', (state) => {
      state.set('isatap', (((state.get('flags') ?? 0) as number) & SIT_ISATAP) !== 0)
      state.set('flags', undefined)
    }),
}

/** Tunnels of IPv6 and IPv4 in IPv6. */
export const ip6tnl: LinkKind<Loose, Loose> = {
  property: 'ip6tnl',
  attributes: ip6tnlAttributes,
  paths: tunnelPaths,
  replaces: true,
  encode: (to, options, context, making) => writeTunnel(to, ip6tnlAttributes, options, { version: 6, context, making }),
  decode: (from, start, end) => readTunnel(ip6tnlAttributes, 6, from, start, end, 'link.ip6tnl'),
}
