/** What sysctls hold: settings of links, of links to come, and of the namespace (`ipv4_devconf`, `ipv6_devconf`, `netns_sysctl_ipv4`). @module */
import type { IpFamily } from '@vnet/core'
import { emptySet } from '../object/empty.js'

/** Settings of IPv4 for a link (`net.ipv4.conf.LINK`); those that act in the mock. */
export type Conf4 = { -readonly [S in keyof typeof defaults4]: number }

const defaults4 = {
  accept_local: 0,
  accept_redirects: 1,
  arp_accept: 0,
  arp_announce: 0,
  arp_ignore: 0,
  bc_forwarding: 0,
  drop_unicast_in_l2_multicast: 0,
  forwarding: 0,
  proxy_arp: 0,
  route_localnet: 0,
  rp_filter: 0,
  secure_redirects: 1,
  send_redirects: 1,
  shared_media: 1,
}

/** The larger of what is set for all links and for one (`IN_DEV_MAXCONF`). */
export const most4 = ({ all }: FamilyConf<Conf4>, own: Conf4, name: keyof Conf4): number =>
  Math.max(all[name], own[name])

/** Whether it is set for all links or for one (`IN_DEV_ORCONF`). */
export const any4 = ({ all }: FamilyConf<Conf4>, own: Conf4, name: keyof Conf4): boolean =>
  all[name] !== 0 || own[name] !== 0

/** Whether it is set for all links and for one (`IN_DEV_ANDCONF`). */
export const both4 = ({ all }: FamilyConf<Conf4>, own: Conf4, name: keyof Conf4): boolean =>
  all[name] !== 0 && own[name] !== 0

/** Settings of IPv6 for a link (`net.ipv6.conf.LINK`). */
export type Conf6 = { -readonly [S in keyof typeof defaults6]: number }

const defaults6 = {
  accept_dad: 1,
  accept_ra_rt_info_max_plen: 0,
  accept_ra_rt_info_min_plen: 0,
  accept_ra_rtr_pref: 1,
  accept_redirects: 1,
  dad_transmits: 1,
  disable_ipv6: 0,
  forwarding: 0,
  hop_limit: 64,
  mtu: 1280,
  router_solicitation_delay: 1,
}

/** Settings of the namespace as a whole: by the name behind `net.`. */
const globals = {
  'ipv4.icmp_echo_ignore_all': 0,
  'ipv4.icmp_echo_ignore_broadcasts': 1,
  'ipv4.icmp_errors_use_inbound_ifaddr': 0,
  'ipv4.icmp_ratelimit': 1000,
  'ipv4.icmp_ratemask': 6168,
  'ipv4.ip_default_ttl': 64,
  'ipv4.ip_forward_use_pmtu': 0,
  'ipv4.ip_no_pmtu_disc': 0,
  'ipv4.ipfrag_time': 30,
  'ipv4.raw_l3mdev_accept': 1,
  'ipv4.route.min_pmtu': 552,
  'ipv4.route.mtu_expires': 600,
  'ipv4.udp_l3mdev_accept': 0,
  'ipv6.anycast_src_echo_reply': 0,
  'ipv6.icmp.echo_ignore_all': 0,
  'ipv6.icmp.echo_ignore_multicast': 0,
  'ipv6.icmp.ratelimit': 1000,
  'ipv6.ip6frag_time': 60,
  'ipv6.route.mtu_expires': 600,
  'netfilter.nf_conntrack_checksum': 1,
  'netfilter.nf_conntrack_generic_timeout': 600,
  'netfilter.nf_conntrack_icmp_timeout': 30,
  'netfilter.nf_conntrack_icmpv6_timeout': 30,
  'netfilter.nf_conntrack_tcp_loose': 1,
  'netfilter.nf_conntrack_tcp_timeout_close': 10,
  'netfilter.nf_conntrack_tcp_timeout_close_wait': 60,
  'netfilter.nf_conntrack_tcp_timeout_established': 432_000,
  'netfilter.nf_conntrack_tcp_timeout_fin_wait': 120,
  'netfilter.nf_conntrack_tcp_timeout_last_ack': 30,
  'netfilter.nf_conntrack_tcp_timeout_syn_recv': 60,
  'netfilter.nf_conntrack_tcp_timeout_syn_sent': 120,
  'netfilter.nf_conntrack_tcp_timeout_time_wait': 120,
  'netfilter.nf_conntrack_udp_timeout': 30,
  'netfilter.nf_conntrack_udp_timeout_stream': 120,
}

