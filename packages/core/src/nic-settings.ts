/** What is configured on a NIC: addresses, gateways, name servers, and who set them, as far as the system knows. Pure. @module */
import type { Address } from './address.js'
import type { IpFamily } from './ip.js'
import type { Route } from './route.js'

/**
 * Who set something: a DHCP server, a router (SLAAC, RFC 4862), the host for this link alone (link-local, RFC 3927 and
 * 4862), the kernel, or somebody by hand or by a file.
 */
export type NicSettingOrigin = 'dhcp' | 'router' | 'link-local' | 'kernel' | 'static'

/** A lease as a DHCP client noted it. */
export interface NicLease {
  /** Whose note: `systemd-networkd`, `NetworkManager`, `dhclient`. */
  readonly client: string
  /** The address that was leased, without length. */
  readonly address: string
  /** The server. */
  readonly server?: string
  /** Gateways that it told. */
  readonly routers: readonly string[]
  /** Name servers that it told. */
  readonly nameServers: readonly string[]
  /** Domains that it told. */
  readonly domains: readonly string[]
  /** The file where the note is. */
  readonly file: string
}

/** Name servers and domains from one place. */
export interface NicResolver {
  /** The file: `/etc/resolv.conf`. */
  readonly file: string
  /** Whom programs ask. */
  readonly nameServers: readonly string[]
  /** Where names without a domain are looked for. */
  readonly domains: readonly string[]
}

/** An address of a NIC, and who set it. */
export interface NicAddress {
  /** With the length of its network: `10.0.0.5/24`. */
  readonly address: string
  /** Version of IP. */
  readonly family: IpFamily
  /** Who set it. */
  readonly origin: NicSettingOrigin
  /** Why that is thought. */
  readonly because: string
  /** Seconds left; absent where it stays. */
  readonly validLifetime?: number
}

/** A gateway of a NIC, and who set it. */
export interface NicGateway {
  /** Its address; absent where all is sent on the link itself. */
  readonly via?: string
  /** Version of IP. */
  readonly family: IpFamily
  /** Metric of the route. */
  readonly metric?: number
  /** Who set it. */
  readonly origin: NicSettingOrigin
  /** Why that is thought. */
  readonly because: string
}

/** What is configured on a NIC. */
export interface NicSettings {
  /** How it came to its IPv4 addresses: the first of `dhcp`, `static`, `link-local`, `kernel` that applies; absent without any. */
  readonly method4?: NicSettingOrigin
  /** The same for IPv6, where a router's word comes after `static`. */
  readonly method6?: NicSettingOrigin
  /** Its addresses, as the kernel lists them. */
  readonly addresses: readonly NicAddress[]
  /** Where its default routes lead. */
  readonly gateways: readonly NicGateway[]
  /** Name servers: those that the lease of this NIC told come first, then those of the host. */
  readonly nameServers: readonly NicNameServer[]
  /** Domains in which names are looked for. */
  readonly domains: readonly string[]
  /** The lease, where a DHCP client noted one of an address that this NIC has. */
  readonly lease?: NicLease
}

/** A name server, and where it is named. */
export interface NicNameServer {
  /** Its address. */
  readonly address: string
  /** The file. */
  readonly file: string
}

/** What there is to tell from. */
export interface NicSettingFacts {
  /** Index of the link. */
  readonly link: number
  /** Addresses; those of other links are left out. */
  readonly addresses: readonly Address[]
  /** Routes of the main table; those by other links are left out. */
  readonly routes: readonly Route[]
  /** Notes of DHCP clients about this link. One about an address that the link does not have is of another time, or another link. */
  readonly leases: readonly NicLease[]
  /** Where names are asked for. */
  readonly resolvers: readonly NicResolver[]
}

/**
 * Tells who set what. The kernel does not know DHCP, so the signs are, in this order: a client's note of a lease of the
 * address; who made the address (`IFA_PROTO`, Linux 5.18); routes of protocol `dhcp` that have it as their source; a
 * lifetime that ends, which nobody gives by hand.
 */
