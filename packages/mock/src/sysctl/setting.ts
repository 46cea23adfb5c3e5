/** The sysctls of the mock: where each is kept, and which values it takes. @module */
import type { IpFamily } from '@vnet/core'
import type { Kernel } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import { forgetPathMtus4 } from '../stack/path-mtu.js'
import { changedConfs, type GlobalName } from './conf.js'
import { type Whose, writeConf4, writeConf6 } from './write.js'

/** One setting of a namespace. */
export interface Setting {
  readonly value: number
  /** Of one that is two numbers the other. */
  readonly second?: number
  /** Smallest and largest value that it takes. */
  readonly range: readonly [least: number, most: number]
  /** It does something when anything is written, and cannot be read. */
  readonly onlyWritten?: true
  write(value: number, second?: number): void
}

type Range = Setting['range']

const largest = 0x7fffffff
const integer: Range = [-largest - 1, largest]
const natural: Range = [0, largest]
const octet: Range = [0, 255]
const flag: Range = [0, 1]
/** Least MTU of IPv6 (RFC 8200 § 5), and the least that a link may have for IPv4 (RFC 791). */
const leastMtu = { 6: 1280, 4: 68 } as const

const globalRanges: { readonly [N in GlobalName]: Range } = {
  'ipv4.icmp_echo_ignore_all': flag,
  'ipv4.icmp_echo_ignore_broadcasts': flag,
  'ipv4.icmp_errors_use_inbound_ifaddr': flag,
  'ipv4.icmp_ratelimit': natural,
  'ipv4.icmp_ratemask': integer,
  'ipv4.ip_default_ttl': [1, 255],
  'ipv4.ip_forward_use_pmtu': octet,
  'ipv4.ip_no_pmtu_disc': octet,
  'ipv4.ipfrag_time': natural,
  'ipv4.raw_l3mdev_accept': flag,
  'ipv4.route.min_pmtu': [leastMtu[4], largest],
  'ipv4.route.mtu_expires': natural,
  'ipv4.udp_l3mdev_accept': flag,
  'ipv6.anycast_src_echo_reply': flag,
  'ipv6.icmp.echo_ignore_all': flag,
  'ipv6.icmp.echo_ignore_multicast': flag,
  'ipv6.icmp.ratelimit': natural,
  'ipv6.ip6frag_time': natural,
  'ipv6.route.mtu_expires': natural,
  'netfilter.nf_conntrack_checksum': flag,
  'netfilter.nf_conntrack_generic_timeout': natural,
  'netfilter.nf_conntrack_icmp_timeout': natural,
  'netfilter.nf_conntrack_icmpv6_timeout': natural,
  'netfilter.nf_conntrack_tcp_loose': flag,
  'netfilter.nf_conntrack_tcp_timeout_close': natural,
  'netfilter.nf_conntrack_tcp_timeout_close_wait': natural,
  'netfilter.nf_conntrack_tcp_timeout_established': natural,
  'netfilter.nf_conntrack_tcp_timeout_fin_wait': natural,
  'netfilter.nf_conntrack_tcp_timeout_last_ack': natural,
  'netfilter.nf_conntrack_tcp_timeout_syn_recv': natural,
  'netfilter.nf_conntrack_tcp_timeout_syn_sent': natural,
  'netfilter.nf_conntrack_tcp_timeout_time_wait': natural,
  'netfilter.nf_conntrack_udp_timeout': natural,
  'netfilter.nf_conntrack_udp_timeout_stream': natural,
}

/** The setting with these parts of a name. */
export function settingOf(kernel: Kernel, namespace: Namespace, parts: readonly string[]): Setting | undefined {
  const [, version, group, link, name] = parts
  if (parts.length === 5 && link !== undefined && name !== undefined) {
    const family = version === 'ipv4' ? 4 : version === 'ipv6' ? 6 : undefined
    if (family !== undefined && group === 'conf') return ofConf(kernel, namespace, family, link, name)
    if (family !== undefined && group === 'neigh') return ofNeighbours(namespace, family, link, name)
  }
  const whole = parts.slice(1).join('.')
  if (whole === 'ipv4.ip_forward') return ofConf(kernel, namespace, 4, 'all', 'forwarding')
  if (whole === 'ipv4.ping_group_range') return ofPing(namespace)
  if (whole === 'ipv4.route.flush') return ofFlush(namespace)
  const { globals } = namespace.sysctls
  if (!Object.hasOwn(globals, whole)) return undefined
  const key = whole as GlobalName
  return {
    value: globals[key],
    range: globalRanges[key],
    write: (value) => {
      globals[key] = value
    },
  }
}