/** The name of a setting of the namespace. */
export type GlobalName = keyof typeof globals

/** The settings of one family for all links, and for links to come. */
export interface FamilyConf<C> {
  readonly all: C
  readonly default: C
}

/** The settings of a namespace that are not of one link. */
export interface Sysctls {
  readonly conf4: FamilyConf<Conf4>
  readonly conf6: FamilyConf<Conf6>
  readonly globals: { -readonly [N in GlobalName]: number }
  /** Groups of users who may open echo sockets (`net.ipv4.ping_group_range`); none where the last is below the first. */
  readonly pingGroups: { first: number; last: number }
}

/** Those of a new namespace: those of IPv4 for links are those of the first one (`net.core.devconf_inherit_init_net` is 0). */
export function newSysctls(first?: Sysctls): Sysctls {
  return {
    conf4: {
      all: { ...(first?.conf4.all ?? defaults4) },
      default: { ...(first?.conf4.default ?? defaults4) },
    },
    conf6: { all: { ...defaults6, accept_dad: 0 }, default: { ...defaults6 } },
    globals: { ...globals },
    pingGroups: { first: 1, last: 0 },
  }
}

/** IPv4 settings of a link. Links share them; a change makes a copy. */
export interface LinkConf4 extends Readonly<Conf4> {
  /** Names of those that were set for the link; a change of `default` leaves them alone. `*` stands for all. */
  readonly own: ReadonlySet<string>
}

/** From the first address of a link on what is set for links to come is not for this one (`ipv4_devconf_setall`). */
export function ownConf4(conf: LinkConf4): LinkConf4 {
  return conf.own.has('*') ? conf : { ...conf, own: conf.own.size === 0 ? allOwn : new Set([...conf.own, '*']) }
}

const allOwn: ReadonlySet<string> = new Set(['*'])

/** IPv6 settings of a link, shared likewise. */
export type LinkConf6 = Readonly<Conf6>

/** The settings that the links of a namespace share as long as nobody changes one. */
export class SharedConf {
  #conf4: LinkConf4 | undefined
  #conf6: LinkConf6 | undefined

  /** The IPv4 settings that a link is made with. */
  newConf4({ conf4 }: Sysctls): LinkConf4 {
    this.#conf4 ??= { ...conf4.default, own: emptySet }
    return this.#conf4
  }

  /** The IPv6 settings that a link is made with; one that cannot hear of duplicates detects none. */
  newConf6({ conf6 }: Sysctls, mtu: number, hearsOthers: boolean): LinkConf6 {
    const accept_dad = hearsOthers ? conf6.default.accept_dad : -1
    if (this.#conf6?.mtu !== mtu || this.#conf6.accept_dad !== accept_dad)
      this.#conf6 = Object.assign({ ...conf6.default }, { mtu, accept_dad })
    return this.#conf6
  }

  /** What links are made with has changed. */
  renew(): void {
    this.#conf4 = undefined
    this.#conf6 = undefined
  }
}

/** How a link asks for its neighbours (`net.ipv4.neigh.LINK`, `net.ipv6.neigh.LINK`). */
export type NeighbourConf = { -readonly [S in keyof typeof neighbourDefaults]: number }

const neighbourDefaults = {
  base_reachable_time_ms: 30_000,
  delay_first_probe_time: 5,
  mcast_solicit: 3,
  proxy_delay: 80,
  retrans_time_ms: 1000,
  ucast_solicit: 3,
  unres_qlen: 101,
}

/** The same by family. Links share it; a change makes a copy. */
export type NeighbourConfs = { readonly [F in IpFamily]: Readonly<NeighbourConf> }

/** One changed. */
export const changedConfs = (
  confs: NeighbourConfs,
  family: IpFamily,
  name: keyof NeighbourConf,
  value: number,
): NeighbourConfs => ({ ...confs, [family]: { ...confs[family], [name]: value } })

/** How a new link asks. */
export const usualNeighbourConfs: NeighbourConfs = {
  4: neighbourDefaults,
  6: neighbourDefaults,
}