export function settingsOf(facts: NicSettingFacts): NicSettings {
  const own = facts.addresses.filter(({ link }) => link === facts.link)
  const routes = facts.routes.filter((route) => leavesBy(route, facts.link))
  const lease = facts.leases.find((one) => own.some(({ address }) => address === one.address))
  const addresses = own.map((address): NicAddress => {
    const { prefixLength, family, validLifetime } = address
    const life = Number.isFinite(validLifetime) ? { validLifetime } : {}
    const [origin, because] = originOf(address, lease, routes)
    return { address: `${address.address}/${prefixLength}`, family, origin, because, ...life }
  })
  const told = lease?.nameServers.map((address) => ({ address, file: lease.file })) ?? []
  const known = facts.resolvers.flatMap(({ nameServers, file }) => nameServers.map((address) => ({ address, file })))
  const nameServers = unique([...told, ...known], ({ address }) => address)
  const domains = [...new Set([...(lease?.domains ?? []), ...facts.resolvers.flatMap((one) => one.domains)])]
  const [method4, method6] = [methodOf(addresses, 4), methodOf(addresses, 6)]
  return {
    ...(method4 === undefined ? {} : { method4 }),
    ...(method6 === undefined ? {} : { method6 }),
    addresses,
    gateways: routes
      .filter(({ destination }) => destination === 'default')
      .flatMap((route) => gatewaysOf(route, facts.link, lease)),
    nameServers,
    domains,
    ...(lease === undefined ? {} : { lease }),
  }
}

const leavesBy = ({ link, nextHops }: Route, wanted: number): boolean =>
  link === wanted || nextHops.some((hop) => hop.link === wanted)

/** The first of each key, in order. */
const unique = <T>(list: readonly T[], key: (one: T) => string): T[] => {
  const keys = list.map(key)
  return list.filter((_, at) => keys.indexOf(keys[at] as string) === at)
}

type Told = readonly [origin: NicSettingOrigin, because: string]

function originOf(address: Address, lease: NicLease | undefined, routes: readonly Route[]): Told {
  const { protocol, family, flags, scope, validLifetime, prefixLength } = address
  if (lease?.address === address.address) return ['dhcp', `${lease.client} noted a lease of it in ${lease.file}`]
  if (protocol === 'kernel_lo' || address.address === '::1' || /^127\./.test(address.address))
    return ['kernel', 'it is of the loopback']
  if (protocol === 'kernel_ll' || (family === 6 && scope === 'link')) return ['link-local', 'it is for this link alone']
  if (protocol === 'kernel_ra') return ['router', 'a router advertised its network']
  if (routes.some((route) => route.protocol === 'dhcp' && route.source === address.address))
    return ['dhcp', 'a route of protocol dhcp has it as its source']
  if (family === 4 && scope === 'link') return ['link-local', 'it is for this link alone']
  if (!Number.isFinite(validLifetime)) return ['static', 'its life has no end, and no lease of it is known']
  if (family === 4) return ['dhcp', 'its life has an end, as that of a lease']
  if (flags.includes('temporary') || flags.includes('mngtmpaddr') || prefixLength === 64)
    return ['router', 'its life has an end, and its network is one that routers advertise']
  return ['dhcp', 'its life has an end, and it is alone in its network']
}

/** The gateway of a route; of one with several ways those of the ways by this link. */
function gatewaysOf(route: Route, link: number, lease: NicLease | undefined): NicGateway[] {
  const { family, metric, protocol, nextHops } = route
  const ways = nextHops.length === 0 ? [route] : nextHops.filter((hop) => hop.link === link)
  return ways.map(({ via }) => {
    const [origin, because] = gatewayOrigin(protocol, via, lease)
    return {
      ...(via === undefined ? {} : { via }),
      family,
      ...(metric === undefined ? {} : { metric }),
      origin,
      because,
    }
  })
}

function gatewayOrigin(protocol: Route['protocol'], via: string | undefined, lease: NicLease | undefined): Told {
  if (protocol === 'dhcp') return ['dhcp', 'its route is of protocol dhcp']
  if (protocol === 'ra' || protocol === 'redirect') return ['router', `its route is of protocol ${protocol}`]
  if (via !== undefined && lease?.routers.includes(via)) return ['dhcp', `the lease in ${lease.file} names it`]
  if (protocol === 'kernel') return ['kernel', 'its route is of protocol kernel']
  return ['static', `its route is of protocol ${protocol}`]
}

const methods: { readonly [F in IpFamily]: readonly NicSettingOrigin[] } = {
  4: ['dhcp', 'static', 'link-local', 'kernel'],
  6: ['dhcp', 'static', 'router', 'link-local', 'kernel'],
}

function methodOf(addresses: readonly NicAddress[], family: IpFamily): NicSettingOrigin | undefined {
  const origins = new Set(addresses.filter((one) => one.family === family).map(({ origin }) => origin))
  return methods[family].find((origin) => origins.has(origin))
}