/** What was learned of ways of IPv4 is forgotten (`ipv4_sysctl_rtcache_flush`). */
const ofFlush = (namespace: Namespace): Setting => ({
  value: 0,
  range: natural,
  onlyWritten: true,
  write() {
    forgetPathMtus4(namespace.pathMtus)
    for (const table of namespace.routes[4].all()) {
      for (const { hops } of table.all()) for (const hop of hops) hop.exceptions?.clear()
    }
  },
})

/** A range that ends before it begins is nobody's (`ipv4_ping_group_range`). */
function ofPing({ sysctls: { pingGroups } }: Namespace): Setting {
  const { first, last } = pingGroups
  return {
    value: first,
    second: last,
    range: natural,
    write: (from, to = last) =>
      Object.assign(pingGroups, from > to ? { first: 1, last: 0 } : { first: from, last: to }),
  }
}

function ofConf(
  kernel: Kernel,
  namespace: Namespace,
  family: IpFamily,
  link: string,
  name: string,
): Setting | undefined {
  const whose = whoseOf(namespace, link)
  if (whose === undefined) return undefined
  const { conf4, conf6 } = namespace.sysctls
  if (family === 4) {
    const conf = typeof whose === 'object' ? whose.conf4 : conf4[whose]
    if (!Object.hasOwn(conf4.all, name)) return undefined
    const key = name as keyof typeof conf4.all
    return { value: conf[key], range: integer, write: (value) => writeConf4(namespace, whose, key, value) }
  }
  const conf = typeof whose === 'object' ? whose.inet6?.conf : conf6[whose]
  if (conf === undefined || !Object.hasOwn(conf, name)) return undefined
  const key = name as keyof typeof conf
  const ranges: { readonly [name: string]: Range | undefined } = {
    hop_limit: [1, 255],
    mtu: [leastMtu[6], typeof whose === 'object' ? whose.mtu : largest],
  }
  return {
    value: conf[key],
    range: ranges[key] ?? integer,
    write: (value) => writeConf6(kernel, namespace, whose, key, value),
  }
}

function whoseOf(namespace: Namespace, link: string): Whose | undefined {
  if (link === 'all' || link === 'default') return link
  const device = namespace.byName.get(link)
  // An alternative name has no settings.
  return device?.name === link ? device : undefined
}

function ofNeighbours(namespace: Namespace, family: IpFamily, link: string, name: string): Setting | undefined {
  const whose = whoseOf(namespace, link)
  if (typeof whose !== 'object' || (family === 6 && whose.inet6 === undefined)) return undefined
  const conf = whose.neighbourConf[family]
  if (!Object.hasOwn(conf, name)) return undefined
  const key = name as keyof typeof conf
  return {
    value: conf[key],
    range: natural,
    write: (value) => {
      whose.neighbourConf = changedConfs(whose.neighbourConf, family, key, value)
    },
  }
}

/** The parts of the names of all settings. */
export function* settingParts(namespace: Namespace): Generator<readonly string[]> {
  const { globals, conf4, conf6 } = namespace.sysctls
  yield ['net', 'ipv4', 'ip_forward']
  yield ['net', 'ipv4', 'ping_group_range']
  yield ['net', 'ipv4', 'route', 'flush']
  for (const name of Object.keys(globals)) yield ['net', ...name.split('.')]
  for (const link of ['all', 'default', ...namespace.sorted()]) {
    const device = typeof link === 'string' ? undefined : link
    const word = typeof link === 'string' ? link : link.name
    for (const name of Object.keys(conf4.all)) yield ['net', 'ipv4', 'conf', word, name]
    for (const name of Object.keys(device?.neighbourConf[4] ?? {})) yield ['net', 'ipv4', 'neigh', word, name]
    if (device !== undefined && device.inet6 === undefined) continue
    for (const name of Object.keys(conf6.all)) yield ['net', 'ipv6', 'conf', word, name]
    for (const name of Object.keys(device?.neighbourConf[6] ?? {})) yield ['net', 'ipv6', 'neigh', word, name]
  }
}
